use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::server::Stage;
use crate::reader::Reader;
use crate::variable::Variable;

/// Anything shorter could be guessed.
const SECRET_BYTES: usize = 32;
const YEAR_MS: u64 = 366 * 86_400_000;

const SESSION_SECRET: Variable = Variable::new("SESSION_SECRET", "")
    .without("generated, kept in the data directory (mode 0600)")
    .allowed("at least 32 bytes, random: `openssl rand -hex 32`")
    .means("All keys are derived from it. Production demands it for `serve`.")
    .secret();
const SESSION_SECRET_PREVIOUS: Variable = Variable::new("SESSION_SECRET_PREVIOUS", "")
    .allowed("at least 32 bytes")
    .means("The secret before the present one: what was sealed with it can still be opened.")
    .secret();
const SESSION_TIMEOUT_MS: Variable = Variable::new("SESSION_TIMEOUT_MS", "86400000")
    .allowed("60000 (a minute) to 31622400000 (366 days)")
    .means("How long a session lasts at most; also the cookie's `Max-Age`.");
const SESSION_IDLE_TIMEOUT_MS: Variable = Variable::new("SESSION_IDLE_TIMEOUT_MS", "")
    .without("off")
    .allowed(SESSION_TIMEOUT_MS.allowed)
    .means("How long a session lasts without being used.");

pub(crate) const VARIABLES: &[Variable] = &[
    SESSION_SECRET,
    SESSION_SECRET_PREVIOUS,
    SESSION_TIMEOUT_MS,
    SESSION_IDLE_TIMEOUT_MS,
];

/// How people stay signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// `None`: the one in the data directory.
    pub secret: Option<SecretString>,
    /// The one before, with which things can still be opened.
    pub previous_secret: Option<SecretString>,
    /// How long a session lasts at most.
    pub lifetime: Duration,
    /// How long it lasts without being used; `None`: as long as it lasts.
    pub idle: Option<Duration>,
}

impl Session {
    /// `serves`: whether there will be sessions at all, so that production has to bring its secret.
    pub(crate) fn read(read: &mut Reader<'_>, stage: Stage, serves: bool) -> Self {
        let mut long_enough = |variable: &Variable| {
            let secret = read.secret(variable);
            if secret
                .as_ref()
                .is_some_and(|secret| secret.expose_secret().len() < SECRET_BYTES)
            {
                read.wrong(variable, "is too short");
            }
            secret
        };
        let (secret, previous_secret) = (
            long_enough(&SESSION_SECRET),
            long_enough(&SESSION_SECRET_PREVIOUS),
        );
        if serves && stage == Stage::Production && secret.is_none() {
            read.wrong(&SESSION_SECRET, "is needed when APP_ENV is production");
        }
        let range = 60_000..=YEAR_MS;
        Self {
            secret,
            previous_secret,
            lifetime: read.millis(&SESSION_TIMEOUT_MS, range.clone()),
            idle: read.optional(&SESSION_IDLE_TIMEOUT_MS, |text| {
                let millis = text.parse().map_err(|_| "is not a whole number".to_owned())?;
                if range.contains(&millis) {
                    Ok(Duration::from_millis(millis))
                } else {
                    Err("is out of range".to_owned())
                }
            }),
        }
    }
}
