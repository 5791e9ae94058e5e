//! What can be told before anything is sent: whose token it is, and what it may do.

use gitlab_client::{Gitlab, GitlabError};

use crate::operation::Me;

/// Asks GitLab whose token it is.
///
/// # Errors
/// GitLab could not be asked.
pub(crate) async fn me(gitlab: &Gitlab) -> Result<Me, GitlabError> {
    let user = gitlab.current_user().await?;
    Ok(Me {
        user_id: Some(user.id),
        username: Some(user.username),
        administrator: user.is_admin,
        can_create_group: Some(user.can_create_group),
        ..Me::default()
    })
}
