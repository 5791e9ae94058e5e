use engine::events::{ItemEnd, Touched, TouchedPart};
use engine::operation::ObjectKind;

use super::{Change, How, Membership, Object, Of};
use crate::proxy::{Done, Stale};

/// What an item of a job has done at GitLab.
#[derive(Debug, PartialEq)]
pub(crate) struct Effect {
    pub(crate) stale: Stale,
    pub(crate) done: Done,
    /// What followers are told; nothing of what belongs to a group or project and is no member.
    pub(crate) change: Option<Change>,
}

/// What an item that has succeeded makes untrue, and what is told of it.
pub(crate) fn effect_of(item: &ItemEnd) -> Effect {
    let Some(touched) = &item.touched else {
        return Effect {
            stale: Stale::Everything,
            done: Done::Now,
            change: None,
        };
    };
    let how = how(&item.operation, touched);
    let of = match touched.kind {
        ObjectKind::Group => Of::Group,
        ObjectKind::Project => Of::Project,
    };
    let mut object = Object {
        id: Some(touched.id),
        full_path: Some(touched.full_path.clone()),
        ..Object::unknown(of)
    };
    let (stale, member) = match &touched.part {
        TouchedPart::New(parent) => {
            object.parent_id = *parent;
            object.web_url = item.result.as_ref().and_then(|made| made.web_url.clone());
            let stale = match item.operation.as_str() {
                "create_group" | "create_project" => Stale::Around,
                // A fork is listed and counted where it comes from.
                _ => Stale::Everything,
            };
            (stale, None)
        }
        TouchedPart::Whole => (Stale::Everything, None),
        TouchedPart::Of("member", name) => (object.stale(), Some(member(item, name))),
        TouchedPart::Of(..) => {
            return Effect {
                stale: object.stale(),
                done: Done::Now,
                change: None,
            };
        }
    };
    let is_gone = how == How::Deleted && member.is_none();
    Effect {
        stale,
        // GitLab deletes after it has said yes.
        done: if is_gone { Done::Later } else { Done::Now },
        change: Some(Change { how, object, member }),
    }
}

fn how(operation: &str, touched: &Touched) -> How {
    match (&touched.part, operation.split('_').next()) {
        (TouchedPart::New(_), _) | (_, Some("add")) => How::Created,
        (_, Some("delete" | "remove")) => How::Deleted,
        _ => How::Updated,
    }
}

/// The result of a membership's item is the user. An address that somebody was invited by is passed on to nobody.
fn member(item: &ItemEnd, name: &str) -> Membership {
    let is_username = !name.contains('@') && name.parse::<u64>().is_err();
    Membership {
        user_id: item
            .result
            .as_ref()
            .and_then(|user| user.id)
            .or_else(|| name.parse().ok()),
        username: is_username.then(|| name.to_owned()),
        ..Membership::default()
    }
}

#[cfg(test)]
mod tests {
    use domain::ItemResult;
    use serde_json::{Value, json};

    use super::*;

    fn item(operation: &str, kind: ObjectKind, part: TouchedPart) -> ItemEnd {
        ItemEnd {
            index: 0,
            operation: operation.to_owned(),
            target: String::new(),
            result: Some(ItemResult {
                id: Some(9),
                full_path: Some("acme/site".to_owned()),
                web_url: None,
            }),
            error: None,
            touched: Some(Touched {
                kind,
                id: 7,
                full_path: "acme/site".to_owned(),
                part,
            }),
        }
    }

    fn told(item: &ItemEnd) -> (Option<&'static str>, Value, Stale) {
        let effect = effect_of(item);
        let change = effect.change;
        (
            change.as_ref().map(Change::event),
            change.map_or(Value::Null, |change| json!([change.object, change.member])),
            effect.stale,
        )
    }

    #[test]
    fn what_items_do_is_told_by_what_they_touch() {
        use ObjectKind::{Group, Project};
        let named = || Stale::named(7, "acme/site");
        let member = || TouchedPart::Of("member", "dev".to_owned());
        let variable = || TouchedPart::Of("variable", "KEY@*".to_owned());
        for (operation, kind, part, event, stale) in [
            (
                "create_project",
                Project,
                TouchedPart::New(Some(3)),
                Some("project:created"),
                Stale::Around,
            ),
            (
                "create_group",
                Group,
                TouchedPart::New(None),
                Some("group:created"),
                Stale::Around,
            ),
            (
                "fork_project",
                Project,
                TouchedPart::New(Some(3)),
                Some("project:created"),
                Stale::Everything,
            ),
            (
                "archive_project",
                Project,
                TouchedPart::Whole,
                Some("project:updated"),
                Stale::Everything,
            ),
            (
                "transfer_group",
                Group,
                TouchedPart::Whole,
                Some("group:updated"),
                Stale::Everything,
            ),
            (
                "delete_project",
                Project,
                TouchedPart::Whole,
                Some("project:deleted"),
                Stale::Everything,
            ),
            ("add_member", Project, member(), Some("member:added"), named()),
            (
                "update_member",
                Group,
                member(),
                Some("member:updated"),
                Stale::Everything,
            ),
            (
                "remove_member",
                Project,
                member(),
                Some("member:removed"),
                named(),
            ),
            ("set_variable", Project, variable(), None, named()),
            ("delete_variable", Group, variable(), None, Stale::Everything),
        ] {
            let told = told(&item(operation, kind, part));
            assert_eq!((told.0, told.2), (event, stale), "{operation}");
        }
    }

    #[test]
    fn members_are_told_of_by_user_and_never_by_address() {
        let said = |name: &str| {
            let part = TouchedPart::Of("member", name.to_owned());
            told(&item("add_member", ObjectKind::Project, part)).1[1].clone()
        };
        assert_eq!(said("dev"), json!({ "userId": 9, "username": "dev" }));
        assert_eq!(said("12"), json!({ "userId": 9 }));
        assert_eq!(said("dev@acme.example"), json!({ "userId": 9 }));
    }

    #[test]
    fn what_nobody_can_tell_makes_everything_untrue() {
        let unknown = ItemEnd {
            touched: None,
            ..item("update_project", ObjectKind::Project, TouchedPart::Whole)
        };
        assert_eq!(told(&unknown), (None, Value::Null, Stale::Everything));
    }
}
