use axum::extract::FromRequestParts;
use domain::{Problem, Problems};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::List;
use crate::error::{ApiError, Result};

/// The parameters of a query, read one by one; what is wrong with any of them is told together, and so is what
/// nobody has read.
#[derive(Debug, Default)]
pub(crate) struct Query {
    parameters: Vec<(String, String)>,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl Query {
    /// Reads the text behind the `?`; what of it is no text is a problem for [`Query::finish`].
    pub(crate) fn of(text: &str) -> Self {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decoded(name), decoded(value)) {
                (Some(name), Some(value)) => query.parameters.push((name, value)),
                (read, _) => {
                    let name = read.unwrap_or_else(|| name.chars().take(120).collect());
                    query.problems.push(Problem {
                        field: Some(name.clone()),
                        ..Problem::new("this is no text").allowed("UTF-8 without NUL, percent-encoded")
                    });
                    // It is wrong already; that it is there is not wrong, too.
                    query.parameters.push((name, String::new()));
                }
            }
        }
        query
    }

    fn get(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut found = self.parameters.iter().filter(|(found, _)| found == name);
        let value = found.next().map(|(_, value)| value.clone());
        if found.next().is_some() {
            // Which of them is meant nobody can tell.
            self.problems.push(Problem {
                field: Some(name.to_owned()),
                ..Problem::new("this parameter is given more than once")
            });
        }
        value
    }

    /// A text; an empty one is none.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A value of a kind that `read` knows; `allowed` says which there are.
    pub(crate) fn value<T>(
        &mut self,
        name: &'static str,
        allowed: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.get(name)?;
        let value = read(&text);
        if value.is_none() {
            self.refuse(name, &text, allowed);
        }
        value
    }

    /// Several such values, separated by commas or given several times.
    pub(crate) fn values<T>(
        &mut self,
        name: &'static str,
        allowed: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.known.push(name);
        let texts: Vec<String> = self
            .parameters
            .iter()
            .filter(|(found, _)| bare(found) == name)
            .flat_map(|(_, value)| value.split(','))
            .map(|text| text.trim().to_owned())
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

    /// Where the list goes on: the `nextCursor` of the page before.
    pub(crate) fn cursor<T>(&mut self, list: &List, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text("cursor")?;
        let position = list.position(&text).and_then(|position| read(&position));
        if position.is_none() {
            let allowed = "the nextCursor of the page before, with the same filters";
            self.refuse("cursor", &text, allowed);
        }
        position
    }

    /// Says that a value cannot be used.
    pub(crate) fn refuse(&mut self, name: &str, text: &str, allowed: &str) {
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
    /// All problems found, and every parameter that this address does not know.
    pub(crate) fn finish(mut self) -> Result<()> {
        let mut unknown: Vec<&str> = self
            .parameters
            .iter()
            .map(|(name, _)| bare(name))
            .filter(|name| !self.known.contains(name))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        let known = self.known.join(", ");
        self.problems.extend(unknown.into_iter().map(|name| Problem {
            field: Some(name.chars().take(120).collect()),
            ..Problem::new("this parameter is not known here").allowed(&*known)
        }));
        Ok(Problems(self.problems).into_result()?)
    }
}

/// `status[]` is another spelling of `status`.
fn bare(name: &str) -> &str {
    name.strip_suffix("[]").unwrap_or(name)
}

/// Decodes what a browser encodes; `None` for what is no text.
fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    // No database takes it for a text, and nothing has such a name.
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Ok(Self::of(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    async fn query(text: &str) -> Query {
        let (mut parts, ()) = Request::get(format!("/api/jobs?{text}"))
            .body(())
            .unwrap()
            .into_parts();
        Query::from_request_parts(&mut parts, &()).await.unwrap()
    }

    #[tokio::test]
    async fn nothing_is_a_text_and_no_value_of_another_kind() {
        let mut query = query("limit=&q=&cursor=").await;
        assert_eq!((query.limit(50, 100), query.text("q")), (50, None));
        assert_eq!(query.text("cursor"), None);
        let error = query.finish().unwrap_err();
        assert_eq!(error.problems().join("; "), "limit: limit cannot be this");
    }

    #[tokio::test]
    async fn whatever_is_wrong_is_told_at_once() {
        let mut query = query("limit=0&state=failed&q=%FF&%00=1&sort=up").await;
        assert_eq!(query.limit(50, 100), 50);
        assert_eq!(query.text("q"), None);
        query.values("status", "failed", |text| (text == "failed").then_some(()));
        let error = query.finish().unwrap_err();
        let told = error.problems().join("; ");
        assert_eq!(
            told,
            "q: this is no text; %00: this is no text; limit: limit cannot be this; \
             %00: this parameter is not known here; sort: this parameter is not known here; \
             state: this parameter is not known here"
        );
    }

    #[tokio::test]
    async fn what_is_one_value_is_given_once() {
        let mut query = query("limit=5&limit=&q=a&q=a").await;
        query.limit(50, 100);
        query.text("q");
        let told = query.finish().unwrap_err().problems().join("; ");
        assert_eq!(
            told,
            "limit: this parameter is given more than once; q: this parameter is given more than once"
        );
    }

    #[tokio::test]
    async fn a_list_is_spelled_in_each_of_the_usual_ways() {
        for text in [
            "status=a,b",
            "status=a&status=b",
            "status[]=a&status%5B%5D=b",
            "status=%20a+,b",
        ] {
            let mut query = query(text).await;
            let read = query.values("status", "", |text| Some(text.to_owned()));
            assert_eq!(read, ["a", "b"], "{text}");
            query.finish().unwrap();
        }
        for text in ["status=", "status=a,", "status[]="] {
            let mut query = query(text).await;
            query.values("status", "", |text| (!text.is_empty()).then_some(()));
            assert!(query.finish().is_err(), "{text}");
        }
    }
}
