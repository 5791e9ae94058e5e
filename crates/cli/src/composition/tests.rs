//! What operators set is what server and runner are given.

use std::time::Duration;

use config::{Config, Environment, Purpose};
use secrecy::ExposeSecret as _;
use server::{InboundLimit, TrustedProxies};
use storage::Quota;

use super::{runner_settings, server_settings};

const SECRET: (&str, &str) = ("SESSION_SECRET", "a-secret-of-more-than-32-bytes-in-all");

fn config(variables: &[(&str, &str)]) -> Config {
    let environment = Environment::of(variables.iter().chain([&SECRET]).copied());
    Config::read(&environment, Purpose::Serve).unwrap()
}

#[test]
fn a_server_does_what_it_was_configured_to() {
    let usual = server_settings(&config(&[])).unwrap();
    assert!(!usual.production && usual.oauth.is_none() && usual.webhooks.secrets.is_empty());
    assert_eq!(usual.logins.requests, 10, "nobody can set this");
    assert_eq!(usual.logins.window, Duration::from_mins(1));
    assert_eq!(usual.cache, Some(Duration::from_mins(5)));

    let settings = server_settings(&config(&[
        ("APP_ENV", "production"),
        ("PUBLIC_URL", "https://bulk.example.com"),
        ("FRONTEND_URL", "https://console.example.com"),
        ("TRUST_PROXY", "1"),
        ("SESSION_TIMEOUT_MS", "60000"),
        ("SESSION_IDLE_TIMEOUT_MS", "61000"),
        ("RATE_LIMIT_WINDOW_MS", "1000"),
        ("RATE_LIMIT_MAX_REQUESTS", "7"),
        ("MAX_REQUEST_SIZE", "1kb"),
        ("MAX_FILE_SIZE", "2kb"),
        ("MAX_JOBS_PER_USER", "8"),
        ("MAX_ITEMS_PER_USER", "9"),
        ("MAX_SOCKETS_PER_USER", "11"),
        ("MAX_KEYS_PER_USER", "12"),
        ("MAX_SESSIONS_PER_USER", "13"),
        ("MAX_CONCURRENT_JOBS", "14"),
        ("CACHE_TTL", "15"),
        ("AUDIT_RETENTION_DAYS", "16"),
        ("GITLAB_URL", "https://git.example.com"),
        ("GITLAB_OAUTH_CLIENT_ID", "an-application"),
        ("GITLAB_OAUTH_CLIENT_SECRET", "its-secret"),
        ("GITLAB_WEBHOOK_SECRET", "a-secret-of-hooks"),
        ("METRICS_TOKEN", "a-token-of-prometheus"),
    ]))
    .unwrap();
    assert!(settings.production);
    assert_eq!(settings.public_url.unwrap().as_str(), "https://bulk.example.com/");
    assert_eq!(settings.allowed_origins, ["https://console.example.com"]);
    assert_eq!(settings.trusted_proxies, TrustedProxies::Hops(1));
    assert_eq!(settings.session_lifetime, Duration::from_mins(1));
    assert_eq!(settings.session_idle, Some(Duration::from_secs(61)));
    let window = Duration::from_secs(1);
    assert_eq!(settings.inbound, InboundLimit { window, requests: 7 });
    assert_eq!((settings.max_request_size, settings.max_file_size), (1024, 2048));
    let Quota { jobs, items } = settings.work_per_user;
    assert_eq!((jobs, items), (8, 9));
    assert_eq!(settings.sockets_per_user, 11);
    assert_eq!((settings.keys_per_user, settings.sessions_per_user), (12, 13));
    assert_eq!(settings.max_concurrent_jobs, 14);
    assert_eq!(settings.cache, Some(Duration::from_secs(15)));
    assert_eq!(settings.audit_retention, Duration::from_hours(16 * 24));
    let oauth = settings.oauth.unwrap();
    assert_eq!(
        (oauth.id.as_str(), oauth.instance.to_string().as_str()),
        ("an-application", "https://git.example.com")
    );
    assert_eq!(oauth.secret.unwrap().expose_secret(), "its-secret");
    assert_eq!(settings.webhooks.secrets[0].expose_secret(), "a-secret-of-hooks");
    assert_eq!(settings.webhooks.instance.to_string(), "https://git.example.com");
    assert_eq!(
        settings.metrics_token.unwrap().expose_secret(),
        "a-token-of-prometheus"
    );

    let off = server_settings(&config(&[("CACHE_ENABLED", "false"), ("CACHE_TTL", "15")])).unwrap();
    assert_eq!(off.cache, None);
}

#[test]
fn jobs_are_run_as_it_was_configured() {
    let runner = runner_settings(&config(&[
        ("GITLAB_API_CONCURRENCY", "11"),
        ("GITLAB_PARENT_CONCURRENCY", "3"),
        ("GITLAB_SETTLE_MS", "61000"),
        ("GITLAB_API_TIMEOUT_MS", "31000"),
    ]));
    assert_eq!((runner.concurrency, runner.parent_concurrency), (11, 3));
    assert_eq!(runner.settle, Duration::from_secs(61));
    assert_eq!(runner.timeout, Duration::from_secs(31));
}
