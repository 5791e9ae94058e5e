//! Configurations that somebody has mistyped, by the thousand: each is read or refused in full, and no secret is told.

use fuzzing::mutate::Mutations;

use super::sections::TOPICS;
use super::{Config, Environment, Purpose};

const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";

/// About a second of each, without optimisation.
const MUTATIONS: usize = 3_000;

/// Every variable, with a value that some variable takes, and every secret with the canary.
fn seeds() -> Vec<Vec<u8>> {
    let variables = || TOPICS.iter().flat_map(|topic| topic.variables);
    let values = [
        "1",
        "0.5",
        "auto",
        "true",
        "50mb",
        "info",
        "json",
        "127.0.0.1",
        "127.0.0.1:9000",
        "https://gitlab.example.com",
        "sqlite://bulk.db",
        "postgres://u:p@db/bulk",
        "rediss://:p@cache/0",
        "acme/**,beta",
        "10.0.0.0/8",
        "production",
    ];
    let mut seeds: Vec<Vec<u8>> = values
        .iter()
        .map(|value| {
            let lines = variables().map(|variable| {
                let value = if variable.secret { SECRET } else { value };
                format!("{}=\"{value}\"\n", variable.name)
            });
            lines.collect::<String>().into_bytes()
        })
        .collect();
    seeds.push(
        b"port = 3\nlog_level = \"debug\"\n[gitlab]\nallowed-hosts = [\"a\", \"b\"]\n[cache]\nttl = 1.5\n"
            .to_vec(),
    );
    seeds
}

fn check(environment: &Environment) {
    let misplaced = TOPICS
        .iter()
        .flat_map(|topic| topic.variables)
        .filter(|variable| !variable.secret)
        .any(|variable| {
            environment
                .get(variable.name)
                .is_some_and(|found| found.text.contains("canary"))
        });
    for purpose in [Purpose::Command, Purpose::Serve] {
        let told = match Config::read(environment, purpose) {
            Ok(config) => format!("{config:?}"),
            Err(problems) => {
                assert!(!problems.0.is_empty());
                for problem in &problems.0 {
                    assert!(
                        problem.field.is_some() || problem.file.is_some(),
                        "where? {problem}"
                    );
                }
                format!("{problems:?}")
            }
        };
        assert!(misplaced || !told.contains(SECRET), "{told}");
    }
}

#[test]
fn whatever_is_mistyped_is_told_with_its_place_and_no_secret_with_it() {
    let seeds = seeds();
    for input in seeds
        .iter()
        .cloned()
        .chain(Mutations::of(&seeds, 1).take(MUTATIONS))
    {
        let mut dotenv = Environment::default();
        dotenv.add_lines(input.as_slice(), ".env");
        check(&dotenv);
        let mut toml = Environment::default();
        toml.add_toml(&String::from_utf8_lossy(&input), "config.toml");
        check(&toml);
    }
}
