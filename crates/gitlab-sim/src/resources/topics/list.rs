use std::cmp::Reverse;

use super::present::{TopicBody, projects_with};
use crate::http::{Answer, Call, Offset};
use crate::resources::holds;

/// `GET /topics`: those that most projects carry come first, and what fits a search best before that.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let search = ask.filled("search");
    let unused = ask.flag("without_projects").unwrap_or(false);
    ask.ignored(&["organization_id"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let mut topics: Vec<_> = state
            .belongings
            .topics
            .iter()
            .filter(|topic| search.as_ref().is_none_or(|text| holds(&topic.name, text)))
            .map(|topic| (projects_with(&state, topic), topic))
            .filter(|(count, _)| !unused || *count == 0)
            .collect();
        topics.sort_by_key(|(count, topic)| {
            let exact = search
                .as_ref()
                .is_some_and(|text| topic.name.eq_ignore_ascii_case(text));
            (Reverse(exact), Reverse(*count), topic.id)
        });
        let total = topics.len();
        offset
            .cut_of(topics, total)
            .map(|(_, topic)| Some(TopicBody::of(call, &state, topic)))
    };
    Ok(page.reply(call))
}
