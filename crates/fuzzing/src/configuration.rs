use config::sections::TOPICS;
use config::{Config, Environment, Purpose};
use domain::Problems;

/// What stands for every secret: nothing that is told may hold it.
const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";

/// `.env` and the TOML file: each is read or refused in full, a refusal says where, no secret is told, and what is said in
/// a file means what it would mean in the environment.
pub(crate) fn run(data: &[u8]) {
    let mut dotenv = Environment::default();
    dotenv.add_lines(data, ".env");
    check(&dotenv);
    let mut toml = Environment::default();
    toml.add_toml(&String::from_utf8_lossy(data), "config.toml");
    check(&toml);
}

fn names() -> impl Iterator<Item = &'static str> {
    TOPICS
        .iter()
        .flat_map(|topic| topic.variables)
        .map(|variable| variable.name)
}

fn check(environment: &Environment) {
    // It would be opened, whatever it is.
    if environment
        .text("GITLAB_CA_FILE")
        .is_some_and(|path| path.starts_with('/'))
    {
        return;
    }
    let misplaced = TOPICS
        .iter()
        .flat_map(|topic| topic.variables)
        .filter(|variable| !variable.secret)
        .any(|variable| {
            environment
                .text(variable.name)
                .is_some_and(|text| text.contains("canary"))
        });
    for purpose in [Purpose::Command, Purpose::Serve] {
        let read = Config::read(environment, purpose);
        let told = match &read {
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

        let said = names().filter_map(|name| Some((name, environment.text(name)?)));
        let plainly = Config::read(&Environment::of(said), purpose);
        match (read, plainly) {
            (Ok(read), Ok(plainly)) => assert_eq!(without_warnings(read), without_warnings(plainly)),
            (Err(read), Err(plainly)) => {
                let fields = |Problems(problems): Problems| -> Vec<String> {
                    problems.into_iter().filter_map(|problem| problem.field).collect()
                };
                let (read, plainly) = (fields(read), fields(plainly));
                assert!(
                    plainly.iter().all(|field| read.contains(field)),
                    "{plainly:?} are wrong in the environment, {read:?} in the file"
                );
            }
            // A file may be wrong beyond its variables.
            (Err(_), Ok(_)) => {}
            (Ok(_), Err(problems)) => panic!("read in a file, and not in the environment: {problems:?}"),
        }
    }
}

/// All that it says. Names that mean nothing are told of files alone.
fn without_warnings(mut config: Config) -> String {
    config.warnings.clear();
    format!("{config:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutate::Mutations;

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

    #[test]
    fn whatever_is_mistyped_is_told_with_its_place_and_no_secret_with_it() {
        let seeds = seeds();
        for input in seeds
            .iter()
            .cloned()
            .chain(Mutations::of(&seeds, 1).take(MUTATIONS))
        {
            run(&input);
        }
    }
}
