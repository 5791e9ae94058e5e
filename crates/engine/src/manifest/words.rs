//! The words a manifest may use for groups and projects, as the registered operations have them.

use domain::Problem;

use crate::field::{Field, FieldKind, fold};
use crate::operation::{AnyOperation, ObjectKind, Registry, Section};
use crate::suggest::suggest;

/// The words for both kinds of objects.
pub(crate) struct Words<'r> {
    group: KindWords<'r>,
    project: KindWords<'r>,
}

/// The words for objects of one kind.
pub(crate) struct KindWords<'r> {
    pub(crate) kind: ObjectKind,
    /// Makes it.
    pub(crate) create: &'r dyn AnyOperation,
    /// Sets what cannot be set while it is made.
    pub(crate) update: Option<&'r dyn AnyOperation>,
    /// The settings it has.
    pub(crate) settings: Vec<Setting<'r>>,
    /// What belongs to it.
    pub(crate) sections: Vec<SectionWords<'r>>,
}

/// A setting of an object.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'r> {
    pub(crate) field: &'r Field,
    /// Whether it is set while the object is made.
    pub(crate) by_create: bool,
}

/// A section: what belongs to an object, and the operation that sees to it.
#[derive(Clone)]
pub(crate) struct SectionWords<'r> {
    pub(crate) section: Section,
    pub(crate) operation: &'r dyn AnyOperation,
    /// The operation that takes an entry away.
    pub(crate) removes: Option<&'r dyn AnyOperation>,
    /// The parameters of an entry: those of the operation without the one that names the object.
    pub(crate) fields: Vec<&'r Field>,
}

/// The keys of an object that are neither a setting nor a section, and those of its kind that hold objects.
const STRUCTURE: [&str; 4] = ["defaults", "exact", "settings", "projects"];

impl<'r> Words<'r> {
    /// What these operations understand.
    pub(crate) fn of(registry: &'r Registry) -> Self {
        Self {
            group: KindWords::of(registry, ObjectKind::Group),
            project: KindWords::of(registry, ObjectKind::Project),
        }
    }

    /// The words for objects of this kind.
    pub(crate) fn kind(&self, kind: ObjectKind) -> &KindWords<'r> {
        match kind {
            ObjectKind::Group => &self.group,
            ObjectKind::Project => &self.project,
        }
    }
}

/// The parameter that says below what an object is made, or of what something is a part.
pub(crate) fn place_of(creates: bool, kind: ObjectKind) -> &'static str {
    match (creates, kind) {
        (true, ObjectKind::Group) => "parent",
        (_, ObjectKind::Group) => "group",
        (true, ObjectKind::Project) => "group",
        (false, ObjectKind::Project) => "project",
    }
}

impl<'r> KindWords<'r> {
    fn of(registry: &'r Registry, kind: ObjectKind) -> Self {
        let name = kind.name();
        #[expect(clippy::expect_used, reason = "both are part of the product")]
        let create = registry
            .get(&format!("create_{name}"))
            .expect("groups and projects can be made");
        let update = registry.get(&format!("update_{name}"));
        let mut settings: Vec<Setting<'r>> = without(create.fields(), place_of(true, kind))
            .map(|field| Setting {
                field,
                by_create: true,
            })
            .collect();
        for field in update
            .iter()
            .flat_map(|update| without(update.fields(), place_of(false, kind)))
        {
            if !settings.iter().any(|setting| setting.field.name == field.name) {
                settings.push(Setting {
                    field,
                    by_create: false,
                });
            }
        }
        Self {
            kind,
            create: create.as_ref(),
            update: update.map(AsRef::as_ref),
            settings,
            sections: registry
                .iter()
                .filter_map(|operation| section_of(registry, operation.as_ref(), kind))
                .collect(),
        }
    }

    /// The setting that answers to this key.
    pub(crate) fn setting(&self, key: &str) -> Option<usize> {
        let folded = fold(key);
        // A name of one setting may be an alias of another: the name wins.
        self.settings
            .iter()
            .position(|setting| fold(&setting.field.name) == folded)
            .or_else(|| {
                self.settings
                    .iter()
                    .position(|setting| setting.field.answers_to(&folded))
            })
    }

    /// The section that answers to this key.
    pub(crate) fn section(&self, key: &str) -> Option<usize> {
        let folded = fold(key);
        self.sections
            .iter()
            .position(|words| fold(words.section.name) == folded)
    }

    /// The keys that hold settings and sections.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let settings = self.settings.iter().map(|setting| setting.field.name.as_str());
        settings.chain(self.sections.iter().map(|words| words.section.name))
    }

    /// The problem of a key that means nothing here.
    pub(crate) fn unknown(&self, key: &str) -> Problem {
        let mut known: Vec<&str> = self.names().chain(STRUCTURE).collect();
        if self.kind == ObjectKind::Group {
            known.push("subgroups");
        } else {
            known.retain(|name| *name != "projects");
        }
        unknown_key(key, &known, &format!("a {}", self.kind.name()))
    }
}

/// The problem of a key that is none of `known`.
pub(crate) fn unknown_key(key: &str, known: &[&str], of: &str) -> Problem {
    let meant = match suggest(key, known.iter().copied()) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => String::new(),
    };
    let mut shown: String = key.chars().take(120).collect();
    if shown.len() < key.len() {
        shown.push('…');
    }
    Problem::new(format!("unknown key `{shown}` of {of}{meant}")).allowed(shortened(known))
}

/// The names, where there are many only the first and the last: settings stand in the middle.
fn shortened(names: &[&str]) -> String {
    const FIRST: usize = 10;
    const LAST: usize = 7;
    match names.len().checked_sub(FIRST + LAST) {
        None | Some(0..=5) => names.join(", "),
        Some(more) => format!(
            "{}, {more} more settings, {}",
            names[..FIRST].join(", "),
            names[names.len() - LAST..].join(", ")
        ),
    }
}

fn without<'r>(fields: &'r [Field], place: &'static str) -> impl Iterator<Item = &'r Field> {
    fields.iter().filter(move |field| field.name != place)
}

/// The parameters that name the object that something belongs to.
const PLACES: [&str; 2] = ["group", "project"];

/// The section that an operation serves, where it serves objects of this kind.
fn section_of<'r>(
    registry: &'r Registry,
    operation: &'r dyn AnyOperation,
    kind: ObjectKind,
) -> Option<SectionWords<'r>> {
    let section = operation.section()?;
    let is_place = |field: &&Field| field.kind == FieldKind::Object && field.name == kind.name();
    operation.fields().iter().find(is_place)?;
    let fields = operation
        .fields()
        .iter()
        .filter(|field| !PLACES.contains(&field.name.as_str()))
        .collect();
    Some(SectionWords {
        section,
        operation,
        removes: section
            .removal
            .and_then(|name| registry.get(name))
            .map(AsRef::as_ref),
        fields,
    })
}
