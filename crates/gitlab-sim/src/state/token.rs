use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{TokenId, UserId};
use crate::time_text::{Day, Moment};

/// A personal access token.
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
}

impl Token {
    pub(crate) fn is_expired(&self, today: Day) -> bool {
        self.expires_on.is_some_and(|day| day <= today)
    }

    pub(crate) fn is_active(&self, today: Day) -> bool {
        !self.revoked && !self.is_expired(today)
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

/// What a client sends. Not shown by `Debug`, as nothing of ours shows a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// All tokens, by id and by what clients send.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    last: u64,
    by_id: BTreeMap<TokenId, Arc<Token>>,
    by_secret: HashMap<String, TokenId>,
}

impl Tokens {
    pub(crate) fn get(&self, id: TokenId) -> Option<&Arc<Token>> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_secret(&self, secret: &str) -> Option<&Arc<Token>> {
        self.get(*self.by_secret.get(secret)?)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Token>> {
        self.by_id.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Takes out all tokens of a user; their ids are not given again.
    pub(super) fn remove_user(&mut self, user: UserId) {
        let gone: Vec<Arc<Token>> = self.iter().filter(|token| token.user == user).cloned().collect();
        for token in gone {
            self.by_id.remove(&token.id);
            self.by_secret.remove(&token.secret.0);
        }
    }

    /// The highest id ever given, for the snapshot.
    pub(super) fn last_id(&self) -> u64 {
        self.last
    }

    pub(super) fn set_last_id(&mut self, id: u64) {
        self.last = self.last.max(id);
    }

    pub(super) fn next_id(&self) -> TokenId {
        TokenId(self.last + 1)
    }

    /// Adds a token or replaces the one with the same id.
    pub(crate) fn put(&mut self, token: Arc<Token>) {
        self.last = self.last.max(token.id.0);
        if let Some(old) = self.by_id.get(&token.id) {
            self.by_secret.remove(&old.secret.0);
        }
        self.by_secret.insert(token.secret.0.clone(), token.id);
        self.by_id.insert(token.id, token);
    }
}
