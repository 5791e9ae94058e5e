//! What only the older forms have: where it has a meaning here it is taken as what a manifest would say, and where
//! it has none it is said by name.

use domain::Problem;

use super::defaults::Defaults;
use super::node::{Content, Key, Node, Trail};
use super::options::FileOptions;
use super::read::{Extra, Reader};
use crate::field::fold;
use crate::operation::{ObjectKind, ObjectRef};

const BRANCHES: &str = "protectedBranches";
const VARIABLES: &str = "variables";
const APPROVALS: &str = "approvalRules";
const PUSH_RULES: &str = "pushRules";

/// Takes one of the outermost keys (`name` is folded). Returns the group that everything lies in, if it says one.
pub(super) fn take(
    reader: &mut Reader<'_>,
    name: &str,
    node: &Node,
    trail: &Trail<'_>,
    defaults: &mut Defaults,
    options: &mut FileOptions,
) -> Option<ObjectRef> {
    match name {
        "organization" | "organisation" => {
            reader
                .findings
                .warn(trail, node.at, "not read: the name of an organisation is a title only; its groups are made as they are listed");
        }
        "config" => return config(reader, node, trail, defaults),
        "branchprotection" => branch_protection(reader, node, trail, defaults),
        "civariables" => variables(reader, node, trail, defaults),
        "groupvariables" => section(reader, ObjectKind::Group, VARIABLES, node, trail, defaults),
        "compliance" => compliance(reader, node, trail, defaults),
        "execution" | "executionoptions" => options.take(node, trail, reader),
        "runners" => not_done(
            reader,
            node,
            trail,
            "runners register themselves with a token; make them with `gitlab-runner register`",
        ),
        "automation" => not_done(
            reader,
            node,
            trail,
            "backups, monitoring and licence scanning are not settings of groups or projects",
        ),
        _ => not_done(reader, node, trail, "nothing here has this name"),
    }
    None
}

fn not_done(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>, why: &str) {
    reader.findings.warn(trail, node.at, format!("not read: {why}"));
}

/// `config: {parent_id, gitlab_url, group_defaults, project_defaults}`
fn config(
    reader: &mut Reader<'_>,
    node: &Node,
    trail: &Trail<'_>,
    defaults: &mut Defaults,
) -> Option<ObjectRef> {
    let mut parent = None;
    for (key, value) in reader.object_entries(node, trail, "config").unwrap_or_default() {
        let trail = trail.key(&key.name);
        match fold(&key.name).as_str() {
            "parentid" | "parent" | "parentpath" => parent = reader.existing_group(value, &trail),
            "groupdefaults" => defaults.take_kind(ObjectKind::Group, value, &trail, reader),
            "projectdefaults" => defaults.take_kind(ObjectKind::Project, value, &trail, reader),
            "gitlaburl" => not_done(
                reader,
                value,
                &trail,
                "the instance is the one that GITLAB_URL or the login names",
            ),
            _ => not_done(reader, value, &trail, "nothing here has this name"),
        }
    }
    parent
}

/// `branch_protection: {default: {branch, …}, overrides: [{project_name, …}]}`
fn branch_protection(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>, defaults: &mut Defaults) {
    for (key, value) in reader
        .object_entries(node, trail, "branch_protection")
        .unwrap_or_default()
    {
        let trail = trail.key(&key.name);
        match (fold(&key.name).as_str(), &value.value) {
            ("default", Content::Object(_)) => {
                for (section, entry) in split_protection(reader, value, &trail) {
                    section_of(
                        reader,
                        ObjectKind::Project,
                        section,
                        &as_list(entry),
                        &trail,
                        defaults,
                    );
                }
            }
            ("overrides", Content::List(list)) => {
                for (index, entry) in list.iter().enumerate() {
                    let trail = trail.index(index);
                    let Some(project) = project_of(reader, entry, &trail) else {
                        continue;
                    };
                    for (section, entry) in split_protection(reader, entry, &trail) {
                        extra(reader, &project, section, entry, &trail);
                    }
                }
            }
            ("default" | "overrides", Content::Null) => {}
            _ => not_done(
                reader,
                value,
                &trail,
                "expected are `default` with an object and `overrides` with a list",
            ),
        }
    }
}

/// One rule of the older form as entries of our sections: the protection of the branch, and the approvals.
fn split_protection(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>) -> Vec<(&'static str, Node)> {
    let mut branch = Vec::new();
    let mut approvals = None;
    for (key, value) in reader.object_entries(node, trail, "a rule").unwrap_or_default() {
        match fold(&key.name).as_str() {
            "projectname" | "project" | "projectpath" => {}
            "requiredapprovals" | "approvalsrequired" => approvals = Some((key, value)),
            "branch" => branch.push((renamed(key, "name"), value.clone())),
            _ => branch.push((key.clone(), value.clone())),
        }
    }
    let object = |entries| Node {
        value: Content::Object(entries),
        at: node.at,
    };
    let mut found = vec![(BRANCHES, object(branch))];
    if let Some((key, value)) = approvals {
        let text = |text: &str| Node {
            value: Content::Text(text.to_owned()),
            at: key.at,
        };
        let rule = vec![
            (renamed(key, "name"), text("All Members")),
            (renamed(key, "rule_type"), text("any_approver")),
            (renamed(key, "approvals_required"), value.clone()),
        ];
        found.push((APPROVALS, object(rule)));
    }
    found
}

