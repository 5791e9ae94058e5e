use serde::Serialize;

use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::{ImportStatus, Project, State};
use crate::time_text::Moment;

/// A project as its import shows it.
#[derive(Debug, Serialize)]
struct ImportBody {
    id: u64,
    description: Option<String>,
    name: String,
    name_with_namespace: String,
    path: String,
    path_with_namespace: String,
    created_at: Moment,
    import_status: ImportStatus,
    import_type: Option<&'static str>,
    correlation_id: Option<String>,
    failed_relations: [(); 0],
    import_error: Option<String>,
    stats: Option<()>,
}

impl ImportBody {
    fn of(state: &State, project: &Project) -> Self {
        let import = project.import.as_deref();
        Self {
            id: project.id.0,
            description: project.description.clone(),
            name: project.name.clone(),
            name_with_namespace: format!("{} / {}", state.full_name(project.namespace), project.name),
            path: project.path.clone(),
            path_with_namespace: state.project_full_path(project),
            created_at: project.created_at,
            import_status: project.import_status(),
            import_type: import.map(|import| import.kind.as_str()),
            correlation_id: import.map(|import| import.correlation_id.clone()),
            failed_relations: [],
            import_error: import.and_then(|import| import.error.clone()),
            stats: None,
        }
    }
}

/// `GET /projects/:id/import`: where the import is, for those who may see the project.
pub(super) fn import(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let state = call.state();
    let project = find::project(call, &state, call.arg(0))?;
    Ok(Reply::ok(&ImportBody::of(&state, &project)))
}
