use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// One GitLab server: its address without a trailing slash, query, fragment or credentials.
///
/// Two spellings of the same server (`HTTPS://GitLab.com/`, `https://gitlab.com:443`) are equal.
/// A server under a sub-path (`https://example.com/gitlab`) keeps the sub-path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceUrl {
    text: std::sync::Arc<str>,
}

impl PartialSchema for InstanceUrl {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .description(Some("The address of a GitLab server, without a trailing slash."))
            .into()
    }
}

impl ToSchema for InstanceUrl {}

/// Why an address cannot be that of a GitLab server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInstanceUrl {
    /// Not an absolute URL.
    #[error("not a URL; give it like https://gitlab.example.com")]
    NotAUrl,
    /// Neither `http` nor `https`.
    #[error("only http and https addresses are possible")]
    Scheme,
    /// A user name or password inside the address.
    #[error("must not contain a user name or password")]
    Credentials,
    /// A query or fragment after the path.
    #[error("must not contain a query or fragment")]
    Trailing,
}

impl InstanceUrl {
    /// The address without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as a URL, with a trailing slash on its path.
    pub fn to_url(&self) -> Url {
        let mut url = Url::parse(&self.text).unwrap_or_else(|_| unreachable!("checked when made"));
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    /// The host name or address, lower case, without the port.
    pub fn host(&self) -> String {
        self.to_url().host_str().unwrap_or_default().to_owned()
    }
}

impl FromStr for InstanceUrl {
    type Err = InvalidInstanceUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|_| InvalidInstanceUrl::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidInstanceUrl::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidInstanceUrl::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidInstanceUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidInstanceUrl::Trailing);
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').into(),
        })
    }
}

impl fmt::Display for InstanceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for InstanceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for InstanceUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for InstanceUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Who somebody is: the instance *and* the GitLab user id, never the id alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserKey {
    /// The GitLab server that knows this user.
    pub instance: InstanceUrl,
    /// The user's number there.
    pub user_id: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_server_are_equal() {
        let plain: InstanceUrl = "https://gitlab.com".parse().unwrap();
        for other in [
            "HTTPS://GitLab.com/",
            "https://gitlab.com:443",
            " https://gitlab.com// ",
        ] {
            assert_eq!(other.parse::<InstanceUrl>().unwrap(), plain, "{other}");
        }
        assert_eq!(
            "http://127.0.0.1:8929/sub/"
                .parse::<InstanceUrl>()
                .unwrap()
                .as_str(),
            "http://127.0.0.1:8929/sub"
        );
    }

    #[test]
    fn what_could_smuggle_something_is_refused() {
        for (text, why) in [
            ("gitlab.com", InvalidInstanceUrl::NotAUrl),
            ("file:///etc/passwd", InvalidInstanceUrl::Scheme),
            ("https://user:secret@gitlab.com", InvalidInstanceUrl::Credentials),
            ("https://gitlab.com/?x=1", InvalidInstanceUrl::Trailing),
        ] {
            assert_eq!(text.parse::<InstanceUrl>(), Err(why), "{text}");
        }
    }
}
