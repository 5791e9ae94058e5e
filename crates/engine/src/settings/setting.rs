use domain::Visibility;
use gitlab_api::Tier;
use schemars::Schema;
use serde_json::{Map, Value, json};

/// How a value of a setting looks, and when two of them are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text. Null and an empty one are the same to GitLab.
    Text,
    /// Words separated by commas, in any order.
    Commas,
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// Texts in any order, whatever their case.
    Set,
    /// Texts whose order counts.
    Sequence,
    /// `private`, `internal`, `public`.
    Visibility,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// As a choice; yes and no mean `enabled` and `disabled`.
    Feature(&'static [&'static str]),
    /// `no_one`, `developer` or `maintainer`, which GitLab writes as a list of numbers.
    Level,
}

/// Whether GitLab says what a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In lists and in the body of one object.
    Always,
    /// In the body of one object only.
    ByItself,
    /// Under certain circumstances, which a page of docs tells.
    Sometimes(&'static str),
    /// Never: it can be set, but not compared, and not be undone.
    Never,
}

/// Who may set it, where that is more than who may set others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Whoever may change the object.
    Anybody,
    /// Its owners.
    Owners,
    /// Administrators of the instance. GitLab ignores it from others without a word.
    Administrators,
}

/// A setting that GitLab takes and shows as a part of a larger value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The parameter that it is sent in.
    pub of: &'static str,
    /// The key of the body under which the larger value is shown.
    pub shown_in: &'static str,
    /// Its own key there.
    pub key: &'static str,
    /// Whether GitLab puts defaults where a request leaves other parts out: then all of them are sent.
    pub whole: bool,
}

/// What it means that GitLab shows null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// That nothing was ever set; nothing brings that back.
    Nothing,
    /// The same as this flag.
    Flag(bool),
    /// The same as this word.
    Word(&'static str),
}

/// A setting of a group or project.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// GitLab's name.
    pub name: &'static str,
    /// How its values look.
    pub kind: Kind,
    /// The tier from which on GitLab has it.
    pub tier: Tier,
    /// Who may set it.
    pub may: May,
    /// Whether `POST` takes it; if not, a `PUT` follows.
    pub at_creation: bool,
    /// Whether GitLab says what it is.
    pub shown: Shown,
    /// What null means.
    pub unset: Unset,
    /// Whether only groups without a parent have it.
    pub top_level: bool,
    /// The larger value that it is a part of.
    pub part: Option<Part>,
    /// Other names for its column.
    pub aliases: &'static [&'static str],
    /// A value for a template.
    pub example: Option<&'static str>,
    /// Most characters.
    pub most: Option<u16>,
}

/// What most features can be.
const LEVELS: &[&str] = &["disabled", "private", "enabled"];

const fn of(kind: Kind) -> Setting {
    Setting {
        name: "",
        kind,
        tier: Tier::Free,
        may: May::Anybody,
        at_creation: true,
        shown: Shown::Always,
        unset: Unset::Nothing,
        top_level: false,
        part: None,
        aliases: &[],
        example: None,
        most: None,
    }
}

pub(super) const fn text() -> Setting {
    of(Kind::Text)
}
pub(super) const fn commas() -> Setting {
    of(Kind::Commas)
}
pub(super) const fn flag() -> Setting {
    of(Kind::Flag)
}
pub(super) const fn number() -> Setting {
    of(Kind::Number)
}
pub(super) const fn set() -> Setting {
    of(Kind::Set)
}
pub(super) const fn sequence() -> Setting {
    of(Kind::Sequence)
}
pub(super) const fn visibility() -> Setting {
    of(Kind::Visibility)
}
pub(super) const fn choice(words: &'static [&'static str]) -> Setting {
    of(Kind::Choice(words))
}
pub(super) const fn feature() -> Setting {
    of(Kind::Feature(LEVELS))
}
/// A feature that may also be open to those who cannot see the project.
pub(super) const fn public_feature() -> Setting {
    of(Kind::Feature(&["disabled", "private", "enabled", "public"]))
}
pub(super) const fn level() -> Setting {
    of(Kind::Level)
}

