//! The estate as a manifest: what GitLab has, written so that planning it changes nothing.
//!
//! Groups are listed once; then each top-level group is read and written as a whole, one after the other, so that
//! an estate of any size passes through with no more than one of them in memory. Everything is in the order of
//! its path, so that two exports of the same estate are the same text. Secrets are not part of it.

mod crawl;
mod json;
mod piece;
mod table;
mod tree;
mod yaml;

use std::io::{self, Write};

use futures::io::{AsyncWrite, AsyncWriteExt as _};
use gitlab_client::{Gitlab, GitlabError};

use self::crawl::Crawl;
use self::piece::Piece;
use self::tree::Trees;
use crate::manifest::words::Words;
use crate::operation::Registry;

/// What to export, and how.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// Only this group and what is below it: full path or number.
    pub group: Option<String>,
    /// The sections that are read and written, by their names (`members`); each costs a request per object.
    pub include: Vec<String>,
    /// Every setting that an operation knows, instead of those of a new object only.
    pub all_settings: bool,
    /// As what it is written.
    pub format: ExportFormat,
}

/// As what an estate is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A manifest in YAML.
    Yaml,
    /// A manifest in JSON.
    Json,
    /// One kind of rows, as an import takes them: `groups`, `projects`, or one of the included sections.
    Csv {
        /// The kind.
        of: String,
    },
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Groups.
    pub groups: u64,
    /// Projects.
    pub projects: u64,
    /// What was left out, and why; a sentence each.
    pub left_out: Vec<String>,
}

/// Why an estate could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// GitLab could not be asked.
    #[error(transparent)]
    Gitlab(#[from] GitlabError),
    /// There is no such group, or it cannot be seen.
    #[error("group `{0}` does not exist or you may not see it")]
    NoGroup(String),
    /// There is no such section or kind of rows.
    #[error("`{given}` cannot be exported; possible: {possible}")]
    Unknown {
        /// What was asked for.
        given: String,
        /// What there is.
        possible: String,
    },
    /// Nobody reads what is written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// The sections that an export can include.
pub fn sections(registry: &Registry) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = registry
        .iter()
        .filter_map(|operation| Some(operation.section()?.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Writes the estate that this token sees, no faster than it is taken: GitLab is not asked for the next top-level group
/// before the one before has been taken whole.
///
/// # Errors
/// GitLab could not be asked; there is no such group or section; or nobody reads what is written.
pub async fn export(
    registry: &Registry,
    gitlab: &Gitlab,
    options: &ExportOptions,
    out: &mut (dyn AsyncWrite + Send + Unpin),
) -> Result<Exported, ExportError> {
    let possible = sections(registry);
    for given in &options.include {
        if !possible.contains(&given.as_str()) {
            return Err(ExportError::Unknown {
                given: given.clone(),
                possible: possible.join(", "),
            });
        }
    }
    let words = Words::of(registry);
    let mut exported = Exported::default();
    let mut writer: Box<dyn Writer> = match &options.format {
        ExportFormat::Yaml => Box::new(yaml::Yaml::default()),
        ExportFormat::Json => Box::new(json::Json::default()),
        ExportFormat::Csv { of } => Box::new(table::Table::new(registry, &words, of)?),
    };
    let mut crawl = Crawl::begin(gitlab, options.group.as_deref()).await?;
    let mut text = Vec::new();
    writer.begin(&mut text)?;
    while let Some(root) = crawl.next().await? {
        let trees = Trees {
            gitlab,
            words: &words,
            include: &options.include,
            all_settings: options.all_settings,
        };
        if let Some(piece) = trees.piece(root, &mut exported).await? {
            writer.root(&piece, &mut text)?;
            drop(piece);
            out.write_all(&text).await?;
            text.clear();
        }
    }
    writer.end(&mut text)?;
    out.write_all(&text).await?;
    out.flush().await?;
    Ok(exported)
}

/// Writes an estate, one outermost group after the other.
trait Writer: Send {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    fn root(&mut self, group: &Piece, out: &mut dyn Write) -> io::Result<()>;
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}
