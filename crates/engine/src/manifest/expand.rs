//! What a manifest means now: its items, and the removals that its exact sections cause.

use std::collections::{BTreeSet, HashMap, HashSet};

use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use serde::Deserialize;

use super::desired::Desired;
use super::exact::{REMOVALS_ALLOWED, check_count, exact_sections};
use super::keep::kept;
use super::read::identity;
use super::words::Words;
use crate::estate::Estate;
use crate::estate::look_up::{Wants, look_up};
use crate::expand::{ExpandError, Expanded, Expansion};
use crate::operation::{ObjectRef, Target};
use crate::plan::Asker;
use crate::protected::ProtectedPaths;

/// Makes the items of a desired state. What is read on the way is handed on, so that planning need not ask for it
/// again.
///
/// # Errors
/// GitLab could not be asked; a group that everything lies in does not exist; or more would be removed than is
/// allowed.
pub(crate) async fn expand(desired: &Desired, context: &Expansion<'_>) -> Result<Expanded, ExpandError> {
    let known = groups_by_number(desired, context).await?;
    let refused = |error: super::NotItems| ExpandError::refused("INTERNAL_ERROR", error.to_string());
    let mut items = desired.items(context.registry, &known).map_err(refused)?;
    let words = Words::of(context.registry);
    let sections = exact_sections(desired, &desired.full_paths(&known), &words);
    if sections.is_empty() {
        return Ok(Expanded::items(items));
    }
    let mut wants = Wants::default();
    for section in &sections {
        wants.object(section.kind, &ObjectRef::Path(section.path.clone()));
        wants.read(section.read());
    }
    let who = Asker {
        me: context.me,
        protected: &ProtectedPaths::default(),
    };
    let estate = look_up(context.gitlab, &wants, who, Estate::default()).await?;
    let listed: HashSet<Target> = items
        .iter()
        .filter(|item| matches!(item.target, Target::Part { .. }))
        .map(|item| identity(&item.target))
        .collect();
    let mut removals = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        removals.extend(section.removals(number, &listed, &estate)?);
    }
    let kept = kept(context.gitlab, &sections, &removals, &estate).await?;
    let is_kept: HashSet<usize> = kept.iter().map(|(index, _)| *index).collect();
    let allowed = context.options.allow_removals.unwrap_or(REMOVALS_ALLOWED);
    let (staying, going): (Vec<_>, Vec<_>) = removals
        .into_iter()
        .enumerate()
        .partition(|(index, _)| is_kept.contains(index));
    let going: Vec<_> = going.into_iter().map(|(_, removal)| removal).collect();
    check_count(&sections, &going, allowed)?;
    items.extend(going.into_iter().map(|removal| removal.item));
    let first = items.len();
    items.extend(staying.into_iter().map(|(_, removal)| removal.item));
    let left_out = (first..).zip(kept.into_iter().map(|(_, why)| why)).collect();
    Ok(Expanded {
        items,
        left_out,
        estate: estate.parts(),
    })
}

/// The full paths of the groups that the manifest names by number.
async fn groups_by_number(
    desired: &Desired,
    context: &Expansion<'_>,
) -> Result<HashMap<u64, String>, ExpandError> {
    #[derive(Deserialize)]
    struct Group {
        full_path: String,
    }
    let mut known = HashMap::new();
    for id in desired.numbers().collect::<BTreeSet<u64>>() {
        let path = ApiPath::group(id);
        let group: Option<Group> = context
            .gitlab
            .find(&path, &[("with_projects", "false")], Lane::People)
            .await
            .map_err(|error: GitlabError| ExpandError::Gitlab(error))?;
        let Some(group) = group else {
            return Err(ExpandError::refused(
                "PARENT_NOT_FOUND",
                format!(
                    "group {id} does not exist or you may not see it, and the manifest puts things into it"
                ),
            ));
        };
        known.insert(id, group.full_path);
    }
    Ok(known)
}
