use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::instance::Instance;
use crate::state::Snapshot;

/// How often a changed state is written.
const EVERY: Duration = Duration::from_secs(5);

/// Writes the state whenever it changed, and once more at the end.
pub(super) async fn run(file: PathBuf, instance: Arc<Instance>) {
    let mut written = None;
    loop {
        let stopping = tokio::select! {
            () = instance.stopping.cancelled() => true,
            () = instance.clock.sleep(EVERY) => false,
        };
        if stopping {
            // What open requests still do belongs into the file: they have ended when nobody else holds on.
            instance.drained.cancelled().await;
        }
        let (epoch, snapshot) = {
            let state = instance.state();
            (
                state.epoch,
                (written != Some(state.epoch)).then(|| Snapshot::take(&state)),
            )
        };
        if let Some(snapshot) = snapshot {
            let target = file.clone();
            let saved = tokio::task::spawn_blocking(move || snapshot.save(&target)).await;
            match saved {
                Ok(Ok(())) => written = Some(epoch),
                Ok(Err(error)) => {
                    tracing::error!(%error, file = %file.display(), "the state could not be written");
                }
                Err(error) => tracing::error!(%error, "writing the state broke off"),
            }
        }
        if stopping {
            return;
        }
    }
}
