//! What GitLab knows as an OAuth 2 provider: applications, codes on their way, the tokens given for them, and the
//! browsers in which someone signed in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use super::{Secret, Token};
use crate::ids::{TokenId, UserId};
use crate::time_text::Moment;

/// A client that asks users for access.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) id: u64,
    /// The client id.
    pub(crate) uid: String,
    pub(crate) secret: Secret,
    pub(crate) name: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scopes: Vec<String>,
    /// It can keep a secret, and has to send it.
    pub(crate) confidential: bool,
}

/// The answer to a PKCE challenge has to fit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) value: String,
    /// `S256`; otherwise the value itself.
    pub(crate) hashed: bool,
}

/// A code that a client may exchange once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) application: u64,
    pub(crate) user: UserId,
    pub(crate) scopes: Vec<String>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) until: Moment,
}

/// A device that waits for someone to let it in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) application: u64,
    pub(crate) scopes: Vec<String>,
    /// What a person types.
    pub(crate) user_code: String,
    pub(crate) until: Moment,
    pub(crate) polled_at: Option<Moment>,
    pub(crate) answer: DeviceAnswer,
}

/// What a person said about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeviceAnswer {
    Waiting,
    Allowed(UserId),
    Denied,
}

/// An access token with the refresh token that replaces it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) access: Arc<Token>,
    pub(crate) refresh: Secret,
    pub(crate) application: u64,
}

/// A browser.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) user: Option<UserId>,
    /// Where it wanted to go when it was asked to sign in.
    pub(crate) return_to: Option<String>,
}

/// All of it, with an index for everything that comes from outside.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Oauth {
    given: u64,
    applications: BTreeMap<u64, Arc<Application>>,
    last_application: u64,
    grants: HashMap<String, Grant>,
    devices: HashMap<String, Device>,
    sessions: HashMap<String, Session>,
    pairs: BTreeMap<u64, Pair>,
    by_access: HashMap<String, u64>,
    by_refresh: HashMap<String, u64>,
}

impl Oauth {
    /// A number that nothing else here got, for secrets to be made from.
    pub(crate) fn number(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    // --- applications

    pub(crate) fn applications(&self) -> impl DoubleEndedIterator<Item = &Arc<Application>> {
        self.applications.values()
    }

    pub(crate) fn application(&self, id: u64) -> Option<&Arc<Application>> {
        self.applications.get(&id)
    }

    /// By client id. There are few.
    pub(crate) fn client(&self, uid: &str) -> Option<&Arc<Application>> {
        self.applications
            .values()
            .find(|application| application.uid == uid)
    }

    /// Adds an application, made from the id it gets.
    pub(crate) fn add_application(&mut self, new: impl FnOnce(u64) -> Application) -> Arc<Application> {
        self.last_application += 1;
        let application = Arc::new(new(self.last_application));
        self.put_application(Arc::clone(&application));
        application
    }

    pub(crate) fn put_application(&mut self, application: Arc<Application>) {
        self.applications.insert(application.id, application);
    }

    /// Removes an application with everything it was given.
    pub(crate) fn remove_application(&mut self, id: u64) -> bool {
        let gone = self.applications.remove(&id).is_some();
        self.grants.retain(|_, grant| grant.application != id);
        self.devices.retain(|_, device| device.application != id);
        self.remove_pairs(|pair| pair.application == id);
        gone
    }

    // --- codes

    pub(crate) fn add_grant(&mut self, code: &Secret, grant: Grant) {
        self.grants.insert(code.0.clone(), grant);
    }

    pub(crate) fn grant(&self, code: &str) -> Option<&Grant> {
        self.grants.get(code)
    }

    /// A code is good once.
    pub(crate) fn use_grant(&mut self, code: &str) {
        self.grants.remove(code);
    }

    pub(crate) fn add_device(&mut self, code: &Secret, device: Device) {
        self.devices.insert(code.0.clone(), device);
    }

    pub(crate) fn device_mut(&mut self, code: &str) -> Option<&mut Device> {
        self.devices.get_mut(code)
    }

    pub(crate) fn remove_device(&mut self, code: &str) {
        self.devices.remove(code);
    }

    /// The device that shows this code.
    pub(crate) fn device_by_user_code(&self, user_code: &str) -> Option<(&str, &Device)> {
        self.devices
            .iter()
            .find(|(_, device)| device.user_code.eq_ignore_ascii_case(user_code))
            .map(|(code, device)| (code.as_str(), device))
    }

    pub(crate) fn answer_device(&mut self, user_code: &str, answer: DeviceAnswer) {
        let found = self
            .devices
            .values_mut()
            .find(|device| device.user_code.eq_ignore_ascii_case(user_code));
        if let Some(device) = found {
            device.answer = answer;
        }
    }

    // --- tokens

    /// Gives an application a pair of tokens.
    pub(crate) fn add_pair(&mut self, access: Token, refresh: Secret, application: u64) -> Pair {
        let id = self.pairs.keys().next_back().map_or(1, |last| last + 1);
        let access = Arc::new(Token {
            id: TokenId(id),
            ..access
        });
        let pair = Pair {
            access,
            refresh,
            application,
        };
        self.put_pair(id, pair.clone());
        pair
    }

    fn put_pair(&mut self, id: u64, pair: Pair) {
        self.by_access.insert(pair.access.secret.0.clone(), id);
        self.by_refresh.insert(pair.refresh.0.clone(), id);
        self.pairs.insert(id, pair);
    }

    /// The pair of an access token.
    pub(crate) fn by_access(&self, secret: &str) -> Option<&Pair> {
        self.pairs.get(self.by_access.get(secret)?)
    }

    /// The pair of a refresh token.
    pub(crate) fn by_refresh(&self, secret: &str) -> Option<&Pair> {
        self.pairs.get(self.by_refresh.get(secret)?)
    }

    /// Ends both tokens of a pair.
    pub(crate) fn revoke(&mut self, id: TokenId) {
        if let Some(pair) = self.pairs.get_mut(&id.0) {
            pair.access = Arc::new(Token {
                revoked: true,
                ..Token::clone(&pair.access)
            });
        }
    }

    /// The user let this application have all these scopes, and still does.
    pub(crate) fn is_authorized(
        &self,
        application: u64,
        user: UserId,
        scopes: &[String],
        now: Moment,
    ) -> bool {
        self.pairs.values().any(|pair| {
            pair.application == application
                && pair.access.user == user
                && pair.access.is_active(now)
                && scopes.iter().all(|scope| pair.access.has_scope(scope))
        })
    }

    fn remove_pairs(&mut self, condition: impl Fn(&Pair) -> bool) {
        let gone: Vec<u64> = self
            .pairs
            .iter()
            .filter(|(_, pair)| condition(pair))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(pair) = self.pairs.remove(&id) {
                self.by_access.remove(&pair.access.secret.0);
                self.by_refresh.remove(&pair.refresh.0);
            }
        }
    }

