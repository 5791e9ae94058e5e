//! Every variable is what operators are told of it: its default, what it takes, and what it does not.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Problems;
use gitlab_client::Rate;
use secrecy::{ExposeSecret as _, SecretString};
use server::TrustedProxies;
use url::Url;

use super::sections::TOPICS;
use super::sections::data::DatabaseAt;
use super::sections::logs::LogFormat;
use super::sections::server::Stage;
use super::variable::Variable;
use super::{Config, Environment, Purpose};

const DAY: Duration = Duration::from_hours(24);
const LONG_ENOUGH: &str = "a-secret-of-more-than-32-bytes-in-all";

fn variables() -> impl Iterator<Item = &'static Variable> {
    TOPICS.iter().flat_map(|topic| topic.variables)
}

fn read(variables: &[(&str, &str)]) -> Config {
    match Config::read(&Environment::of(variables.iter().copied()), Purpose::Serve) {
        Ok(config) => config,
        Err(Problems(problems)) => panic!("{problems:?}"),
    }
}

/// Whether a session may be opened to this server, as far as its name tells.
fn may_go_to(config: &Config, address: &str) -> bool {
    let url = Url::parse(address).unwrap();
    config.gitlab.client.host_policy.check(&url).is_ok()
}

#[test]
fn what_is_not_given_is_the_documented_default() {
    let config = read(&[]);
    assert_eq!(config.server.stage, Stage::Development);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.server.origins, [""; 0]);
    assert_eq!(config.server.trusted_proxies, TrustedProxies::None);
    assert_eq!(config.server.gateway, None);
    assert!(config.session.secret.is_none() && config.session.previous_secret.is_none());
    assert_eq!(config.session.lifetime, DAY);
    assert_eq!(config.session.idle, None);
    assert!(config.data.directory.is_absolute() && config.data.directory.ends_with("gitlab-bulk"));
    let DatabaseAt::File(file) = &config.data.database else {
        panic!("{:?}", config.data.database)
    };
    assert_eq!(file.parent(), Some(config.data.directory.as_path()));
    assert!(config.data.redis.is_none());
    assert_eq!(config.gitlab.url.to_string(), "https://gitlab.com");
    assert!(config.gitlab.token.is_none() && config.gitlab.oauth.is_none());
    assert_eq!(config.gitlab.parent_concurrency, 2);
    assert_eq!(config.gitlab.settle, Duration::from_mins(1));
    let client = &config.gitlab.client;
    assert_eq!(client.rate, Rate::PerSecond(10.0));
    assert_eq!(client.instance_rate, None);
    assert_eq!(
        (client.concurrency, client.max_sockets, client.max_idle_sockets),
        (10, 50, 10)
    );
    assert_eq!((client.timeout, client.max_retries), (Duration::from_secs(30), 3));
    assert_eq!(client.ca_file, None);
    assert!(config.webhooks.secrets.is_empty());
    assert!(config.jobs.protected.is_empty());
    assert_eq!(config.jobs.at_once, 5);
    assert_eq!(
        (config.jobs.retention, config.jobs.audit_retention),
        (90 * DAY, 365 * DAY)
    );
    assert_eq!(
        (config.limits.window, config.limits.requests),
        (Duration::from_mins(15), 12_000)
    );
    assert_eq!(
        (config.limits.request_size, config.limits.file_size),
        (10 << 20, 50 << 20)
    );
    assert!(config.cache.enabled);
    assert_eq!(config.cache.time_to_live, Duration::from_mins(5));
    assert_eq!(
        (config.logs.filter.as_str(), config.logs.format),
        ("info", LogFormat::Text)
    );
    assert!(config.metrics.token.is_none() && config.metrics.listen.is_none());
    assert!(config.traces.collector.is_none());
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn what_is_given_is_taken_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().display().to_string();
    let config = read(&[
        ("NODE_ENV", "test"),
        ("HOST", "::1"),
        ("PORT", "4100"),
        ("PUBLIC_URL", "https://bulk.example.com/below"),
        ("FRONTEND_URL", "https://one.example.com"),
        (
            "ALLOWED_ORIGINS",
            "https://two.example.com, https://one.example.com",
        ),
        ("TRUST_PROXY", "2"),
        ("GATEWAY_LISTEN", "localhost:4101"),
        ("SESSION_SECRET", LONG_ENOUGH),
        ("SESSION_SECRET_PREVIOUS", "another-secret-of-more-than-32-bytes"),
        ("SESSION_TIMEOUT_MS", "60000"),
        ("SESSION_IDLE_TIMEOUT_MS", "61000"),
        ("DATA_DIR", &directory),
        ("DATABASE_URL", "postgres://bulk@db.example.com/bulk"),
        ("REDIS_URL", "redis://cache.example.com:6380/2"),
        ("GITLAB_URL", "https://example.com/gitlab"),
        ("GITLAB_TOKEN", "glpat-of-somebody"),
        ("GITLAB_ALLOWED_HOSTS", "git.example.com:8443"),
        ("GITLAB_API_RATE_LIMIT", "auto"),
        ("GITLAB_INSTANCE_RATE_LIMIT", "2.5"),
        ("GITLAB_API_CONCURRENCY", "11"),
        ("GITLAB_PARENT_CONCURRENCY", "3"),
        ("GITLAB_MAX_SOCKETS", "51"),
        ("GITLAB_MAX_IDLE_SOCKETS", "0"),
        ("GITLAB_API_TIMEOUT_MS", "31000"),
        ("GITLAB_API_MAX_RETRIES", "0"),
        ("GITLAB_SETTLE_MS", "61000"),
        ("GITLAB_OAUTH_CLIENT_ID", "an-application"),
        ("GITLAB_OAUTH_CLIENT_SECRET", "its-secret"),
        ("GITLAB_WEBHOOK_SECRET", "a-secret-of-hooks"),
        ("PROTECTED_PATHS", "acme/prod/**"),
        ("MAX_CONCURRENT_JOBS", "6"),
        ("JOB_RETENTION_DAYS", "91"),
        ("AUDIT_RETENTION_DAYS", "366"),
        ("RATE_LIMIT_WINDOW_MS", "1000"),
        ("RATE_LIMIT_MAX_REQUESTS", "7"),
        ("MAX_REQUEST_SIZE", "1kb"),
        ("MAX_FILE_SIZE", "2kb"),
        ("CACHE_ENABLED", "no"),
        ("CACHE_TTL", "1"),
        ("LOG_LEVEL", "info,engine=debug"),
        ("LOG_FORMAT", "JSON"),
        ("METRICS_TOKEN", "a-token-of-prometheus"),
        ("METRICS_LISTEN", "127.0.0.1:9464"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
    ]);
    let secret = |found: &Option<SecretString>| found.as_ref().unwrap().expose_secret().to_owned();
    assert_eq!(config.server.stage, Stage::Test, "NODE_ENV is read as well");
    assert_eq!(config.server.listen.to_string(), "[::1]:4100");
    assert_eq!(
        config.server.public_url.unwrap().as_str(),
        "https://bulk.example.com/below"
    );
    assert_eq!(
        config.server.origins,
        ["https://one.example.com", "https://two.example.com"]
    );
    assert_eq!(config.server.trusted_proxies, TrustedProxies::Hops(2));
    assert_eq!(config.server.gateway.unwrap().to_string(), "127.0.0.1:4101");
    assert_eq!(secret(&config.session.secret), LONG_ENOUGH);
    assert_eq!(
        secret(&config.session.previous_secret),
        "another-secret-of-more-than-32-bytes"
    );
    assert_eq!(config.session.lifetime, Duration::from_mins(1));
    assert_eq!(config.session.idle, Some(Duration::from_secs(61)));
    assert_eq!(config.data.directory, folder.path());
    assert!(matches!(config.data.database, DatabaseAt::Postgres(_)));
    assert_eq!(
        config.data.redis.unwrap().to_string(),
        "redis://cache.example.com:6380/2"
    );
    assert_eq!(config.gitlab.url.to_string(), "https://example.com/gitlab");
    assert!(config.gitlab.token.is_some());
    assert_eq!(config.gitlab.parent_concurrency, 3);
    assert_eq!(config.gitlab.settle, Duration::from_secs(61));
    let client = &config.gitlab.client;
    assert_eq!((client.rate, client.instance_rate), (Rate::Auto, Some(2.5)));
    assert_eq!(
        (client.concurrency, client.max_sockets, client.max_idle_sockets),
        (11, 51, 0)
    );
    assert_eq!((client.timeout, client.max_retries), (Duration::from_secs(31), 0));
    let (id, proof) = config.gitlab.oauth.unwrap();
    assert_eq!(
        (id.as_str(), secret(&proof).as_str()),
        ("an-application", "its-secret")
    );
    assert_eq!(config.webhooks.secrets[0].expose_secret(), "a-secret-of-hooks");
    assert_eq!(
        config.jobs.protected.protects("acme/prod/web"),
        Some("acme/prod/**")
    );
    assert_eq!(config.jobs.at_once, 6);
    assert_eq!(
        (config.jobs.retention, config.jobs.audit_retention),
        (91 * DAY, 366 * DAY)
    );
    assert_eq!(
        (config.limits.window, config.limits.requests),
        (Duration::from_secs(1), 7)
    );
    assert_eq!(
        (config.limits.request_size, config.limits.file_size),
        (1024, 2048)
    );
    assert!(!config.cache.enabled);
    assert_eq!(config.cache.time_to_live, Duration::from_secs(1));
    assert_eq!(config.logs.filter, "info,engine=debug");
    assert_eq!(config.logs.format, LogFormat::Json);
    assert_eq!(secret(&config.metrics.token), "a-token-of-prometheus");
    assert_eq!(config.metrics.listen.unwrap().port(), 9464);
    assert_eq!(
        config.traces.collector.unwrap().as_str(),
        "http://localhost:4318/"
    );

    // Only what it may be called is believed over what else says the same.
    let both = read(&[("APP_ENV", "development"), ("NODE_ENV", "production")]);
    assert_eq!(both.server.stage, Stage::Development);
    let lite = read(&[("DATABASE_URL", "sqlite:///var/lib/bulk/jobs.db")]);
    assert_eq!(lite.data.database.to_string(), "/var/lib/bulk/jobs.db");
    let networks = read(&[("TRUST_PROXY", "10.0.0.0/8,::1")]);
    assert!(matches!(networks.server.trusted_proxies, TrustedProxies::Networks(found) if found.len() == 2));
    assert_eq!(
        read(&[("GITLAB_API_RATE_LIMIT", "unlimited")]).gitlab.client.rate,
        Rate::Unlimited
    );
}

