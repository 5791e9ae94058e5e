use std::time::Duration;

use gitlab_client::QuotaReport;
use gitlab_client::fuzzing::quota_heeded;
use serde_json::Value;

/// What nodes tell each other through Redis: what is understood is said again the same, and nothing of it stops a user for
/// longer than GitLab could.
pub(crate) fn run(data: &[u8]) {
    if let Some(said) = server::fuzzing::said_again(data) {
        let again = server::fuzzing::said_again(&said).expect("what was said is understood");
        assert_eq!(again, said, "{}", String::from_utf8_lossy(&said));
    }
    let Ok(said) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    for place in [&said, &said["left"]] {
        let Ok(told) = serde_json::from_value::<QuotaReport>(place.clone()) else {
            continue;
        };
        let (whole, period, ends) = quota_heeded(&told);
        let day = Duration::from_hours(24);
        assert!(whole >= 1);
        assert!(
            period >= Duration::from_secs(1) && period <= day,
            "a window of {period:?}"
        );
        assert!(ends <= day, "a window that ends in {ends:?}");
    }
}
