use std::marker::PhantomData;

use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::seen::{look, path};
use super::whole::{self, Standing, Whole};
use crate::operation::{
    Call, CallContext, Followed, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read,
    SettleContext, Settlement, Target, Undo, parameters,
};

/// A group to be deleted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupParams {
    /// Group: full path or number.
    #[schemars(transform = parameters::group, extend("x-example" = "acme/old"))]
    pub group: ObjectRef,
    /// Whether it is removed for good at once, instead of after the days that GitLab keeps it. Not possible for
    /// top-level groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-aliases" = ["permanently"]))]
    pub permanently_remove: Option<bool>,
}

/// A project to be deleted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectParams {
    /// Project: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/old/web"))]
    pub project: ObjectRef,
    /// Whether it is removed for good at once, instead of after the days that GitLab keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-aliases" = ["permanently"]))]
    pub permanently_remove: Option<bool>,
}

/// What is to be deleted, and how.
pub trait Going: Whole {
    /// For good, at once.
    fn permanently(&self) -> bool;
}

impl Whole for GroupParams {
    const KIND: ObjectKind = ObjectKind::Group;
    fn object(&self) -> &ObjectRef {
        &self.group
    }
}

impl Going for GroupParams {
    fn permanently(&self) -> bool {
        self.permanently_remove == Some(true)
    }
}

impl Whole for ProjectParams {
    const KIND: ObjectKind = ObjectKind::Project;
    fn object(&self) -> &ObjectRef {
        &self.project
    }
}

impl Going for ProjectParams {
    fn permanently(&self) -> bool {
        self.permanently_remove == Some(true)
    }
}

/// Marks a group or project for deletion, or removes it for good.
///
/// Removing for good takes two writes: GitLab marks and renames it first, and wants to be given the new path with
/// the second (GitLab API facts §7.1.6). Its answer to the first does not say that path, so it is looked at.
pub struct Delete<P>(PhantomData<fn() -> P>);

/// `delete_group`
pub type DeleteGroup = Delete<GroupParams>;
/// `delete_project`
pub type DeleteProject = Delete<ProjectParams>;

/// What a write of a deletion does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Mark,
    Remove,
}

/// The write of this step.
fn write<P: Going>(params: &P, context: &CallContext<'_>) -> Option<Write> {
    let is_marked = context
        .remembered
        .is_some_and(|remembered| remembered["marked"] == Value::Bool(true));
    let writes: &[Write] = match (is_marked, params.permanently()) {
        (true, true) => &[Write::Remove],
        (false, true) => &[Write::Mark, Write::Remove],
        (_, false) => &[Write::Mark],
    };
    writes.get(context.step as usize).copied()
}