#[test]
fn hosts_that_are_not_listed_are_those_of_the_address_and_in_development_a_few_more() {
    let ours = ("GITLAB_URL", "https://git.example.com");
    let development = read(&[ours]);
    for address in [
        "https://git.example.com",
        "https://gitlab.com",
        "http://127.0.0.1:8929",
        "http://[::1]",
    ] {
        assert!(may_go_to(&development, address), "{address}");
    }
    assert!(!may_go_to(&development, "https://other.example.com"));

    let production = read(&[ours, ("APP_ENV", "production"), ("SESSION_SECRET", LONG_ENOUGH)]);
    assert!(may_go_to(&production, "https://git.example.com"));
    for address in [
        "https://gitlab.com",
        "http://127.0.0.1:8929",
        "https://other.example.com",
    ] {
        assert!(!may_go_to(&production, address), "{address}");
    }

    let listed = read(&[ours, ("GITLAB_ALLOWED_HOSTS", "other.example.com")]);
    assert!(may_go_to(&listed, "https://other.example.com"));
    for address in [
        "https://git.example.com",
        "https://gitlab.com",
        "http://127.0.0.1:8929",
    ] {
        assert!(!may_go_to(&listed, address), "{address}");
    }
}

#[test]
fn production_logs_json_and_wants_to_be_reached_by_https() {
    let stage = [("APP_ENV", "production"), ("SESSION_SECRET", LONG_ENOUGH)];
    let production = |more: &[(&str, &str)]| read(&[&stage, more].concat());
    let plain = production(&[]);
    assert_eq!(plain.logs.format, LogFormat::Json);
    assert_eq!(plain.warnings.len(), 1, "{:?}", plain.warnings);
    assert!(plain.warnings[0].starts_with("PUBLIC_URL is not an https address"));
    let http = production(&[("PUBLIC_URL", "http://bulk.example.com"), ("LOG_FORMAT", "text")]);
    assert_eq!((http.warnings.len(), http.logs.format), (1, LogFormat::Text));
    let https = production(&[("PUBLIC_URL", "https://bulk.example.com")]);
    assert_eq!(https.warnings, [""; 0]);
}

