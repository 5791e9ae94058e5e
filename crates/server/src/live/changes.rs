use domain::{InstanceUrl, UserKey};
use serde::{Deserialize, Serialize};

use super::subscribe::follow_move;
use super::{Live, rooms};
use crate::changes::{Change, Membership, Object, Of};
use crate::nodes::Word;

/// `group:*`, `project:*` and `member:*`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a Membership>,
}

/// A group has another path, and with it all that is below: their followers are to be found in other rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(super) instance: InstanceUrl,
    pub(super) group: u64,
    /// The full path that it had, …
    pub(super) from: String,
    /// … and the one that it has.
    pub(super) to: String,
}

impl Live {
    /// Tells of a change at GitLab: those who follow the object, and the user who made it; and, of the bare
    /// fact, those who follow the group that it is in, who need not be allowed to see the object itself.
    pub(crate) async fn tell_change(&self, instance: &InstanceUrl, by: Option<&UserKey>, change: &Change) {
        let room = |of, id: Option<u64>| {
            let kind = match of {
                Of::Group => "group",
                Of::Project => "project",
            };
            id.map(|id| rooms::object(kind, instance, id))
        };
        let object = &change.object;
        let own: Vec<String> = by
            .map(rooms::user)
            .into_iter()
            .chain(room(object.of, object.id))
            .collect();
        let parent_path = object.path_above().filter(|_| object.parent_id.is_none());
        let above = room(Of::Group, object.parent_id)
            .or_else(|| parent_path.map(|path| rooms::group_at(instance, path)))
            .filter(|_| change.member.is_none());
        if let Some(above) = above {
            let bare = Object {
                id: object.id,
                parent_id: object.parent_id,
                parent_path: parent_path.map(str::to_owned),
                ..Object::unknown(object.of)
            };
            let payload = Payload::of(&bare, None);
            self.emit_except(above, own.clone(), change.event(), &payload)
                .await;
        }
        if !own.is_empty() {
            let payload = Payload::of(object, change.member.as_ref());
            self.emit(own, change.event(), &payload).await;
        }
    }

    /// A group has another path: its followers, and those of the groups below, hear of what is new there, and whoever
    /// follows the next group with one of the old paths hears of that alone.
    pub(crate) fn moved(&self, instance: &InstanceUrl, group: &Object, old_path: &str) {
        let (Some(id), Some(path)) = (group.id, &group.full_path) else {
            return;
        };
        let moved = Moved {
            instance: instance.clone(),
            group: id,
            from: old_path.to_owned(),
            to: path.clone(),
        };
        self.nodes.say(|| Word::Moved(moved.clone()));
        self.move_here(&moved);
    }

    /// The same for the sockets of this node.
    pub(crate) fn move_here(&self, moved: &Moved) {
        for socket in self.every_socket() {
            follow_move(&socket, moved);
        }
    }
}

impl<'a> Payload<'a> {
    fn of(object: &'a Object, member: Option<&'a Membership>) -> Self {
        let (group, project) = match object.of {
            Of::Group => (Some(object), None),
            Of::Project => (None, Some(object)),
        };
        Self {
            group_id: group.and_then(|group| group.id),
            project_id: project.and_then(|project| project.id),
            group,
            project,
            member,
        }
    }
}
