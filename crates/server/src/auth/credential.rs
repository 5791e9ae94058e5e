use domain::UserKey;
use gitlab_client::{Gitlab, GitlabClient, HostRefused, Token};

use super::Standings;
use super::grant::{GrantKey, GrantStore};

/// What somebody talks to GitLab with.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// An access token, the same until it expires.
    Token(Token),
    /// A grant of "Sign in with GitLab", whose tokens change.
    Grant(GrantKey),
}

/// The ways to the GitLab of whoever has a credential.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    client: GitlabClient,
    grants: GrantStore,
    standings: Standings,
}

impl Ways {
    pub(crate) fn new(client: GitlabClient, grants: GrantStore, standings: Standings) -> Self {
        Self {
            client,
            grants,
            standings,
        }
    }

    /// The way to the user's GitLab, with the budget that all their sessions and jobs share.
    ///
    /// # Errors
    /// The instance is not one that may be talked to.
    pub(crate) fn of_user(&self, user: &UserKey, credential: &Credential) -> Result<Gitlab, HostRefused> {
        self.open(&user.instance, Some(user.user_id), credential)
    }

    /// A way to an instance for somebody who is not known yet.
    ///
    /// # Errors
    /// The instance is not one that may be talked to.
    pub(super) fn of_stranger(
        &self,
        instance: &domain::InstanceUrl,
        credential: &Credential,
    ) -> Result<Gitlab, HostRefused> {
        self.open(instance, None, credential)
    }

    /// Whether there may be sessions of this instance at all.
    ///
    /// # Errors
    /// The instance is not one that may be talked to.
    pub(crate) fn check(&self, instance: &domain::InstanceUrl) -> Result<(), HostRefused> {
        self.client.host_policy().check_instance(instance)
    }

    fn open(
        &self,
        instance: &domain::InstanceUrl,
        user: Option<u64>,
        credential: &Credential,
    ) -> Result<Gitlab, HostRefused> {
        match credential {
            Credential::Token(token) => self.client.session(instance, user, token.clone()),
            Credential::Grant(key) => {
                let grant = self.grants.open(instance, key);
                self.client.renewed_session(instance, user, grant)
            }
        }
    }

    pub(super) fn standings(&self) -> &Standings {
        &self.standings
    }

    pub(crate) fn grants(&self) -> &GrantStore {
        &self.grants
    }
}
