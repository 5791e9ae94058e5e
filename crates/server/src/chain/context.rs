use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use domain::UserKey;
use uuid::Uuid;

use crate::audit::Audited;
use crate::auth::Session;

/// What is known of a request while it is on its way. Lies in its extensions as an `Arc`.
#[derive(Debug)]
pub(crate) struct RequestContext {
    id: String,
    address: IpAddr,
    session: OnceLock<Arc<Session>>,
    audited: Mutex<Audited>,
}

/// Marks an answer that is GitLab's (or Socket.IO's) own: neither compressed nor put into our envelope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Untouched;

impl RequestContext {
    pub(crate) fn new(id: Uuid, address: IpAddr) -> Self {
        Self {
            id: id.to_string(),
            address,
            session: OnceLock::new(),
            audited: Mutex::default(),
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
        self.session().map(|session| &session.actor.user)
    }

    /// The session or key of whoever asks, once it is known.
    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        self.session.get()
    }

    pub(crate) fn signed_in_as(&self, session: &Arc<Session>) {
        // A request has one session.
        let _ = self.session.set(Arc::clone(session));
    }

    /// Adds what a handler knows to the request's row in the audit trail.
    pub(crate) fn tell_audit(&self, tell: impl FnOnce(&mut Audited)) {
        tell(&mut self.audited.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What handlers have told.
    pub(crate) fn audited(&self) -> Audited {
        self.audited
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
