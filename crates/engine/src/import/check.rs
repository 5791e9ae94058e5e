//! Rules about several rows at once, after each of them is valid by itself.
//!
//! A group cannot be its own ancestor here: a full path names all ancestors, and each is shorter than
//! the path itself.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::{Problem, Visibility};
use gitlab_api::names::MAX_ANCESTORS;
use serde::Deserialize;

use crate::operation::{ObjectKind, ObjectRef, Target, ValidItem};

/// What is wrong with an item in the company of the others.
pub(crate) struct Clash {
    /// The item that the problem is of: the later one of two.
    pub(crate) item: usize,
    /// The field that names the trouble.
    pub(crate) field: &'static str,
    pub(crate) problem: Problem,
}

/// Finds the clashes, in no particular order. `name` says how the message about the second item calls
/// the first one.
pub(crate) fn clashes(items: &[ValidItem], name: impl Fn(usize, usize) -> String) -> Vec<Clash> {
    let mut found = Vec::new();
    let places = Places::of(items, &name, &mut found);
    parts(items, &name, &mut found);
    for (number, item) in items.iter().enumerate() {
        wrong_kinds(number, item, &places, &name, &mut found);
        if let Target::New {
            kind: ObjectKind::Group,
            parent: Some(ObjectRef::Path(parent)),
            path,
        } = &item.target
        {
            found.extend(too_deep(number, parent));
            found.extend(too_open(number, parent, path, &places, &name));
        }
    }
    found
}

/// The groups and projects that the input makes, by full path in lower case, since GitLab does not
/// tell `Acme` from `acme`.
struct Places {
    by_path: HashMap<String, Made>,
}

#[derive(Clone, Copy)]
struct Made {
    item: usize,
    kind: ObjectKind,
    visibility: Option<Visibility>,
}

/// The part of new groups and projects that concerns their neighbours.
#[derive(Deserialize)]
struct Seen<'p> {
    #[serde(borrow)]
    name: Option<std::borrow::Cow<'p, str>>,
    visibility: Option<Visibility>,
}

impl Places {
    /// Looks at everything new: two objects cannot have one path, and siblings cannot share a name
    /// (API facts §6.1, §6.3; top-level groups may).
    fn of(items: &[ValidItem], name: &impl Fn(usize, usize) -> String, found: &mut Vec<Clash>) -> Self {
        let mut by_path: HashMap<String, Made> = HashMap::with_capacity(items.len());
        let mut by_name = HashMap::with_capacity(items.len());
        for (number, item) in items.iter().enumerate() {
            let Target::New { kind, parent, path } = &item.target else {
                continue;
            };
            let seen: Seen<'_> = serde_json::from_str(item.params.get()).unwrap_or(Seen {
                name: None,
                visibility: None,
            });
            let full_path = match parent {
                Some(parent) => format!("{parent}/{path}"),
                None => path.clone(),
            };
            let parent = parent.as_ref().map(|parent| parent.to_string().to_lowercase());
            match by_path.entry(full_path.to_lowercase()) {
                Entry::Occupied(first) => {
                    let at = first.get();
                    let message = if at.kind == *kind {
                        format!("the same {} is in {}", kind.name(), name(at.item, number))
                    } else {
                        format!(
                            "the path is that of the {} in {}",
                            at.kind.name(),
                            name(at.item, number)
                        )
                    };
                    found.push(Clash {
                        item: number,
                        field: "path",
                        problem: Problem::new(message)
                            .value(&full_path)
                            .allowed("a path of its own"),
                    });
                    continue;
                }
                Entry::Vacant(free) => {
                    free.insert(Made {
                        item: number,
                        kind: *kind,
                        visibility: seen.visibility,
                    });
                }
            }
            let (Some(parent), Some(own)) = (parent, seen.name) else {
                continue;
            };
            match by_name.entry((*kind, parent, own)) {
                Entry::Occupied(first) => found.push(Clash {
                    item: number,
                    field: "name",
                    problem: Problem::new(format!(
                        "the {} in {} has the same name in the same group",
                        kind.name(),
                        name(*first.get(), number)
                    ))
                    .value(&first.key().2)
                    .allowed("a name of its own"),
                }),
                Entry::Vacant(free) => {
                    free.insert(number);
                }
            }
        }
        Self { by_path }
    }
}

