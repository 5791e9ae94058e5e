use serde::Serialize;

use crate::http::Call;
use crate::resources::avatar;
use crate::state::{State, Topic};

/// A topic as bodies show it.
#[derive(Debug, Serialize)]
pub(super) struct TopicBody {
    id: u64,
    name: String,
    title: String,
    description: Option<String>,
    total_projects_count: usize,
    organization_id: u64,
    avatar_url: Option<String>,
}

impl TopicBody {
    pub(super) fn of(call: &Call<'_>, state: &State, topic: &Topic) -> Self {
        let picture = topic.avatar.as_ref();
        Self {
            id: topic.id,
            name: topic.name.clone(),
            title: topic.title.clone(),
            description: topic.description.clone(),
            total_projects_count: projects_with(state, topic),
            organization_id: 1,
            avatar_url: picture
                .map(|picture| avatar::url(&call.instance.site, "projects/topic", topic.id, picture)),
        }
    }
}

/// How many projects carry the topic, whoever may see them.
pub(super) fn projects_with(state: &State, topic: &Topic) -> usize {
    state
        .tree
        .with_topic(&topic.name)
        .map_or(0, std::collections::BTreeSet::len)
}
