use std::marker::PhantomData;

use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use serde_json::{Value, json};

use super::seen::{look, path};
use super::whole::{self, OfGroup, OfProject, Standing, Whole};
use crate::operation::{
    Call, CallContext, Destination, Need, ObjectKind, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo,
};
use crate::protected::without_deletion_mark;

/// Takes back the mark of a group or project that waits for its deletion. GitLab gives it its old name and path.
pub struct Restore<P>(PhantomData<fn() -> P>);

/// `restore_group`
pub type RestoreGroup = Restore<OfGroup>;
/// `restore_project`
pub type RestoreProject = Restore<OfProject>;

#[async_trait]
impl<P: Whole> Operation for Restore<P> {
    type Params = P;
    const NAME: &'static str = match P::KIND {
        ObjectKind::Group => "restore_group",
        ObjectKind::Project => "restore_project",
    };
    const TITLE: &'static str = match P::KIND {
        ObjectKind::Group => "Restore a group",
        ObjectKind::Project => "Restore a project",
    };
    const ITEMS: &'static str = match P::KIND {
        ObjectKind::Group => "groups",
        ObjectKind::Project => "projects",
    };
    const PERMISSION: AccessLevel = AccessLevel::Owner;
    const UNDOABLE: bool = true;

    fn check(_: &P, _: Timestamp, _: &mut Vec<Problem>) {}

    fn target(params: &P) -> Target {
        whole::target(params)
    }

    fn needs(params: &P) -> Vec<Need> {
        vec![whole::need(params)]
    }

    fn reads(params: &P) -> Vec<Read> {
        let mut reads = whole::around(params);
        reads.push(Read::Destination(
            P::KIND,
            params.object().clone(),
            Destination::Back,
        ));
        reads
    }

    fn plan(_: &P, context: &PlanContext<'_>) -> Planned {
        let Some(known) = context.object() else {
            return Planned::unchanged(None);
        };
        let standing = Standing::of(known, context.estate);
        let Some(day) = standing.marked_on else {
            return match standing.is_going(known, "restore") {
                Some(conflict) => conflict,
                None => Planned::unchanged(Some(known.result())),
            };
        };
        if let Some(conflict) = whole::not_permitted(known, AccessLevel::Owner, "restore", context) {
            return conflict;
        }
        let old_path = old_path(&known.full_path);
        if let Some(taken) = context.estate.at(&old_path).filter(|there| there.id != known.id) {
            return Planned::conflict(
                "PATH_TAKEN",
                format!(
                    "`{old_path}` is another {} by now; move or rename that one first",
                    taken.kind.name()
                ),
            );
        }
        let mut changes = vec![Change {
            field: "marked_for_deletion_on".into(),
            from: day.into(),
            to: Value::Null,
        }];
        if old_path != known.full_path {
            changes.push(Change {
                field: "full_path".into(),
                from: known.full_path.as_str().into(),
                to: old_path.into(),
            });
        }
        let planned = Planned::update(known.result(), changes);
        match standing.marked_above {
            Some(above) => planned.note(format!(
                "`{}`, which it is in, is marked for deletion as well: restore that, too.",
                above.full_path
            )),
            None => planned,
        }
    }

    fn call(_: &P, context: CallContext<'_>) -> Option<Call> {
        let known = context.object().filter(|_| context.step == 0)?;
        Some(Call::post(path(P::KIND, known.id).join("restore"), json!({})))
    }

    fn result(_: &P, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        crate::operations::read_result(body)
    }

    async fn settle(_: &P, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(known) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let seen = look(context.gitlab, P::KIND, known.id).await?;
        Ok(match seen {
            Some(seen) if seen.marked_for_deletion_on.is_none() => Settlement::Adopted(seen.result()),
            _ => Settlement::Absent,
        })
    }

    /// "Has not been marked for deletion": somebody was faster.
    fn done_if_refused(_: &P, _: CallContext<'_>, status: u16) -> bool {
        status == 400
    }

    fn undo(_: &P, context: CallContext<'_>) -> Undo {
        let operation = match P::KIND {
            ObjectKind::Group => "delete_group",
            ObjectKind::Project => "delete_project",
        };
        match context.object() {
            Some(known) => Undo::by(operation, Value::Object(whole::named(known))),
            None => Undo::Nothing,
        }
    }
}

/// Where it stood before GitLab renamed it.
fn old_path(full_path: &str) -> String {
    match full_path.rsplit_once('/') {
        Some((parent, segment)) => format!("{parent}/{}", without_deletion_mark(segment)),
        None => without_deletion_mark(full_path).to_owned(),
    }
}
