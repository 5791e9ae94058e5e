//! The writes that make a group or project with its settings: a `POST`, and a `PUT` for what `POST` does not take.

use domain::Action;
use gitlab_api::ApiPath;
use gitlab_client::GitlabError;
use serde_json::{Map, Value, json};

use super::settle_created;
use crate::operation::{Call, CallContext, ObjectKind, SettleContext, Settlement, Undo};
use crate::settings::{self, Settable, Wanted};

/// Whether a value goes with this step.
fn of_step(step: u32, wanted: &Wanted) -> bool {
    wanted.0.at_creation == (step == 0)
}

/// The write of `context.step`; what is `wanted` is asked for where it says what that is. `identity` adds what says where the object is to be.
pub(super) fn call(
    settable: &Settable,
    kind: ObjectKind,
    wanted: impl FnOnce() -> Vec<Wanted>,
    context: &CallContext<'_>,
    identity: impl FnOnce(&mut Map<String, Value>),
) -> Option<Call> {
    let present = context.present.and_then(|present| present.id);
    let one = |id: u64| match kind {
        ObjectKind::Group => ApiPath::group(id),
        ObjectKind::Project => ApiPath::project(id),
    };
    let body = || {
        let wanted = wanted();
        let values = wanted.iter().filter(|value| of_step(context.step, value));
        settings::body(values.map(|(setting, value)| (*setting, value)), None)
    };
    match (context.step, context.action, present) {
        (0, Action::Update, Some(id)) => Some(settings::call_update(settable, one(id), context)),
        (0, ..) => {
            let mut body = body();
            identity(&mut body);
            let all = match kind {
                ObjectKind::Group => "groups",
                ObjectKind::Project => "projects",
            };
            Some(Call::post(ApiPath::new(all), Value::Object(body)))
        }
        (1, Action::Create, Some(id)) => {
            let body = body();
            (!body.is_empty()).then(|| Call::put(one(id), Value::Object(body)))
        }
        _ => None,
    }
}

/// What reverses it: what was made is deleted, what was there and was changed is changed back.
pub(super) fn undo(settable: &Settable, kind: ObjectKind, context: &CallContext<'_>) -> Undo {
    let Some(id) = context.present.and_then(|present| present.id) else {
        return Undo::Nothing;
    };
    let (delete, update) = match kind {
        ObjectKind::Group => ("delete_group", "update_group"),
        ObjectKind::Project => ("delete_project", "update_project"),
    };
    match context.action {
        Action::Create => Undo::by(delete, json!({ kind.name(): id })),
        Action::Update => settings::undo_update(settable, update, kind.name(), Some(id), context),
        _ => Undo::Nothing,
    }
}

/// Settles the write of the context's step.
pub(super) async fn settle(
    settable: &Settable,
    kind: ObjectKind,
    full_path: &str,
    wanted: &[Wanted],
    context: &SettleContext<'_>,
) -> Result<Settlement, GitlabError> {
    let call = &context.call;
    match (call.action, call.present.and_then(|present| present.id)) {
        (Action::Update, Some(id)) => {
            let wanted = settable.of_changes(call.changes);
            settings::settle_update(kind, id, &wanted, context).await
        }
        (_, Some(id)) if call.step > 0 => {
            let wanted: Vec<Wanted> = wanted.iter().filter(|one| of_step(1, one)).cloned().collect();
            settings::settle_update(kind, id, &wanted, context).await
        }
        _ => {
            let wanted: Vec<Wanted> = wanted.iter().filter(|one| of_step(0, one)).cloned().collect();
            settle_created::settle(kind, full_path, &wanted, context).await
        }
    }
}
