//! Exact sections: what is there and not listed is taken away.

use std::collections::{BTreeMap, HashSet};

use domain::Source;
use serde_json::{Map, Value, json};

use super::desired::Desired;
use super::read::identity;
use super::words::{Words, place_of};
use crate::estate::{Estate, KnownMember, Rows};
use crate::expand::ExpandError;
use crate::operation::{AnyOperation, ObjectKind, ObjectRef, Read, Section, SectionRows, Target, ValidItem};

/// Removals that exact sections may cause when nothing else is said: more than a few people leaving, and less
/// than a list that was cut off.
pub const REMOVALS_ALLOWED: u32 = 10;

/// The parameter of a removal that keeps it from reaching further down.
const SKIP_BELOW: &str = "skip_subresources";

/// An exact section of an object, with the operations that see to it.
pub(super) struct ExactSection<'r> {
    pub(super) kind: ObjectKind,
    /// Full path of the object.
    pub(super) path: String,
    section: Section,
    adds: &'r dyn AnyOperation,
    removes: &'r dyn AnyOperation,
    source: Source,
}

/// Something that would be taken away.
pub(super) struct Removal {
    /// Its section, by its place among all exact ones.
    pub(super) section: usize,
    pub(super) item: ValidItem,
    /// The member, if it is one.
    pub(super) member: Option<KnownMember>,
}

/// What is there of an exact section.
struct Present {
    entry: Map<String, Value>,
    /// The same, told apart by a number.
    by_number: Option<Map<String, Value>>,
    /// The member, if it is one.
    member: Option<KnownMember>,
}

/// The exact sections of a desired state whose objects have these full paths.
pub(super) fn exact_sections<'r>(
    desired: &Desired,
    paths: &[String],
    words: &Words<'r>,
) -> Vec<ExactSection<'r>> {
    let mut found = Vec::new();
    for (object, path) in desired.objects.iter().zip(paths) {
        for name in &object.exact {
            let words = words.kind(object.kind);
            let section = words.section(name).map(|number| &words.sections[number]);
            let Some((words, removes)) = section.and_then(|words| Some((words, words.removes?))) else {
                continue;
            };
            let mut source = object.source.clone();
            source.path = source.path.map(|path| format!("{path}.{name}"));
            found.push(ExactSection {
                kind: object.kind,
                path: path.clone(),
                section: words.section,
                adds: words.operation,
                removes,
                source,
            });
        }
    }
    found
}

