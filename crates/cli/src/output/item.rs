//! Items of a job, as many as there are, without holding them all.

use std::fmt::Write as _;
use std::io::{BufWriter, Stdout, Write};

use domain::{Item, ItemStatus, JobId};
use serde_json::{Value, json};
use storage::ItemFilter;

use super::colour::{self, Colour};
use super::results;
use super::source::Source;
use super::{Format, Output};
use crate::failure::Failure;

/// Items asked of the database at once.
const PAGE: u32 = 2_000;

/// Prints items page by page in any format.
pub(crate) struct ItemWriter {
    to: To,
    written: bool,
}

enum To {
    Text { out: BufWriter<Stdout>, coloured: bool },
    Json { out: BufWriter<Stdout> },
    Ndjson { out: BufWriter<Stdout> },
    Csv(Box<csv::Writer<BufWriter<Stdout>>>),
}

impl ItemWriter {
    /// Begins. In JSON the document is `around`, an object, with `items` added.
    ///
    /// # Errors
    /// Nobody reads it.
    pub(crate) fn begin(output: Output, around: &Value) -> Result<Self, Failure> {
        let mut out = results();
        let to = match output.format() {
            Format::Text => To::Text {
                out,
                coloured: colour::on_stdout(),
            },
            Format::Json => {
                let around = around.to_string();
                let open = around.strip_suffix('}').unwrap_or("{");
                let comma = if open.len() > 1 { "," } else { "" };
                write!(out, "{open}{comma}\"items\":[")?;
                To::Json { out }
            }
            Format::Ndjson => To::Ndjson { out },
            Format::Csv => {
                let mut table = Box::new(csv::Writer::from_writer(out));
                table.write_record(CSV_HEADER)?;
                To::Csv(table)
            }
        };
        Ok(Self { to, written: false })
    }

    /// Prints one item.
    ///
    /// # Errors
    /// Nobody reads it.
    pub(crate) fn write(&mut self, item: &Item) -> Result<(), Failure> {
        let first = !std::mem::replace(&mut self.written, true);
        match &mut self.to {
            To::Text { out, coloured } => writeln!(out, "{}", line(item, *coloured))?,
            To::Json { out } => {
                out.write_all(if first { b"\n" } else { b",\n" })?;
                serde_json::to_writer(out, item)?;
            }
            To::Ndjson { out } => {
                serde_json::to_writer(&mut *out, item)?;
                writeln!(out)?;
            }
            To::Csv(table) => table.write_record(csv_row(item))?,
        }
        Ok(())
    }

    /// Prints lines about the last item, for people.
    ///
    /// # Errors
    /// Nobody reads it.
    pub(crate) fn add(&mut self, lines: &str) -> Result<(), Failure> {
        if let To::Text { out, .. } = &mut self.to {
            out.write_all(lines.as_bytes())?;
        }
        Ok(())
    }

    /// Ends. `rest` is what a JSON document says after the items.
    ///
    /// # Errors
    /// Nobody reads it.
    pub(crate) fn end(self, rest: &Value) -> Result<(), Failure> {
        match self.to {
            To::Text { mut out, .. } | To::Ndjson { mut out } => out.flush()?,
            To::Json { mut out } => {
                let rest = rest.to_string();
                let rest = rest.strip_prefix('{').unwrap_or("}");
                let comma = if rest.len() > 1 { "," } else { "" };
                writeln!(out, "]{comma}{rest}")?;
                out.flush()?;
            }
            To::Csv(mut table) => table.flush()?,
        }
        Ok(())
    }
}

