use std::sync::Arc;

use crate::http::Call;
use crate::options::Tier;
use crate::state::{Project, PushRule, Source, State};

/// Gives a new project the rule of the nearest group that has one. What that group changes later does not follow.
pub(in crate::resources) fn inherit(call: &Call<'_>, state: &mut State, project: &Project) {
    if call.instance.site.tier < Tier::Premium {
        return;
    }
    let rules = &state.belongings.push_rules;
    let nearest: Option<Arc<PushRule>> = state
        .tree
        .lineage(project.namespace)
        .find_map(|group| rules.of(Source::Group(group.id)).next())
        .cloned();
    if let Some(nearest) = nearest {
        let source = Source::Project(project.id);
        state.belongings.push_rules.add(source, |id| PushRule {
            id,
            created_at: call.now,
            rules: nearest.rules.clone(),
        });
    }
}
