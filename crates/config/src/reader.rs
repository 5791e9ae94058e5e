use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use domain::Problem;
use secrecy::SecretString;

use super::environment::{Environment, Found};
use super::variable::Variable;

/// Reads variables, and remembers everything that is wrong with them.
///
/// A variable with a wrong value reads as its default, so that the rest can still be checked.
pub(crate) struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    read: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self {
            environment,
            problems: environment.problems().to_vec(),
            warnings: Vec::new(),
            read: BTreeSet::new(),
        }
    }

    /// Everything that was wrong, what is doubtful, and the names of the variables that were read.
    pub(crate) fn finish(self) -> (Vec<Problem>, Vec<String>, BTreeSet<&'static str>) {
        (self.problems, self.warnings, self.read)
    }

    /// Whether a value was given.
    pub(crate) fn is_given(&self, variable: &Variable) -> bool {
        self.environment.get(variable.name).is_some()
    }

    /// Something that works but should not stay so.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Something that is wrong with this variable beyond its own form.
    pub(crate) fn wrong(&mut self, variable: &Variable, message: &str) {
        let found = self.environment.get(variable.name).cloned();
        self.complain(variable, found.as_ref(), message);
    }

    fn complain(&mut self, variable: &Variable, found: Option<&Found>, message: &str) {
        let mut problem = Problem::new(message).allowed(variable.allowed);
        problem.field = Some(variable.name.to_owned());
        if let Some(found) = found {
            problem.file.clone_from(&found.file);
            if !variable.secret {
                problem = problem.value(&without_password(&found.text));
            }
        }
        self.problems.push(problem);
    }

    /// A value as `parse` understands it; the default where it does not.
    pub(crate) fn optional<T>(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.read.insert(variable.name);
        if let Some(found) = self.environment.get(variable.name) {
            match parse(&found.text) {
                Ok(value) => return Some(value),
                Err(message) => {
                    let found = found.clone();
                    self.complain(variable, Some(&found), &message);
                }
            }
        }
        if variable.default.is_empty() {
            None
        } else {
            parse(variable.default).ok()
        }
    }

    /// As [`Reader::optional`], of a variable that has a default.
    pub(crate) fn value<T>(&mut self, variable: &Variable, parse: impl Fn(&str) -> Result<T, String>) -> T {
        self.optional(variable, parse)
            .unwrap_or_else(|| unreachable!("{} has a valid default", variable.name))
    }

    /// A whole number.
    pub(crate) fn number<T>(&mut self, variable: &Variable, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Copy,
    {
        self.value(variable, |text| number(text, &range))
    }

    /// A number of milliseconds.
    pub(crate) fn millis(&mut self, variable: &Variable, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.number(variable, range))
    }

    /// `true` or `false`, also as `1`, `0`, `yes`, `no`, `on`, `off`.
    pub(crate) fn flag(&mut self, variable: &Variable) -> bool {
        self.value(variable, |text| match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("is neither true nor false".to_owned()),
        })
    }

    /// One of a few words, in any case.
    pub(crate) fn choice<T: Copy>(&mut self, variable: &Variable, choices: &[(&str, T)]) -> T {
        self.value(variable, |text| {
            choices
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text))
                .map(|(_, value)| *value)
                .ok_or_else(|| "is not one of the words that are allowed".to_owned())
        })
    }

    /// A list, separated by commas; every entry is parsed by itself.
    pub(crate) fn list<T>(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        self.optional(variable, |text| {
            text.split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(&parse)
                .collect::<Result<Vec<_>, _>>()
        })
        .unwrap_or_default()
    }

    /// A text that is never shown.
    pub(crate) fn secret(&mut self, variable: &Variable) -> Option<SecretString> {
        self.optional(variable, |text| Ok(SecretString::from(text)))
    }
}

/// An address as it may be shown: without what stands before the `@`.
fn without_password(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => text.to_owned(),
    }
}

fn number<T: FromStr + PartialOrd>(text: &str, range: &RangeInclusive<T>) -> Result<T, String> {
    let number = text
        .parse::<T>()
        .map_err(|_| "is not a whole number".to_owned())?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err("is out of range".to_owned())
    }
}

/// A number of bytes, as `10mb` or plain. Units are 1024-based.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.to_lowercase();
    let digits = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor: u64 = match lower[digits.len()..].trim() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err("is not a size".to_owned()),
    };
    digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|&bytes| bytes > 0)
        .ok_or_else(|| "is not a size".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{bytes, without_password};

    #[test]
    fn a_password_inside_an_address_is_not_shown() {
        assert_eq!(without_password("https://me:secret@host/x"), "https://***@host/x");
        assert_eq!(without_password("https://host/x"), "https://host/x");
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, size) in [
            ("10mb", 10 << 20),
            ("1 KiB", 1 << 10),
            ("77", 77),
            ("2G", 2 << 30),
        ] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "mb", "-1", "0", "1.5mb", "10xb", "99999999999g"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
