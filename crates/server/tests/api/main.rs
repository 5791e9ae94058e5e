//! The server, talked to over HTTP as its users do, with the simulator as its GitLab.

#![expect(clippy::unwrap_used, reason = "a test that cannot set the scene has failed")]

mod afterwards;
mod agreed;
mod audit;
mod catalogue;
mod clock;
mod doors;
mod envelope;
mod files;
mod forms;
mod front;
mod gateway;
mod held_back;
mod hooks;
mod hostile;
mod input;
mod jobs;
mod keys;
mod live;
mod log;
mod manifests;
mod metrics;
mod nodes;
mod oauth;
mod openapi;
mod overviews;
mod parked;
mod passage;
mod patience;
mod proxy;
mod quotas;
mod restart;
mod secrets;
mod selections;
mod sessions;
mod shapes;
mod told;
mod workbooks;
mod world;
