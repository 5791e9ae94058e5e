//! What can be set on groups and projects, declared once for each of the two.
//!
//! [`group`] and [`project`] list the settings that GitLab documents. From the list follow the parameters of the
//! operations that create and update (with their columns, flags, templates and schemas), what is compared when a
//! job is planned, the body that is sent, what settles a lost answer, and the page docs/settings.md.

mod body;
mod compare;
pub mod group;
pub(crate) mod list;
mod obstacles;
pub mod page;
mod plan;
pub mod project;
mod setting;
pub(crate) mod visibility;

pub(crate) use body::body;
pub(crate) use compare::{Settable, Wanted, compare};
pub(crate) use plan::{New, call_update, plan_new, plan_update, reads, settle_update, shown_in, undo_update};
pub use setting::{Kind, May, Part, Setting, Shown, Unset};
