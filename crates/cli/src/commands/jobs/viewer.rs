use config::{Config, Purpose};
use domain::{Action, ItemStatus, Job, JobId, Origin, UserKey};
use engine::Actor;
use storage::{ItemFilter, ItemPage, Items, Jobs};

use crate::composition::{Composition, compose};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::JobLock;
use crate::output::source::Source;
use crate::output::talk;
use crate::program::Program;

/// Looks at jobs, pauses and cancels them: what needs the database, and of GitLab only who we are.
///
/// Without a token, and while GitLab cannot be reached, whoever may read the database (its owner) acts
/// in his own name: a job has to be stoppable exactly when GitLab is in trouble.
pub(super) struct Viewer {
    pub(super) composition: Composition,
    program: Program,
    config: Config,
    actor: Option<Actor>,
}

impl Viewer {
    /// Opens the database and asks GitLab who we are, where that is possible.
    ///
    /// # Errors
    /// The configuration is wrong, the database cannot be opened, or GitLab refuses the token.
    pub(super) async fn open(context: &Context) -> Result<Self, Failure> {
        let config = context.config(Purpose::Command)?;
        let composition = compose(&config, context.clock(), "cli").await?;
        let actor = match &config.gitlab.token {
            None => None,
            Some(_) => match composition.connect(&config).await {
                Ok(connection) => Some(connection.actor),
                Err(failure) if failure.exit() == Exit::Unreachable => {
                    talk::warn(&format!("{failure}; going on as the owner of this database"));
                    None
                }
                Err(failure) => return Err(failure),
            },
        };
        Ok(Self {
            composition,
            program: context.program().clone(),
            config,
            actor,
        })
    }

    /// In whose name jobs are listed.
    pub(super) fn actor(&self) -> Actor {
        self.actor
            .clone()
            .unwrap_or_else(|| owner_on(&self.config.gitlab.url))
    }

    /// Whether a job of the command line is left by its process.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn is_abandoned(&self, id: JobId) -> Result<bool, Failure> {
        let record = self.composition.storage.job(id).await?;
        Ok(record.is_some_and(|record| record.origin == Origin::Cli)
            && JobLock::is_free(&self.config.data.locks(), id))
    }

    /// A job, and in whose name it may be acted on.
    ///
    /// # Errors
    /// It does not exist, or is somebody else's.
    pub(super) async fn job(&self, id: JobId) -> Result<(Job, Actor), Failure> {
        let actor = match &self.actor {
            Some(actor) => actor.clone(),
            None => match self.composition.storage.job(id).await? {
                Some(record) => owner_on(&record.job.gitlab_url),
                None => self.actor(),
            },
        };
        Ok((self.composition.engine.job(id, &actor).await?, actor))
    }
}

impl Source for Viewer {
    async fn page(&self, job: JobId, filter: &ItemFilter) -> Result<ItemPage, Failure> {
        Ok(self.composition.storage.items(job, filter).await?)
    }

    async fn counts(&self, job: JobId) -> Result<Vec<(Option<Action>, ItemStatus, u32)>, Failure> {
        Ok(self.composition.storage.count_items(job).await?)
    }

    fn program(&self) -> &Program {
        &self.program
    }
}

/// The owner of the database, who may see whatever is in it.
fn owner_on(instance: &domain::InstanceUrl) -> Actor {
    Actor {
        user: UserKey {
            instance: instance.clone(),
            user_id: 0,
        },
        username: "the owner of the database".to_owned(),
        administrator: true,
    }
}
