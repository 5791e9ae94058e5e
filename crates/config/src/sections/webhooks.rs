use secrecy::{ExposeSecret as _, SecretString};

use crate::reader::Reader;
use crate::variable::Variable;

/// Anything shorter could be guessed.
const SECRET_BYTES: usize = 16;

const GITLAB_WEBHOOK_SECRET: Variable = Variable::new("GITLAB_WEBHOOK_SECRET", "")
    .without("none: `serve` takes no hooks")
    .allowed("at least 16 bytes, random: `openssl rand -hex 16`")
    .means(
        "Turns on `POST /api/webhooks/gitlab`: what GitLab's system, group and project hooks tell refreshes kept \
         answers and is told to whoever follows it. The same text is the hook's secret token in GitLab.",
    )
    .secret();
const GITLAB_WEBHOOK_SECRET_PREVIOUS: Variable = Variable::new("GITLAB_WEBHOOK_SECRET_PREVIOUS", "")
    .allowed(GITLAB_WEBHOOK_SECRET.allowed)
    .means("The secret from before, taken as well until every hook in GitLab has the new one.")
    .secret();

pub(crate) const VARIABLES: &[Variable] = &[GITLAB_WEBHOOK_SECRET, GITLAB_WEBHOOK_SECRET_PREVIOUS];

/// Whose hooks are believed.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// Empty: nobody's.
    pub secrets: Vec<SecretString>,
}

impl Webhooks {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        let mut secrets = Vec::new();
        for variable in VARIABLES {
            let secret = read.secret(variable);
            if secret
                .as_ref()
                .is_some_and(|secret| secret.expose_secret().len() < SECRET_BYTES)
            {
                read.wrong(variable, "is too short");
            }
            secrets.extend(secret);
        }
        Self { secrets }
    }
}
