//! "Sign in with GitLab": authorization code with PKCE (GitLab API facts §1.6).

mod attempt;

pub(crate) use attempt::Attempt;
