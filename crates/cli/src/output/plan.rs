//! What a planned job would do, field by field.

use std::fmt::Write as _;

use domain::{Action, Item, Job, JobId};
use serde_json::Value;
use storage::ItemFilter;

use super::colour::Colour;
use super::item::place;
use super::source::Source;
use crate::failure::Failure;

/// Values longer than this are cut.
const LONGEST_VALUE: usize = 80;

/// How many items a plan has of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) create: u32,
    pub(crate) update: u32,
    pub(crate) delete: u32,
    pub(crate) unchanged: u32,
    pub(crate) skip: u32,
    pub(crate) conflict: u32,
}

impl Counts {
    /// Asks where the items are.
    ///
    /// # Errors
    /// They cannot be had.
    pub(crate) async fn of(source: &impl Source, job: JobId) -> Result<Self, Failure> {
        let mut counts = Self::default();
        for (action, _, count) in source.counts(job).await? {
            let place = match action {
                Some(Action::Create) => &mut counts.create,
                Some(Action::Update) => &mut counts.update,
                Some(Action::Delete) => &mut counts.delete,
                Some(Action::Unchanged) => &mut counts.unchanged,
                Some(Action::Skip) => &mut counts.skip,
                Some(Action::Conflict) => &mut counts.conflict,
                None => continue,
            };
            *place += count;
        }
        Ok(counts)
    }

    /// Writes that would be sent.
    pub(crate) fn changes(self) -> u32 {
        self.create + self.update + self.delete
    }

    /// One sentence: `to create 3, unchanged 2`; only what there is.
    pub(crate) fn sentence(self) -> String {
        let parts = [
            (self.create, "to create"),
            (self.update, "to update"),
            (self.delete, "to delete"),
            (self.unchanged, "unchanged"),
            (self.skip, "skipped (there already, with other values)"),
            (self.conflict, "in conflict"),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if said.is_empty() {
            "no items".to_owned()
        } else {
            said.join(", ")
        }
    }
}

/// The plan in words: counts, and the first `few` items of each action with their fields.
///
/// # Errors
/// They cannot be had.
pub(crate) async fn describe(
    source: &impl Source,
    job: &Job,
    counts: Counts,
    few: u32,
    coloured: bool,
) -> Result<String, Failure> {
    let mut text = format!(
        "Plan for {} on {}: {}\n",
        job.user.username,
        job.gitlab_url,
        counts.sentence()
    );
    let shown = [
        (Action::Conflict, counts.conflict),
        (Action::Delete, counts.delete),
        (Action::Update, counts.update),
        (Action::Create, counts.create),
        (Action::Skip, counts.skip),
    ];
    for (action, count) in shown.into_iter().filter(|(_, count)| *count > 0) {
        let mut filter = ItemFilter {
            action: vec![action],
            ..ItemFilter::default()
        };
        let mut left = few.min(count);
        text.push('\n');
        while left > 0 {
            filter.limit = left.min(1_000);
            let page = source.page(job.id, &filter).await?;
            for item in &page.items {
                text.push_str(&describe_item(item, action, coloured));
            }
            left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        if count > few {
            let _ = writeln!(
                text,
                "  … and {} more: {} jobs items {} --action {}",
                count - few,
                source.program(),
                job.id,
                action.name()
            );
        }
    }
    Ok(text)
}

fn describe_item(item: &Item, action: Action, coloured: bool) -> String {
    let (mark, colour) = match action {
        Action::Create => ("+", Colour::Green),
        Action::Update => ("~", Colour::Yellow),
        Action::Delete => ("-", Colour::Red),
        Action::Conflict => ("!", Colour::Red),
        Action::Skip | Action::Unchanged => ("=", Colour::Dim),
    };
    let place = place(item);
    let place = if place.is_empty() {
        place
    } else {
        format!("  ({place})")
    };
    let head = format!("{mark} {} {}", item.operation, item.target);
    let mut text = format!("{}{place}\n", colour.of(&head, coloured));
    if let Some(error) = &item.error {
        let _ = writeln!(text, "    {}: {}", error.code, error.message);
    }
    for change in &item.changes {
        let _ = match action {
            Action::Create => writeln!(text, "    {}: {}", change.field, shown(&change.to)),
            _ => writeln!(
                text,
                "    {}: {} → {}",
                change.field,
                shown(&change.from),
                shown(&change.to)
            ),
        };
    }
    text
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => format!("\"{}\"", text.escape_debug()),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
