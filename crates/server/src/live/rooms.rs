use domain::{JobId, UserKey};

/// The sockets of one user: instance and id, never the id alone.
pub(super) fn user(user: &UserKey) -> String {
    format!("user:{}@{}", user.user_id, user.instance)
}

/// Those who follow one job.
pub(super) fn job(id: JobId) -> String {
    format!("job:{id}")
}

/// Those who follow the group that has this path: what GitLab tells of new things in it names no number.
pub(super) fn group_at(instance: &domain::InstanceUrl, full_path: &str) -> String {
    format!("group-at:{}@{instance}", full_path.to_lowercase())
}

/// Those who follow one group or project of an instance.
pub(super) fn object(kind: &str, instance: &domain::InstanceUrl, id: u64) -> String {
    format!("{kind}:{id}@{instance}")
}
