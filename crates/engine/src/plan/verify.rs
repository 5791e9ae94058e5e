use domain::{Action, Change, ItemStatus, JobOptions};
use gitlab_client::Gitlab;
use serde_json::Value;
use storage::{PlannedItem, StoredItem};

use super::draft::{Aim, Draft, Makers, of_done};
use super::one::{error, plan_one};
use super::{Asker, PlanError, World};
use crate::done::Done;
use crate::estate::Estate;
use crate::estate::look_up::look_up;
use crate::operation::Registry;

/// What an item did.
struct Then {
    action: Option<Action>,
    /// The number of what it made or changed.
    id: Option<u64>,
}

/// Compares what the succeeded items of a job did with what GitLab has: for each of them, field by field, from
/// what it left to what is there now; nothing where that is the same. What the job itself moved is looked for
/// where it moved it to. `items[i].index` is `i`.
///
/// # Errors
/// As [`plan`](super::plan).
pub(crate) async fn verify(
    registry: &Registry,
    mut items: Vec<StoredItem>,
    gitlab: &Gitlab,
    options: &JobOptions,
    who: Asker<'_>,
) -> Result<Vec<(u32, Vec<Change>)>, PlanError> {
    let done = Done {
        registry,
        items: &items,
    };
    let moves = done.moves()?;
    items.retain(|item| item.status == ItemStatus::Succeeded);
    let then: Vec<Then> = items
        .iter()
        .map(|item| Then {
            action: item.action,
            id: item.result.as_ref().and_then(|result| result.id),
        })
        .collect();
    let (drafts, wants) = of_done(registry, items.into_iter(), &moves)?;
    let estate = look_up(gitlab, &wants, who, Estate::default()).await?;
    drop(wants);
    let options = JobOptions {
        update_existing: true,
        ..options.clone()
    };
    let world = World {
        makers: &Makers::default(),
        moves: &moves,
        estate: &estate,
        options: &options,
        who,
    };
    let compared = drafts.iter().zip(&then).enumerate().map(|(at, (draft, then))| {
        let now = plan_one(at, draft, &world, &[])?;
        Ok((draft.index, differences(draft, then, now)))
    });
    compared.collect()
}

/// In what GitLab differs from what an item did, told from what it would have to do again.
fn differences(draft: &Draft<'_>, then: &Then, now: PlannedItem) -> Vec<Change> {
    let one = |field: &str, from: Value, to: Value| {
        vec![Change {
            field: field.to_owned(),
            from,
            to,
        }]
    };
    let gone = || one("exists", true.into(), false.into());
    let removed = then.action == Some(Action::Delete);
    match now.action {
        Action::Delete => one("exists", false.into(), true.into()),
        Action::Create => gone(),
        Action::Conflict => {
            let error = now
                .error
                .map_or_else(|| error("CONFLICT", String::new()), |error| *error);
            match error.code.as_str() {
                "PARENT_NOT_FOUND" | "WRONG_KIND" if removed => Vec::new(),
                "PARENT_NOT_FOUND" | "WRONG_KIND" => gone(),
                _ => one("error", Value::Null, error.message.into()),
            }
        }
        Action::Update | Action::Skip | Action::Unchanged => {
            let id = now.result.and_then(|result| result.id);
            // Another group or project may stand at the same path; of a part the number means nothing to anybody.
            let is_new = draft.aim == Aim::New && then.action == Some(Action::Create);
            let another = match (then.id, id) {
                (Some(then), Some(now)) if is_new && then != now => one("id", then.into(), now.into()),
                _ => Vec::new(),
            };
            let changed = now.changes.into_iter().map(|change| Change {
                field: change.field,
                from: change.to,
                to: change.from,
            });
            another.into_iter().chain(changed).collect()
        }
    }
}
