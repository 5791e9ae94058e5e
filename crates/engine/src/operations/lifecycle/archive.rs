use std::marker::PhantomData;

use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use serde_json::{Value, json};

use super::seen::{look, path};
use super::whole::{self, OfGroup, OfProject, Standing, Whole};
use crate::operation::{
    Call, CallContext, Need, ObjectKind, Operation, PlanContext, Planned, Read, SettleContext, Settlement,
    Target, Undo,
};

/// Makes a group or project read-only, with everything in it, or ends that.
pub struct Turn<P, const ARCHIVED: bool>(PhantomData<fn() -> P>);

/// `archive_group`
pub type ArchiveGroup = Turn<OfGroup, true>;
/// `unarchive_group`
pub type UnarchiveGroup = Turn<OfGroup, false>;
/// `archive_project`
pub type ArchiveProject = Turn<OfProject, true>;
/// `unarchive_project`
pub type UnarchiveProject = Turn<OfProject, false>;

const fn name(kind: ObjectKind, archived: bool) -> &'static str {
    match (kind, archived) {
        (ObjectKind::Group, true) => "archive_group",
        (ObjectKind::Group, false) => "unarchive_group",
        (ObjectKind::Project, true) => "archive_project",
        (ObjectKind::Project, false) => "unarchive_project",
    }
}

#[async_trait]
impl<P: Whole, const ARCHIVED: bool> Operation for Turn<P, ARCHIVED> {
    type Params = P;
    const NAME: &'static str = name(P::KIND, ARCHIVED);
    const TITLE: &'static str = match (P::KIND, ARCHIVED) {
        (ObjectKind::Group, true) => "Archive a group",
        (ObjectKind::Group, false) => "Unarchive a group",
        (ObjectKind::Project, true) => "Archive a project",
        (ObjectKind::Project, false) => "Unarchive a project",
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
        if P::KIND == ObjectKind::Group && ARCHIVED {
            reads.push(Read::Below(params.object().clone()));
        }
        reads
    }

    fn plan(_: &P, context: &PlanContext<'_>) -> Planned {
        let change = Change {
            field: "archived".into(),
            from: Value::Bool(!ARCHIVED),
            to: Value::Bool(ARCHIVED),
        };
        let Some(known) = context.object() else {
            return Planned::update(whole::to_be_made(), vec![change]);
        };
        let doing = if ARCHIVED { "archive" } else { "unarchive" };
        let standing = Standing::of(known, context.estate);
        // What waits for its deletion is shown as archived.
        if let Some(conflict) = standing.is_going(known, doing) {
            return conflict;
        }
        let unchanged = || Planned::unchanged(Some(known.result()));
        match (ARCHIVED, standing.archived_above) {
            (true, Some(above)) => {
                return unchanged().note(format!(
                    "It is archived with `{}`, which it is in.",
                    above.full_path
                ));
            }
            (false, Some(above)) => {
                return Planned::conflict(
                    "BELOW_ARCHIVED",
                    format!(
                        "`{}` is archived with `{}`, which it is in; unarchive that",
                        known.full_path, above.full_path
                    ),
                );
            }
            _ if standing.archived == ARCHIVED => return unchanged(),
            _ => {}
        }
        if let Some(conflict) = whole::not_permitted(known, AccessLevel::Owner, doing, context) {
            return conflict;
        }
        if ARCHIVED && let Some(conflict) = whole::protected(known, doing, context) {
            return conflict;
        }
        let planned = Planned::update(known.result(), vec![change]);
        match whole::contents(known, context) {
            Some(contents) => planned.note(format!("{contents} in it become read-only as well.")),
            None => planned,
        }
    }

    fn call(_: &P, context: CallContext<'_>) -> Option<Call> {
        let known = context.object().filter(|_| context.step == 0)?;
        let verb = if ARCHIVED { "archive" } else { "unarchive" };
        Some(Call::post(path(P::KIND, known.id).join(verb), json!({})))
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
            Some(seen) if seen.archived == ARCHIVED => Settlement::Adopted(seen.result()),
            _ => Settlement::Absent,
        })
    }

    /// 400 for projects, 422 for groups: "already archived" (GitLab API facts §5.4, §7.2.8).
    fn done_if_refused(_: &P, _: CallContext<'_>, status: u16) -> bool {
        matches!(status, 400 | 422)
    }

    fn undo(_: &P, context: CallContext<'_>) -> Undo {
        match context.object() {
            Some(known) => Undo::by(name(P::KIND, !ARCHIVED), Value::Object(whole::named(known))),
            None => Undo::Nothing,
        }
    }
}