/// A value that each variable does not take. Two have no form of their own.
const WRONG: &[(&str, &str)] = &[
    ("GITLAB_URL", "gitlab"),
    ("GITLAB_TOKEN", "glpat of somebody"),
    ("GITLAB_ALLOWED_HOSTS", "https://git.example.com/here"),
    ("GITLAB_CA_FILE", "Cargo.toml"),
    ("GITLAB_API_RATE_LIMIT", "fast"),
    ("GITLAB_INSTANCE_RATE_LIMIT", "0"),
    ("GITLAB_API_CONCURRENCY", "0"),
    ("GITLAB_PARENT_CONCURRENCY", "none"),
    ("GITLAB_MAX_SOCKETS", "0"),
    ("GITLAB_MAX_IDLE_SOCKETS", "-1"),
    ("GITLAB_API_TIMEOUT_MS", "30s"),
    ("GITLAB_API_MAX_RETRIES", "21"),
    ("GITLAB_SETTLE_MS", "3600001"),
    ("GITLAB_OAUTH_CLIENT_SECRET", "the secret of no application"),
    ("DATA_DIR", "Cargo.toml"),
    ("DATABASE_URL", "mysql://bulk:hunter2@db/bulk"),
    ("DATABASE_POOL_SIZE", "2"),
    ("REDIS_URL", "http://:hunter2@cache"),
    ("APP_ENV", "staging"),
    ("NODE_ENV", "prod"),
    ("HOST", "everywhere"),
    ("PORT", "65536"),
    ("PUBLIC_URL", "bulk.example.com"),
    ("FRONTEND_URL", "https://console.example.com/path"),
    ("ALLOWED_ORIGINS", "*"),
    ("TRUST_PROXY", "10.0.0.0/33"),
    ("GATEWAY_LISTEN", "4001"),
    ("SESSION_SECRET", "31-bytes-are-not-enough-for-it."),
    ("SESSION_SECRET_PREVIOUS", "31-bytes-are-not-enough-either."),
    ("SESSION_TIMEOUT_MS", "59999"),
    ("SESSION_IDLE_TIMEOUT_MS", "1"),
    ("GITLAB_WEBHOOK_SECRET", "hook"),
    ("GITLAB_WEBHOOK_SECRET_PREVIOUS", "hook-of-old"),
    ("RATE_LIMIT_WINDOW_MS", "999"),
    ("RATE_LIMIT_MAX_REQUESTS", "0"),
    ("MAX_REQUEST_SIZE", "10 apples"),
    ("MAX_FILE_SIZE", "0"),
    ("MAX_JOBS_PER_USER", "0"),
    ("MAX_ITEMS_PER_USER", "0"),
    ("MAX_SOCKETS_PER_USER", "0"),
    ("MAX_KEYS_PER_USER", "0"),
    ("MAX_SESSIONS_PER_USER", "0"),
    ("MAX_CONCURRENT_JOBS", "0"),
    ("JOB_RETENTION_DAYS", "0"),
    ("AUDIT_RETENTION_DAYS", "0"),
    ("PROTECTED_PATHS", "acme//prod"),
    ("CACHE_ENABLED", "maybe"),
    ("CACHE_TTL", "0"),
    ("METRICS_TOKEN", "prometheus"),
    ("METRICS_LISTEN", "9464"),
    ("GITLAB_BULK_API_KEY", "glpat-of-somebody"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
];

#[test]
fn a_wrong_value_of_every_variable_is_told_at_once_with_its_name_and_what_is_allowed() {
    let environment = Environment::of(WRONG.iter().copied());
    let Problems(problems) = Config::read(&environment, Purpose::Serve).unwrap_err();
    let told: Vec<&str> = problems
        .iter()
        .filter_map(|problem| problem.field.as_deref())
        .collect();
    assert_eq!(
        told.iter().copied().collect::<BTreeSet<_>>(),
        variables()
            .map(|variable| variable.name)
            .filter(|name| *name != "GITLAB_OAUTH_CLIENT_ID")
            .collect()
    );
    assert_eq!(told.len(), WRONG.len(), "each of them once: {told:?}");
    for (name, value) in WRONG {
        let variable = variables().find(|variable| variable.name == *name).unwrap();
        let problem = problems
            .iter()
            .find(|problem| problem.field.as_deref() == Some(name))
            .unwrap();
        assert_eq!(problem.allowed.as_deref(), Some(variable.allowed));
        if variable.secret {
            let said = problem.to_string();
            assert!(!said.contains(value) && !said.contains("hunter2"), "{said}");
        } else {
            assert_eq!(problem.value.as_deref(), Some(*value), "{name}");
        }
    }
}
