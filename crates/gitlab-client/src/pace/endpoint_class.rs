use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use http::Method;

macro_rules! endpoint_classes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $limit:literal per $seconds:literal;)*) => {
        /// Endpoints that GitLab's application limiter counts together (GitLab API facts §4.3, §4.4).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EndpointClass {
            $($(#[$doc])* $name,)*
            /// Anything else; told apart by the shape of the route.
            Other,
        }

        impl EndpointClass {
            /// GitLab's published or built-in limit, and the window it counts in. An instance may have set
            /// others or none, so this is a hint and never a reason to wait.
            pub const fn published(self) -> (u32, Duration) {
                match self {
                    $(Self::$name => ($limit, Duration::from_secs($seconds)),)*
                    Self::Other => (u32::MAX, Duration::from_mins(1)),
                }
            }

            /// How many of it GitLab.com lets a user do in a day, where it limits that.
            pub(crate) const fn daily(self) -> Option<u32> {
                match self.published() {
                    (limit, window) if window.as_secs() == 86_400 => Some(limit),
                    _ => None,
                }
            }

            /// The endpoint in words, for `waitingReason`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other => "this endpoint",
                }
            }

            /// The class that [`EndpointClass::name`] names; `None` of `Other`, which is many.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

endpoint_classes! {
    /// `GET /projects`
    ListProjects = "GET /projects", 2000 per 600;
    /// `GET /projects/:id`
    ReadProject = "GET /projects/:id", 400 per 60;
    /// `POST /projects`
    CreateProject = "POST /projects", 200 per 86400;
    /// `GET /projects/:id/jobs`
    ListPipelineJobs = "GET /projects/:id/jobs", 600 per 60;
    /// `GET /groups`
    ListGroups = "GET /groups", 200 per 60;
    /// `GET /groups/:id`
    ReadGroup = "GET /groups/:id", 400 per 60;
    /// `POST /groups`
    CreateGroup = "POST /groups", 200 per 86400;
    /// `PUT /groups/:id` (the limit counts renaming only)
    UpdateGroup = "PUT /groups/:id", 120 per 3600;
    /// `GET /groups/:id/projects`
    ListGroupProjects = "GET /groups/:id/projects", 600 per 60;
    /// `GET /{groups,projects}/:id/invited_groups`
    ListInvitedGroups = "GET …/invited_groups", 60 per 60;
    /// `POST /groups/:id/archive` and `/unarchive`
    ArchiveGroup = "POST /groups/:id/archive", 60 per 60;
    /// `GET /{groups,projects}/:id/members/all`
    ListAllMembers = "GET …/members/all", 200 per 60;
    /// `DELETE /{groups,projects}/:id/members/:user_id`, counted per group or project
    RemoveMember = "DELETE …/members/:user_id", 60 per 60;
    /// `GET /users/:id`
    ReadUser = "GET /users/:id", 300 per 600;
    /// `GET /users/:id/projects`
    ListUserProjects = "GET /users/:id/projects", 300 per 60;
    /// `GET /users/:id/contributed_projects`, `/starred_projects`
    ListUserActivity = "GET /users/:id/starred_projects", 100 per 60;
    /// `GET /users/:id/followers`, `/following`
    ListFollowers = "GET /users/:id/followers", 100 per 60;
    /// `GET /namespaces/:path/exists`
    NamespaceExists = "GET /namespaces/:path/exists", 20 per 60;
    /// `POST /projects/:id/issues`
    CreateIssue = "POST …/issues", 200 per 60;
    /// `POST …/notes`
    CreateNote = "POST …/notes", 60 per 60;
    /// `GET /search`, also below a group or project
    Search = "GET …/search", 10 per 60;
    /// `POST /projects/:id/pipeline`, counted per project
    CreatePipeline = "POST …/pipeline", 25 per 60;
    /// `…/repository/files/:path`
    RepositoryFiles = "…/repository/files", 500 per 60;
    /// `GET …/repository/archive`, counted per project
    RepositoryArchive = "GET …/repository/archive", 5 per 60;
    /// `POST /projects/import…` and `/groups/import`
    ImportFile = "POST …/import", 6 per 60;
    /// `POST /{groups,projects}/:id/export`
    StartExport = "POST …/export", 6 per 60;
    /// `GET /{groups,projects}/:id/export/download`, counted per group or project
    DownloadExport = "GET …/export/download", 1 per 60;
    /// `POST /bulk_imports`
    DirectTransfer = "POST /bulk_imports", 6 per 60;
    /// `POST …/hooks/:id/test/:trigger`, counted per group or project
    TestHook = "POST …/hooks/:id/test", 5 per 60;
    /// `POST …/hooks/:id/events/:event_id/resend`, counted per group or project
    ResendHookEvent = "POST …/hooks/…/resend", 5 per 60;
    /// `POST …/service_accounts`
    CreateServiceAccount = "POST …/service_accounts", 10 per 60;
}

/// What one counter of the application limiter counts, for one user: a class, and for some classes the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EndpointKey {
    /// The endpoints that share the counter.
    pub(crate) class: EndpointClass,
    /// Tells apart the objects, or the routes of [`EndpointClass::Other`]; 0 when the class has one counter.
    object: u64,
}

impl EndpointKey {
    /// The one counter of this class, if it has one.
    pub(crate) const fn only(class: EndpointClass) -> Self {
        Self { class, object: 0 }
    }

    /// Whether it is the one counter of its class.
    pub(crate) fn is_only(self) -> bool {
        self.object == 0 && self.class != EndpointClass::Other
    }

