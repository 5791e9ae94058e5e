use std::cmp::Reverse;
use std::sync::Arc;

use super::super::access;
use super::super::pages::Walk;
use super::present::BranchBody;
use crate::http::{Answer, Call};
use crate::params::Ask;
use crate::resources::holds;
use crate::state::repository::Commit;

/// `GET /projects/:id/repository/branches`
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let search = ask.filled("search");
    let regex = regex(&mut ask, "regex");
    let sort = ask.choice("sort", &["name_asc", "updated_asc", "updated_desc"]);
    let walk = Walk::read(&mut ask);
    call.admit(ask)?;

    let state = call.state();
    let (project, repository) = access::readable(call, &state, call.arg(0))?;
    let mut rows: Vec<(&str, &Arc<Commit>)> = repository
        .branches()
        .filter(|(name, _)| search.as_deref().is_none_or(|search| found(name, search)))
        .filter(|(name, _)| regex.as_ref().is_none_or(|regex| regex.is_match(name)))
        .collect();
    match sort {
        Some("updated_asc") => rows.sort_by_key(|(_, commit)| commit.committer.at),
        Some("updated_desc") => rows.sort_by_key(|(_, commit)| Reverse(commit.committer.at)),
        _ => {}
    }
    Ok(walk.reply(
        call,
        rows,
        |(name, _)| (*name).to_owned(),
        |(name, commit)| BranchBody::of(call, &state, &project, &repository, name, commit),
    ))
}

/// `^` at the beginning and `$` at the end tie the search to that side.
pub(in super::super) fn found(name: &str, search: &str) -> bool {
    let (name, search) = (name.to_lowercase(), search.to_lowercase());
    match (search.strip_prefix('^'), search.strip_suffix('$')) {
        (Some(start), None) => name.starts_with(start),
        (None, Some(end)) => name.ends_with(end),
        (Some(start), Some(_)) => name == start.trim_end_matches('$'),
        (None, None) => holds(&name, &search),
    }
}

/// A pattern in the dialect of RE2.
fn regex(ask: &mut Ask<'_>, name: &'static str) -> Option<regex::Regex> {
    let text = ask.filled(name)?;
    match regex::Regex::new(&text) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let what = error.to_string();
            let last = what.lines().last().unwrap_or_default();
            let reason = last.trim_start_matches("error: ");
            ask.complain(format!("{name} is an invalid regex: {reason}"));
            None
        }
    }
}