    // --- browsers

    pub(crate) fn session(&self, cookie: &str) -> Option<&Session> {
        self.sessions.get(cookie)
    }

    pub(crate) fn put_session(&mut self, cookie: &Secret, session: Session) {
        self.sessions.insert(cookie.0.clone(), session);
    }

    pub(crate) fn end_session(&mut self, cookie: &str) {
        self.sessions.remove(cookie);
    }
}

/// Nobody is let in any more as someone who is gone.
impl Forget for Oauth {
    fn forget(&mut self, gone: Gone) {
        let Gone::User(user) = gone else { return };
        self.grants.retain(|_, grant| grant.user != user);
        self.sessions.retain(|_, session| session.user != Some(user));
        self.remove_pairs(|pair| pair.access.user == user);
    }
}

/// As it is kept in a file, in an order of its own.
#[derive(Serialize, Deserialize)]
struct Kept {
    given: u64,
    last_application: u64,
    applications: Vec<Arc<Application>>,
    grants: BTreeMap<String, Grant>,
    devices: BTreeMap<String, Device>,
    sessions: BTreeMap<String, Session>,
    pairs: Vec<Pair>,
}

impl From<Kept> for Oauth {
    fn from(kept: Kept) -> Self {
        let mut oauth = Self {
            given: kept.given,
            last_application: kept.last_application,
            applications: kept.applications.into_iter().map(|one| (one.id, one)).collect(),
            grants: kept.grants.into_iter().collect(),
            devices: kept.devices.into_iter().collect(),
            sessions: kept.sessions.into_iter().collect(),
            ..Self::default()
        };
        for pair in kept.pairs {
            oauth.put_pair(pair.access.id.0, pair);
        }
        oauth
    }
}

impl From<Oauth> for Kept {
    fn from(oauth: Oauth) -> Self {
        Self {
            given: oauth.given,
            last_application: oauth.last_application,
            applications: oauth.applications.into_values().collect(),
            grants: oauth.grants.into_iter().collect(),
            devices: oauth.devices.into_iter().collect(),
            sessions: oauth.sessions.into_iter().collect(),
            pairs: oauth.pairs.into_values().collect(),
        }
    }
}
