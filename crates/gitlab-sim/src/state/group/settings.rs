//! What can be set on a group and has no rule of its own.

#![expect(
    clippy::option_option,
    reason = "a parameter is absent, null or there, and a setting may be null itself"
)]

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::BranchProtection;
use crate::params::Ask;
use crate::state::settings::{
    Shown, Word, flag, maybe_flag, maybe_number, number, settings, text, word, words,
};

settings! {
    /// Settings that every licence has.
    GroupSettings,
    /// What a request wants to set of those.
    GroupSettingsPatch {
        share_with_group_lock: bool = false, flag;
        require_two_factor_authentication: bool = false, flag;
        two_factor_grace_period: i64 = 48, number;
        project_creation_level: Word = word("developer"), project_creation_level;
        auto_devops_enabled: Option<bool> = None, maybe_flag;
        subgroup_creation_level: Word = word("maintainer"), subgroup_creation_level;
        emails_enabled: bool = true, emails;
        show_diff_preview_in_email: bool = true, flag;
        mentions_disabled: Option<bool> = None, maybe_flag;
        lfs_enabled: bool = true, flag;
        math_rendering_limits_enabled: bool = true, flag;
        lock_math_rendering_limits_enabled: bool = false, flag;
        default_branch: Option<String> = None, text;
        branch_protection: BranchProtection = BranchProtection::default(), BranchProtection::read;
        request_access_enabled: bool = true, flag;
        shared_runners_setting: Word = word("enabled"), shared_runners_setting;
        max_artifacts_size: Option<i64> = None, maybe_number;
        enabled_git_access_protocol: Option<String> = None, git_protocol;
        prevent_sharing_groups_outside_hierarchy: bool = false, flag;
    }
}

settings! {
    /// Settings that come with a paid licence.
    LicensedGroupSettings,
    /// What a request wants to set of those.
    LicensedGroupSettingsPatch {
        ldap_cn: Option<String> = None, text;
        ldap_access: Option<i64> = None, maybe_number;
        file_template_project_id: Option<i64> = None, maybe_number;
        wiki_access_level: Word = word("enabled"), wiki_access_level;
        duo_core_features_enabled: Option<bool> = None, maybe_flag;
        duo_features_enabled: bool = true, flag;
        lock_duo_features_enabled: bool = false, flag;
        auto_duo_code_review_enabled: Option<bool> = None, maybe_flag;
        web_based_commit_signing_enabled: bool = false, flag;
        shared_runners_minutes_limit: Option<i64> = None, maybe_number;
        extra_shared_runners_minutes_limit: Option<i64> = None, maybe_number;
        prevent_forking_outside_group: Option<bool> = None, maybe_flag;
        service_access_tokens_expiration_enforced: bool = true, flag;
        membership_lock: bool = false, flag;
        ip_restriction_ranges: Option<String> = None, filled;
        allowed_email_domains_list: Option<String> = None, filled;
        unique_project_download_limit: i64 = 0, number;
        unique_project_download_limit_interval_in_seconds: i64 = 0, number;
        unique_project_download_limit_allowlist: Vec<String> = Vec::new(), names;
        unique_project_download_limit_alertlist: Vec<u64> = Vec::new(), ids;
        auto_ban_user_on_excessive_projects_download: bool = false, flag;
    }
}

/// `emails_disabled` is the old name of the opposite.
fn emails(ask: &mut Ask<'_>, name: &'static str) -> Option<bool> {
    let disabled = ask.flag("emails_disabled");
    ask.flag(name).or(disabled.map(|disabled| !disabled))
}

fn git_protocol(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<String>> {
    // `all` is how a request says "no restriction", which the body shows as null.
    let protocol = ask.choice(name, &["ssh", "http", "all"])?;
    Some((protocol != "all").then(|| protocol.to_owned()))
}

/// Text; an empty one takes it away.
fn filled(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<String>> {
    let text = ask.text(name)?;
    Some(text.filter(|text| !text.is_empty()))
}

fn names(ask: &mut Ask<'_>, name: &'static str) -> Option<Vec<String>> {
    ask.list(name)
}

fn ids(ask: &mut Ask<'_>, name: &'static str) -> Option<Vec<u64>> {
    ask.ids(name)
}

words! {
    project_creation_level = ["noone", "owner", "maintainer", "developer", "administrator"];
    subgroup_creation_level = ["owner", "maintainer"];
    shared_runners_setting = ["disabled_and_unoverridable", "disabled_and_overridable", "enabled"];
    wiki_access_level = ["disabled", "private", "enabled"];
}
