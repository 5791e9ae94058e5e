use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use domain::InstanceUrl;
use gitlab_client::{AllowedHost, HostPolicy, Rate, Settings, Token, check_ca_file};
use secrecy::SecretString;

use super::server::Stage;
use crate::reader::Reader;
use crate::variable::Variable;

const GITLAB_URL: Variable = Variable::new("GITLAB_URL", "https://gitlab.com")
    .allowed("the address of a GitLab server, like https://gitlab.example.com or https://example.com/gitlab")
    .means("The instance that the command line works on, and that the console offers.");
const GITLAB_TOKEN: Variable = Variable::new("GITLAB_TOKEN", "")
    .allowed("an access token with scope `api`")
    .means("Whom the command line works as. Never shown, logged or stored.")
    .secret();
const GITLAB_ALLOWED_HOSTS: Variable = Variable::new("GITLAB_ALLOWED_HOSTS", "")
    .without("the host of `GITLAB_URL`; in development also gitlab.com and this machine")
    .allowed(
        "hosts like gitlab.example.com or gitlab.example.com:8443, separated by commas; \
         with its path where GitLab is not at the root, like example.com/gitlab",
    )
    .means(
        "Hosts that a session may be opened to; anything else is refused before a connection is made. \
         Inner addresses are reached only for a host listed by name.",
    );
const GITLAB_CA_FILE: Variable = Variable::new("GITLAB_CA_FILE", "")
    .without("the system's certificates only")
    .allowed("a file of certificates in PEM form")
    .means("Certificates trusted besides the system's, for self-managed instances.");
const GITLAB_API_RATE_LIMIT: Variable = Variable::new("GITLAB_API_RATE_LIMIT", "10")
    .allowed("a number above 0, auto or unlimited")
    .means("Requests per second and user. `auto` follows the instance's own limits and keeps a reserve for people.");
const GITLAB_INSTANCE_RATE_LIMIT: Variable = Variable::new("GITLAB_INSTANCE_RATE_LIMIT", "")
    .allowed("a number above 0")
    .means("Requests per second from this installation to one instance, all users together.");
const GITLAB_API_CONCURRENCY: Variable = Variable::new("GITLAB_API_CONCURRENCY", "10")
    .allowed("1 to 1000")
    .means("Requests in flight per user.");
const GITLAB_PARENT_CONCURRENCY: Variable = Variable::new("GITLAB_PARENT_CONCURRENCY", "2")
    .allowed("1 to 1000")
    .means("Writes in flight under one parent group.");
const GITLAB_MAX_SOCKETS: Variable = Variable::new("GITLAB_MAX_SOCKETS", "50")
    .allowed("1 to 10000")
    .means("Connections per instance.");
const GITLAB_MAX_IDLE_SOCKETS: Variable = Variable::new("GITLAB_MAX_IDLE_SOCKETS", "10")
    .allowed("0 to 10000")
    .means("Connections per instance that are kept open for the next request.");
const GITLAB_API_TIMEOUT_MS: Variable = Variable::new("GITLAB_API_TIMEOUT_MS", "30000")
    .allowed("100 to 600000")
    .means("How long an answer may take, per attempt.");
const GITLAB_API_MAX_RETRIES: Variable = Variable::new("GITLAB_API_MAX_RETRIES", "3")
    .allowed("0 to 20")
    .means("Further attempts, only where repeating is safe.");
const GITLAB_SETTLE_MS: Variable = Variable::new("GITLAB_SETTLE_MS", "60000")
    .allowed("0 to 3600000")
    .means(
        "How long after sending GitLab may still be working on a request whose answer was lost. \
         Only after that \"absent\" means \"not done\"; what is present is settled at once.",
    );

const GITLAB_OAUTH_CLIENT_ID: Variable = Variable::new("GITLAB_OAUTH_CLIENT_ID", "")
    .allowed("the id of an application of GitLab's with scope api that leads back to PUBLIC_URL/api/auth/oauth/callback")
    .means("Turns on \"Sign in with GitLab\", for `GITLAB_URL`.");
const GITLAB_OAUTH_CLIENT_SECRET: Variable = Variable::new("GITLAB_OAUTH_CLIENT_SECRET", "")
    .allowed("the secret of that application; none when it is not confidential")
    .means("Proves to GitLab that it is this server who asks.")
    .secret();