/// One user has one direct membership of a place, one variable has one value: a part is named once.
fn parts(items: &[ValidItem], name: &impl Fn(usize, usize) -> String, found: &mut Vec<Clash>) {
    let mut seen = HashMap::new();
    for (number, item) in items.iter().enumerate() {
        let Target::Part {
            kind,
            of,
            what,
            name: part,
            field,
        } = &item.target
        else {
            continue;
        };
        // GitLab tells `KEY` from `key`, but not `Dev-0001` from `dev-0001`.
        let member = *what == "member";
        let own = if member { part.to_lowercase() } else { part.clone() };
        let key = (*what, *kind, of.to_string().to_lowercase(), own);
        match seen.entry(key) {
            Entry::Occupied(first) => {
                let (what, each) = if member {
                    ("membership", "user")
                } else {
                    (*what, *what)
                };
                found.push(Clash {
                    item: number,
                    field,
                    problem: Problem::new(format!("the same {what} is in {}", name(*first.get(), number)))
                        .value(&format!("{part} in {of}"))
                        .allowed(format!("each {each} once per group or project")),
                });
            }
            Entry::Vacant(free) => {
                free.insert(number);
            }
        }
    }
}

/// What an item needs may be made in the same input, but then as what it is needed for.
fn wrong_kinds(
    number: usize,
    item: &ValidItem,
    places: &Places,
    name: &impl Fn(usize, usize) -> String,
    found: &mut Vec<Clash>,
) {
    for need in &item.needs {
        let ObjectRef::Path(path) = &need.object else {
            continue;
        };
        if let Some(made) = places.by_path.get(&path.to_lowercase())
            && made.kind != need.kind
        {
            let message = format!("this is a {} in {}", made.kind.name(), name(made.item, number));
            found.push(Clash {
                item: number,
                field: need.field,
                problem: Problem::new(message)
                    .value(path)
                    .allowed(format!("the path of a {}", need.kind.name())),
            });
        }
    }
}

fn too_deep(number: usize, parent: &str) -> Option<Clash> {
    let ancestors = parent.split('/').count();
    (ancestors > MAX_ANCESTORS).then(|| Clash {
        item: number,
        field: "parent",
        problem: Problem::new(format!("the group would have {ancestors} groups above it"))
            .value(parent)
            .allowed(format!("at most {MAX_ANCESTORS} groups above a group")),
    })
}

/// A group cannot be more open than the nearest group above it whose visibility the input states.
fn too_open(
    number: usize,
    parent: &str,
    path: &str,
    places: &Places,
    name: &impl Fn(usize, usize) -> String,
) -> Option<Clash> {
    let parent = parent.to_lowercase();
    let own = places.by_path.get(&format!("{parent}/{}", path.to_lowercase()))?;
    let wanted = own.visibility.filter(|_| own.item == number)?;
    let mut ancestors = std::iter::successors(Some(parent.as_str()), |path| {
        path.rsplit_once('/').map(|(above, _)| above)
    });
    let (above, limit) = ancestors.find_map(|path| {
        let made = places.by_path.get(path)?;
        Some((made.item, made.visibility?))
    })?;
    (wanted > limit).then(|| Clash {
        item: number,
        field: "visibility",
        problem: Problem::new(format!(
            "more open than the group above it, which is {limit} in {}",
            name(above, number)
        ))
        .value(wanted.name())
        .allowed(match limit {
            Visibility::Private => "private",
            _ => "private, internal",
        }),
    })
}
