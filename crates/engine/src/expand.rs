//! Jobs that are made of a question or of a document instead of a list: their items are found out while
//! the job is planned, and stay what they were found to be.

use domain::{ItemError, JobOptions, Timestamp};
use gitlab_client::{Gitlab, GitlabError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::estate::Estate;
use crate::inputs::Inputs;
use crate::manifest::{self, Desired};
use crate::operation::{Me, Registry, ValidItem};
use crate::selection;

/// What a job is made of.
#[derive(Debug)]
pub enum JobSource {
    /// These items, in the order of the input. Not empty.
    Items(Vec<ValidItem>),
    /// The same, read from rows that can be asked for again. Not empty.
    Rows(Vec<ValidItem>, Inputs),
    /// Whatever this turns out to mean when the job is planned.
    Request(Request),
}

/// What items are made from while the job is planned. Stored with the job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Request {
    /// One operation on everything that a selector names.
    Selection {
        /// `archive_project` …
        operation: String,
        /// What to do it to.
        selector: String,
        /// Its parameters, without the target.
        parameters: Map<String, Value>,
    },
    /// The desired state of a part of the instance.
    Manifest {
        /// What the manifest wants, checked.
        desired: Desired,
    },
}

/// What making items may look at.
pub struct Expansion<'a> {
    /// The operations there are.
    pub registry: &'a Registry,
    /// Reads only.
    pub gitlab: &'a Gitlab,
    /// How the job is to be run.
    pub options: &'a JobOptions,
    /// Today, for rules about dates.
    pub today: Timestamp,
    /// Whose token is used.
    pub me: &'a Me,
}

/// What a request means now.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    /// The items. Not empty.
    pub(crate) items: Vec<ValidItem>,
    /// Items that are shown and will not be done, by their places, each with the reason.
    pub(crate) left_out: Vec<(usize, ItemError)>,
    /// What was read on the way.
    pub(crate) estate: Estate,
}

impl Expanded {
    /// Nothing but items.
    pub(crate) fn items(items: Vec<ValidItem>) -> Self {
        Self {
            items,
            ..Self::default()
        }
    }
}

/// Why no items could be made.
#[derive(Debug, thiserror::Error)]
pub enum ExpandError {
    /// GitLab could not be asked.
    #[error(transparent)]
    Gitlab(#[from] GitlabError),
    /// It makes no sense as it is; the job fails with this.
    #[error("{}", .0.message)]
    Refused(ItemError),
}

impl ExpandError {
    /// It makes no sense as it is.
    pub fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::Refused(ItemError {
            code: code.to_owned(),
            message: message.into(),
            gitlab_status: None,
            details: None,
        })
    }

    /// Stored by another version, or a defect.
    pub(crate) fn unreadable(error: impl std::fmt::Display) -> Self {
        Self::refused(
            "INTERNAL_ERROR",
            format!("the job's request cannot be read: {error}"),
        )
    }
}

/// The items that a request means now.
///
/// # Errors
/// GitLab could not be asked, or there is nothing to do.
pub(crate) async fn expand(request: &Request, context: &Expansion<'_>) -> Result<Expanded, ExpandError> {
    match request {
        Request::Selection {
            operation,
            selector,
            parameters,
        } => selection::items(operation, selector, parameters, context).await,
        Request::Manifest { desired } => manifest::expand(desired, context).await,
    }
}
