use super::{News, time};
use crate::hooks::audience::Sort;
use crate::hooks::object::Object;
use crate::hooks::{Push, PushedCommit};
use crate::instance::Site;
use crate::state::{Project, State, Trigger, User};

const NOTHING: &str = "0000000000000000000000000000000000000000";

pub(super) fn news(state: &State, site: &Site, project: &Project, push: &Push) -> Option<News> {
    let user = state.users.get(push.user)?;
    let (name, kind, trigger) = if push.branch().is_some() {
        ("push", "Push Hook", Trigger::Push)
    } else {
        ("tag_push", "Tag Push Hook", Trigger::TagPush)
    };
    let full_path = state.project_full_path(project);
    let web_url = format!("{}/{full_path}", site.url);
    let told = pushed(site, project, push, user, name, &full_path, &web_url);
    Some(News {
        name,
        sort: Sort {
            of_system: Some(trigger),
            is_system: true,
            of_group: Some(trigger),
        },
        kind,
        for_system: told.clone(),
        for_groups: told,
    })
}

/// That something changed, and where.
pub(super) fn update_news(state: &State, site: &Site, project: &Project, push: &Push) -> Option<News> {
    let user = state.users.get(push.user)?;
    let full_path = state.project_full_path(project);
    let web_url = format!("{}/{full_path}", site.url);
    let change = Object::new()
        .put("before", &push.before)
        .put("after", &push.after)
        .put("ref", &push.reference);
    let told = Object::new()
        .put("event_name", "repository_update")
        .put("user_id", user.id)
        .put("user_name", &user.name)
        .put("user_email", &user.email)
        .put("user_avatar", ())
        .put("project_id", project.id)
        .put_json(
            "project",
            &told_project(site, project, &full_path, &web_url).end(),
        )
        .put_all("changes", [change])
        .put("refs", [&push.reference]);
    Some(News {
        name: "repository_update",
        sort: Sort {
            of_system: Some(Trigger::RepositoryUpdate),
            is_system: true,
            of_group: None,
        },
        kind: "System Hook",
        for_system: told.end(),
        for_groups: String::new(),
    })
}

fn pushed(
    site: &Site,
    project: &Project,
    push: &Push,
    user: &User,
    name: &str,
    full_path: &str,
    web_url: &str,
) -> String {
    let checkout = (push.after != NOTHING).then_some(&push.after);
    let commits = push.commits.iter().map(|commit| told_commit(commit, web_url));
    let https = format!("{web_url}.git");
    let repository = Object::new()
        .put("name", &project.name)
        .put("url", ssh_url(site, full_path))
        .put("description", &project.description)
        .put("homepage", web_url)
        .put("git_http_url", &https)
        .put("git_ssh_url", ssh_url(site, full_path))
        .put("visibility_level", project.visibility as u8);
    Object::new()
        .put("object_kind", name)
        .put("event_name", name)
        .put("before", &push.before)
        .put("after", &push.after)
        .put("ref", &push.reference)
        .put("ref_protected", false)
        .put("checkout_sha", checkout)
        .put("message", ())
        .put("user_id", user.id)
        .put("user_name", &user.name)
        .put("user_username", &user.username)
        .put("user_email", "")
        .put("user_avatar", ())
        .put("project_id", project.id)
        .put_json("project", &told_project(site, project, full_path, web_url).end())
        .put_all("commits", commits)
        .put("total_commits_count", push.total_commits)
        .put_json("push_options", "{}")
        .put_json("repository", &repository.end())
        .end()
}

fn told_project(site: &Site, project: &Project, full_path: &str, web_url: &str) -> Object {
    let namespace = full_path.rsplit_once('/').map_or("", |(above, _)| above);
    Object::new()
        .put("id", project.id)
        .put("name", &project.name)
        .put("description", &project.description)
        .put("web_url", web_url)
        .put("avatar_url", ())
        .put("git_ssh_url", ssh_url(site, full_path))
        .put("git_http_url", format!("{web_url}.git"))
        .put("namespace", namespace)
        .put("visibility_level", project.visibility as u8)
        .put("path_with_namespace", full_path)
        .put("default_branch", &project.default_branch)
        .put("ci_config_path", &project.settings.ci_config_path)
        .put("homepage", web_url)
        .put("url", ssh_url(site, full_path))
        .put("ssh_url", ssh_url(site, full_path))
        .put("http_url", format!("{web_url}.git"))
}

fn ssh_url(site: &Site, full_path: &str) -> String {
    let host = site.host.split(':').next().unwrap_or_default();
    format!("git@{host}:{full_path}.git")
}

fn told_commit(commit: &PushedCommit, web_url: &str) -> Object {
    let title = commit.message.lines().next().unwrap_or_default();
    let author = Object::new()
        .put("name", &commit.author_name)
        .put("email", super::REDACTED);
    Object::new()
        .put("id", &commit.id)
        .put("message", &commit.message)
        .put("title", title)
        .put("timestamp", time(commit.at).replace('Z', "+00:00"))
        .put("url", format!("{web_url}/-/commit/{}", commit.id))
        .put_json("author", &author.end())
        .put("added", &commit.added)
        .put("modified", &commit.modified)
        .put("removed", &commit.removed)
}