impl Setting {
    pub(super) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
    pub(super) const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
    pub(super) const fn example(self, example: &'static str) -> Self {
        Self {
            example: Some(example),
            ..self
        }
    }
    pub(super) const fn most(self, characters: u16) -> Self {
        Self {
            most: Some(characters),
            ..self
        }
    }
    pub(super) const fn premium(self) -> Self {
        Self {
            tier: Tier::Premium,
            ..self
        }
    }
    pub(super) const fn ultimate(self) -> Self {
        Self {
            tier: Tier::Ultimate,
            ..self
        }
    }
    pub(super) const fn owners(self) -> Self {
        Self {
            may: May::Owners,
            ..self
        }
    }
    pub(super) const fn administrators(self) -> Self {
        Self {
            may: May::Administrators,
            ..self
        }
    }
    /// `POST` does not take it.
    pub(super) const fn afterwards(self) -> Self {
        Self {
            at_creation: false,
            ..self
        }
    }
    pub(super) const fn shown(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }
    pub(super) const fn unset(self, unset: Unset) -> Self {
        Self { unset, ..self }
    }
    pub(super) const fn top_level(self) -> Self {
        Self {
            top_level: true,
            ..self
        }
    }
    pub(super) const fn part(self, part: Part) -> Self {
        Self {
            part: Some(part),
            ..self
        }
    }

    /// The parameter that it is sent as, or in.
    pub fn parameter(&self) -> &'static str {
        self.part.map_or(self.name, |part| part.of)
    }

    /// The key of GitLab's body that shows it, or what it is a part of.
    pub(super) fn shown_as(&'static self) -> &'static [&'static str] {
        self.part
            .as_ref()
            .map_or(std::slice::from_ref(&self.name), |part| {
                std::slice::from_ref(&part.shown_in)
            })
    }

    /// The words that it can be; none for other kinds.
    pub fn choices(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Choice(words) | Kind::Feature(words) => words,
            Kind::Level => super::list::LEVEL_NAMES,
            _ => &[],
        }
    }

    /// How its values look, for people.
    pub fn values(&self) -> String {
        match self.kind {
            Kind::Text => "text".to_owned(),
            Kind::Flag => "yes or no".to_owned(),
            Kind::Number => "number".to_owned(),
            Kind::Commas | Kind::Set | Kind::Sequence => "list".to_owned(),
            Kind::Visibility => Visibility::ALLOWED.to_owned(),
            Kind::Choice(_) | Kind::Feature(_) | Kind::Level => self.choices().join(", "),
        }
    }

    /// What a description says about it besides its meaning.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.tier > Tier::Free {
            remarks.push(
                if self.tier == Tier::Premium {
                    "Premium."
                } else {
                    "Ultimate."
                }
                .to_owned(),
            );
        }
        match self.may {
            May::Administrators => remarks.push("Administrators only.".to_owned()),
            May::Owners => remarks.push("Owners only.".to_owned()),
            May::Anybody => {}
        }
        if self.top_level {
            remarks.push("Top-level groups only.".to_owned());
        }
        if self.shown == Shown::Never {
            remarks.push("GitLab does not show it.".to_owned());
        }
        remarks
    }

    /// Adds to the schema of its parameter what the type does not say.
    fn describe(&self, property: &mut Map<String, Value>) {
        let kind = match self.kind {
            Kind::Visibility => Some("visibility"),
            Kind::Choice(_) | Kind::Level => Some("choice"),
            Kind::Feature(_) => Some("feature"),
            _ => None,
        };
        property.extend(kind.map(|kind| ("x-kind".to_owned(), kind.into())));
        if let (Kind::Feature(_), Some(Value::Array(types))) = (self.kind, property.get_mut("type")) {
            // Yes means `enabled`, no means `disabled`.
            types.insert(1, "boolean".into());
        }
        if !self.choices().is_empty() {
            property.insert("x-choices".into(), json!(self.choices()));
        }
        if !self.aliases.is_empty() {
            property.insert("x-aliases".into(), json!(self.aliases));
        }
        property.extend(
            self.example
                .map(|example| ("x-example".to_owned(), example.into())),
        );
        property.extend(self.most.map(|most| ("maxLength".to_owned(), most.into())));
        let remarks = self.remarks();
        if !remarks.is_empty() {
            let help = property
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let help = format!("{help} {}", remarks.join(" "));
            property.insert("description".into(), help.into());
        }
    }
}

/// Adds what settings say of themselves to the schema of parameters that hold them.
pub(super) fn describe(schema: &mut Schema, settings: &[Setting]) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for setting in settings {
        if let Some(property) = properties.get_mut(setting.name).and_then(Value::as_object_mut) {
            setting.describe(property);
        }
    }
}
