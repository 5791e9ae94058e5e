use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Names an API key in lists and in its address. Says nothing about the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One thing that an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyScope {
    /// Look at what the owner may look at: jobs, estate, statistics, reads of GitLab through the proxy.
    Read,
    /// Make and steer jobs; includes `read`.
    Jobs,
    /// Anything in GitLab, through the gateway and the proxy.
    Gateway,
}

impl KeyScope {
    /// All there are, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Read, Self::Jobs, Self::Gateway];

    /// The word of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Jobs => "jobs",
            Self::Gateway => "gateway",
        }
    }

    /// The scope of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an API key may do. As text, the words with spaces between them; in JSON, a list of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyScopes(u8);

impl KeyScopes {
    /// The scopes in their order, each once.
    pub fn iter(self) -> impl Iterator<Item = KeyScope> {
        KeyScope::ALL
            .into_iter()
            .filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// Whether the key may do this; `jobs` includes `read`.
    pub const fn allow(self, scope: KeyScope) -> bool {
        let enough = match scope {
            KeyScope::Read => KeyScope::Read.bit() | KeyScope::Jobs.bit(),
            other => other.bit(),
        };
        self.0 & enough != 0
    }

    /// Whether it may do nothing at all.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<KeyScope> for KeyScopes {
    fn from_iter<I: IntoIterator<Item = KeyScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

/// A word that is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope `{0}`")]
pub struct UnknownKeyScope(pub String);

impl fmt::Display for KeyScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            write!(f, "{}{scope}", if place == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for KeyScopes {
    type Err = UnknownKeyScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_whitespace()
            .map(|word| KeyScope::from_name(word).ok_or_else(|| UnknownKeyScope(word.to_owned())))
            .collect()
    }
}

impl Serialize for KeyScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for KeyScopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let scopes = Vec::<KeyScope>::deserialize(deserializer).map_err(de::Error::custom)?;
        Ok(scopes.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_include_reading_and_nothing_includes_the_gateway() {
        let allowed = |text: &str| {
            let scopes: KeyScopes = text.parse().unwrap();
            KeyScope::ALL.map(|scope| scopes.allow(scope))
        };
        assert_eq!(allowed(""), [false, false, false]);
        assert_eq!(allowed("read"), [true, false, false]);
        assert_eq!(allowed("jobs"), [true, true, false]);
        assert_eq!(allowed("gateway"), [false, false, true]);
    }

    #[test]
    fn scopes_are_words_in_one_order() {
        let scopes: KeyScopes = "gateway read read".parse().unwrap();
        assert_eq!(scopes.to_string(), "read gateway");
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["read","gateway"]"#);
        assert_eq!(
            serde_json::from_str::<KeyScopes>(r#"["gateway","read"]"#).unwrap(),
            scopes
        );
        assert_eq!(
            "read all".parse::<KeyScopes>(),
            Err(UnknownKeyScope("all".into()))
        );
    }
}
