use serde_json::{Value, json};

const ABOUT: &str = "Groups, projects, members and settings of a GitLab instance, changed in bulk: exactly once, within \
GitLab's limits, and reversibly.

Everything is JSON with camelCase names; what is GitLab's own keeps GitLab's names. Forms \
(`application/x-www-form-urlencoded`, nested keys like `data[items][0][path]=web`) are accepted wherever JSON is, and an \
empty body means `{}`. Times are RFC 3339 in UTC. Answers are compressed with gzip, br or zstd as asked.

Every answer has an `X-Request-Id`. Every refusal has one form: \
`{\"error\":{\"code\",\"message\",\"details\"?,\"requestId\"}}`; a `400` lists every problem at once.

A request that changes something and comes from a browser has to come from the server's own pages or from a listed \
origin. Lists are paged by `cursor`: pass the `nextCursor` of one page, unchanged and with the same filters, to get the \
next; rows that are added meanwhile do not move the others.

What happens is told over Socket.IO at `/socket.io` (version 4 clients).";

/// The tags in the order of the reference, and what each is about.
const TAGS: [(&str, &str); 13] = [
    ("Signing in", "Sessions: who is signed in, with which GitLab."),
    ("API keys", "Credentials for programs."),
    (
        "Jobs",
        "What is to be done in bulk: planned, run, looked at, undone.",
    ),
    ("Short forms", "Jobs of one kind, told in fewer words."),
    (
        "Operations",
        "Everything that can be done in bulk, with the schema of its items.",
    ),
    (
        "Estate",
        "The groups and projects of the instance, as the signed-in user sees them.",
    ),
    ("Overviews", "Permissions and numbers, for dashboards."),
    (
        "GitLab",
        "GitLab's own API through this server, within the same budget as jobs.",
    ),
    (
        "Gateway",
        "The same for GitLab's own clients, which take `/gitlab` here for their GitLab and an API key for their token.",
    ),
    ("Health", "How the server, GitLab and the session are."),
    ("Webhooks", "What GitLab tells by itself."),
    ("Audit", "Who did what, when, from where."),
    ("Reference", "This document."),
];

/// Says what the document is about, who may ask, and in which order it is told.
pub(super) fn write(document: &mut Value) {
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "GitLab Bulk Manager",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/", "description": "The server that this document comes from" }]);
    document["security"] = json!([{ "session": [] }, { "apiKey": [] }]);
    let used = |tag: &str| {
        let operations = document["paths"]
            .as_object()
            .into_iter()
            .flat_map(|paths| paths.values());
        operations
            .flat_map(|item| item.as_object().into_iter().flat_map(|item| item.values()))
            .any(|operation| {
                operation["tags"]
                    .as_array()
                    .is_some_and(|tags| tags.contains(&json!(tag)))
            })
    };
    let tags = TAGS.iter().filter(|(name, _)| used(name));
    document["tags"] = tags
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect();
    document["components"]["securitySchemes"] = json!({
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "gitlab_bulk_session",
            "description": "The cookie that `POST /api/auth/login` sets; `__Host-gitlab_bulk_session` in production.",
        },
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "gbk_…",
            "description": "An API key, shown once when it is made.",
        },
        "privateToken": {
            "type": "apiKey",
            "in": "header",
            "name": "PRIVATE-TOKEN",
            "description": "An API key with the scope `gateway`, where GitLab's clients send a token.",
        },
        "webhook": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Gitlab-Token",
            "description": "`GITLAB_WEBHOOK_SECRET`.",
        },
        "metrics": {
            "type": "http",
            "scheme": "bearer",
            "description": "`METRICS_TOKEN`.",
        },
    });
}
