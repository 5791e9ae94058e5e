//! `/application/statistics`: how much there is on the whole instance, for administrators.

use serde::Serialize;

use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Reply};
use crate::state::UserState;

pub(super) const ENDPOINTS: &[Endpoint] = &[get("/application/statistics", show)];

/// Counts, as texts for people.
#[derive(Serialize)]
struct Statistics {
    forks: String,
    issues: String,
    merge_requests: String,
    notes: String,
    snippets: String,
    ssh_keys: String,
    milestones: String,
    users: String,
    projects: String,
    groups: String,
    active_users: String,
}

fn show(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let state = call.state();
    let forks = state
        .tree
        .projects(..)
        .filter(|project| project.forked_from.is_some());
    let active = state.users.iter().filter(|user| user.state == UserState::Active);
    Ok(Reply::ok(&Statistics {
        forks: grouped(forks.count()),
        issues: grouped(0),
        merge_requests: grouped(0),
        notes: grouped(0),
        snippets: grouped(0),
        ssh_keys: grouped(state.belongings.keys.len()),
        milestones: grouped(0),
        users: grouped(state.users.len()),
        projects: grouped(state.tree.project_count()),
        groups: grouped(state.tree.group_count()),
        active_users: grouped(active.count()),
    }))
}

/// `1,234,567`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        let numbers = [0, 999, 1_000, 123_456, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "123,456", "1,234,567"]);
    }
}
