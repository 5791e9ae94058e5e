use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use domain::{Job, JobOptions, Origin, Problem, Problems, Timestamp};
use engine::import::{ImportOptions, Imported, InputFile, read_files};
use engine::manifest::{self, Manifest};
use engine::{Engine, JobRequest, operations};
use serde_json::{Map, Value};

use crate::arguments::Limits;
use crate::composition::Connection;
use crate::failure::Failure;
use crate::output::{items, talk};
use crate::remote::{Remote, Sent, Upload};

/// Warnings of one input that are said one by one.
const WARNINGS_SHOWN: usize = 20;

/// The files, and how they are to be read and run.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// CSV, XLSX, JSON, NDJSON or YAML files, or manifests, that are one job together; `-` is stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files hold: groups, projects or members; told by their columns when not given
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Read a column as this field; an empty field leaves the column out. May be repeated
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = mapping)]
    mapping: Vec<(String, String)>,
    /// Go on without the rows that are wrong
    #[arg(long)]
    skip_invalid: bool,
    /// Bring what exists already to the values of the file
    #[arg(long)]
    update_existing: bool,
    /// Take what exists already with other values for a conflict, instead of leaving it alone
    #[arg(long, conflicts_with = "update_existing")]
    no_skip_existing: bool,
    /// How many removals the exact sections of a manifest may cause
    #[arg(long, value_name = "N")]
    allow_removals: Option<u32>,
    #[command(flatten)]
    limits: Limits,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, field)) if !column.trim().is_empty() => {
            Ok((column.trim().to_owned(), field.trim().to_owned()))
        }
        _ => Err("give it as COLUMN=FIELD".to_owned()),
    }
}

/// What the files hold.
#[derive(Debug)]
pub(crate) enum Understood {
    /// Rows, each an item.
    Rows(Imported),
    /// The desired state of a part of the instance.
    Manifest(Manifest),
}

impl Input {
    /// Reads and validates the files; asks nobody for anything.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub(crate) fn read(&self, today: Timestamp) -> Result<Understood, Failure> {
        let files = self.open()?;
        let registry = operations::registry();
        if self.kind.is_none()
            && let Some(read) = manifest::read_files(&registry, &files, today)
        {
            let manifest = read.map_err(invalid)?;
            say_problems(&manifest.warnings, "noticed");
            return Ok(Understood::Manifest(manifest));
        }
        let options = ImportOptions {
            kind: self.kind.clone(),
            mapping: self.mapping.iter().cloned().collect::<BTreeMap<_, _>>(),
            skip_invalid: self.skip_invalid,
            today,
        };
        let imported = read_files(&registry, &files, &options).map_err(invalid)?;
        say_problems(&imported.warnings, "noticed");
        say_problems(&imported.skipped, "left out");
        Ok(Understood::Rows(imported))
    }

    fn open(&self) -> Result<Vec<InputFile>, Failure> {
        let mut problems = Vec::new();
        let mut files = Vec::new();
        for path in &self.files {
            let name = if path.as_os_str() == "-" {
                "stdin".to_owned()
            } else {
                path.display().to_string()
            };
            let content = if path.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
            } else {
                std::fs::read(path)
            };
            match content {
                Ok(bytes) => files.push(InputFile::new(name, bytes)),
                Err(error) => {
                    let mut problem = Problem::new(format!("the file cannot be read: {error}"));
                    problem.file = Some(name);
                    problems.push(problem);
                }
            }
        }
        Problems(problems)
            .into_result()
            .map_err(|problems| Failure::invalid("not every file can be read; nothing was sent", problems))?;
        Ok(files)
    }

    /// Remembers the items as a job.
    ///
    /// # Errors
    /// The options cannot be, or the database failed.
    pub(crate) async fn create_job(
        &self,
        understood: Understood,
        confirm: Option<String>,
        engine: &Engine,
        connection: &Connection,
    ) -> Result<Job, Failure> {
        let (kind, options, count, source) = match understood {
            Understood::Rows(rows) => {
                let (kind, count) = (rows.job_type.clone(), rows.items.len());
                (kind, JobOptions::default(), count, rows.into_source())
            }
            Understood::Manifest(manifest) => {
                let (options, count) = (manifest.options.job(), manifest.desired.len());
                (manifest::JOB_TYPE.to_owned(), options, count, manifest.source())
            }
        };
        let request = JobRequest {
            kind,
            source,
            options: self.options(options, confirm),
            origin: Origin::Cli,
            start: false,
            idempotency: None,
            retry_of: None,
            undo_of: None,
        };
        let job = engine.create_job(request, &connection.actor).await?;
        talk::say(&format!(
            "Job {} of {} for {}",
            job.id,
            items(count as u64),
            job.user.username
        ));
        Ok(job)
    }

    /// Has a server read the files and remember a job of them.
    ///
    /// # Errors
    /// A file cannot be read, or the server refuses them: everything that is wrong, at once.
    pub(crate) async fn send(&self, remote: &Remote) -> Result<Sent, Failure> {
        let mapping = self.mapping.iter();
        let upload = Upload {
            files: self.files.clone(),
            kind: self.kind.clone(),
            mapping: mapping
                .map(|(column, field)| (column.clone(), field.clone().into()))
                .collect(),
            skip_invalid: self.skip_invalid,
            options: self.typed_options(),
        };
        let sent = remote.import(upload).await?;
        say_problems(&sent.warnings, "noticed");
        say_problems(&sent.skipped, "left out");
        let count = match sent.job.total {
            // What a manifest comes to is not known yet.
            0 => String::new(),
            total => format!(" of {}", items(total)),
        };
        talk::say(&format!(
            "Job {}{count} for {}",
            sent.job.id, sent.job.user.username
        ));
        Ok(sent)
    }

    /// The options that were typed: the server knows those of the files.
    fn typed_options(&self) -> Map<String, Value> {
        let mut options = self.limits.typed();
        if self.no_skip_existing {
            options.insert("skipExisting".to_owned(), false.into());
            options.insert("updateExisting".to_owned(), false.into());
        } else if self.update_existing {
            options.insert("updateExisting".to_owned(), true.into());
        }
        if let Some(most) = self.allow_removals {
            options.insert("allowRemovals".to_owned(), most.into());
        }
        options
    }

    /// The options of the job: those that the files bring along, and stronger than these what was typed.
    fn options(&self, of_files: JobOptions, confirm: Option<String>) -> JobOptions {
        let update_existing = (of_files.update_existing || self.update_existing) && !self.no_skip_existing;
        JobOptions {
            skip_existing: !self.no_skip_existing,
            update_existing,
            allow_removals: self.allow_removals.or(of_files.allow_removals),
            confirm,
            ..self.limits.limit(of_files)
        }
    }
}

fn invalid(problems: Problems) -> Failure {
    let count = match problems.mistakes() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    Failure::invalid(format!("{count} in the input; nothing was sent"), problems)
}

fn say_problems(problems: &[Problem], what: &str) {
    for problem in problems.iter().take(WARNINGS_SHOWN) {
        talk::warn(&format!("{what}: {problem}"));
    }
    if problems.len() > WARNINGS_SHOWN {
        talk::warn(&format!("{what}: and {} more", problems.len() - WARNINGS_SHOWN));
    }
}
