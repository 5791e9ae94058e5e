use std::collections::BTreeMap;

use serde::Serialize;

use super::access;
use crate::http::{Answer, Call, Offset};

/// Somebody whose commits are on a branch.
#[derive(Debug, Serialize)]
struct Contributor {
    name: String,
    email: String,
    commits: usize,
    /// GitLab shows zero for both.
    additions: usize,
    deletions: usize,
}

/// `GET /projects/:id/repository/contributors`
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let reference = ask.filled("ref");
    let order = ask.choice("order_by", &["email", "name", "commits"]);
    let descending = ask.choice("sort", &["asc", "desc"]) == Some("desc");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;

    let (project, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let head = access::resolve(&project, &repository, reference.as_deref());
    let mut people: BTreeMap<String, Contributor> = BTreeMap::new();
    for commit in repository.history(head.map(|head| head.id)) {
        let email = commit.author.email.clone();
        people
            .entry(email.clone())
            .or_insert_with(|| Contributor {
                name: commit.author.name.clone(),
                email,
                commits: 0,
                additions: 0,
                deletions: 0,
            })
            .commits += 1;
    }
    let mut people: Vec<Contributor> = people.into_values().collect();
    match order {
        Some("email") => {}
        Some("name") => people.sort_by(|one, other| one.name.cmp(&other.name)),
        _ => people.sort_by_key(|one| one.commits),
    }
    if descending {
        people.reverse();
    }
    let total = people.len();
    Ok(offset.cut_of(people, total).reply(call))
}
