use axum::extract::FromRequestParts;
use domain::{Problem, Problems};
use http::request::Parts;

use crate::error::{ApiError, Result};

/// The parameters of a query, read one by one; what is wrong with any of them is told together.
#[derive(Debug, Default)]
pub(crate) struct Query {
    parameters: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl Query {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().rev().find(|(found, _)| found == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A value of a kind that `read` knows; `allowed` says which there are.
    pub(crate) fn value<T>(
        &mut self,
        name: &str,
        allowed: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.get(name)?.to_owned();
        let value = read(&text);
        if value.is_none() {
            self.refuse(name, &text, allowed);
        }
        value
    }

    /// Several such values, separated by commas or given several times.
    pub(crate) fn values<T>(
        &mut self,
        name: &str,
        allowed: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let texts: Vec<String> = self
            .parameters
            .iter()
            .filter(|(found, _)| found == name || found.strip_suffix("[]") == Some(name))
            .flat_map(|(_, value)| value.split(','))
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect();
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            match read(&text) {
                Some(value) => values.push(value),
                None => self.refuse(name, &text, allowed),
            }
        }
        values
    }

    /// How many rows a page has: 1 to `most`.
    pub(crate) fn limit(&mut self, default: u32, most: u32) -> u32 {
        let allowed = format!("a number from 1 to {most}");
        self.value("limit", &allowed, |text| {
            text.parse().ok().filter(|limit| (1..=most).contains(limit))
        })
        .unwrap_or(default)
    }

    fn refuse(&mut self, name: &str, text: &str, allowed: &str) {
        let problem = Problem::new(format!("{name} cannot be this"))
            .value(text)
            .allowed(allowed);
        self.problems.push(Problem {
            field: Some(name.to_owned()),
            ..problem
        });
    }

    /// To be called when everything has been read.
    ///
    /// # Errors
    /// All problems found.
    pub(crate) fn finish(self) -> Result<()> {
        Ok(Problems(self.problems).into_result()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            parameters: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            problems: Vec::new(),
        })
    }
}