impl ExactSection<'_> {
    /// What has to be read to know what is there.
    pub(super) fn read(&self) -> Read {
        let of = ObjectRef::Path(self.path.clone());
        self.section.rows.read(self.kind, of)
    }

    /// "members of `acme`", for messages.
    pub(super) fn describe(&self) -> String {
        format!("{} of `{}`", self.section.name, self.path)
    }

    /// What is there and can be said. Nothing of an object that does not exist yet.
    fn present(&self, estate: &Estate) -> Result<Vec<Present>, ExpandError> {
        let Some(of) = estate.find(self.kind, &ObjectRef::Path(self.path.clone())) else {
            return Ok(Vec::new());
        };
        let said = |row: &Map<String, Value>, member: Option<&KnownMember>| {
            Some(Present {
                entry: (self.section.entry)(row)?,
                by_number: self.section.by_number.and_then(|by_number| by_number(row)),
                member: member.cloned(),
            })
        };
        match self.section.rows {
            SectionRows::Members => {
                let members = estate.members(of.kind, of.id).unwrap_or_default();
                Ok(members
                    .iter()
                    .filter_map(|member| said(&row_of(member), Some(member)))
                    .collect())
            }
            SectionRows::Of(collection) | SectionRows::In(collection, _) => match estate.rows(of, collection)
            {
                Some(Rows::Forbidden) => Err(ExpandError::refused(
                    "EXACT_NOT_READABLE",
                    format!(
                        "{} cannot be exact: you may not see what is there; leave it out of `exact`",
                        self.describe()
                    ),
                )),
                Some(rows) => {
                    let rows = self.section.rows.of(rows.list());
                    Ok(rows.iter().filter_map(|row| said(row, None)).collect())
                }
                None => Ok(Vec::new()),
            },
        }
    }

    /// The removal of each entry that is there and not listed.
    pub(super) fn removals(
        &self,
        section: usize,
        listed: &HashSet<Target>,
        estate: &Estate,
    ) -> Result<Vec<Removal>, ExpandError> {
        let mut removals = Vec::new();
        for Present {
            entry,
            by_number,
            member,
        } in self.present(estate)?
        {
            let (target, ..) = self.item(self.adds, &entry)?;
            let by_number = match (&member, by_number) {
                (Some(member), _) => Some(with_number(&target, member.user_id)),
                (None, Some(entry)) => Some(self.item(self.adds, &entry)?.0),
                (None, None) => None,
            };
            if listed.contains(&identity(&target)) || by_number.is_some_and(|target| listed.contains(&target))
            {
                continue;
            }
            let (target, needs, params) = self.item(self.removes, &entry)?;
            removals.push(Removal {
                section,
                item: ValidItem {
                    operation: self.removes.name(),
                    target,
                    needs,
                    params,
                    source: self.source.clone(),
                    expects: None,
                    label: None,
                    input: None,
                },
                member,
            });
        }
        Ok(removals)
    }

    /// An operation on an entry: those of its values that the operation has parameters for.
    fn item(
        &self,
        operation: &dyn AnyOperation,
        entry: &Map<String, Value>,
    ) -> Result<ItemParts, ExpandError> {
        let mut params: Map<String, Value> = operation
            .fields()
            .iter()
            .filter_map(|field| Some((field.name.clone(), entry.get(&field.name)?.clone())))
            .collect();
        params.insert(place_of(false, self.kind).to_owned(), json!(self.path));
        // What lies below says for itself who belongs to it.
        if operation.fields().iter().any(|field| field.name == SKIP_BELOW) {
            params.insert(SKIP_BELOW.to_owned(), true.into());
        }
        let params = serde_json::value::to_raw_value(&params).map_err(ExpandError::unreadable)?;
        let (target, needs) = operation.read(&params).map_err(ExpandError::unreadable)?;
        Ok((target, needs, params))
    }
}

type ItemParts = (
    Target,
    Vec<crate::operation::Need>,
    Box<serde_json::value::RawValue>,
);

/// The same membership, of the user by number.
fn with_number(target: &Target, user: u64) -> Target {
    let mut target = target.clone();
    if let Target::Part { name, field, .. } = &mut target {
        *name = user.to_string();
        *field = "user_id";
    }
    target
}

/// A member as GitLab's list says it.
pub(crate) fn row_of(member: &KnownMember) -> Map<String, Value> {
    let mut row = Map::from_iter([
        ("id".to_owned(), json!(member.user_id)),
        ("username".to_owned(), json!(member.username)),
        ("expires_at".to_owned(), json!(member.expires_at)),
    ]);
    let level = member.access_level.map(|level| json!(level.number()));
    row.extend(level.map(|level| ("access_level".to_owned(), level)));
    row
}

/// Refuses a plan that would take away more than is allowed.
pub(super) fn check_count(
    sections: &[ExactSection<'_>],
    removals: &[Removal],
    allowed: u32,
) -> Result<(), ExpandError> {
    let count = u32::try_from(removals.len()).unwrap_or(u32::MAX);
    if count <= allowed {
        return Ok(());
    }
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    for removal in removals {
        *counts.entry(removal.section).or_default() += 1;
    }
    let mut largest: Vec<(u32, String)> = counts
        .into_iter()
        .map(|(section, count)| (count, sections[section].describe()))
        .collect();
    largest.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let rest = largest.len().saturating_sub(3);
    let mut said: Vec<String> = largest
        .into_iter()
        .take(3)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if rest > 0 {
        said.push(format!("and {rest} more sections"));
    }
    Err(ExpandError::refused(
        "TOO_MANY_REMOVALS",
        format!(
            "exact sections would remove {count} entries that are not listed ({}), and {allowed} are allowed; nothing was planned. \
             List what is to stay, or allow it: --allow-removals {count} (option allowRemovals)",
            said.join(", ")
        ),
    ))
}
