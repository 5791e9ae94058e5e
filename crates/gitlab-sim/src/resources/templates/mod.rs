//! `/templates/…`: files that people begin with. GitLab's names, and a line of our own in place of the text.

mod licence;
mod names;

use serde::Serialize;

use self::names::{DOCKERFILES, GITIGNORES, PIPELINES};
use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Offset, Reply, refuse};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/templates/dockerfiles", |call| list(call, DOCKERFILES)),
    get("/templates/dockerfiles/:name", |call| {
        show(call, DOCKERFILES, "dockerfile")
    }),
    get("/templates/gitignores", |call| list(call, GITIGNORES)),
    get("/templates/gitignores/:name", |call| {
        show(call, GITIGNORES, "gitignore")
    }),
    get("/templates/gitlab_ci_ymls", |call| list(call, PIPELINES)),
    get("/templates/gitlab_ci_ymls/:name", |call| {
        show(call, PIPELINES, "gitlab_ci_yml")
    }),
    get("/templates/licenses", licence::list),
    get("/templates/licenses/:name", licence::show),
];

#[derive(Serialize)]
struct Key {
    key: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Template {
    name: &'static str,
    content: String,
}

/// Every template of a kind; for anyone.
fn list(call: &Call<'_>, names: &'static [&'static str]) -> Answer {
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = offset.slice(names).map(|name| Some(Key { key: name, name }));
    Ok(page.reply(call))
}

/// One template, whatever the case of its name.
fn show(call: &Call<'_>, names: &'static [&'static str], kind: &str) -> Answer {
    call.admit_any()?;
    let named = |name: &&&str| name.eq_ignore_ascii_case(call.arg(0));
    let name = names.iter().find(named).ok_or_else(|| refuse::not_found(kind))?;
    Ok(Reply::ok(&Template {
        name,
        content: format!("# The {kind} template for {name}\n"),
    }))
}