/// Prints the items that the filter lets through, at most `limit` of them; says where to go on.
///
/// # Errors
/// The database failed, or nobody reads it.
pub(crate) async fn write_items(
    output: Output,
    source: &impl Source,
    job: JobId,
    mut filter: ItemFilter,
    limit: Option<u32>,
    around: &Value,
) -> Result<(), Failure> {
    let mut writer = ItemWriter::begin(output, around)?;
    let mut left = limit.unwrap_or(u32::MAX);
    let next = loop {
        filter.limit = PAGE.min(left);
        let page = source.page(job, &filter).await?;
        left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
        for item in &page.items {
            writer.write(item)?;
        }
        match page.next {
            Some(next) if left > 0 => filter.after = Some(next),
            next => break next,
        }
    };
    writer.end(&json!({ "nextCursor": next.map(|next| next.to_string()) }))
}

/// Prints one item; in JSON it stands by itself.
///
/// # Errors
/// Nobody reads it.
pub(crate) fn write_one(output: Output, item: &Item) -> Result<(), Failure> {
    if output.format() == Format::Json {
        let mut out = results();
        serde_json::to_writer(&mut out, item)?;
        writeln!(out)?;
        return Ok(out.flush()?);
    }
    let mut writer = ItemWriter::begin(output, &json!({}))?;
    writer.write(item)?;
    writer.end(&json!({}))
}

/// One item for people: what, where it stands, and why.
fn line(item: &Item, coloured: bool) -> String {
    let colour = match item.status {
        ItemStatus::Succeeded => Colour::Green,
        ItemStatus::Failed => Colour::Red,
        ItemStatus::Unconfirmed => Colour::Yellow,
        ItemStatus::Running => Colour::Cyan,
        _ => Colour::Dim,
    };
    let status = colour.of(&format!("{:<11}", item.status.name()), coloured);
    let action = item.action.map_or("", domain::Action::name);
    let mut text = format!(
        "{:>6}  {status}  {action:<9}  {:<14}  {}",
        item.index, item.operation, item.target
    );
    let place = place(item);
    if !place.is_empty() {
        let _ = write!(text, "  ({place})");
    }
    if let Some(error) = &item.error {
        let _ = write!(text, "\n        {}: {}", error.code, error.message);
    }
    if let Some(look_at) = &item.look_at {
        let _ = write!(text, "\n        look at {}", look_at.message);
        if let Some(url) = &look_at.url {
            let _ = write!(text, " ({url})");
        }
    }
    text
}

/// Where an item came from: `groups.csv, row 3`.
pub(crate) fn place(item: &Item) -> String {
    let file = item.source.file.as_deref().map(str::to_owned);
    let row = item.source.row.map(|row| format!("row {row}"));
    let parts: Vec<String> = file
        .into_iter()
        .chain(row)
        .chain(item.source.path.clone())
        .collect();
    parts.join(", ")
}

const CSV_HEADER: [&str; 14] = [
    "index",
    "operation",
    "action",
    "target",
    "file",
    "row",
    "status",
    "attempts",
    "code",
    "error",
    "lookAt",
    "id",
    "fullPath",
    "webUrl",
];

fn csv_row(item: &Item) -> [String; 14] {
    let error = item.error.as_ref();
    let result = item.result.as_ref();
    [
        item.index.to_string(),
        item.operation.clone(),
        item.action
            .map(|action| action.name().to_owned())
            .unwrap_or_default(),
        item.target.clone(),
        item.source.file.as_deref().unwrap_or_default().to_owned(),
        item.source.row.map(|row| row.to_string()).unwrap_or_default(),
        item.status.name().to_owned(),
        item.attempts.to_string(),
        error.map(|error| error.code.clone()).unwrap_or_default(),
        error.map(|error| error.message.clone()).unwrap_or_default(),
        item.look_at
            .as_ref()
            .map(|look_at| look_at.message.clone())
            .unwrap_or_default(),
        result
            .and_then(|result| result.id)
            .map(|id| id.to_string())
            .unwrap_or_default(),
        result
            .and_then(|result| result.full_path.clone())
            .unwrap_or_default(),
        result
            .and_then(|result| result.web_url.clone())
            .unwrap_or_default(),
    ]
    .map(|cell| engine::import::formula::escape(&cell).into_owned())
}
