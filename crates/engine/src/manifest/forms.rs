//! The forms that a document may have: a manifest of our own, or one of those that older bulk scripts read.

use std::rc::Rc;

use domain::Problem;

use super::defaults::Defaults;
use super::desired::Within;
use super::node::{Content, Key, Node, Trail};
use super::older;
use super::options::FileOptions;
use super::read::{Flow, Reader};
use super::words::unknown_key;
use crate::field::fold;
use crate::operation::ObjectKind;

/// What `apiVersion` has to say.
pub const API_VERSION: &str = "gitlab-bulk/v1";

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One with an `apiVersion`.
    Manifest,
    /// One of the older forms: subgroups below a group, projects in groups, or an organisation.
    Older,
}

/// Words without which a text is no manifest, so that a long list of rows need not be read twice.
const HINTS: [&str; 11] = [
    "apiVersion",
    "api_version",
    "subgroups",
    "organization",
    "organisation",
    "branch_protection",
    "branchProtection",
    "ci_variables",
    "ciVariables",
    "members",
    "projects",
];

/// Whether a text may be a manifest at all; telling for sure takes reading it.
pub(super) fn may_be(text: &str) -> bool {
    HINTS.iter().any(|hint| text.contains(hint))
}

/// The form of a document; `None` when it is a list of rows.
pub(super) fn form_of(root: &Node) -> Option<Form> {
    let has = |name: &'static str| root.entry(|key| fold(key) == name);
    if has("apiversion").is_some() {
        return Some(Form::Manifest);
    }
    let marks = [
        "subgroups",
        "organization",
        "organisation",
        "branchprotection",
        "civariables",
        "compliance",
    ];
    let nests = |list: &'static str, inner: &[&str]| {
        let Some(Content::List(entries)) = has(list).map(|node| &node.value) else {
            return false;
        };
        entries
            .iter()
            .any(|entry| entry.entry(|key| inner.contains(&fold(key).as_str())).is_some())
    };
    let is_older = marks.into_iter().any(|mark| has(mark).is_some())
        || nests("groups", &["subgroups", "projects", "members", "settings"])
        || nests("projects", &["projects", "settings", "members"])
        || has("defaults").is_some() && (has("projects").is_some() || has("groups").is_some());
    is_older.then_some(Form::Older)
}

/// Reads a whole document into `reader`; says how its job is to be run.
pub(super) fn read(reader: &mut Reader<'_>, root: &Node, form: Form) -> FileOptions {
    let trail = Trail::ROOT;
    let mut options = FileOptions::default();
    reader.is_lenient = form == Form::Older;
    let Some(entries) = reader.object_entries(root, &trail, "a manifest") else {
        return options;
    };
    let mut top = Top::default();
    // What flows down first, wherever it stands.
    for (key, node) in entries {
        top.take(reader, key, node, form, &mut options);
    }
    let flow = Flow {
        defaults: Rc::new(top.defaults),
        exact: top.exact.into(),
    };
    let within = top.within.unwrap_or(Within::Top);
    for (kind, key, node) in &top.lists {
        let trail = trail.key(&key.name);
        match &node.value {
            Content::List(list) if *kind == ObjectKind::Project => {
                for (index, node) in list.iter().enumerate() {
                    batch(reader, node, &trail.index(index), &within, &flow);
                }
            }
            _ => reader.objects(*kind, node, &trail, &within, &flow),
        }
    }
    older::report_unmet(reader);
    let is_empty = reader.desired.objects.is_empty() && reader.findings.problems.is_empty();
    if is_empty {
        let problem = Problem::new("the manifest names no group and no project, so that it wants nothing")
            .allowed("`groups:` with at least one group, or `group:` and `projects:`; to delete, give a list of projects");
        reader.findings.wrong(&trail, root.at, problem);
    }
    options
}

/// An entry of the outermost `projects`: a project, or the projects of one group.
fn batch(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>, within: &Within, flow: &Flow) {
    let Some(inner) = node.entry(|key| fold(key) == "projects") else {
        reader.object(ObjectKind::Project, node, trail, within, flow);
        return;
    };
    let mut flow = flow.clone();
    let mut within = within.clone();
    for (key, value) in reader
        .object_entries(node, trail, "projects of a group")
        .unwrap_or_default()
    {
        let trail = trail.key(&key.name);
        match fold(&key.name).as_str() {
            "projects" => {}
            "group" | "groupid" | "grouppath" | "namespace" | "namespaceid" => {
                if let Some(group) = reader.existing_group(value, &trail) {
                    within = Within::Existing(group);
                }
            }
            "defaults" => {
                let mut defaults = (*flow.defaults).clone();
                defaults.take_kind(ObjectKind::Project, value, &trail, reader);
                flow.defaults = Rc::new(defaults);
            }
            _ => {
                let problem = unknown_key(
                    &key.name,
                    &["group", "projects", "defaults"],
                    "a list of projects",
                );
                reader.unknown(&trail, key.at, problem);
            }
        }
    }
    reader.objects(ObjectKind::Project, inner, &trail.key("projects"), &within, &flow);
}

/// What the outermost object says.
#[derive(Default)]
struct Top<'n> {
    within: Option<Within>,
    defaults: Defaults,
    exact: Vec<String>,
    lists: Vec<(ObjectKind, &'n Key, &'n Node)>,
}

/// The keys of a manifest, for messages.
const KEYS: [&str; 8] = [
    "apiVersion",
    "group",
    "defaults",
    "exact",
    "groups",
    "subgroups",
    "projects",
    "options",
];

impl<'n> Top<'n> {
    fn take(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'n Key,
        node: &'n Node,
        form: Form,
        options: &mut FileOptions,
    ) {
        let root = Trail::ROOT;
        let trail = root.key(&key.name);
        match fold(&key.name).as_str() {
            "apiversion" => check_version(reader, node, &trail),
            "group" | "groupid" | "grouppath" | "parent" | "parentid" | "parentpath" | "targetgroupid" => {
                if let Some(group) = reader.existing_group(node, &trail) {
                    self.within = Some(Within::Existing(group));
                }
            }
            "defaults" => self.defaults.take(node, &trail, reader),
            "exact" => {
                let exact = reader.exact(node, &trail);
                self.exact = exact.into_iter().map(|(name, _)| name).collect();
            }
            "options" => options.take(node, &trail, reader),
            "groups" | "subgroups" => self.lists.push((ObjectKind::Group, key, node)),
            "projects" => self.lists.push((ObjectKind::Project, key, node)),
            "$schema" => {}
            name if form == Form::Older => {
                if let Some(group) = older::take(reader, name, node, &trail, &mut self.defaults, options) {
                    self.within = Some(Within::Existing(group));
                }
            }
            _ => reader
                .findings
                .wrong(&trail, key.at, unknown_key(&key.name, &KEYS, "a manifest")),
        }
    }
}

fn check_version(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>) {
    if node.text() == Some(API_VERSION) {
        return;
    }
    let problem = Problem::new("this version of manifests is not known")
        .value(node.text().unwrap_or(node.what()))
        .allowed(API_VERSION);
    reader.findings.wrong(trail, node.at, problem);
}
