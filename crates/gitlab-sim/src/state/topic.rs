use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use super::{Avatar, Project, State};

/// What projects are about. Which projects carry it is known by the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Topic {
    pub(crate) id: u64,
    /// Unique without regard to case.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) avatar: Option<Arc<Avatar>>,
}

/// All topics, by id and by name. They stay when no project carries them any more.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Topics {
    last: u64,
    by_id: BTreeMap<u64, Arc<Topic>>,
    by_name: HashMap<String, u64>,
}

impl Topics {
    pub(crate) fn get(&self, id: u64) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// Looks a name up without regard to case.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Arc<Topic>> {
        self.get(*self.by_name.get(&name.to_lowercase())?)
    }

    /// All topics by ascending id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.by_id.values()
    }

    /// Adds a topic. The name must be free.
    pub(crate) fn add(&mut self, new: Topic) -> Arc<Topic> {
        let topic = Arc::new(Topic {
            id: self.last + 1,
            ..new
        });
        self.put(Arc::clone(&topic));
        topic
    }

    /// Adds a topic or replaces the one with the same id.
    pub(crate) fn put(&mut self, topic: Arc<Topic>) {
        self.remove(topic.id);
        self.last = self.last.max(topic.id);
        self.by_name.insert(topic.name.to_lowercase(), topic.id);
        self.by_id.insert(topic.id, topic);
    }

    pub(crate) fn remove(&mut self, id: u64) {
        if let Some(topic) = self.by_id.remove(&id) {
            self.by_name.remove(&topic.name.to_lowercase());
        }
    }

    /// The names as the topics spell them; those that are new become topics.
    pub(crate) fn named(&mut self, names: Vec<String>) -> Vec<String> {
        let spelled = names.into_iter().map(|name| {
            if let Some(known) = self.by_name(&name) {
                return known.name.clone();
            }
            let topic = self.add(Topic {
                id: 0,
                title: name.clone(),
                name,
                description: None,
                avatar: None,
            });
            topic.name.clone()
        });
        spelled.collect()
    }
}

/// Topics belong to the instance.
impl Forget for Topics {
    fn forget(&mut self, _: Gone) {}
}

#[derive(Serialize, Deserialize)]
struct Kept {
    last: u64,
    topics: Vec<Arc<Topic>>,
}

impl From<Kept> for Topics {
    fn from(kept: Kept) -> Self {
        let mut topics = Self::default();
        for topic in kept.topics {
            topics.put(topic);
        }
        topics.last = topics.last.max(kept.last);
        topics
    }
}

impl From<Topics> for Kept {
    fn from(topics: Topics) -> Self {
        Self {
            last: topics.last,
            topics: topics.by_id.into_values().collect(),
        }
    }
}

impl State {
    /// Gives all projects that carry a topic another one in its place, once.
    pub(crate) fn replace_topic(&mut self, old: &str, new: &str) {
        self.change_topics(old, |topics| {
            let kept = topics.iter().filter(|name| !same(name, old) && !same(name, new));
            let place = topics.iter().position(|name| same(name, old) || same(name, new));
            let mut kept: Vec<String> = kept.cloned().collect();
            kept.insert(place.unwrap_or(0).min(kept.len()), new.to_owned());
            kept
        });
    }

    /// Takes a topic away from all projects that carry it.
    pub(crate) fn drop_topic(&mut self, name: &str) {
        self.change_topics(name, |topics| {
            topics
                .iter()
                .filter(|known| !same(known, name))
                .cloned()
                .collect()
        });
    }

    fn change_topics(&mut self, name: &str, change: impl Fn(&[String]) -> Vec<String>) {
        let carrying = self.tree.with_topic(name).cloned().unwrap_or_default();
        for id in carrying {
            if let Some(project) = self.tree.project(id) {
                let topics = change(&project.topics);
                let project = Project {
                    topics,
                    ..Project::clone(project)
                };
                self.tree.put_project(Arc::new(project));
            }
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
