//! Named places at which a test can cut the work, as a power failure would.
//!
//! In builds with debug assertions, `GITLAB_BULK_FAILPOINT=after_intent:37` aborts the process when it
//! passes `after_intent` for the 37th time, and a test may hand in [`Failpoints::cutting`], after which
//! nothing that passes any place goes on. Other builds contain none of this.

/// Before an intent is committed.
pub const BEFORE_INTENT: &str = "before_intent";
/// The intent is committed, nothing is sent.
pub const AFTER_INTENT: &str = "after_intent";
/// GitLab's answer is here, the evidence is not committed.
pub const AFTER_ANSWER: &str = "after_answer";
/// The evidence is committed.
pub const AFTER_EVIDENCE: &str = "after_evidence";
/// The plan is complete but not yet recorded as such.
pub const BEFORE_PLANNED: &str = "before_planned";

/// Where the work is cut. By default nowhere, unless the environment says so.
#[derive(Clone, Debug, Default)]
pub struct Failpoints {
    #[cfg(debug_assertions)]
    cut: Option<std::sync::Arc<armed::Cut>>,
}

impl Failpoints {
    /// Cuts when `name` is passed for the `nth` time, from 1: from then on whoever passes any place stays there.
    #[cfg(debug_assertions)]
    pub fn cutting(name: &'static str, nth: u64) -> Self {
        Self {
            cut: Some(std::sync::Arc::new(armed::Cut::new(name, nth))),
        }
    }

    /// Resolves when the work has been cut; never without [`Failpoints::cutting`].
    #[cfg(debug_assertions)]
    pub async fn is_cut(&self) {
        match &self.cut {
            Some(cut) => cut.has_happened().await,
            None => std::future::pending().await,
        }
    }

    /// Passes a place.
    #[cfg(debug_assertions)]
    pub(crate) async fn pass(&self, name: &'static str) {
        armed::abort_if_asked(name);
        if let Some(cut) = &self.cut {
            cut.pass(name).await;
        }
    }

    /// Passes a place: nothing in this build.
    #[cfg(not(debug_assertions))]
    #[expect(
        clippy::unused_async,
        reason = "the same as where there is something to wait for"
    )]
    pub(crate) async fn pass(&self, _name: &'static str) {}
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::sync::watch;

    /// A cut that a test waits for.
    #[derive(Debug)]
    pub(super) struct Cut {
        name: &'static str,
        left: AtomicU64,
        happened: watch::Sender<bool>,
    }

    impl Cut {
        pub(super) fn new(name: &'static str, nth: u64) -> Self {
            Self {
                name,
                left: AtomicU64::new(nth),
                happened: watch::channel(false).0,
            }
        }

        pub(super) async fn pass(&self, name: &'static str) {
            if name == self.name && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
                self.happened.send_replace(true);
            }
            if *self.happened.borrow() {
                std::future::pending::<()>().await;
            }
        }

        pub(super) async fn has_happened(&self) {
            // The sender lives as long as we do.
            let _ = self.happened.subscribe().wait_for(|happened| *happened).await;
        }
    }

    /// The process ends where the environment says so.
    pub(super) fn abort_if_asked(name: &'static str) {
        struct Armed {
            name: String,
            left: AtomicU64,
        }
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let armed = ARMED.get_or_init(|| {
            let setting = std::env::var("GITLAB_BULK_FAILPOINT").ok()?;
            let (name, count) = setting.split_once(':')?;
            Some(Armed {
                name: name.to_owned(),
                left: AtomicU64::new(count.parse().ok()?),
            })
        });
        if let Some(armed) = armed
            && armed.name == name
            && armed.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            std::process::abort();
        }
    }
}
