use http::Method;

use super::address::{Address, Kind, Reference};
use super::cache::Stale;
use crate::changes::{Change, How, Membership, Object, Of};

/// What a write does, as far as its method and address tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effect {
    /// What it may make untrue.
    pub(super) stale: Stale,
    /// What those who follow the object are told, once GitLab has said yes.
    pub(super) event: Option<Event>,
}

/// A change that is told of. What GitLab answers says the rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) of: Of,
    pub(super) how: How,
    /// The object that the address names.
    pub(super) object: Option<Reference>,
    /// The membership that it is about, as far as the address says whose.
    pub(super) member: Option<Membership>,
}

/// What belongs to one project alone: written, it changes that project and what lists or counts it.
const OF_ITS_OWN: [&str; 21] = [
    "access_requests",
    "access_tokens",
    "approval_rules",
    "approvals",
    "badges",
    "custom_attributes",
    "deploy_tokens",
    "environments",
    "hooks",
    "integrations",
    "invitations",
    "labels",
    "members",
    "milestones",
    "pipeline_schedules",
    "protected_branches",
    "protected_tags",
    "push_rule",
    "services",
    "triggers",
    "variables",
];

impl Effect {
    /// That of a write below `/api/v4/`.
    pub(super) fn of(method: &Method, path_and_query: &str) -> Self {
        let address = Address::of(path_and_query);
        Self {
            stale: stale(&address),
            event: event(method, address),
        }
    }

    /// That of something of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self {
            stale: Stale::Everything,
            event: None,
        }
    }
}

fn stale(address: &Address<'_>) -> Stale {
    match (address.kind, &address.object, address.rest()) {
        // Promoted, a label or milestone is the group's, and every project's in it.
        (Kind::Projects, Some(project), [first, rest @ ..])
            if OF_ITS_OWN.contains(first) && !rest.contains(&"promote") =>
        {
            Stale::Project(project.clone())
        }
        _ => Stale::Everything,
    }
}

fn event(method: &Method, address: Address<'_>) -> Option<Event> {
    let of = match address.kind {
        Kind::Groups => Of::Group,
        Kind::Projects => Of::Project,
        Kind::Other => return None,
    };
    if address.goes_deeper() {
        return None;
    }
    let event = |how, member| {
        Some(Event {
            of,
            how,
            object: address.object.clone(),
            member,
        })
    };
    match (method.as_str(), address.object.is_some(), address.rest()) {
        ("POST", false, [] | ["user" | "import", ..]) => event(How::Created, None),
        ("POST", true, ["fork"]) => Some(Event {
            of,
            how: How::Created,
            object: None,
            member: None,
        }),
        ("PUT", true, [] | ["transfer"])
        | (
            "POST",
            true,
            [
                "transfer" | "archive" | "unarchive" | "restore" | "share" | "star" | "unstar",
                ..,
            ],
        )
        | ("DELETE", true, ["share" | "fork", ..]) => event(How::Updated, None),
        ("DELETE", true, []) => event(How::Deleted, None),
        ("POST", true, ["members"]) => event(How::Created, Some(Membership::default())),
        ("PUT", true, ["members", user]) => event(How::Updated, Some(of_user(user))),
        ("DELETE", true, ["members", user]) => event(How::Deleted, Some(of_user(user))),
        _ => None,
    }
}

fn of_user(id: &str) -> Membership {
    Membership {
        user_id: id.parse().ok(),
        ..Membership::default()
    }
}

