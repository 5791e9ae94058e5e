use serde::Serialize;

use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::time_text::Moment;

#[derive(Debug, Serialize)]
struct StorageBody {
    disk_path: String,
    project_id: u64,
    repository_storage: &'static str,
    created_at: Moment,
}

/// `GET /projects/:id/storage`, for administrators: where the repository is on disk.
pub(super) fn storage(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let state = call.state();
    let project = find::project(call, &state, call.arg(0))?;
    // GitLab spreads repositories by a hash of the id; any that is always the same will do.
    let hash = project.id.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = format!("{hash:016x}");
    let hash = hash.repeat(4);
    Ok(Reply::ok(&StorageBody {
        disk_path: format!("@hashed/{}/{}/{hash}", &hash[..2], &hash[2..4]),
        project_id: project.id.0,
        repository_storage: "default",
        created_at: project.created_at,
    }))
}
