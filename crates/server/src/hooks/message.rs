use domain::AccessLevel;
use serde::Deserialize;

use crate::changes::{Change, How, Membership, Object, Of};
use crate::proxy::Stale;

/// What is read of a hook's body. Everything may be missing: which fields there are depends on the event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    event_name: Option<String>,
    name: Option<String>,
    full_path: Option<String>,
    path_with_namespace: Option<String>,
    old_full_path: Option<String>,
    group_id: Option<u64>,
    parent_group_id: Option<u64>,
    project_id: Option<u64>,
    project_visibility: Option<String>,
    project_name: Option<String>,
    project_path_with_namespace: Option<String>,
    group_name: Option<String>,
    user_id: Option<u64>,
    user_username: Option<String>,
    group_access: Option<String>,
    access_level: Option<String>,
    expires_at: Option<String>,
}

/// What a message says.
#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    /// What is no longer true.
    pub(super) stale: Stale,
    /// What followers are told.
    pub(super) change: Option<Change>,
    /// The full path that a group had before.
    pub(super) moved_from: Option<String>,
}

impl From<Stale> for Heard {
    fn from(stale: Stale) -> Self {
        Self {
            stale,
            change: None,
            moved_from: None,
        }
    }
}

impl Message {
    /// `None` for what is no JSON object, or has fields of other types than GitLab's.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// What has changed; `None` for events that are about no group, project or member (GitLab API facts §9.2, §9.3).
    pub(super) fn heard(mut self) -> Option<Heard> {
        let event = self.event_name.take()?;
        let heard = match event.as_str() {
            "project_create" => self.project(How::Created, Stale::Around)?,
            "project_update" => {
                let stale = self.named_project();
                self.project(How::Updated, stale)?
            }
            // Forks say where they come from, and jobs and variables of others may name it.
            "project_rename" | "project_transfer" => self.project(How::Updated, Stale::Everything)?,
            "project_destroy" => self.project(How::Deleted, Stale::Everything)?,
            "group_create" | "subgroup_create" => self.group(How::Created, Stale::Around)?,
            "group_rename" => {
                let old = self.old_full_path.take();
                Heard {
                    moved_from: old,
                    ..self.group(How::Updated, Stale::Everything)?
                }
            }
            "group_destroy" | "subgroup_destroy" => self.group(How::Deleted, Stale::Everything)?,
            "user_add_to_group" => self.group_member(How::Created)?,
            "user_update_for_group" => self.group_member(How::Updated)?,
            "user_remove_from_group" => self.group_member(How::Deleted)?,
            "user_add_to_team" => self.project_member(How::Created)?,
            "user_update_for_team" => self.project_member(How::Updated)?,
            "user_remove_from_team" => self.project_member(How::Deleted)?,
            "user_access_request_to_group"
            | "user_access_request_revoked_for_group"
            | "user_access_request_denied_for_group"
            | "user_create" => Stale::Around.into(),
            "user_access_request_to_project" | "user_access_request_revoked_for_project" => {
                self.named_project().into()
            }
            // Their names stand wherever they are a member or an author.
            "user_rename" | "user_destroy" => Stale::Everything.into(),
            _ => return None,
        };
        Some(heard)
    }

    /// A project with its number and path; with less, nobody knows which.
    fn named_project(&self) -> Stale {
        let path = self
            .path_with_namespace
            .as_ref()
            .or(self.project_path_with_namespace.as_ref());
        match (self.project_id, path) {
            (Some(id), Some(path)) => Stale::named(id, path),
            _ => Stale::Everything,
        }
    }

    fn project(self, how: How, stale: Stale) -> Option<Heard> {
        let object = Object {
            id: Some(self.project_id?),
            name: self.name,
            full_path: self.path_with_namespace,
            visibility: self.project_visibility,
            ..Object::unknown(Of::Project)
        };
        Some(whole(how, object, stale))
    }

    fn group(self, how: How, stale: Stale) -> Option<Heard> {
        let object = Object {
            id: Some(self.group_id?),
            name: self.name,
            full_path: self.full_path,
            parent_id: self.parent_group_id,
            ..Object::unknown(Of::Group)
        };
        Some(whole(how, object, stale))
    }

    fn group_member(self, how: How) -> Option<Heard> {
        let object = Object {
            id: Some(self.group_id?),
            name: self.group_name.clone(),
            ..Object::unknown(Of::Group)
        };
        // Who may see what lies in the group has changed with it.
        let level = self.group_access.clone();
        Some(self.member(how, object, level.as_deref(), Stale::Everything))
    }

    fn project_member(self, how: How) -> Option<Heard> {
        let stale = self.named_project();
        let object = Object {
            id: Some(self.project_id?),
            name: self.project_name.clone(),
            full_path: self.project_path_with_namespace.clone(),
            visibility: self.project_visibility.clone(),
            ..Object::unknown(Of::Project)
        };
        let level = self.access_level.clone();
        Some(self.member(how, object, level.as_deref(), stale))
    }

    /// Hooks say a level by its name, and an e-mail address, which is passed on to nobody.
    fn member(self, how: How, object: Object, level: Option<&str>, stale: Stale) -> Heard {
        let level = level.and_then(|name| name.parse::<AccessLevel>().ok());
        let member = Membership {
            user_id: self.user_id,
            username: self.user_username,
            access_level: level
                .filter(|_| how != How::Deleted)
                .map(|level| u32::from(level.number())),
            expires_at: self.expires_at,
        };
        let change = Change {
            how,
            object,
            member: Some(member),
        };
        Heard {
            change: Some(change),
            ..stale.into()
        }
    }
}

