use async_trait::async_trait;
use domain::{AccessLevel, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::ApiPath;
use gitlab_api::names::{self, Place};
use gitlab_client::GitlabError;

use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo, parameters,
};
use crate::settings::group::{self, group_settings};
use crate::settings::list::params;
use crate::settings::{self, Settable};

group_settings! { params! {
    /// A group and what it is to be.
    pub struct Params described by crate::settings::group::describe {
        /// Group to be changed: full path or number.
        #[schemars(
            transform = parameters::group,
            extend("x-aliases" = ["full_path", "id"], "x-example" = "acme/platform")
        )]
        pub group: ObjectRef,
        /// New name shown to people.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 255))]
        pub name: Option<String>,
        /// New path segment in its address; every path below it changes as well.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 2, max = 255), extend("x-aliases" = ["new_path"]))]
        pub path: Option<String>,
    }
} }

/// What can be changed.
const SETTABLE: Settable = Settable {
    heads: &[&group::NAME, &group::PATH],
    settings: group::SETTINGS,
};

/// `update_group`
pub struct UpdateGroup;

#[async_trait]
impl Operation for UpdateGroup {
    type Params = Params;
    const NAME: &'static str = "update_group";
    const TITLE: &'static str = "Change settings of a group";
    const ITEMS: &'static str = "groups";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Owner;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        problems.extend(super::nothing_to_change(&SETTABLE.wanted(params)));
        if let Some(name) = &params.name {
            problems.extend(super::broken("name", name, &names::group_name(name)));
        }
        if let Some(path) = &params.path {
            let place = match &params.group {
                ObjectRef::Path(full) if !full.contains('/') => Place::TopLevel,
                // Of a number it is not known yet where it is; at top level more words are reserved.
                _ => Place::BelowAGroup,
            };
            problems.extend(super::broken("path", path, &names::group_path(path, place)));
        }
        if let Some(text) = &params.description {
            problems.extend(super::broken(
                "description",
                text,
                &names::group_description(text),
            ));
        }
    }

    fn target(params: &Params) -> Target {
        Target::Object {
            kind: ObjectKind::Group,
            object: params.group.clone(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        vec![Need {
            kind: ObjectKind::Group,
            object: params.group.clone(),
            field: "group",
        }]
    }

    fn reads(params: &Params) -> Vec<Read> {
        settings::reads(ObjectKind::Group, &params.group, &SETTABLE.wanted(params))
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        settings::plan_update(&SETTABLE, &SETTABLE.wanted(params), context)
    }

    fn call(_: &Params, context: CallContext<'_>) -> Option<Call> {
        let group = context.object().filter(|_| context.step == 0)?;
        Some(settings::call_update(
            &SETTABLE,
            ApiPath::group(group.id),
            &context,
        ))
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        super::read_result(body)
    }

    async fn settle(_: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(group) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let wanted = SETTABLE.of_changes(context.call.changes);
        settings::settle_update(ObjectKind::Group, group.id, &wanted, &context).await
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        let object = context.object().map(|group| group.id);
        settings::undo_update(&SETTABLE, Self::NAME, "group", object, &context)
    }
}
