//! GitLab's own scalars.

use async_graphql::{ID, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::time_text::{Day, Moment};

/// The global id of something: `gid://gitlab/Group/101`.
pub(super) fn global_id(kind: &str, id: u64) -> ID {
    ID(format!("gid://gitlab/{kind}/{id}"))
}

/// The number at the end of a global id of that kind.
pub(super) fn number_of(kind: &str, id: &str) -> Option<u64> {
    let rest = id.strip_prefix("gid://gitlab/")?.strip_prefix(kind)?;
    rest.strip_prefix('/')?.parse().ok()
}

pub(super) fn group_of(id: &ID) -> Option<NamespaceId> {
    number_of("Group", id).map(NamespaceId)
}

pub(super) fn project_of(id: &ID) -> Option<ProjectId> {
    number_of("Project", id).map(ProjectId)
}

/// `gid://gitlab/User/11`
#[derive(Debug, Clone, Copy)]
pub(super) struct UserGlobalId(pub(super) UserId);

#[Scalar(name = "UserID")]
impl ScalarType for UserGlobalId {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => number_of("User", text)
                .map(|id| Self(UserId(id)))
                .ok_or_else(|| InputValueError::custom(format!("`{text}` is not a valid GitLab ID"))),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(format!("gid://gitlab/User/{}", self.0))
    }
}

/// A moment, to the second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) Moment);

impl Time {
    /// The start of a day.
    pub(super) fn of_day(day: Day) -> Option<Self> {
        Moment::parse(&day.to_string()).map(Self)
    }
}

#[Scalar]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Moment::parse(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom(format!("`{text}` is not a time"))),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        let text = self.0.to_string();
        let seconds = text.split_once('.').map_or(text.as_str(), |(seconds, _)| seconds);
        Value::String(format!("{seconds}Z"))
    }
}
