//! Which throttle a request counts against (GitLab API facts §4.2).

use hyper::Method;

/// The part of the instance that a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Area {
    /// REST and GraphQL together.
    Api,
    FilesApi,
    PackagesApi,
    /// Pages for people.
    Web,
    /// Sign-in and the like.
    ProtectedPaths,
}

/// What GitLab protects against guessing, as far as it is posted to.
const PROTECTED: [&str; 7] = [
    "/users/password",
    "/users/sign_in",
    "/users",
    "/users/confirmation",
    "/unsubscribes",
    "/import/github/personal_access_token",
    "/admin/session",
];

impl Area {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        if path.starts_with("/api/") {
            if path.contains("/repository/files/") {
                Self::FilesApi
            } else if path.contains("/packages/") {
                Self::PackagesApi
            } else {
                Self::Api
            }
        } else if method == Method::POST && PROTECTED.contains(&path.trim_end_matches('/')) {
            Self::ProtectedPaths
        } else {
            Self::Web
        }
    }

    /// GitLab's name of the throttle.
    pub(super) fn throttle(self, signed_in: bool) -> &'static str {
        match (self, signed_in) {
            (Self::Api, true) => "throttle_authenticated_api",
            (Self::Api, false) => "throttle_unauthenticated_api",
            (Self::FilesApi, true) => "throttle_authenticated_files_api",
            (Self::FilesApi, false) => "throttle_unauthenticated_files_api",
            (Self::PackagesApi, true) => "throttle_authenticated_packages_api",
            (Self::PackagesApi, false) => "throttle_unauthenticated_packages_api",
            (Self::Web, true) => "throttle_authenticated_web",
            (Self::Web, false) => "throttle_unauthenticated_web",
            (Self::ProtectedPaths, true) => "throttle_authenticated_protected_paths_web",
            (Self::ProtectedPaths, false) => "throttle_unauthenticated_protected_paths",
        }
    }

    /// What the names of the settings of that throttle begin with.
    pub(super) fn setting(self, signed_in: bool) -> &'static str {
        match (self, signed_in) {
            (Self::Web, false) => "throttle_unauthenticated",
            (Self::ProtectedPaths, _) => "throttle_protected_paths",
            _ => self.throttle(signed_in),
        }
    }

    /// The area whose throttle counts while this one's own is off.
    pub(super) fn wider(self) -> Option<Self> {
        match self {
            Self::FilesApi | Self::PackagesApi => Some(Self::Api),
            Self::ProtectedPaths => Some(Self::Web),
            Self::Api | Self::Web => None,
        }
    }
}
