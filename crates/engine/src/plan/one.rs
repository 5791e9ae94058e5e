use std::borrow::Cow;
use std::sync::Arc;

use domain::{Action, Change, ItemError, ItemStatus, JobOptions};
use storage::PlannedItem;

use super::draft::Draft;
use super::{Found, Met, PlanError, World};
use crate::estate::{Estate, Known};
use crate::operation::{Need, ObjectRef, PlanContext, Planned};
use crate::preflight;

/// Plans the item at this position; those that make what it needs have been planned.
pub(super) fn plan_one(
    at: usize,
    draft: &Draft<'_>,
    world: &World<'_>,
    planned: &[Option<PlannedItem>],
) -> Result<PlannedItem, PlanError> {
    if let Some(why) = &draft.expects().left {
        return Ok(left_alone(draft, why.clone()));
    }
    let estate = world.estate;
    let needs = draft.needs(world.moves)?;
    let mut known = Vec::with_capacity(needs.len());
    let mut found = Found::default();
    let mut depends_on = Vec::new();
    for (number, need) in needs.iter().enumerate() {
        if let Some(existing) = estate.find(need.kind, &need.object) {
            found.needs.push(Met::Known(Arc::new(existing.into())));
            known.push(Some(existing.clone()));
            continue;
        }
        let Some(maker) = world.makers.of(at, number) else {
            return Ok(conflict(draft, missing(need, estate)));
        };
        match planned[maker].as_ref() {
            Some(plan) if plan.action == Action::Conflict => {
                return Ok(conflict(draft, needs_failed(plan.error.as_deref(), need, maker)));
            }
            Some(_) => {
                let maker = u32::try_from(maker).unwrap_or(u32::MAX);
                depends_on.push(maker);
                found.needs.push(Met::Item(maker));
                known.push(None);
            }
            // Only an item that needs itself comes here before its maker.
            None => {
                return Ok(conflict(
                    draft,
                    error(
                        "CYCLE",
                        format!("`{}` would have to be made before itself", need.object),
                    ),
                ));
            }
        }
    }
    let options = draft.options(world);
    let context = world.context(&known, &options);
    let mut plan = draft.compare(&context)?;
    if plan.action.writes() {
        let makes = draft.makes.filter(|_| plan.action == Action::Create);
        plan = preflight::check(draft.operation, draft.level, makes, plan, &context);
    }
    if plan.action.writes()
        && let Some(changed) = draft.expects().changed_since(&draft.target, &plan.changes)
    {
        plan.action = Action::Skip;
        plan.error = Some(changed);
    }
    found.remember = plan
        .remember
        .and_then(|remember| serde_json::value::to_raw_value(&remember).ok());
    let status = match plan.action {
        Action::Create | Action::Update | Action::Delete => ItemStatus::Pending,
        Action::Skip | Action::Unchanged => ItemStatus::Skipped,
        Action::Conflict => ItemStatus::Failed,
    };
    Ok(PlannedItem {
        index: draft.index,
        action: plan.action,
        status,
        changes: plan.changes,
        depends_on,
        error: plan.error.map(Box::new),
        result: plan.present.map(Box::new),
        notes: plan.notes,
        found: serde_json::value::to_raw_value(&found).ok(),
    })
}

impl Draft<'_> {
    fn compare(&self, context: &PlanContext<'_>) -> Result<Planned, PlanError> {
        self.operation
            .plan(&self.params, context)
            .map_err(|source| self.broken(source))
    }

    /// How the item is to be run: what was half done is completed, whatever the job does with what exists.
    fn options<'w>(&self, world: &World<'w>) -> Cow<'w, JobOptions> {
        if !self.expects().half_done {
            return Cow::Borrowed(world.options);
        }
        Cow::Owned(JobOptions {
            update_existing: true,
            ..world.options.clone()
        })
    }

    /// What the item changes.
    pub(super) fn changes(&self, world: &World<'_>) -> Result<Vec<Change>, PlanError> {
        let known: Vec<Option<Known>> = self
            .needs(world.moves)?
            .iter()
            .map(|need| world.estate.find(need.kind, &need.object).cloned())
            .collect();
        Ok(self
            .compare(&world.context(&known, &self.options(world)))?
            .changes)
    }
}

pub(super) fn conflict(draft: &Draft<'_>, error: ItemError) -> PlannedItem {
    PlannedItem {
        index: draft.index,
        action: Action::Conflict,
        status: ItemStatus::Failed,
        changes: Vec::new(),
        depends_on: Vec::new(),
        error: Some(Box::new(error)),
        result: None,
        notes: Vec::new(),
        found: None,
    }
}

/// Nothing is to be done, for a reason.
pub(super) fn left_alone(draft: &Draft<'_>, why: ItemError) -> PlannedItem {
    PlannedItem {
        action: Action::Skip,
        status: ItemStatus::Skipped,
        ..conflict(draft, why)
    }
}

fn missing(need: &Need, estate: &Estate) -> ItemError {
    let kind = need.kind.name();
    if let ObjectRef::Path(path) = &need.object
        && let Some(other) = estate.at(path)
    {
        return error(
            "WRONG_KIND",
            format!("`{path}` is a {}, not a {kind}", other.kind.name()),
        );
    }
    error(
        "PARENT_NOT_FOUND",
        format!(
            "{kind} `{}` does not exist or you may not see it, and no item of this job makes it",
            need.object
        ),
    )
}

fn needs_failed(cause: Option<&ItemError>, need: &Need, maker: usize) -> ItemError {
    let why = cause
        .map(|cause| format!(": {}", cause.message))
        .unwrap_or_default();
    error(
        "DEPENDENCY_FAILED",
        format!(
            "{} `{}` cannot be made (item {maker}){why}",
            need.kind.name(),
            need.object
        ),
    )
}

pub(super) fn error(code: &str, message: String) -> ItemError {
    ItemError {
        code: code.to_owned(),
        message,
        gitlab_status: None,
        details: None,
    }
}
