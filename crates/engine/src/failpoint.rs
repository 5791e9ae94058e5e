//! Named places at which a test can cut the process, as a power failure would.
//!
//! In builds with debug assertions, `GITLAB_BULK_FAILPOINT=after_intent:37` aborts the process when it
//! passes `after_intent` for the 37th time. Other builds contain none of this.

/// Before an intent is committed.
pub(crate) const BEFORE_INTENT: &str = "before_intent";
/// The intent is committed, nothing is sent.
pub(crate) const AFTER_INTENT: &str = "after_intent";
/// GitLab's answer is here, the evidence is not committed.
pub(crate) const AFTER_ANSWER: &str = "after_answer";
/// The evidence is committed.
pub(crate) const AFTER_EVIDENCE: &str = "after_evidence";
/// The plan is complete but not yet recorded as such.
pub(crate) const BEFORE_PLANNED: &str = "before_planned";

/// Passes a failpoint.
#[cfg(debug_assertions)]
pub(crate) fn pass(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

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

/// Passes a failpoint: nothing in this build.
#[cfg(not(debug_assertions))]
pub(crate) fn pass(_name: &'static str) {}
