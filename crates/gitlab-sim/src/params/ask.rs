#![expect(
    clippy::option_option,
    reason = "a parameter is absent, null or there, and a setting may be null itself"
)]

use super::{Param, Params, Upload};
use crate::time_text::{Day, Moment};

/// A handler's questions to the parameters. Every complaint is kept until the end and answered in one body, as
/// Grape does; what is asked but wrong is treated as absent meanwhile.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    params: &'a Params,
    known: Vec<&'static str>,
    given: bool,
    complaints: Vec<String>,
    shift: i64,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(params: &'a Params) -> Self {
        Self {
            params,
            known: Vec::new(),
            given: false,
            complaints: Vec::new(),
            shift: 0,
        }
    }

    /// Lets later pages of a list be cut as if this many rows before them had gone since.
    pub(crate) fn shifted(mut self, rows: i64) -> Self {
        self.shift = rows;
        self
    }

    pub(crate) fn shift(&self) -> i64 {
        self.shift
    }

    /// The text for the `error` key, unless nothing is wrong.
    pub(crate) fn complaint(self) -> Option<String> {
        (!self.complaints.is_empty()).then(|| self.complaints.join(", "))
    }

    /// Text that must be there. Empty meanwhile when it is not.
    pub(crate) fn required_text(&mut self, name: &'static str) -> String {
        self.require(name);
        self.text(name).flatten().unwrap_or_default()
    }

    /// Complains when the name is absent altogether.
    pub(crate) fn require(&mut self, name: &'static str) {
        if self.params.get(name).is_none() {
            self.complaints.push(format!("{name} is missing"));
        }
    }

    /// Text: absent, null, or there.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<Option<String>> {
        self.read(name, |value| match value {
            Param::Null => Some(None),
            other => other.text().map(Some),
        })
    }

    /// Text that is there and not empty.
    pub(crate) fn filled(&mut self, name: &'static str) -> Option<String> {
        self.text(name).flatten().filter(|text| !text.is_empty())
    }

    /// A whole number; null and empty text count as absent.
    pub(crate) fn integer(&mut self, name: &'static str) -> Option<i64> {
        self.read_some(name, Param::integer)
    }

    /// An id; what no id can be becomes 0, which is nobody's.
    pub(crate) fn id(&mut self, name: &'static str) -> Option<u64> {
        self.integer(name)
            .map(|number| u64::try_from(number).unwrap_or(0))
    }

    /// A whole number: absent, null or empty, or there.
    pub(crate) fn maybe_integer(&mut self, name: &'static str) -> Option<Option<i64>> {
        self.read(name, |value| match value {
            Param::Null => Some(None),
            Param::Text(text) if text.is_empty() => Some(None),
            other => other.integer().map(Some),
        })
    }

    /// A number; null and empty text count as absent.
    pub(crate) fn real(&mut self, name: &'static str) -> Option<f64> {
        self.read_some(name, Param::real)
    }

    /// An object, with numbers and booleans in it read from text, too.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<serde_json::Value> {
        self.read_some(name, |value| {
            matches!(value, Param::Map(_)).then(|| value.to_json())
        })
    }

    /// A list of anything; null counts as absent.
    pub(crate) fn items(&mut self, name: &'static str) -> Option<&'a [Param]> {
        match self.note(name)? {
            Param::List(items) => Some(items),
            Param::Null => None,
            _ => {
                self.complaints.push(format!("{name} is invalid"));
                None
            }
        }
    }

    /// Whether any of the names asked for so far was given.
    pub(crate) fn is_given(&self) -> bool {
        self.given
    }

    /// A map of parameters: `filter[environment_scope]=production`.
    pub(crate) fn map(&mut self, name: &'static str) -> Option<&'a Params> {
        match self.note(name)? {
            Param::Map(map) => Some(map),
            Param::Null => None,
            Param::Text(text) if text.is_empty() => None,
            _ => {
                self.complaints.push(format!("{name} is invalid"));
                None
            }
        }
    }

    /// A boolean; null and empty text count as absent.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read_some(name, Param::flag)
    }

    /// One of these words.
    pub(crate) fn choice(&mut self, name: &'static str, choices: &[&'static str]) -> Option<&'static str> {
        let word = self.text(name).flatten().filter(|word| !word.is_empty())?;
        let known = choices.iter().find(|choice| **choice == word).copied();
        if known.is_none() {
            self.complaints
                .push(format!("{name} does not have a valid value"));
        }
        known
    }

    /// One of these numbers.
    pub(crate) fn number_of(&mut self, name: &'static str, choices: &[i64]) -> Option<i64> {
        let number = self.integer(name)?;
        if choices.contains(&number) {
            return Some(number);
        }
        self.complaints
            .push(format!("{name} does not have a valid value"));
        None
    }

    /// A list, or text with commas. An empty text is an empty list.
    pub(crate) fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        let split = |text: String| -> Vec<String> {
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        self.read(name, |value| match value {
            Param::List(items) => items.iter().map(Param::text).collect(),
            Param::Null => Some(Vec::new()),
            other => other.text().map(split),
        })
    }

    /// A list of ids.
    pub(crate) fn ids(&mut self, name: &'static str) -> Option<Vec<u64>> {
        let list = self.list(name)?;
        let ids: Option<Vec<u64>> = list.iter().map(|text| text.parse().ok()).collect();
        if ids.is_none() {
            self.complaints.push(format!("{name} is invalid"));
        }
        ids
    }

    /// A list of objects, each read by itself; what is wrong in one is told with its place.
    pub(crate) fn objects<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Ask<'_>) -> T,
    ) -> Option<Vec<T>> {
        let items = match self.note(name)? {
            Param::List(items) => items.as_slice(),
            Param::Null => &[],
            Param::Text(text) if text.is_empty() => &[],
            one @ Param::Map(_) => std::slice::from_ref(one),
            _ => {
                self.complain(format!("{name} is invalid"));
                return None;
            }
        };
        let mut objects = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let Param::Map(params) = item else {
                self.complain(format!("{name}[{at}] is invalid"));
                continue;
            };
            let mut ask = Ask::new(params);
            objects.push(read(&mut ask));
            for complaint in ask.complaints {
                let (field, rest) = complaint.split_once(' ').unwrap_or((&complaint, ""));
                self.complaints.push(format!("{name}[{at}][{field}] {rest}"));
            }
        }
        Some(objects)
    }

    /// A day: absent, null or empty, or there. A time of day is dropped.
    pub(crate) fn day(&mut self, name: &'static str) -> Option<Option<Day>> {
        self.read(name, |value| match value {
            Param::Null => Some(None),
            Param::Text(text) if text.is_empty() => Some(None),
            other => Day::parse(other.text()?.get(..10)?).map(Some),
        })
    }

    /// A moment.
    pub(crate) fn moment(&mut self, name: &'static str) -> Option<Moment> {
        self.read_some(name, |value| Moment::parse(&value.text()?))
    }

    /// A file: absent, taken away by null or an empty text, or there.
    pub(crate) fn file(&mut self, name: &'static str) -> Option<Option<Upload>> {
        self.read(name, |value| match value {
            Param::Null => Some(None),
            Param::Text(text) if text.is_empty() => Some(None),
            Param::File(upload) => Some(Some(upload.clone())),
            _ => None,
        })
    }

    /// Names that are accepted and have no effect here.
    pub(crate) fn ignored(&mut self, names: &[&'static str]) {
        for name in names {
            self.note(name);
        }
    }

    /// Complains when none of the names asked for so far was given.
    pub(crate) fn at_least_one(&mut self) {
        if !self.given {
            let names = self.known.join(", ");
            self.complaints.push(format!(
                "{names} are missing, at least one parameter must be provided"
            ));
        }
    }

    /// Complains about anything else.
    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.complaints.push(text.into());
    }

    fn note(&mut self, name: &'static str) -> Option<&'a Param> {
        self.known.push(name);
        let value = self.params.get(name)?;
        self.given = true;
        Some(value)
    }

    fn read<T>(&mut self, name: &'static str, meaning: impl FnOnce(&Param) -> Option<T>) -> Option<T> {
        let value = self.note(name)?;
        let read = meaning(value);
        if read.is_none() {
            self.complaints.push(format!("{name} is invalid"));
        }
        read
    }

    fn read_some<T>(&mut self, name: &'static str, meaning: impl FnOnce(&Param) -> Option<T>) -> Option<T> {
        self.read(name, |value| match value {
            Param::Null => Some(None),
            Param::Text(text) if text.is_empty() => Some(None),
            other => meaning(other).map(Some),
        })
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::add_form;
    use super::*;

    fn params(text: &str) -> Params {
        let mut params = Params::default();
        add_form(&mut params, text.as_bytes());
        params
    }

    #[test]
    fn all_complaints_come_in_one_sentence() {
        let params = params("page=abc&visibility=secret&lfs=maybe&due=2026-02-31");
        let mut ask = Ask::new(&params);
        ask.required_text("name");
        ask.integer("page");
        ask.choice("visibility", &["private", "public"]);
        ask.flag("lfs");
        ask.day("due");
        assert_eq!(
            ask.complaint().as_deref(),
            Some(
                "name is missing, page is invalid, visibility does not have a valid value, lfs is invalid, \
                 due is invalid"
            )
        );
    }

    #[test]
    fn a_write_without_a_known_parameter_is_told_all_of_them() {
        let params = params("nmae=x");
        let mut ask = Ask::new(&params);
        ask.text("name");
        ask.flag("lfs_enabled");
        ask.at_least_one();
        assert_eq!(
            ask.complaint().as_deref(),
            Some("name, lfs_enabled are missing, at least one parameter must be provided")
        );
    }

    #[test]
    fn lists_come_with_brackets_or_commas() {
        let params = params("a=x, y,,z&b[]=1&b[]=2&c=");
        let mut ask = Ask::new(&params);
        assert_eq!(ask.list("a").unwrap(), ["x", "y", "z"]);
        assert_eq!(ask.ids("b").unwrap(), [1, 2]);
        assert_eq!(ask.list("c").unwrap(), [""; 0]);
        assert_eq!(ask.complaint(), None);
    }
}
