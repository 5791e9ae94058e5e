use std::sync::Arc;

use gitlab_api::resources::Visibility;

use super::list::visibility;
use super::present::GroupView;
use super::validate;
use crate::access::AccessLevel;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::settings::{
    GroupDetailSettings, GroupDetailSettingsPatch, GroupSettings, GroupSettingsPatch,
};
use crate::state::{Group, Source};

/// `POST /groups`
///
/// Whoever creates a group becomes its direct owner, also below a group that is owned already.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let creator = call.user()?.id;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    let path = ask.required_text("path");
    let parent_id = ask.integer("parent_id");
    let description = ask.text("description").flatten().unwrap_or_default();
    let visibility = visibility(&mut ask).unwrap_or(Visibility::Private);
    let settings = GroupSettingsPatch::read(&mut ask);
    let detail = GroupDetailSettingsPatch::read(&mut ask);
    let emails_disabled = ask.flag("emails_disabled");
    call.admit(ask)?;

    let view = {
        let mut state = call.change();
        let parent = parent_id
            .map(|id| find::group(call, &state, &id.to_string()))
            .transpose()?;
        let allowed = match &parent {
            Some(parent) => call.viewer.can_create_subgroup(&state, parent),
            None => call.viewer.can_create_top_level_group(),
        };
        if !allowed {
            return Err(refuse::forbidden());
        }
        let parent_id = parent.as_ref().map(|parent| parent.id);
        let mut complaints = Complaints::default();
        validate::name(&state, parent_id, &name, &mut complaints);
        validate::path(&state, parent_id, &path, None, &mut complaints);
        validate::description(&description, &mut complaints);
        validate::depth(&state, parent_id, &mut complaints);
        validate::visibility_below(parent.as_deref(), visibility, &mut complaints);
        if !complaints.is_empty() {
            return Err(refuse::group_not_saved(&complaints));
        }
        let group = Arc::new(Group {
            id: state.tree.next_namespace_id(),
            parent: parent_id,
            path,
            name,
            description,
            visibility,
            created_at: call.now,
            marked_on: None,
            archived: false,
            settings: with_emails(settings, emails_disabled),
            detail: Arc::new({
                let mut settings = GroupDetailSettings::default();
                detail.apply(&mut settings);
                settings
            }),
        });
        state.tree.put_group(Arc::clone(&group));
        let source = Source::Group(group.id);
        state.set_member(source, creator, AccessLevel::Owner, None, Some(creator), call.now);
        GroupView::created(call, &state, &group)
    };
    Ok(Reply::created(&view).applied())
}

/// `emails_disabled` is the old name of the opposite of `emails_enabled`.
fn with_emails(patch: GroupSettingsPatch, emails_disabled: Option<bool>) -> Arc<GroupSettings> {
    let mut settings = GroupSettings::default();
    if let Some(disabled) = emails_disabled {
        settings.emails_enabled = !disabled;
    }
    patch.apply(&mut settings);
    Arc::new(settings)
}
