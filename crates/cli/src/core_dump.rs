//! Keeps memory off the disk.

/// From now on a crash of this process writes no image of its memory, where every token is in clear, and no other
/// process of the same user may look into it (Linux). What the system does not allow is left as it is: the service
/// manager can say the same (`LimitCORE=0`).
#[cfg(unix)]
pub(crate) fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, nothing) {
        tracing::warn!(%error, "Core dumps could not be turned off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "Looking into this process could not be forbidden");
        }
    }
}

/// There is nothing to forbid.
#[cfg(not(unix))]
pub(crate) fn forbid() {}
