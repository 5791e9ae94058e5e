//! Where the contents of a new project come from, if it is not to be empty (GitLab API facts §7.2.5).
//!
//! Nothing leaves this machine. A host below `.invalid` cannot be reached; an address of this instance is one of its
//! projects; any other address counts as a small repository, unless its last part is `broken`, which breaks off after
//! it was begun.

use hyper::StatusCode;

use crate::Tier;
use crate::http::refuse::{self, Complaints};
use crate::http::{Call, Refusal};
use crate::ids::ProjectId;
use crate::params::Ask;
use crate::resources::find;
use crate::state::{Import, ImportKind, ImportStatus, ProjectAt, State};

/// The templates that come with GitLab.
const TEMPLATES: [&str; 26] = [
    "rails",
    "spring",
    "express",
    "iosswift",
    "dotnetcore",
    "android",
    "gomicro",
    "bridgetown",
    "gatsby",
    "hugo",
    "pelican",
    "jekyll",
    "plainhtml",
    "hexo",
    "middleman",
    "gitpod_spring_petclinic",
    "nfhugo",
    "nfjekyll",
    "nfplainhtml",
    "nfgitbook",
    "nfhexo",
    "salesforcedx",
    "serverless_framework",
    "tencent_serverless_framework",
    "cluster_management",
    "kotlin_native_linux",
];

/// What a request says about that.
#[derive(Debug)]
pub(super) enum Wanted {
    Nothing,
    Address(String),
    Template(String),
    /// The id of a project, and whether projects may be templates at all by this request.
    Project(u64, bool),
}

impl Wanted {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        let address = ask.filled("import_url");
        let template = ask.filled("template_name");
        let project = ask.id("template_project_id");
        let custom = ask.flag("use_custom_template").unwrap_or(false);
        ask.ignored(&["group_with_project_templates_id"]);
        let given = [
            ("import_url", address.is_some()),
            ("template_name", template.is_some()),
            ("template_project_id", project.is_some()),
        ];
        let given: Vec<&str> = given
            .iter()
            .filter(|(_, there)| *there)
            .map(|(name, _)| *name)
            .collect();
        if given.len() > 1 {
            ask.complain(format!("{} are mutually exclusive", given.join(", ")));
        }
        match (address, template, project) {
            (Some(address), ..) => Self::Address(address),
            (_, Some(template), _) => Self::Template(template),
            (.., Some(project)) => Self::Project(project, custom),
            _ => Self::Nothing,
        }
    }

    /// The import that brings the contents, scheduled.
    ///
    /// # Errors
    /// 400 for an address that GitLab does not ask at all, 422 for one where nobody answers, 403 where the instance
    /// allows no such imports. What is no template becomes a complaint of the model.
    pub(super) fn import(
        self,
        call: &Call<'_>,
        state: &State,
        complaints: &mut Complaints,
    ) -> Result<Option<Import>, Refusal> {
        let unknown = |name: &str| format!("'{name}' is unknown or invalid");
        let (kind, url, source) = match self {
            Self::Nothing => return Ok(None),
            Self::Address(address) => {
                let source = reach(call, state, &address)?;
                if !state.belongings.settings.imports_from("git") {
                    return Err(refuse::forbidden());
                }
                (ImportKind::Git, Some(without_credentials(&address)), source)
            }
            Self::Template(name) => {
                if !TEMPLATES.contains(&name.as_str()) {
                    complaints.add("template_name", unknown(&name));
                }
                (ImportKind::GitlabProject, None, None)
            }
            Self::Project(id, custom) => {
                let template = find::project(call, state, &id.to_string()).ok();
                let template = template.filter(|_| custom && call.instance.site.tier >= Tier::Premium);
                if template.is_none() {
                    complaints.add("template_project_id", unknown(&id.to_string()));
                }
                let source = template.map(|project| project.id);
                (ImportKind::GitlabCustomProjectTemplate, None, source)
            }
        };
        Ok(Some(scheduled(call, kind, url, source)))
    }
}

/// Where a project that mirrors another place pulls from. It was not made from there.
pub(super) fn mirrored(call: &Call<'_>, url: &str) -> Import {
    Import {
        status: ImportStatus::Finished,
        ..scheduled(call, ImportKind::Git, Some(without_credentials(url)), None)
    }
}

/// An import that waits for a worker.
pub(super) fn scheduled(
    call: &Call<'_>,
    kind: ImportKind,
    url: Option<String>,
    source: Option<ProjectId>,
) -> Import {
    Import {
        kind,
        status: ImportStatus::Scheduled,
        url,
        source,
        error: None,
        correlation_id: call.instance.request_ids.next(call.now),
    }
}

/// Asks the address whether it is a repository; one of this instance's projects is told.
fn reach(call: &Call<'_>, state: &State, address: &str) -> Result<Option<ProjectId>, Refusal> {
    let no_repository = || {
        let text = format!("{address} is not a valid HTTP Git repository");
        Err(refuse::message(StatusCode::UNPROCESSABLE_ENTITY, &text))
    };
    let allowed = ["http://", "https://", "git://"];
    let Some(rest) = allowed.iter().find_map(|scheme| address.strip_prefix(scheme)) else {
        return Err(refuse::field(
            "import_url",
            "is blocked: Only allowed schemes are http, https, git",
        ));
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let name = host.split(':').next().unwrap_or_default();
    if name.is_empty() || name == "invalid" || name.ends_with(".invalid") {
        return no_repository();
    }
    if host != call.instance.site.host {
        return Ok(None);
    }
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    match state.tree.project_at(path) {
        Some(ProjectAt::Here(id) | ProjectAt::Moved(id))
            if state
                .tree
                .project(id)
                .is_some_and(|project| call.viewer.can_read_project(state, project)) =>
        {
            Ok(Some(id))
        }
        _ => no_repository(),
    }
}

/// The address as it is shown and kept: nobody's password is.
fn without_credentials(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((before, rest))) if !before[scheme.len() + 3..].contains('/') => {
            format!("{scheme}://{rest}")
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_keeps_what_would_sign_in() {
        for (given, kept) in [
            (
                "https://user:secret@git.example.org/a.git",
                "https://git.example.org/a.git",
            ),
            (
                "https://git.example.org/a@b.git",
                "https://git.example.org/a@b.git",
            ),
            ("https://git.example.org/a.git", "https://git.example.org/a.git"),
        ] {
            assert_eq!(without_credentials(given), kept);
        }
    }
}
