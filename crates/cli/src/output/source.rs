use std::future::Future;

use domain::{Action, ItemStatus, JobId};
use storage::{ItemFilter, ItemPage};

use crate::failure::Failure;
use crate::program::Program;

/// Where items that are shown come from: the database of the command line, or a server.
pub(crate) trait Source: Sync {
    /// A page of a job's items.
    fn page(&self, job: JobId, filter: &ItemFilter)
    -> impl Future<Output = Result<ItemPage, Failure>> + Send;

    /// How many items of a job there are of each action and status.
    fn counts(
        &self,
        job: JobId,
    ) -> impl Future<Output = Result<Vec<(Option<Action>, ItemStatus, u32)>, Failure>> + Send;

    /// How the program is called to find them again.
    fn program(&self) -> &Program;
}
