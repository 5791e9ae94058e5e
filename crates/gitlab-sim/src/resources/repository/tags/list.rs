use super::super::access;
use super::super::branches;
use super::super::pages::Walk;
use super::present::TagBody;
use crate::http::{Answer, Call};
use crate::state::repository::{Repository, Tag};
use crate::time_text::Moment;

/// `GET /projects/:id/repository/tags`
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let search = ask.filled("search");
    let order = ask.choice("order_by", &["name", "updated", "version"]);
    let ascending = ask.choice("sort", &["asc", "desc"]) == Some("asc");
    let walk = Walk::read(&mut ask);
    call.admit(ask)?;

    let state = call.state();
    let (project, repository) = access::readable(call, &state, call.arg(0))?;
    let mut rows: Vec<(&str, &Tag)> = repository
        .tags()
        .filter(|(name, _)| {
            search
                .as_deref()
                .is_none_or(|search| branches::found(name, search))
        })
        .collect();
    match order {
        Some("name") => {}
        Some("version") => rows.sort_by_cached_key(|(name, _)| version(name)),
        _ => rows.sort_by_key(|(_, tag)| updated(&repository, tag)),
    }
    if !ascending {
        rows.reverse();
    }
    Ok(walk.reply(
        call,
        rows,
        |(name, _)| (*name).to_owned(),
        |(name, tag)| TagBody::of(call, &state, &project, &repository, name, tag),
    ))
}

fn updated(repository: &Repository, tag: &Tag) -> Option<Moment> {
    match &tag.annotation {
        Some(own) => Some(own.tagger.at),
        None => repository.commit(tag.commit).map(|commit| commit.committer.at),
    }
}

/// The numbers of a version, so that 1.10 comes after 1.9.
fn version(name: &str) -> (Vec<u64>, String) {
    let numbers = name
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    (numbers, name.to_owned())
}
