//! A write, and what is looked at to settle it.

use domain::{Action, Change, ItemResult, LookAt, Timestamp};
use gitlab_client::{Gitlab, WriteMethod};

use crate::estate::Known;

/// A write to be sent to GitLab.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: WriteMethod,
    /// Where to.
    pub path: gitlab_api::ApiPath,
    /// The JSON body.
    pub body: serde_json::Value,
}

/// What a call may look at when it is made.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// What the plan decided.
    pub action: Action,
    /// The objects that were needed, in the order of [`Operation::needs`](super::Operation::needs).
    pub needs: &'a [Known],
    /// The object that is there already (updates).
    pub present: Option<&'a ItemResult>,
    /// What the plan wants changed (updates).
    pub changes: &'a [Change],
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

/// What settling may look at.
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