    /// The counter of a request; `path` is relative to `/api/v4/`, encoded, without a query.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        use EndpointClass as C;
        let mut segments = [""; 8];
        let mut count = 0;
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            if count < segments.len() {
                segments[count] = segment;
                count += 1;
            }
        }
        let segments = &segments[..count];
        let id = |at: usize| hash(&segments[..=at]);
        let (class, object) = match (method.as_str(), segments) {
            ("GET" | "HEAD", ["projects"]) => (C::ListProjects, 0),
            ("GET" | "HEAD", ["projects", _]) => (C::ReadProject, 0),
            ("POST", ["projects"]) => (C::CreateProject, 0),
            ("GET", ["projects", _, "jobs"]) => (C::ListPipelineJobs, 0),
            ("GET" | "HEAD", ["groups"]) => (C::ListGroups, 0),
            ("GET" | "HEAD", ["groups", _]) => (C::ReadGroup, 0),
            ("POST", ["groups"]) => (C::CreateGroup, 0),
            ("PUT", ["groups", _]) => (C::UpdateGroup, 0),
            ("GET", ["groups", _, "projects"]) => (C::ListGroupProjects, 0),
            ("GET", ["groups" | "projects", _, "invited_groups"]) => (C::ListInvitedGroups, 0),
            ("POST", ["groups", _, "archive" | "unarchive"]) => (C::ArchiveGroup, 0),
            ("GET", ["groups" | "projects", _, "members", "all", ..]) => (C::ListAllMembers, 0),
            ("DELETE", ["groups" | "projects", _, "members", _]) => (C::RemoveMember, id(1)),
            ("GET", ["users", _]) => (C::ReadUser, 0),
            ("GET", ["users", _, "projects"]) => (C::ListUserProjects, 0),
            ("GET", ["users", _, "contributed_projects" | "starred_projects"]) => (C::ListUserActivity, 0),
            ("GET", ["users", _, "followers" | "following"]) => (C::ListFollowers, 0),
            ("GET", ["namespaces", _, "exists"]) => (C::NamespaceExists, 0),
            ("POST", ["projects", _, "issues"]) => (C::CreateIssue, 0),
            ("POST", [.., "notes"]) => (C::CreateNote, 0),
            ("GET", ["search"] | ["groups" | "projects", _, "search" | "-", ..]) => (C::Search, 0),
            ("POST", ["projects", _, "pipeline"]) => (C::CreatePipeline, id(1)),
            (_, ["projects", _, "repository", "files", ..]) => (C::RepositoryFiles, 0),
            ("GET", ["projects", _, "repository", last]) if last.starts_with("archive") => {
                (C::RepositoryArchive, id(1))
            }
            (
                "POST",
                ["projects", "import" | "remote-import" | "remote-import-s3"] | ["groups", "import"],
            ) => (C::ImportFile, 0),
            ("POST", ["groups" | "projects", _, "export"]) => (C::StartExport, 0),
            ("GET", ["groups" | "projects", _, "export", "download"]) => (C::DownloadExport, id(1)),
            ("POST", ["bulk_imports"]) => (C::DirectTransfer, 0),
            ("POST", ["groups" | "projects", _, "hooks", _, "test", ..]) => (C::TestHook, id(1)),
            ("POST", ["groups" | "projects", _, "hooks", _, "events", _, "resend"]) => {
                (C::ResendHookEvent, id(1))
            }
            ("POST", [.., "service_accounts"]) => (C::CreateServiceAccount, 0),
            // `groups/12/access_requests/7/approve`: names and ids take turns.
            (method, segments) => {
                let names: Vec<&str> = segments.iter().copied().step_by(2).collect();
                (C::Other, hash(&(method, names, segments.len())))
            }
        };
        Self { class, object }
    }
}

fn hash(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

impl fmt::Display for EndpointClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use EndpointClass as C;

    use super::*;

    fn key(request: &str) -> EndpointKey {
        let (method, path) = request.split_once(' ').unwrap();
        EndpointKey::of(&method.parse().unwrap(), path)
    }

    #[test]
    fn requests_fall_into_gitlabs_classes() {
        for (request, class) in [
            ("GET projects", C::ListProjects),
            ("GET /projects/acme%2Fweb", C::ReadProject),
            ("POST projects", C::CreateProject),
            ("POST groups", C::CreateGroup),
            ("PUT groups/7", C::UpdateGroup),
            ("GET groups/acme%2Fweb/projects", C::ListGroupProjects),
            ("GET projects/1/invited_groups", C::ListInvitedGroups),
            ("POST groups/1/unarchive", C::ArchiveGroup),
            ("GET groups/1/members/all/7", C::ListAllMembers),
            ("DELETE projects/1/members/7", C::RemoveMember),
            ("POST projects/1/issues/4/notes", C::CreateNote),
            ("GET projects/1/search", C::Search),
            ("PUT projects/1/repository/files/a%2Fb", C::RepositoryFiles),
            ("GET projects/1/repository/archive.zip", C::RepositoryArchive),
            ("POST projects/import", C::ImportFile),
            ("GET projects/1/members", C::Other),
            ("PATCH projects", C::Other),
            ("GET ", C::Other),
        ] {
            assert_eq!(key(request).class, class, "{request}");
        }
    }

    #[test]
    fn a_counter_per_object_is_one_per_object() {
        assert_eq!(key("DELETE groups/1/members/7"), key("DELETE groups/1/members/8"));
        assert_ne!(key("DELETE groups/1/members/7"), key("DELETE groups/2/members/7"));
        assert_ne!(
            key("DELETE groups/1/members/7"),
            key("DELETE projects/1/members/7")
        );
    }

    #[test]
    fn other_routes_are_told_apart_by_shape_and_not_by_object() {
        assert_eq!(key("POST groups/1/members"), key("POST groups/2/members"));
        assert_ne!(key("POST groups/1/members"), key("POST groups/1/labels"));
        assert_ne!(key("POST groups/1/members"), key("GET groups/1/members"));
    }
}
