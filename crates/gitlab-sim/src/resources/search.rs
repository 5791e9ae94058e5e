//! `/search`: people and projects; of everything else there is nothing to be found.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::projects::present::{ProjectView, Shape};
use super::users::present::UserBasic;
use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Offset, Reply};
use crate::state::{Project, Search, User, UserState};

pub(super) const ENDPOINTS: &[Endpoint] = &[get("/search", search)];

/// What can be looked for in a database.
const PLAIN: [&str; 6] = [
    "projects",
    "issues",
    "merge_requests",
    "milestones",
    "snippet_titles",
    "users",
];

/// What needs the advanced search, which is another program beside GitLab.
const ADVANCED: [&str; 4] = ["wiki_blobs", "blobs", "commits", "notes"];

fn search(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let text = ask.required_text("search");
    ask.require("scope");
    let scope = ask.choice("scope", &[PLAIN.as_slice(), ADVANCED.as_slice()].concat());
    ask.ignored(&["state", "confidential", "fields"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let searched = Search::new(&text);
    match scope {
        Some("projects") => Ok(projects(call, &searched, offset)),
        Some("users") => Ok(users(call, &searched, &text, offset)),
        Some(scope) if ADVANCED.contains(&scope) => {
            let body = json!({"message": {"error": "Scope supported only with advanced search"}});
            Reply::json(StatusCode::BAD_REQUEST, &body).refuse()
        }
        _ => Ok(offset.slice::<&Value>(&[]).map(Some).reply(call)),
    }
}

/// Newest first; those that are archived are left out.
fn projects(call: &Call<'_>, searched: &Search, offset: Offset) -> Reply {
    let state = call.state();
    let found = |project: &&Arc<Project>| {
        let fits = searched.finds(&project.name) || searched.finds(&project.path);
        fits && !project.archived && call.viewer.can_read_project(&state, project)
    };
    let candidates: Box<dyn DoubleEndedIterator<Item = &Arc<Project>>> =
        match state.tree.projects_for(searched) {
            Some(few) => Box::new(few),
            None => Box::new(state.tree.projects(..)),
        };
    let page = offset
        .cut(candidates.rev().filter(found))
        .map(|project| Some(ProjectView::of(call, &state, project, Shape::Basic)));
    page.reply(call)
}

/// People who may sign in, newest first.
fn users(call: &Call<'_>, searched: &Search, text: &str, offset: Offset) -> Reply {
    let state = call.state();
    let found = |user: &&Arc<User>| {
        let fits = searched.finds(&user.name) || searched.finds(&user.username);
        user.state == UserState::Active && (fits || user.email.eq_ignore_ascii_case(text))
    };
    let candidates: Box<dyn DoubleEndedIterator<Item = &Arc<User>>> = match state.users.for_search(searched) {
        Some(few) => Box::new(few),
        None => Box::new(state.users.iter()),
    };
    let page = offset
        .cut(candidates.rev().filter(found))
        .map(|user| Some(UserBasic::of(&call.instance.site, user)));
    page.reply(call)
}