/// `ci_variables: {global: […], project_specific: [{project_name, variables}]}`, or a list of the global ones.
fn variables(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>, defaults: &mut Defaults) {
    if let Content::List(_) = node.value {
        section(reader, ObjectKind::Project, VARIABLES, node, trail, defaults);
        return;
    }
    for (key, value) in reader
        .object_entries(node, trail, "ci_variables")
        .unwrap_or_default()
    {
        let trail = trail.key(&key.name);
        match (fold(&key.name).as_str(), &value.value) {
            ("global", _) => section(reader, ObjectKind::Project, VARIABLES, value, &trail, defaults),
            ("projectspecific", Content::List(list)) => {
                for (index, entry) in list.iter().enumerate() {
                    let trail = trail.index(index);
                    let Some(project) = project_of(reader, entry, &trail) else {
                        continue;
                    };
                    let Some(Content::List(own)) = entry
                        .entry(|key| fold(key) == "variables")
                        .map(|node| &node.value)
                    else {
                        continue;
                    };
                    let trail = trail.key("variables");
                    for (index, variable) in own.iter().enumerate() {
                        extra(reader, &project, VARIABLES, variable.clone(), &trail.index(index));
                    }
                }
            }
            (_, Content::Null) => {}
            _ => not_done(
                reader,
                value,
                &trail,
                "expected are `global` and `project_specific`, each with a list",
            ),
        }
    }
}

/// `compliance: {approval_rules: […], push_rules: […]}`: for all projects.
fn compliance(reader: &mut Reader<'_>, node: &Node, trail: &Trail<'_>, defaults: &mut Defaults) {
    for (key, value) in reader
        .object_entries(node, trail, "compliance")
        .unwrap_or_default()
    {
        let trail = trail.key(&key.name);
        match fold(&key.name).as_str() {
            "approvalrules" => section(reader, ObjectKind::Project, APPROVALS, value, &trail, defaults),
            "pushrules" => match &value.value {
                // A project has one push rule; the form lists it nevertheless.
                Content::List(list) => {
                    for (index, entry) in list.iter().enumerate() {
                        section(
                            reader,
                            ObjectKind::Project,
                            PUSH_RULES,
                            entry,
                            &trail.index(index),
                            defaults,
                        );
                    }
                }
                _ => section(reader, ObjectKind::Project, PUSH_RULES, value, &trail, defaults),
            },
            _ => not_done(reader, value, &trail, "nothing here has this name"),
        }
    }
}

fn section(
    reader: &mut Reader<'_>,
    kind: ObjectKind,
    name: &str,
    node: &Node,
    trail: &Trail<'_>,
    defaults: &mut Defaults,
) {
    section_of(reader, kind, name, node, trail, defaults);
}

/// Gives entries of a section to all objects of a kind.
fn section_of(
    reader: &mut Reader<'_>,
    kind: ObjectKind,
    name: &str,
    node: &Node,
    trail: &Trail<'_>,
    defaults: &mut Defaults,
) {
    match reader.words.kind(kind).section(name) {
        Some(section) => defaults.add_entries(kind, section, node, trail, reader),
        None => not_done(reader, node, trail, "this version has no operation for it"),
    }
}

/// Gives an entry of a section to one project.
fn extra(reader: &mut Reader<'_>, project: &str, name: &str, node: Node, trail: &Trail<'_>) {
    let Some(section) = reader.words.kind(ObjectKind::Project).section(name) else {
        not_done(reader, &node, trail, "this version has no operation for it");
        return;
    };
    let path = trail.to_string();
    let extras = reader.extras.entry(fold(project)).or_default();
    extras.push(Extra { section, node, path });
}

/// The project that an entry names.
fn project_of(reader: &mut Reader<'_>, entry: &Node, trail: &Trail<'_>) -> Option<String> {
    let named = entry.entry(|key| matches!(fold(key).as_str(), "projectname" | "project" | "projectpath"));
    let name = named.and_then(Node::text).map(str::to_owned);
    if name.is_none() {
        let problem =
            Problem::new("this names no project").allowed("`project_name`, as the project is called above");
        reader.findings.wrong(trail, entry.at, problem);
    }
    name
}

/// Says which projects were spoken of that the document does not have.
pub(super) fn report_unmet(reader: &mut Reader<'_>) {
    let mut unmet: Vec<(String, Extra)> = std::mem::take(&mut reader.extras)
        .into_iter()
        .flat_map(|(name, extras)| extras.into_iter().map(move |extra| (name.clone(), extra)))
        .collect();
    unmet.sort_by(|one, other| one.1.path.cmp(&other.1.path));
    for (_, extra) in unmet {
        let problem = Problem::new("no project of this document has this name")
            .allowed("the name or path of a project above");
        reader.findings.wrong_at(extra.path, extra.node.at, problem);
    }
}

fn renamed(key: &Key, name: &str) -> Key {
    Key {
        name: name.to_owned(),
        at: key.at,
    }
}

fn as_list(node: Node) -> Node {
    let at = node.at;
    match node.value {
        Content::List(_) => node,
        _ => Node {
            value: Content::List(vec![node]),
            at,
        },
    }
}
