//! What a hook is tried with.

use super::event::{Event, ProjectChange, Push, PushedCommit};
use super::letter::{Letter, uuid};
use super::object::Object;
use super::{MemberChange, payload};
use crate::ids::{ProjectId, UserId};
use crate::instance::Instance;
use crate::state::{Hook, HookOwner, Project, Source, State, Trigger};
use crate::time_text::Moment;

/// What a hook of the instance is told when it is tried.
pub(crate) fn made_up() -> String {
    Object::new()
        .put("event_name", "project_create")
        .put("name", "Sample")
        .put("path", "sample")
        .put("project_id", 1)
        .put("owner_name", "Someone")
        .put("owner_email", "someone@example.com")
        .end()
}

impl Letter {
    /// A letter to a hook of the instance about nothing real.
    pub(crate) fn made_up(hook: u64, now: Moment) -> Self {
        let number = now.0.unsigned_abs();
        Self {
            owner: HookOwner::System,
            hook,
            event: "project_create".to_owned(),
            kind: "System Hook".to_owned(),
            body: made_up(),
            event_uuid: uuid(number, 4),
            key: uuid(number, hook.rotate_left(32) ^ 5),
            forced: true,
        }
    }
}

impl Instance {
    /// What a trigger would tell a hook of now, from what there is. None when there is nothing.
    pub(crate) fn sample(
        &self,
        state: &State,
        owner: HookOwner,
        hook: &Hook,
        trigger: Trigger,
        now: Moment,
    ) -> Option<Letter> {
        let HookOwner::Of(source) = owner else { return None };
        let project = sample_project(state, source);
        let news = match trigger {
            Trigger::Push | Trigger::TagPush => {
                let project = project?;
                let push = last_push(state, project, trigger)?;
                payload::of(state, &self.site, Event::Pushed(project, &push), now)
            }
            Trigger::Project => {
                let event = Event::Project(project?, ProjectChange::Created);
                payload::of(state, &self.site, event, now)
            }
            Trigger::Subgroup => {
                let Source::Group(id) = source else { return None };
                let subgroup = state.tree.subgroups(id).next()?;
                payload::of(state, &self.site, Event::GroupCreated(subgroup), now)
            }
            Trigger::Member => {
                let member = state.members.of_source(source).next()?;
                let event = Event::Member {
                    source,
                    user: member.user,
                    level: member.level,
                    expires_on: member.expires_on,
                    created_at: member.created_at,
                    change: MemberChange::Added,
                };
                payload::of(state, &self.site, event, now)
            }
            Trigger::ResourceAccessToken => {
                let event = Event::TokenExpires {
                    source,
                    bot: UserId(0),
                    id: 0,
                    name: "sample",
                    created_at: now,
                    expires_on: now.day(),
                };
                payload::of(state, &self.site, event, now)
            }
            _ => None,
        }?;
        let number = now.0.unsigned_abs();
        Some(Letter {
            owner,
            hook: hook.id,
            event: news.name.to_owned(),
            kind: news.kind.to_owned(),
            body: news.for_groups,
            event_uuid: uuid(number, 4),
            key: uuid(number, hook.id.rotate_left(32) ^ 5),
            forced: true,
        })
    }
}

/// The project that a sample is about: of a group the first one in it.
fn sample_project(state: &State, source: Source) -> Option<&Project> {
    let id: ProjectId = match source {
        Source::Project(id) => id,
        Source::Group(id) => state.tree.projects_in(id).next()?.id,
    };
    state.tree.project(id).map(AsRef::as_ref)
}

/// The latest commit of the default branch, as if it had just come.
fn last_push(state: &State, project: &Project, trigger: Trigger) -> Option<Push> {
    let repository = state.belongings.repositories.of(project);
    let branch = project.default_branch.as_deref()?;
    let commit = repository.branch(branch)?;
    let before = commit.parents.first().map(ToString::to_string);
    let reference = if trigger == Trigger::Push {
        format!("refs/heads/{branch}")
    } else {
        "refs/tags/sample".to_owned()
    };
    Some(Push {
        user: project.creator,
        reference,
        before: before.unwrap_or_else(|| "0".repeat(40)),
        after: commit.id.to_string(),
        commits: vec![PushedCommit {
            id: commit.id.to_string(),
            message: commit.message.clone(),
            at: commit.committer.at,
            author_name: commit.author.name.clone(),
            added: Vec::new(),
            modified: Vec::new(),
            removed: Vec::new(),
        }],
        total_commits: 1,
    })
}
