use crate::choose;

/// Query strings, cursors and the keys of idempotent requests.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match choice % 2 {
        0 => {
            for problem in server::fuzzing::query(text).unwrap_or_default() {
                assert!(problem.len() < 2_000, "a refusal of {} bytes", problem.len());
            }
        }
        _ => {
            let cursor = server::fuzzing::cursor("/api/jobs", text);
            assert_eq!(
                server::fuzzing::position("/api/jobs", &cursor).as_deref(),
                Some(text)
            );
            assert_eq!(server::fuzzing::position("/api/audit", &cursor), None);
            if let Some(position) = server::fuzzing::position("/api/jobs", text) {
                assert_eq!(server::fuzzing::cursor("/api/jobs", &position), text);
            }
        }
    }
}
