use std::net::IpAddr;
use std::sync::OnceLock;

use domain::UserKey;
use uuid::Uuid;

/// What is known of a request while it is on its way. Lies in its extensions as an `Arc`.
#[derive(Debug)]
pub(crate) struct RequestContext {
    id: String,
    address: IpAddr,
    user: OnceLock<UserKey>,
}

/// Marks an answer that is GitLab's (or Socket.IO's) own: neither compressed nor put into our envelope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Untouched;

impl RequestContext {
    pub(crate) fn new(id: Uuid, address: IpAddr) -> Self {
        Self {
            id: id.to_string(),
            address,
            user: OnceLock::new(),
        }
    }

    /// The request's name in answers and logs.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The client's address, behind trusted proxies.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Who asks, once the session is known.
    pub(crate) fn user(&self) -> Option<&UserKey> {
        self.user.get()
    }

    pub(crate) fn signed_in_as(&self, user: &UserKey) {
        // A request has one session.
        let _ = self.user.set(user.clone());
    }
}