#[async_trait]
impl<P: Going> Operation for Delete<P> {
    type Params = P;
    const NAME: &'static str = match P::KIND {
        ObjectKind::Group => "delete_group",
        ObjectKind::Project => "delete_project",
    };
    const TITLE: &'static str = match P::KIND {
        ObjectKind::Group => "Delete a group",
        ObjectKind::Project => "Delete a project",
    };
    const ITEMS: &'static str = match P::KIND {
        ObjectKind::Group => "groups",
        ObjectKind::Project => "projects",
    };
    const DESTRUCTIVE: bool = true;
    const UNDOABLE: bool = true;
    const FOLLOWS: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Owner;

    fn check(_: &P, _: Timestamp, _: &mut Vec<Problem>) {}

    fn target(params: &P) -> Target {
        whole::target(params)
    }

    fn needs(params: &P) -> Vec<Need> {
        vec![whole::need(params)]
    }

    fn reads(params: &P) -> Vec<Read> {
        let mut reads = whole::around(params);
        if P::KIND == ObjectKind::Group {
            reads.push(Read::Below(params.object().clone()));
        }
        reads
    }

    fn plan(params: &P, context: &PlanContext<'_>) -> Planned {
        let Some(known) = context.object() else {
            return Planned::conflict(
                "MADE_HERE",
                "an earlier item of the same job makes it; leave both out",
            );
        };
        let standing = Standing::of(known, context.estate);
        let permanently = params.permanently();
        if let Some(above) = standing.marked_above {
            // GitLab would say "accepted" and do nothing (GitLab API facts §7.1.6).
            let goes = format!(
                "It goes with `{}`, which is marked for deletion.",
                above.full_path
            );
            if !permanently {
                return Planned::unchanged(Some(known.result())).note(goes);
            }
            return Planned::conflict(
                "MARKED_FOR_DELETION",
                format!("`{}` cannot be removed by itself: {goes}", known.full_path),
            );
        }
        if let (Some(day), false) = (standing.marked_on, permanently) {
            return Planned::unchanged(Some(known.result()))
                .note(format!("It is marked for deletion since {day}."));
        }
        if let Some(conflict) = whole::not_permitted(known, AccessLevel::Owner, "delete", context)
            .or_else(|| whole::protected(known, "delete", context))
        {
            return conflict;
        }
        if permanently && P::KIND == ObjectKind::Group && !known.full_path.contains('/') {
            return Planned::conflict(
                "TOP_LEVEL_GROUP",
                format!(
                    "GitLab removes the top-level group `{}` only after the days that it keeps deleted things; \
                     leave permanently_remove out",
                    known.full_path
                ),
            );
        }
        let lost = Change {
            field: "full_path".into(),
            from: known.full_path.as_str().into(),
            to: Value::Null,
        };
        let mut planned = Planned::delete(known.result(), vec![lost])
            .remember(json!({ "marked": standing.marked_on.is_some() }));
        if let Some(contents) = whole::contents(known, context) {
            planned = planned.note(format!("{contents} in it are deleted as well."));
        }
        planned.note(if permanently {
            "It is removed for good: nobody can restore it."
        } else if P::KIND == ObjectKind::Project && context.estate.above(known).next().is_none() {
            "It is in a personal namespace: GitLab before 18.0 removes it at once; later it can be restored until \
             its days are over."
        } else {
            "It can be restored until GitLab removes it (30 days, unless the instance says otherwise)."
        })
    }

    fn call(params: &P, context: CallContext<'_>) -> Option<Call> {
        let known = context.object()?;
        let call = Call::delete(path(P::KIND, known.id));
        Some(match write(params, &context)? {
            Write::Mark => call,
            Write::Remove => {
                let present = context.present.and_then(|present| present.full_path.as_deref());
                call.query("permanently_remove", "true")
                    .query("full_path", present.unwrap_or(&known.full_path))
            }
        })
    }

    fn result(params: &P, context: CallContext<'_>, _: &[u8]) -> Option<ItemResult> {
        let known = context.object()?;
        match write(params, &context) {
            // What it is called now is not in the answer, and has to be given with the next write.
            Some(Write::Mark) if params.permanently() => None,
            _ => Some(known.result()),
        }
    }

    async fn settle(params: &P, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(known) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let seen = look(context.gitlab, P::KIND, known.id).await?;
        Ok(match (seen, write(params, &context.call)) {
            (None, _) => Settlement::Adopted(known.result()),
            (Some(seen), Some(Write::Mark)) if seen.marked_for_deletion_on.is_some() => {
                Settlement::Adopted(seen.result())
            }
            (Some(_), _) => Settlement::Absent,
        })
    }

    /// 404: it is gone. 400: it is marked already.
    fn done_if_refused(params: &P, context: CallContext<'_>, status: u16) -> bool {
        status == 404 || (status == 400 && write(params, &context) == Some(Write::Mark))
    }

    /// A mark shows under which name it can be restored; a removal takes GitLab a while.
    async fn follow(params: &P, context: SettleContext<'_>) -> Result<Followed, GitlabError> {
        let Some(known) = context.call.object() else {
            return Ok(Followed::Done(None));
        };
        let seen = look(context.gitlab, P::KIND, known.id).await?;
        Ok(match seen {
            None => Followed::Done(Some(known.result())),
            Some(seen) if !params.permanently() && seen.marked_for_deletion_on.is_some() => {
                Followed::Done(Some(seen.result()))
            }
            Some(_) => Followed::Pending,
        })
    }

    fn undo(params: &P, context: CallContext<'_>) -> Undo {
        if params.permanently() {
            return Undo::impossible("it was removed for good");
        }
        let operation = match P::KIND {
            ObjectKind::Group => "restore_group",
            ObjectKind::Project => "restore_project",
        };
        match context.object() {
            Some(known) => Undo::by(operation, Value::Object(whole::named(known))),
            None => Undo::Nothing,
        }
    }
}
