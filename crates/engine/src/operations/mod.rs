//! The operations there are. Adding one: a file here, a line in [`registry`], and tests.

mod add_member;
mod answer;
mod approval_rules;
mod branch_access;
mod create_group;
mod create_label;
mod create_project;
mod creation;
mod delete_approval_rule;
mod delete_label;
mod delete_push_rule;
mod delete_variable;
mod label;
mod lifecycle;
mod membership;
mod people;
mod place;
mod protect_branch;
mod push_rules;
mod remove_member;
mod set_approval_rule;
mod set_push_rule;
mod set_variable;
mod settle_created;
mod unprotect_branch;
mod update_group;
mod update_label;
mod update_member;
mod update_project;
mod variable;

pub use add_member::AddMember;
pub use create_group::CreateGroup;
pub use create_label::CreateLabel;
pub use create_project::CreateProject;
pub use delete_approval_rule::DeleteApprovalRule;
pub use delete_label::DeleteLabel;
pub use delete_push_rule::DeletePushRule;
pub use delete_variable::DeleteVariable;
pub use lifecycle::{
    ArchiveGroup, ArchiveProject, CloneGroup, CloneProject, DeleteGroup, DeleteProject, ForkProject,
    RestoreGroup, RestoreProject, ShareGroup, ShareProject, TransferGroup, TransferProject, UnarchiveGroup,
    UnarchiveProject, UnshareGroup, UnshareProject,
};
pub use protect_branch::ProtectBranch;
pub use remove_member::RemoveMember;
pub use set_approval_rule::SetApprovalRule;
pub use set_push_rule::SetPushRule;
pub use set_variable::SetVariable;
pub use unprotect_branch::UnprotectBranch;
pub use update_group::UpdateGroup;
pub use update_label::UpdateLabel;
pub use update_member::UpdateMember;
pub use update_project::UpdateProject;

use crate::operation::Registry;

/// Every operation of the product.
pub fn registry() -> Registry {
    Registry::new()
        .with::<CreateGroup>()
        .with::<CreateProject>()
        .with::<UpdateGroup>()
        .with::<UpdateProject>()
        .with::<CreateLabel>()
        .with::<UpdateLabel>()
        .with::<DeleteLabel>()
        .with::<AddMember>()
        .with::<TransferGroup>()
        .with::<TransferProject>()
        .with::<ArchiveGroup>()
        .with::<ArchiveProject>()
        .with::<UnarchiveGroup>()
        .with::<UnarchiveProject>()
        .with::<DeleteGroup>()
        .with::<DeleteProject>()
        .with::<RestoreGroup>()
        .with::<RestoreProject>()
        .with::<ShareGroup>()
        .with::<ShareProject>()
        .with::<UnshareGroup>()
        .with::<UnshareProject>()
        .with::<ForkProject>()
        .with::<CloneGroup>()
        .with::<CloneProject>()
        .with::<UpdateMember>()
        .with::<RemoveMember>()
        .with::<SetVariable>()
        .with::<DeleteVariable>()
        .with::<ProtectBranch>()
        .with::<UnprotectBranch>()
        .with::<SetPushRule>()
        .with::<DeletePushRule>()
        .with::<SetApprovalRule>()
        .with::<DeleteApprovalRule>()
}

use domain::Problem;
use gitlab_api::names::Broken;

use self::answer::read_result;
use crate::estate::Known;
use crate::settings::Wanted;

/// The first broken rule of a name or path as a problem of its column.
///
/// The first is the one to mend; what else GitLab would say of the same text seldom helps.
fn broken(column: &str, value: &str, rules: &[Broken]) -> Option<Problem> {
    let rule = rules.first()?;
    Some(
        Problem::new(rule.to_string())
            .column(column)
            .value(value)
            .allowed(allowed(rule)),
    )
}

/// What would have been accepted.
fn allowed(rule: &Broken) -> String {
    match rule {
        Broken::Blank => "a text that is not empty".to_owned(),
        Broken::TooShort { minimum } => format!("at least {minimum} characters"),
        Broken::TooLong { maximum } => format!("at most {maximum} characters"),
        Broken::Reserved { .. } => "a path that GitLab does not use itself".to_owned(),
        Broken::GroupPathCharacters | Broken::ProjectPathCharacters | Broken::RepositoryPathCharacters => {
            "letters, digits, and single `.`, `_` or `-` between them".to_owned()
        }
        Broken::GroupNameCharacters => "letters, digits, emoji, `_`, `.`, `-`, space, `(`, `)`".to_owned(),
        Broken::ProjectNameCharacters => "letters, digits, emoji, `_`, `.`, `+`, `-`, space".to_owned(),
    }
}

/// The full path of something new below `parent`.
fn full_path(parent: Option<&Known>, path: &str) -> String {
    match parent {
        Some(parent) => format!("{}/{path}", parent.full_path),
        None => path.to_owned(),
    }
}

/// An update that says nothing to change.
fn nothing_to_change(wanted: &[Wanted]) -> Option<Problem> {
    wanted.is_empty().then(|| {
        Problem::new("nothing is to be changed")
            .column("name")
            .allowed("at least one setting, like visibility")
    })
}
