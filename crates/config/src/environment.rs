//! Where values come from: the environment, then `.env`, then a TOML file.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Problem;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

/// A value and the file it was found in (`None`: the environment).
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) file: Option<String>,
}

/// Every value given anywhere, by the name of its variable. Empty values count as not given.
///
/// Holds secrets, so it has no `Debug`.
#[derive(Default)]
pub struct Environment {
    values: BTreeMap<String, Found>,
    /// Names that the TOML file holds, to tell misspelled ones.
    in_toml: Vec<String>,
    problems: Vec<Problem>,
}

impl Environment {
    /// Only these values.
    pub fn of<N: Into<String>, V: AsRef<str>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut gathered = Self::default();
        for (name, value) in variables {
            gathered.add(name.into(), value.as_ref(), None);
        }
        gathered
    }

    /// Adds what a `.env` file says where nothing is said yet. A missing file says nothing.
    #[must_use]
    pub fn with_dotenv(mut self, path: &Path) -> Self {
        if !path.exists() {
            return self;
        }
        let file = path.display().to_string();
        match std::fs::File::open(path) {
            Ok(text) => self.add_lines(text, &file),
            Err(error) => self.unreadable(&file, &format!("the file cannot be read: {error}")),
        }
        self
    }

    /// The same of a text; `file` is what it is called in problems.
    pub fn add_lines(&mut self, text: impl std::io::Read, file: &str) {
        for line in dotenvy::from_read_iter(text) {
            match line {
                Ok((name, value)) => self.add(name, &value, Some(file)),
                // The error would quote the line, which may hold a secret.
                Err(_) => self.unreadable(file, "a line of this file is not of the form NAME=value"),
            }
        }
    }

    /// Adds what a TOML file says where nothing is said yet. Tables and keys join with `_`:
    /// `[gitlab] url = "…"` is `GITLAB_URL`.
    #[must_use]
    pub fn with_toml(mut self, path: &Path) -> Self {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_toml(&text, &file),
            Err(error) => self.unreadable(&file, &format!("the file cannot be read: {error}")),
        }
        self
    }

    /// The same of a text; `file` is what it is called in problems.
    pub fn add_toml(&mut self, text: &str, file: &str) {
        match Toml::from_str::<Dict>(text) {
            Ok(table) => self.add_table("", table, file),
            // The parser's message quotes the line, which may hold a secret; its first line only says where.
            Err(error) => {
                let place = error.to_string().lines().next().unwrap_or_default().to_owned();
                self.unreadable(file, &format!("the file is not TOML: {place}"));
            }
        }
    }

    fn add_table(&mut self, prefix: &str, table: Dict, file: &str) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.to_uppercase().replace('-', "_"));
            if let Value::Dict(_, inner) = value {
                self.add_table(&format!("{name}_"), inner, file);
            } else if let Some(text) = plain(&value) {
                self.in_toml.push(name.clone());
                self.add(name, &text, Some(file));
            } else {
                let mut problem =
                    Problem::new("the value is neither a text, a number, a switch nor a list of these");
                problem.field = Some(name);
                problem.file = Some(file.to_owned());
                self.problems.push(problem);
            }
        }
    }

    fn add(&mut self, name: String, value: &str, file: Option<&str>) {
        if value.trim().is_empty() || self.values.contains_key(&name) {
            return;
        }
        self.values.insert(
            name,
            Found {
                text: value.trim().to_owned(),
                file: file.map(str::to_owned),
            },
        );
    }

    fn unreadable(&mut self, file: &str, message: &str) {
        let mut problem = Problem::new(message);
        problem.file = Some(file.to_owned());
        self.problems.push(problem);
    }

    /// What is said of a variable.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|found| found.text.as_str())
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&Found> {
        self.values.get(name)
    }

    /// Names in the TOML file.
    pub(crate) fn in_toml(&self) -> &[String] {
        &self.in_toml
    }

    /// What was wrong with the files themselves.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_f64().map(|number| number.to_string())),
        Value::Array(_, values) => Some(values.iter().map(plain).collect::<Option<Vec<_>>>()?.join(",")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_dotenv_and_that_over_toml() {
        let folder = tempfile::tempdir().unwrap();
        let (dotenv, toml) = (folder.path().join(".env"), folder.path().join("config.toml"));
        std::fs::write(&dotenv, "PORT=2\nHOST=::1\nLOG_LEVEL=\n").unwrap();
        std::fs::write(
            &toml,
            "port = 3\nlog_level = \"debug\"\n[gitlab]\nallowed-hosts = [\"a\", \"b\"]\n",
        )
        .unwrap();
        let all = Environment::of([("PORT", "1")])
            .with_dotenv(&dotenv)
            .with_toml(&toml);
        let text = |name| all.get(name).map(|found| found.text.as_str());
        assert_eq!(text("PORT"), Some("1"));
        assert_eq!(text("HOST"), Some("::1"));
        assert_eq!(text("LOG_LEVEL"), Some("debug"));
        assert_eq!(text("GITLAB_ALLOWED_HOSTS"), Some("a,b"));
        assert!(all.problems().is_empty());
    }

    #[test]
    fn a_broken_file_is_named_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let toml = folder.path().join("config.toml");
        std::fs::write(&toml, "session_secret = \"top-secret\n").unwrap();
        let all = Environment::default().with_toml(&toml);
        assert_eq!(all.problems().len(), 1);
        assert!(
            !all.problems()[0].to_string().contains("top-secret"),
            "{}",
            all.problems()[0]
        );
    }
}
