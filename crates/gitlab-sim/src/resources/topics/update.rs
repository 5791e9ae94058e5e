use std::sync::Arc;

use super::find_in_path;
use super::present::TopicBody;
use crate::http::refuse::{self, Complaints, TAKEN};
use crate::http::{Answer, Call, Reply};
use crate::resources::avatar;
use crate::state::{State, Topic};

/// `PUT /topics/:id`. A new name shows on all projects that carry the topic.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.text("name").flatten();
    let title = ask.text("title").flatten();
    let description = ask.text("description");
    let picture = ask.file("avatar");
    call.admit(ask)?;
    call.administrator()?;
    let (body, changed) = {
        let mut state = call.change();
        let old = find_in_path(&state, call.arg(0))?;
        let mut topic = Topic::clone(&old);
        topic.name = name.unwrap_or(topic.name);
        topic.title = title.unwrap_or(topic.title);
        topic.description = description.unwrap_or(topic.description);
        let mut complaints = Complaints::default();
        let Topic {
            id,
            name,
            title,
            description,
            ..
        } = &topic;
        check(
            &state,
            Some(*id),
            name,
            title,
            description.as_deref(),
            &mut complaints,
        );
        if let Some(picture) = picture {
            topic.avatar = picture.map(|upload| Arc::new(avatar::check(&upload, &mut complaints)));
        }
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let changed = topic != *old;
        if topic.name != old.name {
            state.replace_topic(&old.name, &topic.name);
        }
        state.belongings.topics.put(Arc::new(topic.clone()));
        (TopicBody::of(call, &state, &topic), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}

/// What the model refuses. `own` may have the name already.
pub(super) fn check(
    state: &State,
    own: Option<u64>,
    name: &str,
    title: &str,
    description: Option<&str>,
    complaints: &mut Complaints,
) {
    const LONGEST: usize = 255;
    let too_long = |text: &str, most: usize| text.chars().count() > most;
    if name.trim().is_empty() {
        complaints.add("name", "can't be blank");
    }
    if title.trim().is_empty() {
        complaints.add("title", "can't be blank");
    }
    let known = state.belongings.topics.by_name(name);
    if known.is_some_and(|known| Some(known.id) != own) {
        complaints.add("name", TAKEN);
    }
    for (field, text) in [("name", name), ("title", title)] {
        if too_long(text, LONGEST) {
            complaints.add(field, "is too long (maximum is 255 characters)");
        }
    }
    if description.is_some_and(|text| too_long(text, 1_024)) {
        complaints.add("description", "is too long (maximum is 1024 characters)");
    }
}
