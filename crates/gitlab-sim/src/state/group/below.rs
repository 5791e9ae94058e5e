//! What a change of a group means for everything below it (GitLab API facts §6.4, §6.5).

use std::sync::Arc;

use gitlab_api::resources::Visibility;

use super::Group;
use crate::ids::NamespaceId;
use crate::state::{Project, State};
use crate::time_text::Moment;

impl State {
    /// Changes groups at every depth below.
    fn change_groups_below(&mut self, id: NamespaceId, change: impl Fn(&mut Group)) {
        for old in self.tree.descendants(id) {
            let mut group = Group::clone(&old);
            change(&mut group);
            if group != *old {
                self.tree.put_group(Arc::new(group));
            }
        }
    }

    /// Changes the projects of a group and of all groups below it.
    fn change_projects_below(&mut self, id: NamespaceId, change: impl Fn(&mut Project)) {
        let mut groups = vec![id];
        groups.extend(self.tree.descendants(id).iter().map(|group| group.id));
        for group in groups {
            let projects: Vec<Arc<Project>> = self.tree.projects_in(group).cloned().collect();
            for old in projects {
                let mut project = Project::clone(&old);
                change(&mut project);
                if project != *old {
                    self.tree.put_project(Arc::new(project));
                }
            }
        }
    }

    /// Locks sharing everywhere below.
    pub(crate) fn lock_sharing_below(&mut self, id: NamespaceId) {
        self.change_groups_below(id, |group| {
            if !group.settings.share_with_group_lock {
                Arc::make_mut(&mut group.settings).share_with_group_lock = true;
            }
        });
    }

    /// Lets what a group says about the instance's runners hold below it: switched off there, they are switched off
    /// everywhere below. Nothing is switched on.
    pub(crate) fn impose_shared_runners(&mut self, id: NamespaceId) {
        let Some(group) = self.tree.group(id).cloned() else {
            return;
        };
        let setting = &group.settings.shared_runners_setting;
        if setting == "enabled" {
            return;
        }
        let is_final = setting == "disabled_and_unoverridable";
        self.change_groups_below(id, |below| {
            if is_final && below.settings.shared_runners_setting != *setting
                || below.settings.shared_runners_setting == "enabled"
            {
                Arc::make_mut(&mut below.settings)
                    .shared_runners_setting
                    .clone_from(setting);
            }
        });
        self.change_projects_below(id, |project| {
            if project.settings.shared_runners_enabled {
                Arc::make_mut(&mut project.settings).shared_runners_enabled = false;
            }
        });
    }

    /// Lowers the visibility of a group and of everything below to that level.
    fn lower_visibility(&mut self, id: NamespaceId, most_open: Visibility) {
        let lower = |group: &mut Group| group.visibility = group.visibility.min(most_open);
        self.change_groups_below(id, lower);
        self.change_projects_below(id, |project| {
            project.visibility = project.visibility.min(most_open);
        });
    }

    /// Moves a group with everything below under another one, or to the top level. What is more open than the new
    /// parent is lowered to its level. Whether it may move is asked before.
    pub(crate) fn move_group(
        &mut self,
        id: NamespaceId,
        to: Option<NamespaceId>,
        now: Moment,
    ) -> Option<Arc<Group>> {
        let mut group = Group::clone(self.tree.group(id)?);
        group.parent = to;
        group.moving = None;
        group.changed_at = Some(now);
        let parent = to.and_then(|to| self.tree.group(to)).cloned();
        let mut stricter_runners = false;
        if let Some(parent) = &parent {
            group.visibility = group.visibility.min(parent.visibility);
            stricter_runners = runners(parent) < runners(&group);
            if stricter_runners {
                let setting = parent.settings.shared_runners_setting.clone();
                Arc::make_mut(&mut group.settings).shared_runners_setting = setting;
            }
        }
        let most_open = group.visibility;
        let group = Arc::new(group);
        self.tree.put_group(Arc::clone(&group));
        if parent.is_some() {
            self.lower_visibility(id, most_open);
        }
        if stricter_runners {
            self.impose_shared_runners(id);
        }
        Some(group)
    }
}

/// How freely a group uses the instance's runners.
fn runners(group: &Group) -> u8 {
    match group.settings.shared_runners_setting.as_ref() {
        "enabled" => 2,
        "disabled_and_overridable" => 1,
        _ => 0,
    }
}
