use std::sync::Arc;

use super::super::{access, push, told};
use super::present::BranchBody;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::resources::push_rules::enforce;
use crate::state::repository::edit::Change;
use crate::state::repository::{Repository, is_ref_name};
use crate::state::{Project, State};

/// `POST /projects/:id/repository/branches`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("branch");
    let from = ask.required_text("ref");
    call.admit(ask)?;

    let body = {
        let mut state = call.change();
        let (project, repository) = begun(call, &mut state)?;
        if !is_ref_name(&name) {
            return Err(refuse::bad_request("Branch name is invalid"));
        }
        if repository.branch(&name).is_some() {
            return Err(refuse::duplicate("Branch already exists"));
        }
        let commit = access::resolve(&project, &repository, Some(&from))
            .ok_or_else(|| refuse::bad_request(&format!("Invalid reference name: {from}")))?;
        push::may_push(call, &state, &project, &name)?;
        enforce::branch_name(&state, &project, &name)?;
        let repository = state.belongings.repositories.change(&project);
        repository.set_branch(&name, commit.id);
        told::branch(call, &mut state, &project, &name, None, Some(commit.id));
        let repository = state.belongings.repositories.of(&project);
        BranchBody::of(call, &state, &project, &repository, &name, &commit)
    };
    Ok(Reply::created(&body).applied())
}

/// The project with its repository. One without any branch gets its default branch first, with an empty README.
fn begun(call: &Call<'_>, state: &mut State) -> Result<(Arc<Project>, Arc<Repository>), Refusal> {
    let (project, repository) = access::writable(call, state, call.arg(0))?;
    if !repository.is_empty() {
        return Ok((project, repository));
    }
    let wanted = push::Wanted {
        branch: project
            .default_branch
            .clone()
            .unwrap_or_else(|| "main".to_owned()),
        start: None,
        message: "Add README.md".to_owned(),
        author_name: None,
        author_email: None,
        force: false,
    };
    let readme = Change::Create {
        path: "README.md".to_owned(),
        content: Vec::new(),
        executable: false,
    };
    push::commit(call, state, &project, wanted, &[readme], &[])?;
    access::writable(call, state, call.arg(0))
}
