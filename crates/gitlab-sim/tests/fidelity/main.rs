//! What GitLab does, rule by rule, over real HTTP. Tests are named after the rule; sections are those of the
//! GitLab API facts.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` reads best without a borrow before it"
)]

mod access_requests;
mod access_tokens;
mod approvals;
mod authentication;
mod badges;
mod branches;
mod client;
mod clock;
mod commits;
mod control;
mod custom_attributes;
mod deletion;
mod deploy_keys;
mod deploy_tokens;
mod errors;
mod examples;
mod faults;
mod files;
mod graphql;
mod groups;
mod hook_events;
mod hooks;
mod images;
mod invitations;
mod job_token_scope;
mod labels;
mod levels;
mod license;
mod limits;
mod members;
mod names;
mod namespaces;
mod notification_settings;
mod oauth;
mod openapi;
mod order;
mod pages;
mod permissions;
mod projects;
mod protected_branches;
mod protected_tags;
mod push_rules;
mod receiver;
mod repository;
mod requests;
mod restart;
mod rules;
mod search;
mod service_accounts;
mod settings;
mod ssh_keys;
mod statistics;
mod system_hooks;
mod tags;
mod templates;
mod tokens;
mod topics;
mod tree;
mod users;
mod variables;
