//! Manifests: the desired state of a part of an instance, in YAML or JSON.
//!
//! A text becomes values with their places, those become a [`Desired`] tree of groups and projects with what
//! belongs to them, checked by the rules of the same operations that a job will run, and the plan of a job makes
//! items of it ([`Desired::items`]). Which settings and which sections an object may have is asked of the registry,
//! so that a new operation is understood here as soon as it is registered.
//!
//! The YAML forms of older bulk scripts are read into the same tree.

mod defaults;
mod desired;
pub(crate) mod exact;
mod expand;
mod findings;
mod forms;
mod json;
mod keep;
mod node;
mod older;
mod options;
mod read;
mod schema;
pub(crate) mod words;
mod yaml;

use std::sync::Arc;

use domain::{Problem, Problems, Timestamp};
use serde_json::Value;

pub use self::desired::{Desired, NotItems, Object, Want, Within};
pub use self::exact::REMOVALS_ALLOWED;
pub use self::forms::API_VERSION;
pub use self::options::FileOptions;
pub use self::schema::schema;

pub(crate) use self::expand::expand;

use self::findings::Findings;
use self::forms::{Form, form_of};
use self::node::Node;
use self::read::Reader;
use self::words::Words;
use crate::expand::{JobSource, Request};
use crate::import::InputFile;
use crate::import::check::clashes;
use crate::import::format::Format;
use crate::operation::Registry;

/// A manifest without mistakes.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// What is to be.
    pub desired: Desired,
    /// How its job is to be run, as far as the text says.
    pub options: FileOptions,
    /// What was not read, though nothing is wrong with it.
    pub warnings: Vec<Problem>,
}

impl Manifest {
    /// What a job of it is made of.
    pub fn source(self) -> JobSource {
        JobSource::Request(Request::Manifest {
            desired: self.desired,
        })
    }
}

/// The type of a job that is made of a manifest.
pub const JOB_TYPE: &str = "manifest";

/// A document with its form, which rows do not have.
type Read = Result<(Node, Option<Form>), Problem>;

/// The document of a file that may be a manifest; `None` when it cannot be one.
fn document(file: &InputFile) -> Option<Read> {
    let text = file.text().ok()?;
    if !forms::may_be(text) {
        return None;
    }
    let read = match Format::of(&file.name, text) {
        Format::Yaml => yaml::read(text),
        Format::Json => json::read(text),
        Format::Csv | Format::Ndjson => return None,
    };
    Some(read.map(|root| {
        let form = form_of(&root);
        (root, form)
    }))
}

/// Reads files as one desired state; `None` when none of them is a manifest or one of the older forms.
///
/// # Errors
/// Every problem of every file, in the order of the input; among manifests, a file that is none is one. Never an
/// empty list.
pub fn read_files(
    registry: &Registry,
    files: &[InputFile],
    today: Timestamp,
) -> Option<Result<Manifest, Problems>> {
    let documents: Vec<_> = files.iter().map(document).collect();
    let is_one = |(file, read): (&InputFile, &Option<Read>)| match read {
        Some(Ok((_, form))) => form.is_some(),
        // What cannot be read says at least what it is meant to be.
        Some(Err(_)) => file.text().is_ok_and(|text| text.contains("apiVersion")),
        None => false,
    };
    if !files.iter().zip(&documents).any(is_one) {
        return None;
    }
    let mut gathering = Gathering::default();
    let words = Words::of(registry);
    for (file, document) in files.iter().zip(documents) {
        let mut findings = Findings::of(Some(Arc::clone(&file.name)));
        let problem = match document {
            Some(Ok((root, Some(form)))) => {
                gathering.read(&words, findings, &root, form, today);
                continue;
            }
            Some(Err(problem)) => problem,
            Some(Ok((_, None))) | None => {
                Problem::new("this is no manifest, and another file is; a manifest is a job of its own")
                    .allowed(format!("an object with `apiVersion: {API_VERSION}`"))
            }
        };
        findings.wrong_at(String::new(), node::Mark::UNKNOWN, problem);
        gathering.problems.append(&mut findings.problems);
    }
    Some(gathering.finish())
}

/// Reads the manifest of a request: an object, or the text of a file. `group` is the group that its outermost
/// objects lie in where they say nothing themselves.
///
/// # Errors
/// Every problem, in the order of the input. Never an empty list.
pub fn read_body(
    registry: &Registry,
    manifest: &Value,
    group: Option<&Value>,
    today: Timestamp,
) -> Result<Manifest, Problems> {
    let mut gathering = Gathering::default();
    let words = Words::of(registry);
    let mut root = match manifest {
        Value::String(text) => yaml::read(text)?,
        value => json::without_places(value),
    };
    if let Some(group) = group {
        root.put("group", json::without_places(group));
    }
    let form = form_of(&root).unwrap_or(Form::Older);
    gathering.read(&words, Findings::of(None), &root, form, today);
    gathering.finish()
}

/// What several files give together.
#[derive(Default)]
struct Gathering {
    manifest: Manifest,
    problems: Vec<Problem>,
}

impl Gathering {
    fn read(&mut self, words: &Words<'_>, findings: Findings, root: &Node, form: Form, today: Timestamp) {
        let mut reader = Reader::new(words, findings, today);
        let options = forms::read(&mut reader, root, form);
        add_clashes(&mut reader);
        self.problems.append(&mut reader.findings.problems);
        self.manifest.warnings.append(&mut reader.findings.warnings);
        self.manifest.options.join(&options);
        self.manifest.desired.append(reader.desired);
    }

    fn finish(self) -> Result<Manifest, Problems> {
        if self.problems.is_empty() {
            return Ok(self.manifest);
        }
        let warnings = self.manifest.warnings.into_iter().map(Problem::as_warning);
        Err(Problems(self.problems.into_iter().chain(warnings).collect()))
    }
}

/// Reports what is wrong between objects, each of which is right by itself.
fn add_clashes(reader: &mut Reader<'_>) {
    let (items, marks): (Vec<_>, Vec<_>) = std::mem::take(&mut reader.items).into_iter().unzip();
    let name = |first: usize, _: usize| items[first].source.path.clone().unwrap_or_default();
    let mut found = clashes(&items, name);
    found.sort_by_key(|clash| clash.item);
    for clash in found {
        let path = items[clash.item].source.path.clone().unwrap_or_default();
        reader.findings.wrong_at(
            format!("{path}.{}", clash.field),
            marks[clash.item],
            clash.problem,
        );
    }
}
