//! `.env.example` and `docs/configuration.md` are made from the variables, and compared with them here.

use std::fmt::Write;
use std::path::Path;

use config::sections::TOPICS;
use config::{Config, Environment, Purpose};

/// Fails when the file differs from what it should be; writes it instead with `UPDATE_GENERATED=1`.
pub(crate) fn assert_generated(file: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        present == wanted,
        "{file} is not up to date; run `UPDATE_GENERATED=1 cargo test -p gitlab-bulk` and look at the difference"
    );
}

fn dotenv_example() -> String {
    let mut text = String::from(
        "# Every variable that this version reads. Copy to `.env` and change what you need; the environment wins.\n\
         # docs/configuration.md says more.\n",
    );
    for topic in TOPICS {
        write!(text, "\n# --- {} ---\n", topic.title).unwrap();
        for variable in topic.variables {
            let shown = variable.shown_default().replace('`', "");
            write!(text, "\n# {}\n", variable.meaning.replace('`', "")).unwrap();
            writeln!(
                text,
                "# Allowed: {}. Default: {shown}",
                variable.allowed.replace('`', "")
            )
            .unwrap();
            writeln!(text, "# {}={}", variable.name, variable.default).unwrap();
        }
    }
    text
}

fn documentation() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         `gitlab-bulk` is configured by the environment, then by `.env` in the current directory, then by a TOML file\n\
         given with `--config FILE`, then by defaults. An empty value counts as not given.\n\n\
         In the TOML file a variable's name may be split into tables and is written in any case:\n\n\
         ```toml\n\
         port = 4000\n\n\
         [gitlab]\n\
         url = \"https://gitlab.example.com\"\n\
         allowed_hosts = [\"gitlab.example.com\"]\n\
         ```\n\n\
         Everything is checked before anything is done. All mistakes are reported at once, each with the variable's\n\
         name and what is allowed, and the program ends with exit code 2:\n\n\
         ```text\n\
         $ PORT=70000 GITLAB_API_RATE_LIMIT=fast gitlab-bulk serve\n\
         error: the configuration is wrong\n\
         \u{20} PORT: is not a whole number (found `70000`; allowed: 0 to 65535; 0 picks a free port)\n\
         \u{20} GITLAB_API_RATE_LIMIT: is not a number (found `fast`; allowed: a number above 0, auto or unlimited)\n\
         ```\n\n\
         Values of secrets are never shown. `.env.example` lists every variable, ready to be copied.\n",
    );
    for topic in TOPICS {
        write!(
            text,
            "\n## {}\n\n| variable | default | allowed | meaning |\n|---|---|---|---|\n",
            topic.title
        )
        .unwrap();
        for variable in topic.variables {
            let default = match variable.default {
                "" => variable.shown_default().to_owned(),
                default => format!("`{default}`"),
            };
            writeln!(
                text,
                "| `{}` | {default} | {} | {} |",
                variable.name,
                variable.allowed.replace('|', "\\|"),
                variable.meaning.replace('|', "\\|"),
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn the_example_lists_every_variable() {
    assert_generated(".env.example", &dotenv_example());
}

#[test]
fn the_documentation_lists_every_variable() {
    assert_generated("docs/configuration.md", &documentation());
}

#[test]
fn every_variable_says_what_is_allowed_and_what_it_means() {
    for variable in TOPICS.iter().flat_map(|topic| topic.variables) {
        assert!(
            !variable.allowed.is_empty() && !variable.meaning.is_empty(),
            "{}",
            variable.name
        );
    }
}

#[test]
fn the_example_is_itself_a_valid_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let uncommented: String = dotenv_example()
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.split_once('=').is_some_and(|(name, _)| !name.contains(' ')))
        .fold(String::new(), |text, line| text + line + "\n");
    let file = folder.path().join(".env");
    std::fs::write(&file, &uncommented).unwrap();
    let environment = Environment::default().with_dotenv(&file);
    assert!(Config::read(&environment, Purpose::Serve).is_ok());
    assert!(uncommented.contains("GITLAB_SETTLE_MS=60000\n"));
}
