//! What happens to groups and projects as a whole: they are moved, archived, deleted, restored, shared, forked and
//! copied. Where both can be done the same, one file does it for both.

mod archive;
mod clone;
mod copy;
mod delete;
mod fork;
mod restore;
mod seen;
mod share;
mod transfer;
mod whole;

pub use archive::{ArchiveGroup, ArchiveProject, UnarchiveGroup, UnarchiveProject};
pub use clone::{CloneGroup, CloneProject};
pub use delete::{DeleteGroup, DeleteProject};
pub use fork::ForkProject;
pub use restore::{RestoreGroup, RestoreProject};
pub use share::{ShareGroup, ShareProject, UnshareGroup, UnshareProject};
pub use transfer::{TransferGroup, TransferProject};
