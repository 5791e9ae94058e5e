use std::sync::Arc;

use super::present::TopicBody;
use super::update::check;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::avatar;
use crate::state::Topic;

/// `POST /topics`
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    let title = ask.required_text("title");
    let description = ask.text("description").flatten();
    let picture = ask.file("avatar").flatten();
    ask.ignored(&["organization_id"]);
    call.admit(ask)?;
    call.administrator()?;
    let body = {
        let mut state = call.change();
        let mut complaints = Complaints::default();
        check(
            &state,
            None,
            &name,
            &title,
            description.as_deref(),
            &mut complaints,
        );
        let avatar = picture.map(|upload| Arc::new(avatar::check(&upload, &mut complaints)));
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let topic = state.belongings.topics.add(Topic {
            id: 0,
            name,
            title,
            description,
            avatar,
        });
        TopicBody::of(call, &state, &topic)
    };
    Ok(Reply::created(&body).applied())
}
