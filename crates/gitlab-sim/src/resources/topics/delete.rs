use super::find_in_path;
use crate::http::{Answer, Call, Reply};

/// `DELETE /topics/:id`. Projects lose it.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let topic = find_in_path(&state, call.arg(0))?;
    state.drop_topic(&topic.name);
    state.belongings.topics.remove(topic.id);
    Ok(Reply::no_content().applied())
}
