use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::access::AccessLevel;
use crate::ids::ProjectId;
use crate::instance::Site;
use crate::state::settings::Shown;
use crate::state::{Project, Source, State};
use crate::time_text::Day;

/// The viewer's own levels.
#[derive(Debug, Serialize)]
pub(super) struct Permissions {
    pub(super) project_access: Option<Access>,
    pub(super) group_access: Option<Access>,
}

#[derive(Debug, Serialize)]
pub(super) struct Access {
    access_level: AccessLevel,
    notification_level: u8,
}

impl Access {
    pub(super) fn of(access_level: AccessLevel) -> Self {
        Self {
            access_level,
            notification_level: 3,
        }
    }
}

/// A group that was invited to the project.
#[derive(Debug, Serialize)]
pub(super) struct SharedGroup {
    group_id: u64,
    group_name: String,
    group_full_path: String,
    group_access_level: AccessLevel,
    expires_at: Option<Day>,
}

impl SharedGroup {
    /// All groups that were invited, oldest invitation first.
    pub(super) fn all(state: &State, project: ProjectId) -> Vec<Self> {
        let links = state.belongings.group_links.of(Source::Project(project));
        links
            .filter_map(|link| {
                Some(Self {
                    group_id: link.group.0,
                    group_name: state.tree.group(link.group)?.name.clone(),
                    group_full_path: state.full_path(link.group),
                    group_access_level: link.level,
                    expires_at: link.expires_on,
                })
            })
            .collect()
    }
}

/// Where the API goes on from here.
pub(super) struct Links<'a> {
    pub(super) site: &'a Site,
    pub(super) project: &'a Project,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (url, id) = (&self.site.url, self.project.id);
        let link =
            |below: &'static str| std::fmt::from_fn(move |f| write!(f, "{url}/api/v4/projects/{id}{below}"));
        let mut body = serializer.serialize_map(None)?;
        let mut add = |key, below| body.serialize_entry(key, &format_args!("{}", link(below)));
        add("self", "")?;
        if self.project.settings.issues_access_level != "disabled" {
            add("issues", "/issues")?;
        }
        if self.project.settings.merge_requests_access_level != "disabled" {
            add("merge_requests", "/merge_requests")?;
        }
        add("repo_branches", "/repository/branches")?;
        add("labels", "/labels")?;
        add("events", "/events")?;
        add("members", "/members")?;
        add("cluster_agents", "/cluster_agents")?;
        body.end()
    }
}

/// When container images are cleaned up; the first time a day after the project was made.
pub(super) struct CleanupBody<'a>(pub(super) &'a Project);

impl Serialize for CleanupBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DAY: Duration = Duration::from_hours(24);
        let mut body = serializer.serialize_map(None)?;
        self.0.cleanup.write(&mut body)?;
        body.serialize_entry("next_run_at", &self.0.created_at.after(DAY))?;
        body.end()
    }
}

/// The description as one paragraph of HTML.
pub(super) struct DescriptionHtml<'a>(pub(super) Option<&'a str>);

impl Serialize for DescriptionHtml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.unwrap_or_default().trim_end();
        let Some(last) = text.lines().last() else {
            return serializer.serialize_str("");
        };
        let (lines, columns) = (text.lines().count(), last.len());
        serializer.collect_str(&format_args!(
            "<p data-sourcepos=\"1:1-{lines}:{columns}\" dir=\"auto\">{}</p>",
            escape(text)
        ))
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