pub(crate) const VARIABLES: &[Variable] = &[
    GITLAB_URL,
    GITLAB_TOKEN,
    GITLAB_ALLOWED_HOSTS,
    GITLAB_CA_FILE,
    GITLAB_API_RATE_LIMIT,
    GITLAB_INSTANCE_RATE_LIMIT,
    GITLAB_API_CONCURRENCY,
    GITLAB_PARENT_CONCURRENCY,
    GITLAB_MAX_SOCKETS,
    GITLAB_MAX_IDLE_SOCKETS,
    GITLAB_API_TIMEOUT_MS,
    GITLAB_API_MAX_RETRIES,
    GITLAB_SETTLE_MS,
    GITLAB_OAUTH_CLIENT_ID,
    GITLAB_OAUTH_CLIENT_SECRET,
];

/// How GitLab is talked to.
#[derive(Clone, Debug)]
pub struct Gitlab {
    /// The instance that the command line works on.
    pub url: InstanceUrl,
    /// Whom the command line works as.
    pub token: Option<Token>,
    /// Everything the client wants to know.
    pub client: Settings,
    /// Writes in flight under one parent group.
    pub parent_concurrency: u32,
    /// How long after sending GitLab may still be working on a request whose answer was lost.
    pub settle: Duration,
    /// Id and secret of "Sign in with GitLab".
    pub oauth: Option<(String, Option<SecretString>)>,
}

impl Gitlab {
    pub(crate) fn read(read: &mut Reader<'_>, stage: Stage) -> Self {
        let url: InstanceUrl = read.value(&GITLAB_URL, |text| {
            text.parse()
                .map_err(|error: domain::InvalidInstanceUrl| error.to_string())
        });
        let token = read.optional(&GITLAB_TOKEN, |text| {
            Token::personal(text).map_err(|_| "has characters that no token has".to_owned())
        });
        let client = Settings {
            rate: read.value(&GITLAB_API_RATE_LIMIT, rate),
            instance_rate: read.optional(&GITLAB_INSTANCE_RATE_LIMIT, per_second),
            concurrency: read.number(&GITLAB_API_CONCURRENCY, 1..=1_000),
            max_sockets: read.number(&GITLAB_MAX_SOCKETS, 1..=10_000),
            max_idle_sockets: read.number(&GITLAB_MAX_IDLE_SOCKETS, 0..=10_000),
            timeout: read.millis(&GITLAB_API_TIMEOUT_MS, 100..=600_000),
            max_retries: read.number(&GITLAB_API_MAX_RETRIES, 0..=20),
            ca_file: read.optional(&GITLAB_CA_FILE, |text| {
                let path = PathBuf::from(text);
                check_ca_file(&path).map_err(|error| with_its_cause(&error))?;
                Ok(path)
            }),
            ..Settings::new(host_policy(read, &url, stage))
        };
        Self {
            url,
            token,
            client,
            parent_concurrency: read.number(&GITLAB_PARENT_CONCURRENCY, 1..=1_000),
            settle: read.millis(&GITLAB_SETTLE_MS, 0..=3_600_000),
            oauth: oauth(read),
        }
    }
}

fn with_its_cause(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn oauth(read: &mut Reader<'_>) -> Option<(String, Option<SecretString>)> {
    let id = read.optional(&GITLAB_OAUTH_CLIENT_ID, |text| Ok(text.to_owned()));
    let secret = read.secret(&GITLAB_OAUTH_CLIENT_SECRET);
    if id.is_none() && secret.is_some() {
        read.wrong(&GITLAB_OAUTH_CLIENT_SECRET, "needs GITLAB_OAUTH_CLIENT_ID");
    }
    id.map(|id| (id, secret))
}

fn host_policy(read: &mut Reader<'_>, url: &InstanceUrl, stage: Stage) -> HostPolicy {
    let mut hosts: Vec<AllowedHost> = read.list(&GITLAB_ALLOWED_HOSTS, |text| {
        text.parse()
            .map_err(|error: gitlab_client::InvalidAllowedHost| error.to_string())
    });
    if hosts.is_empty() {
        hosts.extend(AllowedHost::of(&url.to_url()));
        if stage != Stage::Production {
            return HostPolicy::listed(hosts).with_development();
        }
    }
    HostPolicy::listed(hosts).offering(url.clone())
}

fn rate(text: &str) -> Result<Rate, String> {
    match text.to_lowercase().as_str() {
        "auto" => Ok(Rate::Auto),
        "unlimited" => Ok(Rate::Unlimited),
        _ => per_second(text).map(Rate::PerSecond),
    }
}

fn per_second(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "is not a number".to_owned())?;
    if number.is_finite() && number > 0.0 {
        Ok(number)
    } else {
        Err("is not above 0".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_or_one_of_two_words() {
        assert_eq!(rate("2.5"), Ok(Rate::PerSecond(2.5)));
        assert_eq!(rate("Auto"), Ok(Rate::Auto));
        assert_eq!(rate("unlimited"), Ok(Rate::Unlimited));
        for text in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
