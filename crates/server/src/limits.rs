use std::net::IpAddr;
use std::sync::Arc;

use domain::{Clock, UserKey};

use crate::settings::ServerSettings;
use crate::windows::Windows;

/// What may come in.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Attempts to sign in, per address.
    pub(crate) logins: Windows<IpAddr>,
    /// Requests of nobody in particular, per address.
    pub(crate) addresses: Windows<IpAddr>,
    /// Requests of signed-in users.
    pub(crate) users: Windows<UserKey>,
}

impl Limits {
    pub(crate) fn new(settings: &ServerSettings, clock: &Arc<dyn Clock>) -> Self {
        Self {
            logins: Windows::new(settings.logins, Arc::clone(clock)),
            addresses: Windows::new(settings.inbound, Arc::clone(clock)),
            users: Windows::new(settings.inbound, Arc::clone(clock)),
        }
    }
}