impl Event {
    /// The change, with what GitLab's answer tells of it.
    pub(super) fn read(self, answer: &[u8]) -> Change {
        let Self {
            of,
            how,
            object: named,
            member,
        } = self;
        let answered = |of| match of {
            Of::Group => {
                serde_json::from_slice(answer).map(|group: gitlab_api::resources::Group| group.into())
            }
            Of::Project => {
                serde_json::from_slice(answer).map(|project: gitlab_api::resources::Project| project.into())
            }
        };
        let member = member.map(|named| {
            serde_json::from_slice(answer)
                .map_or(named, |member: gitlab_api::resources::Member| member.into())
        });
        let mut object: Object = match (&member, how) {
            (None, How::Created | How::Updated) => answered(of).unwrap_or_else(|_| Object::unknown(of)),
            _ => Object::unknown(of),
        };
        match named {
            // An answer about something else (whom it was shared with) does not get its name.
            Some(Reference::Id(id)) if object.id != Some(id) => {
                object = Object {
                    id: Some(id),
                    ..Object::unknown(of)
                }
            }
            Some(Reference::Path(path)) if object.id.is_none() => object.full_path = Some(path.into()),
            _ => {}
        }
        Change { how, object, member }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(method: &str, path: &str, answer: &str) -> Option<(&'static str, serde_json::Value)> {
        let method = method.parse().unwrap();
        let change = Effect::of(&method, path).event?.read(answer.as_bytes());
        let mut said = serde_json::to_value(&change.object).unwrap();
        if let Some(member) = &change.member {
            said["member"] = serde_json::to_value(member).unwrap();
        }
        Some((change.event(), said))
    }

    #[test]
    fn what_is_written_below_one_project_concerns_it_alone() {
        for (path, stale) in [
            ("projects/7/variables/KEY", Stale::Project(Reference::Id(7))),
            ("projects/a%2FB/members", Stale::Project(Reference::path("a/b"))),
            ("projects/7/labels/1/promote", Stale::Everything),
            ("projects/7", Stale::Everything),
            ("projects/7/transfer", Stale::Everything),
            ("projects", Stale::Everything),
            ("groups/7/variables", Stale::Everything),
            ("users/7/block", Stale::Everything),
        ] {
            assert_eq!(Effect::of(&Method::PUT, path).stale, stale, "{path}");
        }
    }

    #[test]
    fn groups_and_projects_are_told_of_without_what_few_may_know() {
        let project = r#"{"id":7,"name":"Site","path":"site","path_with_namespace":"acme/site","archived":false,
            "namespace":{"id":3,"kind":"group","name":"A","path":"acme","full_path":"acme"},
            "visibility":"private","runners_token":"secret","web_url":"https://g/acme/site"}"#;
        let site = serde_json::json!({
            "id": 7, "name": "Site", "fullPath": "acme/site", "parentId": 3,
            "visibility": "private", "archived": false, "webUrl": "https://g/acme/site",
        });
        assert_eq!(
            told("POST", "projects", project),
            Some(("project:created", site.clone()))
        );
        assert_eq!(
            told("PUT", "projects/acme%2Fsite", project),
            Some(("project:updated", site.clone()))
        );
        assert_eq!(
            told("POST", "projects/1/fork", project),
            Some(("project:created", site))
        );
        assert_eq!(
            told("DELETE", "projects/7", r#"{"message":"202 Accepted"}"#),
            Some(("project:deleted", serde_json::json!({ "id": 7 })))
        );
        assert_eq!(
            told("DELETE", "groups/acme%2FWeb", ""),
            Some(("group:deleted", serde_json::json!({ "fullPath": "acme/web" })))
        );
        assert_eq!(
            told(
                "POST",
                "groups/7/share",
                r#"{"id":8,"name":"x","path":"x","full_path":"x"}"#
            ),
            Some(("group:updated", serde_json::json!({ "id": 7 })))
        );
        for (method, path) in [
            ("POST", "projects/7/issues"),
            ("PUT", "users/7"),
            ("POST", "groups/7/labels"),
        ] {
            assert_eq!(told(method, path, "{}"), None, "{method} {path}");
        }
    }

    #[test]
    fn members_are_told_of_by_object_and_user() {
        let member = r#"{"id":9,"username":"dev","access_level":30,"expires_at":null}"#;
        assert_eq!(
            told("DELETE", "projects/7/members/9", ""),
            Some((
                "member:removed",
                serde_json::json!({ "id": 7, "member": { "userId": 9 } })
            ))
        );
        assert_eq!(
            told("PUT", "groups/7/members/9", member),
            Some((
                "member:updated",
                serde_json::json!({ "id": 7, "member": { "userId": 9, "username": "dev", "accessLevel": 30 } })
            ))
        );
        assert_eq!(
            told("POST", "groups/7/members", r#"{"status":"success"}"#),
            Some(("member:added", serde_json::json!({ "id": 7, "member": {} })))
        );
    }
}
