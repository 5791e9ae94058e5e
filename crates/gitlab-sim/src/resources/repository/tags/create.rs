use super::super::{access, push, told};
use super::present::TagBody;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::repository::{Tag, is_ref_name};

/// `POST /projects/:id/repository/tags`: annotated with a message, else only a name.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("tag_name");
    let from = ask.required_text("ref");
    let message = ask.filled("message");
    call.admit(ask)?;

    let body = {
        let mut state = call.change();
        let (project, repository) = access::writable(call, &state, call.arg(0))?;
        if !is_ref_name(&name) {
            return Err(refuse::bad_request("Tag name invalid"));
        }
        if repository.tag(&name).is_some() {
            return Err(refuse::duplicate(&format!("Tag {name} already exists")));
        }
        let commit = access::resolve(&project, &repository, Some(&from))
            .ok_or_else(|| refuse::bad_request(&format!("Target {from} is invalid")))?;
        if !call.viewer.can_touch_tag(&state, &project, &name) {
            return Err(refuse::forbidden());
        }
        let tag = match message {
            Some(message) => {
                let tagger = push::signature(call, None, None)?;
                Tag::annotated(&name, commit.id, tagger, message)
            }
            None => Tag::light(commit.id),
        };
        let own = state.belongings.repositories.change(&project);
        own.put_tag(&name, tag.clone());
        told::tag(call, &mut state, &project, &name, None, Some(tag.target()));
        TagBody::of(call, &state, &project, &repository, &name, &tag)
    };
    Ok(Reply::created(&body).applied())
}
