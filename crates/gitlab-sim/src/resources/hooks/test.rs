use hyper::StatusCode;

use super::owner;
use super::present::{OF_GROUPS, OF_PROJECTS};
use crate::hooks::{Letter, Outcome, made_up};
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::state::{HookOwner, Source, Trigger};

/// `POST …/hooks/:hook_id/test/:trigger`: sends what the trigger would send, and answers when it has arrived.
pub(super) fn test(call: &Call<'_>) -> Answer {
    let letter = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        let trigger = trigger(owner::argument(call, owner, 1), owner)?;
        call.admit_any()?;
        let hook = owner::hook(call, &state, owner)?;
        let sample = call.instance.sample(&state, owner, &hook, trigger, call.now);
        sample.ok_or_else(|| nothing_to_send(trigger))?
    };
    Ok(Reply::after(letter, |outcome| match outcome {
        Outcome::Answered(200..=299, _) => Reply::message(StatusCode::CREATED, "201 Created"),
        Outcome::Answered(_, text) | Outcome::Failed(text) => {
            Reply::message(StatusCode::UNPROCESSABLE_ENTITY, text)
        }
        Outcome::NotSent => refuse::row_not_found().into(),
    }))
}

/// `POST /hooks/:hook_id`: sends made-up news, and answers with them whatever comes of it.
pub(super) fn system(call: &Call<'_>) -> Answer {
    let letter = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        call.admit_any()?;
        let hook = owner::hook(call, &state, owner)?;
        Letter::made_up(hook.id, call.now)
    };
    Ok(Reply::after(letter, |_| {
        Reply::raw(StatusCode::CREATED, BodyKind::Json, made_up().into())
    }))
}

fn trigger(name: &str, owner: HookOwner) -> Result<Trigger, Refusal> {
    let of_group = matches!(owner, HookOwner::Of(Source::Group(_)));
    let more: &[Trigger] = if of_group { &OF_GROUPS } else { &[] };
    let known = [Trigger::Push, Trigger::TagPush, Trigger::MergeRequests]
        .into_iter()
        .chain(OF_PROJECTS)
        .chain(more.iter().copied())
        .find(|trigger| trigger.name() == name);
    known.ok_or_else(|| refuse::invalid("trigger does not have a valid value"))
}

/// A test needs something to tell of.
fn nothing_to_send(trigger: Trigger) -> Refusal {
    let text = match trigger {
        Trigger::Push | Trigger::TagPush => "Ensure the project has at least one commit.",
        Trigger::MergeRequests => "Ensure the project has merge requests.",
        Trigger::Issues | Trigger::ConfidentialIssues => "Ensure the project has issues.",
        Trigger::Pipeline => "Ensure the project has CI pipelines.",
        Trigger::WikiPage => "Ensure the wiki is enabled and has pages.",
        Trigger::Deployment => "Ensure the project has deployments.",
        Trigger::Job => "Ensure the project has CI jobs.",
        Trigger::Releases => "Ensure the project has releases.",
        Trigger::Milestone => "Ensure the project has milestones.",
        Trigger::FeatureFlag => "Ensure the project has feature flags.",
        Trigger::Subgroup => "Ensure the group has a subgroup.",
        Trigger::Project => "Ensure the group has a project.",
        Trigger::Vulnerability => "Ensure the project has vulnerabilities.",
        _ => "Ensure the project has notes.",
    };
    refuse::message(StatusCode::UNPROCESSABLE_ENTITY, text)
}
