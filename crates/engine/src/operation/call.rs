//! A write, and what is looked at to settle it.

use domain::{Action, Change, ItemError, ItemResult, LookAt, Timestamp};
use gitlab_client::{Gitlab, WriteMethod};
use serde_json::Value;

use crate::estate::Known;

/// A write to be sent to GitLab.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: WriteMethod,
    /// Where to.
    pub path: gitlab_api::ApiPath,
    /// Parameters in the URL, where GitLab wants them there (`DELETE`); never a secret.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body. May hold a secret, so `Debug` does not show it.
    pub body: Value,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// A write with a body.
    pub fn new(method: WriteMethod, path: gitlab_api::ApiPath, body: impl Into<Value>) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: body.into(),
        }
    }

    /// `POST`
    pub fn post(path: gitlab_api::ApiPath, body: impl Into<Value>) -> Self {
        Self::new(WriteMethod::Post, path, body)
    }

    /// `PUT`
    pub fn put(path: gitlab_api::ApiPath, body: impl Into<Value>) -> Self {
        Self::new(WriteMethod::Put, path, body)
    }

    /// `DELETE`, without a body.
    pub fn delete(path: gitlab_api::ApiPath) -> Self {
        Self::new(WriteMethod::Delete, path, Value::Null)
    }

    /// The same with a parameter in its URL.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// What a call may look at when it is made.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// Which of the item's writes, from 0.
    pub step: u32,
    /// What the plan decided.
    pub action: Action,
    /// The objects that were needed, in the order of [`Operation::needs`](super::Operation::needs).
    pub needs: &'a [Known],
    /// The object that is there already (updates), or that an earlier step has made.
    pub present: Option<&'a ItemResult>,
    /// What the plan wants changed. Values of secrets are `***`: take those from the parameters. While a job runs,
    /// nothing for what makes a group or project: its parameters say all of it.
    pub changes: &'a [Change],
    /// What the plan wanted remembered ([`Planned::remember`](super::Planned::remember)).
    pub remembered: Option<&'a Value>,
}

impl<'a> CallContext<'a> {
    /// The first of the needed objects: what an operation on something that exists is about.
    pub fn object(&self) -> Option<&'a Known> {
        self.needs.first()
    }
}

/// What became of a write whose answer was lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Settlement {
    /// It is there and it is ours: done.
    Adopted(ItemResult),
    /// It is not there; whether that means "not done" depends on how long ago it was sent.
    Absent,
    /// It is there, but it cannot be told whether we did it.
    Undecided {
        /// What is there.
        present: ItemResult,
        /// What a person should compare.
        look_at: LookAt,
    },
}

/// How far GitLab has come with what it does after it has answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// Still at it.
    Pending,
    /// Done. `None` keeps what the last answer said.
    Done(Option<ItemResult>),
    /// It gave up.
    Failed(ItemError),
}

/// What settling and following may look at.
pub struct SettleContext<'a> {
    /// Reads only; nothing is written while settling.
    pub gitlab: &'a Gitlab,
    /// The same as for the call.
    pub call: CallContext<'a>,
    /// When the intent was committed, in our clock.
    pub intent_at: Timestamp,
    /// GitLab's number of the user whose token was used.
    pub user_id: u64,
}

impl SettleContext<'_> {
    /// The earliest moment that GitLab's clock may have shown when the intent was committed.
    /// Sharpest after a read, since every answer tells GitLab's time.
    pub fn intent_in_gitlabs_clock(&self) -> Timestamp {
        /// Without any answer yet, clocks that are kept at all differ by less than this.
        const UNKNOWN_OFFSET_MILLIS: i64 = 5_000;
        match self.gitlab.instance_clock_offset() {
            Some(offset) => offset.earliest_in_gitlab(self.intent_at),
            None => Timestamp::from_millis(self.intent_at.as_millis() - UNKNOWN_OFFSET_MILLIS),
        }
    }
}
