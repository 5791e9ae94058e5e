use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{TokenId, UserId};
use crate::time_text::{Day, Moment};

/// What lets a client act as a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) id: TokenId,
    pub(crate) secret: Secret,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) user: UserId,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: Moment,
    pub(crate) expires_on: Option<Day>,
    pub(crate) revoked: bool,
    #[serde(default)]
    pub(crate) kind: TokenKind,
    /// The first token of the row in which each replaced the one before. None for the first itself.
    #[serde(default)]
    pub(crate) family: Option<TokenId>,
    #[serde(default)]
    pub(crate) last_used: LastUsed,
}

/// How a token came to be, which decides what it is told about itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenKind {
    /// Also those of bots, which make it one of a group or project.
    #[default]
    Personal,
    /// Made by an administrator to act as someone.
    Impersonation,
    /// Given to an application, by its id, for less than a day.
    Oauth { application: u64, until: Moment },
}

impl Token {
    /// A token without an end, named by what clients send.
    pub(crate) fn new(secret: Secret, name: String, user: UserId, scopes: Vec<String>, now: Moment) -> Self {
        Self {
            id: TokenId(0),
            secret,
            name,
            description: None,
            user,
            scopes,
            created_at: now,
            expires_on: None,
            revoked: false,
            kind: TokenKind::Personal,
            family: None,
            last_used: LastUsed::default(),
        }
    }

    /// A token ends at midnight UTC when its last day begins; an application's at its moment.
    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        match self.kind {
            TokenKind::Oauth { until, .. } => until <= now,
            _ => self.expires_on.is_some_and(|day| day <= now.day()),
        }
    }

    pub(crate) fn is_active(&self, now: Moment) -> bool {
        !self.revoked && !self.is_expired(now)
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// The first of its family.
    pub(crate) fn ancestor(&self) -> TokenId {
        self.family.unwrap_or(self.id)
    }
}

/// When a token was used last. Noted on every request, so it needs no lock and raises no epoch.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(AtomicI64);

impl LastUsed {
    /// GitLab writes it down once in so many milliseconds.
    const STEP: i64 = 10 * 60 * 1_000;

    pub(crate) fn note(&self, now: Moment) {
        let before = self.0.load(Ordering::Relaxed);
        if now.0.saturating_sub(before) >= Self::STEP {
            self.0.store(now.0, Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self) -> Option<Moment> {
        Some(self.0.load(Ordering::Relaxed))
            .filter(|millis| *millis != 0)
            .map(Moment)
    }
}

impl Clone for LastUsed {
    fn clone(&self) -> Self {
        Self(AtomicI64::new(self.0.load(Ordering::Relaxed)))
    }
}

impl Serialize for LastUsed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LastUsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let moment = Option::<Moment>::deserialize(deserializer)?;
        Ok(Self(AtomicI64::new(moment.map_or(0, |moment| moment.0))))
    }
}

/// What a client sends. Not shown by `Debug`, as nothing of ours shows a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl Secret {
    /// Compares without telling by its time how much was right.
    pub(crate) fn is(&self, text: &str) -> bool {
        let (one, other) = (self.0.as_bytes(), text.as_bytes());
        one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// All tokens that are not an application's, by id, by what clients send and by user.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    last: u64,
    by_id: BTreeMap<TokenId, Arc<Token>>,
    by_secret: HashMap<String, TokenId>,
    of_user: HashMap<UserId, BTreeSet<TokenId>>,
}

impl Tokens {
    pub(crate) fn get(&self, id: TokenId) -> Option<&Arc<Token>> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_secret(&self, secret: &str) -> Option<&Arc<Token>> {
        self.get(*self.by_secret.get(secret)?)
    }

    /// All by ascending id.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Token>> {
        self.by_id.values()
    }

    /// Those of one user, oldest first.
    pub(crate) fn of(&self, user: UserId) -> impl DoubleEndedIterator<Item = &Arc<Token>> {
        let ids = self.of_user.get(&user).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Ends a token.
    pub(crate) fn revoke(&mut self, id: TokenId) {
        if let Some(token) = self.get(id).filter(|token| !token.revoked) {
            let token = Token {
                revoked: true,
                ..Token::clone(token)
            };
            self.put(Arc::new(token));
        }
    }

    /// Ends every token that came of the same first one.
    pub(crate) fn revoke_family(&mut self, of: &Token) {
        let family: Vec<TokenId> = self
            .of(of.user)
            .filter(|token| token.ancestor() == of.ancestor())
            .map(|token| token.id)
            .collect();
        for id in family {
            self.revoke(id);
        }
    }

    /// Takes out all tokens of a user; their ids are not given again.
    pub(super) fn remove_user(&mut self, user: UserId) {
        for id in self.of_user.remove(&user).unwrap_or_default() {
            if let Some(token) = self.by_id.remove(&id) {
                self.by_secret.remove(&token.secret.0);
            }
        }
    }

    /// The highest id ever given, for the snapshot.
    pub(super) fn last_id(&self) -> u64 {
        self.last
    }

    pub(super) fn set_last_id(&mut self, id: u64) {
        self.last = self.last.max(id);
    }

    pub(crate) fn next_id(&self) -> TokenId {
        TokenId(self.last + 1)
    }

    /// Adds a token or replaces the one with the same id.
    pub(crate) fn put(&mut self, token: Arc<Token>) {
        self.last = self.last.max(token.id.0);
        if let Some(old) = self.by_id.get(&token.id) {
            self.by_secret.remove(&old.secret.0);
        }
        self.by_secret.insert(token.secret.0.clone(), token.id);
        self.of_user.entry(token.user).or_default().insert(token.id);
        self.by_id.insert(token.id, token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_written_by_debug() {
        let token = Token::new(
            Secret("glpat-hidden".to_owned()),
            "t".to_owned(),
            UserId(1),
            Vec::new(),
            Moment(0),
        );
        assert!(!format!("{token:?}").contains("hidden"));
        assert!(token.secret.is("glpat-hidden") && !token.secret.is("glpat-hiddem"));
    }

    #[test]
    fn the_last_use_is_noted_once_in_ten_minutes() {
        let used = LastUsed::default();
        assert_eq!(used.get(), None);
        used.note(Moment(1_000_000));
        used.note(Moment(1_500_000));
        assert_eq!(used.get(), Some(Moment(1_000_000)));
        used.note(Moment(1_600_000));
        assert_eq!(used.get(), Some(Moment(1_600_000)));
    }
}
