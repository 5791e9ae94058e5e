use async_trait::async_trait;
use domain::{AccessLevel, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::names::{self, Place};
use gitlab_client::GitlabError;

use super::creation;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo,
};
use crate::settings::group::{self, group_settings};
use crate::settings::list::params;
use crate::settings::{self, New, Settable};

group_settings! { params! {
    /// A group to be made.
    pub struct Params described by crate::settings::group::describe {
        /// Name shown to people.
        #[schemars(length(min = 1, max = 255), extend("x-example" = "Platform"))]
        pub name: String,
        /// Path segment in its address.
        #[schemars(length(min = 2, max = 255), extend("x-example" = "platform"))]
        pub path: String,
        /// Group that it is made in: full path or number; nothing for a top-level group.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(extend(
            "x-kind" = "object",
            "x-aliases" = ["parent_id", "parent_path"],
            "x-example" = "acme"
        ))]
        pub parent: Option<ObjectRef>,
    }
} }

/// What can be set on it.
const SETTABLE: Settable = Settable {
    heads: &[&group::NAME],
    settings: group::SETTINGS,
};

/// `create_group`
pub struct CreateGroup;

#[async_trait]
impl Operation for CreateGroup {
    type Params = Params;
    const NAME: &'static str = "create_group";
    const TITLE: &'static str = "Create a group";
    const ITEMS: &'static str = "groups";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        let place = if params.parent.is_some() {
            Place::BelowAGroup
        } else {
            Place::TopLevel
        };
        problems.extend(super::broken(
            "name",
            &params.name,
            &names::group_name(&params.name),
        ));
        problems.extend(super::broken(
            "path",
            &params.path,
            &names::group_path(&params.path, place),
        ));
        if let Some(text) = &params.description {
            problems.extend(super::broken(
                "description",
                text,
                &names::group_description(text),
            ));
        }
    }

    fn target(params: &Params) -> Target {
        Target::New {
            kind: ObjectKind::Group,
            parent: params.parent.clone(),
            path: params.path.clone(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        let need = |object: &ObjectRef| Need {
            kind: ObjectKind::Group,
            object: object.clone(),
            field: "parent",
        };
        params.parent.iter().map(need).collect()
    }

    fn reads(params: &Params) -> Vec<Read> {
        settings::shown_in(ObjectKind::Group, &SETTABLE.wanted(params))
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let new = New {
            kind: ObjectKind::Group,
            settable: &SETTABLE,
            wanted: &SETTABLE.wanted(params),
            path: &params.path,
        };
        settings::plan_new(&new, context, &|parent| {
            // GitLab refuses a group that is more open than its parent (API facts §6.4).
            let wanted = params.visibility?;
            let allowed: Visibility = parent.fields.get("visibility")?.as_str()?.parse().ok()?;
            (wanted > allowed).then(|| {
                Planned::conflict(
                    "VISIBILITY_ABOVE_PARENT",
                    format!(
                        "visibility {wanted} is not possible: `{}` is {allowed}; use {allowed} or a more closed one",
                        parent.full_path
                    ),
                )
            })
        })
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let wanted = || SETTABLE.wanted(params);
        creation::call(&SETTABLE, ObjectKind::Group, wanted, &context, |body| {
            body.insert("path".into(), params.path.clone().into());
            if let Some(parent) = context.needs.first() {
                body.insert("parent_id".into(), parent.id.into());
            }
        })
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        super::read_result(body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let full_path = super::full_path(context.call.needs.first(), &params.path);
        creation::settle(
            &SETTABLE,
            ObjectKind::Group,
            &full_path,
            &SETTABLE.wanted(params),
            &context,
        )
        .await
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        creation::undo(&SETTABLE, ObjectKind::Group, &context)
    }
}
