use super::find;
use super::present::TopicBody;
use crate::http::{Answer, Call, Reply, refuse};

/// `POST /topics/merge`: the projects of one topic get the other, and the first is removed.
pub(super) fn merge(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    ask.require("source_topic_id");
    ask.require("target_topic_id");
    let source = ask.id("source_topic_id").unwrap_or_default();
    let target = ask.id("target_topic_id").unwrap_or_default();
    call.admit(ask)?;
    call.administrator()?;
    let body = {
        let mut state = call.change();
        let source = find(&state, source)?;
        let target = find(&state, target)?;
        if source.id == target.id {
            return Err(refuse::bad_request(
                "The source topic and the target topic are identical.",
            ));
        }
        state.replace_topic(&source.name, &target.name);
        state.belongings.topics.remove(source.id);
        TopicBody::of(call, &state, &target)
    };
    Ok(Reply::created(&body).applied())
}
