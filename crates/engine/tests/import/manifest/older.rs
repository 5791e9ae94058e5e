use insta::assert_snapshot;

use super::{read, understood};

/// What files of subgroups begin with.
const BELOW_A_GROUP: &str = "
parent_id: 12
defaults:
  visibility: private
  request_access_enabled: true
  project_creation_level: developer
  subgroup_creation_level: maintainer
subgroups:
  - name: Backend
    path: backend
    description: Services";

#[test]
fn subgroups_below_a_group() {
    assert_snapshot!(understood(&format!("{BELOW_A_GROUP}
    subgroups:
      - name: Payments
        path: payments
        visibility: internal
        settings:
          request_access_enabled: false
          shared_paint: blue
options:
  continue_on_error: true
  skip_existing: true
  api_delay: 200
  max_retries: 3
")), @"
    estate.yaml:13:9, subgroups[0].subgroups[0].visibility: more open than the group above it, which is private in subgroups[0] (found `internal`; allowed: private)
    warning: estate.yaml:22:3, options.api_delay: a pause between requests is read as at most 5.00 requests per second (ratePerSecond)
    warning: estate.yaml:23:3, options.max_retries: not read: how often is GITLAB_API_MAX_RETRIES, and only what is safe to repeat is repeated
    warning: estate.yaml:18:11, subgroups[0].subgroups[0].settings.shared_paint: not read: unknown key `shared_paint` of a group
    ");
}

#[test]
fn subgroups_have_the_defaults_of_their_file_and_the_nearest_word_counts() {
    assert_snapshot!(understood(&format!("{BELOW_A_GROUP}
    visibility: internal
    subgroups:
      - name: Payments
        path: payments
        settings: {{ request_access_enabled: false, visibility: private }}
        subgroups:
          - {{ name: Ledger, path: ledger }}
")), @r#"
    create_group {"description":"Services","name":"Backend","parent":"found/by-number","path":"backend","project_creation_level":"developer","request_access_enabled":true,"subgroup_creation_level":"maintainer","visibility":"internal"}
    create_group {"name":"Payments","parent":"found/by-number/backend","path":"payments","project_creation_level":"developer","request_access_enabled":false,"subgroup_creation_level":"maintainer","visibility":"private"}
    create_group {"name":"Ledger","parent":"found/by-number/backend/payments","path":"ledger","project_creation_level":"developer","request_access_enabled":true,"subgroup_creation_level":"maintainer","visibility":"private"}
    "#);
}

#[test]
fn projects_are_read_from_one_list_as_well_and_in_the_spelling_of_the_old_console() {
    assert_snapshot!(understood("
projects:
  - { group_id: 12, name: Site, visibility: private }
branchProtection:
  default: { branch: main, push_access_level: 40, merge_access_level: 30, allow_force_push: false }
ciVariables:
  - { key: REGION, value: eu, protected: true }
"), @r#"
    create_project {"group":"found/by-number","name":"Site","visibility":"private"}
    protect_branch {"allow_force_push":false,"merge_access_level":"30","name":"main","project":"found/by-number/Site","push_access_level":"40"}
    set_variable {"key":"REGION","project":"found/by-number/Site","protected":true,"value":"eu"}
    "#);
}

#[test]
fn what_an_organisation_wants_of_all_its_groups_and_projects() {
    assert_snapshot!(understood("
organization: Acme
config: { parent_id: 12 }
groups:
  - name: Shop
    path: shop
    projects: [{ name: Site }]
group_variables:
  - { key: REGION, value: eu }
compliance:
  approval_rules: [{ name: Security, approvals_required: 2 }]
  push_rules: [{ commit_message_regex: '^[A-Z]' }]
"), @r#"
    create_group {"name":"Shop","parent":"found/by-number","path":"shop"}
    set_variable {"group":"found/by-number/shop","key":"REGION","value":"eu"}
    create_project {"group":"found/by-number/shop","name":"Site"}
    set_approval_rule {"approvals_required":2,"name":"Security","project":"found/by-number/shop/Site"}
    set_push_rule {"commit_message_regex":"^[A-Z]","project":"found/by-number/shop/Site"}
    warning: estate.yaml:2:15, organization: not read: the name of an organisation is a title only; its groups are made as they are listed
    "#);
}

#[test]
fn projects_of_groups_with_protection_and_variables() {
    assert_snapshot!(understood("
defaults:
  visibility: private
  default_branch: main
  initialize_with_readme: true
projects:
  - group_id: 12
    projects:
      - name: Billing API
        description: Money
        topics: [rust, money]
        settings:
          wiki_enabled: false
      - name: Web
        visibility: internal
branch_protection:
  default: { branch: main, push_access_level: maintainer, merge_access_level: developer }
  overrides:
    - { project_name: Web, branch: release, push_access_level: no_one, required_approvals: 2 }
ci_variables:
  global:
    - { key: REGION, value: eu }
  project_specific:
    - project_name: Billing API
      variables: [{ key: LEDGER, value: main }]
options:
  parallel_workers: 4
  dry_run: true
"), @r#"
    create_project {"default_branch":"main","description":"Money","group":"found/by-number","initialize_with_readme":true,"name":"Billing API","topics":["rust","money"],"visibility":"private","wiki_access_level":"disabled"}
    protect_branch {"merge_access_level":"developer","name":"main","project":"found/by-number/billing-api","push_access_level":"maintainer"}
    set_variable {"key":"LEDGER","project":"found/by-number/billing-api","value":"main"}
    set_variable {"key":"REGION","project":"found/by-number/billing-api","value":"eu"}
    create_project {"default_branch":"main","group":"found/by-number","initialize_with_readme":true,"name":"Web","visibility":"internal"}
    protect_branch {"name":"release","project":"found/by-number/Web","push_access_level":"no_one"}
    protect_branch {"merge_access_level":"developer","name":"main","project":"found/by-number/Web","push_access_level":"maintainer"}
    set_approval_rule {"approvals_required":2,"name":"All Members","project":"found/by-number/Web","rule_type":"any_approver"}
    set_variable {"key":"REGION","project":"found/by-number/Web","value":"eu"}
    warning: estate.yaml:27:3, options.parallel_workers: read as at most 4 requests in flight; few of them under one group at a time
    "#);
}

#[test]
fn an_organisation() {
    assert_snapshot!(understood("
organization: Acme
config:
  gitlab_url: https://gitlab.example.com
  group_defaults: { visibility: private }
  project_defaults: { visibility: private, merge_method: ff }
groups:
  - name: Acme
    path: acme
    members:
      - { username: dev-0001, access_level: owner, expires_at: 2031-01-01 }
    projects:
      - { name: Site, description: Public site }
    subgroups:
      - { name: Platform, path: platform, settings: { request_access_enabled: true } }
runners:
  - { name: shared, tags: [docker], groups: [acme] }
automation:
  backup: { schedule: daily, retention_days: 30 }
"), @r#"
    create_group {"name":"Acme","path":"acme","visibility":"private"}
    add_member {"access_level":50,"expires_at":"2031-01-01","group":"acme","username":"dev-0001"}
    create_project {"description":"Public site","group":"acme","merge_method":"ff","name":"Site","visibility":"private"}
    create_group {"name":"Platform","parent":"acme","path":"platform","request_access_enabled":true,"visibility":"private"}
    warning: estate.yaml:2:15, organization: not read: the name of an organisation is a title only; its groups are made as they are listed
    warning: estate.yaml:4:15, config.gitlab_url: not read: the instance is the one that GITLAB_URL or the login names
    warning: estate.yaml:17:3, runners: not read: runners register themselves with a token; make them with `gitlab-runner register`
    warning: estate.yaml:19:3, automation: not read: backups, monitoring and licence scanning are not settings of groups or projects
    "#);
}

#[test]
fn the_options_of_a_file_become_those_of_its_job() {
    let manifest = read(
        "old.yaml",
        "parent_id: 12\nsubgroups: [{ name: A, path: aa }]\noptions: { continue_on_error: false, skip_existing: true, api_delay: 0.5, dry_run: yes }\n",
    )
    .unwrap();
    let options = manifest.options.job();
    assert_eq!(
        (
            options.continue_on_error,
            options.update_existing,
            options.dry_run,
            options.rate_per_second
        ),
        (false, false, true, Some(2.0))
    );
    let ours = read(
        "new.yaml",
        "apiVersion: gitlab-bulk/v1\ngroups: [{ name: A, path: aa }]\n",
    )
    .unwrap();
    assert!(
        ours.options.job().update_existing,
        "a manifest brings what exists to what it says"
    );
}
