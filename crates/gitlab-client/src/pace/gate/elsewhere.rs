//! What another process was told of the window in which GitLab counts.

use domain::{ManualClock, Timestamp};

use super::super::answer_headers::QuotaReport;
use super::*;

const PATIENT: Patience = Patience {
    people: Duration::from_secs(15),
    jobs: Duration::from_mins(10),
};

/// A window of a minute and 100 requests, of which so many are left.
fn left(remaining: u64) -> QuotaReport {
    QuotaReport {
        limit: 100,
        observed: Some(100 - remaining),
        remaining,
        reset_unix: 1_060,
        resets_in: nanos(Duration::from_mins(1)),
    }
}

#[tokio::test]
async fn what_little_is_left_is_kept_to_though_this_process_has_not_asked_since() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    clock.advance(Duration::from_secs(1000));
    let gate = Gate::new(Arc::clone(&clock) as _, None, Places::of(100), PATIENT);
    let under_way = gate.pass(Lane::People, 0).await.unwrap();
    gate.heed(&left(90));
    assert!(gate.pass(Lane::People, 0).await.is_ok());
    gate.heed(&left(2));
    // One of the two is most likely the one that is under way.
    let last = gate.pass(Lane::People, 0).await;
    assert!(last.is_ok());
    let shut = gate.pass(Lane::People, 0).await.unwrap_err();
    assert_eq!(shut.reason, WaitReason::QuotaUsedUp);
    // Older news change nothing, the next window does.
    gate.heed(&left(50));
    assert!(gate.pass(Lane::People, 0).await.is_err());
    drop(under_way);
    gate.heed(&QuotaReport {
        reset_unix: 1_120,
        ..left(60)
    });
    assert!(gate.pass(Lane::People, 0).await.is_ok());
}
