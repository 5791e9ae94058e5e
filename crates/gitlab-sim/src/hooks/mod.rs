//! Hooks that report changes (GitLab API facts §9): what happened becomes a letter for every hook that wants to
//! know; letters wait for their time with the other background work and are then sent over HTTP, without the lock
//! of the state.

mod audience;
mod courier;
mod event;
mod letter;
mod newsroom;
mod object;
mod payload;
mod request;
mod sample;
mod template;

pub(crate) use courier::{Courier, Outcome, deliver, delivery, run};
pub(crate) use event::{
    AccessRequest, Event, KeyChange, MemberChange, ProjectChange, Push, PushedCommit, UserChange,
};
pub(crate) use letter::Letter;
pub(crate) use newsroom::Newsroom;
pub(crate) use sample::made_up;