fn whole(how: How, object: Object, stale: Stale) -> Heard {
    let change = Change {
        how,
        object,
        member: None,
    };
    Heard {
        change: Some(change),
        ..stale.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn heard(message: &Value) -> Option<Heard> {
        Message::read(message.to_string().as_bytes())?.heard()
    }

    /// The event, what it says of the object and of the member, and what it makes untrue.
    fn told(message: &Value) -> (&'static str, Value, Value, Stale) {
        let heard = heard(message).unwrap();
        let change = heard.change.unwrap();
        (
            change.event(),
            json!(change.object),
            json!(change.member),
            heard.stale,
        )
    }

    fn project(event: &str) -> Value {
        json!({
            "event_name": event, "name": "Edge", "path": "edge", "path_with_namespace": "acme/Platform/edge",
            "project_id": 502, "project_namespace_id": 1190, "project_visibility": "private",
            "owner_name": "Platform", "owner_email": "ada@acme.example",
            "owners": [{ "name": "Ada North", "email": "ada@acme.example" }],
        })
    }

    #[test]
    fn projects_are_told_of_without_their_owners() {
        let said = json!({
            "id": 502, "name": "Edge", "fullPath": "acme/Platform/edge", "visibility": "private",
        });
        for (event, told_as, stale) in [
            ("project_create", "project:created", Stale::Around),
            (
                "project_update",
                "project:updated",
                Stale::Named(502, "acme/platform/edge".into()),
            ),
            ("project_rename", "project:updated", Stale::Everything),
            ("project_transfer", "project:updated", Stale::Everything),
            ("project_destroy", "project:deleted", Stale::Everything),
        ] {
            assert_eq!(
                told(&project(event)),
                (told_as, said.clone(), Value::Null, stale),
                "{event}"
            );
        }
    }

    #[test]
    fn groups_of_system_hooks_and_subgroups_of_group_hooks_are_told_alike() {
        let subgroup = json!({
            "event_name": "subgroup_create", "name": "Payments", "path": "payments",
            "full_path": "acme/platform/payments", "group_id": 118, "parent_group_id": 109,
            "parent_name": "Platform", "parent_full_path": "acme/platform",
        });
        let said =
            json!({ "id": 118, "name": "Payments", "fullPath": "acme/platform/payments", "parentId": 109 });
        assert_eq!(
            told(&subgroup),
            ("group:created", said, Value::Null, Stale::Around)
        );
        let renamed = json!({
            "event_name": "group_rename", "name": "Pay", "path": "pay", "full_path": "acme/platform/pay",
            "group_id": 118, "old_path": "payments", "old_full_path": "acme/platform/payments",
        });
        let heard = heard(&renamed).unwrap();
        assert_eq!(heard.moved_from.as_deref(), Some("acme/platform/payments"));
        assert_eq!(told(&renamed).0, "group:updated");
        // Before GitLab said full paths.
        let gone = json!({ "event_name": "group_destroy", "name": "Pay", "path": "pay", "group_id": 118 });
        assert_eq!(
            told(&gone),
            (
                "group:deleted",
                json!({ "id": 118, "name": "Pay" }),
                Value::Null,
                Stale::Everything
            )
        );
    }

    #[test]
    fn members_are_told_of_by_level_and_without_an_address() {
        let of_group = json!({
            "event_name": "user_add_to_group", "group_access": "Maintainer", "group_id": 118,
            "group_name": "Payments", "group_path": "payments", "user_email": "bo.reed@acme.example",
            "user_name": "Bo Reed", "user_username": "bo.reed", "user_id": 12, "expires_at": "2027-12-14T00:00:00Z",
        });
        assert_eq!(
            told(&of_group),
            (
                "member:added",
                json!({ "id": 118, "name": "Payments" }),
                json!({ "userId": 12, "username": "bo.reed", "accessLevel": 40, "expiresAt": "2027-12-14T00:00:00Z" }),
                Stale::Everything
            )
        );
        let of_project = json!({
            "event_name": "user_remove_from_team", "access_level": "Developer", "project_id": 501,
            "project_name": "Ledger", "project_path": "ledger", "project_path_with_namespace": "acme/ledger",
            "user_email": "cy.lane@acme.example", "user_username": "cy.lane", "user_id": 13,
            "project_visibility": "private",
        });
        let (event, _, member, stale) = told(&of_project);
        assert_eq!(
            (event, member, stale),
            (
                "member:removed",
                json!({ "userId": 13, "username": "cy.lane" }),
                Stale::Named(501, "acme/ledger".into())
            )
        );
    }

    #[test]
    fn what_is_about_nothing_that_is_followed_is_not_heard() {
        for message in [
            json!({ "object_kind": "push", "project_id": 7 }),
            json!({ "event_name": "push", "project_id": 7 }),
            json!({ "event_name": "key_create", "username": "bo.reed", "key": "ssh-ed25519 AAAA" }),
            json!({ "event_name": "a_new_one" }),
            json!({ "event_name": "project_create", "name": "nameless" }),
            json!({ "event_name": "project_create", "project_id": "seven" }),
            json!(["project_create"]),
            json!({}),
        ] {
            assert_eq!(heard(&message), None, "{message}");
        }
        assert!(Message::read(b"{\"event_name\":").is_none());
    }
}
