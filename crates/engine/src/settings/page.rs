//! The page of docs that lists the settings.

use std::fmt::Write;

use super::setting::{May, Setting, Shown, Unset};
use super::{group, project};

/// docs/settings.md, as the lists make it.
pub fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    section(
        &mut text,
        "Groups",
        "create_group",
        "update_group",
        group::SETTINGS,
        group::HELP,
    );
    section(
        &mut text,
        "Projects",
        "create_project",
        "update_project",
        project::SETTINGS,
        project::HELP,
    );
    text
}

const INTRODUCTION: &str = "\
# Settings of groups and projects

Made from the lists in `crates/engine/src/settings`; a test keeps it true.

A plan compares what a file says with what GitLab shows and sends what differs, nothing else. What GitLab says in
other words is no difference: null and an empty text, lists in another order, topics in another case. A setting that
is not mentioned is left alone.

- **After** — `POST` does not take it. Creating with it takes two requests: the second is a `PUT`, counted, settled
  and shown as a step of the same item.
- **Hidden** — GitLab does not show it (or only as the note says). It is sent without comparing, a plan says so, and
  undo cannot bring back what it was.
- **By itself** — lists do not show it: planning asks for each group by itself.
- **Premium**, **Ultimate** — with a lower tier GitLab ignores it without a word, so a plan makes it a conflict where
  the tier is known.
- **Owners**, **administrators**, **top level** — for these only.

Pictures, templates and what a project is imported from are no settings.

";

fn section(text: &mut String, title: &str, create: &str, update: &str, settings: &[Setting], help: &[&str]) {
    let _ = write!(
        text,
        "## {title}\n\n`{create}` and `{update}` take these; `{update}` also `name` and `path`.\n\n\
         | setting | values | meaning | notes |\n|---|---|---|---|\n"
    );
    for (setting, help) in settings.iter().zip(help) {
        let _ = writeln!(
            text,
            "| `{}` | {} |{} | {} |",
            setting.name,
            setting.values(),
            help,
            notes(setting)
        );
    }
    text.push('\n');
}

fn notes(setting: &Setting) -> String {
    let mut notes = Vec::new();
    if let Some(part) = setting.part {
        notes.push(format!("sent as `{}[{}]`", part.of, part.key));
    }
    if !setting.aliases.is_empty() {
        notes.push(format!("also `{}`", setting.aliases.join("`, `")));
    }
    if !setting.at_creation {
        notes.push("after".to_owned());
    }
    match setting.shown {
        Shown::Always => {}
        Shown::ByItself => notes.push("by itself".to_owned()),
        Shown::Sometimes(when) => notes.push(format!("shown {when}")),
        Shown::Never => notes.push("hidden".to_owned()),
    }
    if setting.tier > gitlab_api::Tier::Free {
        notes.push(setting.tier.name().to_owned());
    }
    match setting.may {
        May::Anybody => {}
        May::Owners => notes.push("owners".to_owned()),
        May::Administrators => notes.push("administrators".to_owned()),
    }
    if setting.top_level {
        notes.push("top level".to_owned());
    }
    match setting.unset {
        Unset::Nothing => {}
        Unset::Flag(flag) => notes.push(format!("null means {flag}")),
        Unset::Word(word) => notes.push(format!("null means {word}")),
    }
    notes.join(", ")
}
