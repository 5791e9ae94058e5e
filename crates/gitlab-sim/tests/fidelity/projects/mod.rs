//! Projects (§5.4, §6, §7.2).

mod archive;
mod body;
mod create;
mod delete;
mod fork;
mod import;
mod list;
mod others;
mod paths;
mod settings;
mod sharing;
mod stars;
mod transfer;
mod update;

use std::sync::Arc;
use std::time::Duration;

use gitlab_sim::{Background, Options, Tier};

use crate::client::Lab;
use crate::clock::HandClock;

/// Background work waits five seconds of a clock that the test moves.
async fn slow_lab() -> (Lab, Arc<HandClock>) {
    let clock = HandClock::new();
    let background = Background::After(Duration::from_secs(5));
    let options = Options::empty().users(9).background(background);
    let lab = Lab::with(options.clock(Arc::clone(&clock) as _)).await;
    (lab, clock)
}

/// With a Premium licence.
async fn premium_lab() -> Lab {
    let options = Options::empty().users(9).tier(Tier::Premium);
    Lab::with(options.background(Background::IMMEDIATE)).await
}

/// A multipart body with an avatar of that name and content.
fn picture(filename: &str, content: &str) -> String {
    format!(
        "--X\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"{filename}\"\r\n\
         Content-Type: image/png\r\n\r\n{content}\r\n--X--\r\n"
    )
}

/// The content type of [`picture`].
const MULTIPART: &str = "multipart/form-data; boundary=X";
