//! Ctrl-C and SIGTERM: the first asks politely, the second ends the process at once.

use tokio::signal;
use tokio_util::sync::CancellationToken;

use crate::failure::Exit;
use crate::output::talk;

/// Tells whether the person at the keyboard (or the service manager) wants an end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts {
    first: CancellationToken,
}

impl Interrupts {
    /// Listens from now on. Ending at once is safe: intents and evidence are on disk already.
    pub(crate) fn listen() -> Self {
        let first = CancellationToken::new();
        // Here, not in the task: whoever sees our first word may send a signal at once.
        match Signals::new() {
            Ok(mut signals) => {
                let seen = first.clone();
                tokio::spawn(async move {
                    signals.next().await;
                    seen.cancel();
                    signals.next().await;
                    std::process::exit(Exit::Interrupted as i32);
                });
            }
            Err(error) => talk::warn(&format!("this machine does not let us hear of Ctrl-C: {error}")),
        }
        Self { first }
    }

    /// Nobody interrupts.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self {
            first: CancellationToken::new(),
        }
    }

    /// Resolves at the first signal, also when it has come already.
    pub(crate) async fn first(&self) {
        self.first.cancelled().await;
    }

    /// Cancelled at the first signal.
    pub(crate) fn token(&self) -> CancellationToken {
        self.first.clone()
    }

    /// Whether the first signal has come.
    pub(crate) fn came(&self) -> bool {
        self.first.is_cancelled()
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
