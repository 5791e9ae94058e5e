//! Settings of groups (GitLab API facts §7.1.4, §7.1.5).

use super::list::table;
use super::setting::{
    Part, Setting, Shown, Unset, choice, commas, feature, flag, level, number, set, text, visibility,
};

/// Hands the list of settings to a macro, behind what that is given itself.
macro_rules! group_settings {
    ($then:ident! { $($given:tt)* }) => {
        $then! {
            { $($given)* }
            /// What it is for.
            description: String = text().most(500).example("Shared services");
            /// Who may see it; never more open than its parent, never more closed than what is in it.
            visibility: Visibility as "Option<String>" = visibility().example("private");
            /// Whether people may ask for access.
            request_access_enabled: bool = flag().also(&["request_access"]);
            /// Whether Git LFS is on for its projects.
            lfs_enabled: bool = flag().also(&["git_lfs"]);
            /// Who may make projects in it.
            project_creation_level: String =
                choice(&["noone", "owner", "maintainer", "developer", "administrator"]).also(&["project_creation"]);
            /// Who may make subgroups in it.
            subgroup_creation_level: String = choice(&["owner", "maintainer"]).also(&["subgroup_creation"]);
            /// Name of the branch that new projects begin with.
            default_branch: String = text().most(255);
            /// How the default branch of new projects is protected, as GitLab's old number: 0 not at all,
            /// 1 partly, 2 fully, 3 against pushes, 4 fully after the first push.
            default_branch_protection: String = choice(&["0", "1", "2", "3", "4"]);
            /// Who may push to the default branch of new projects.
            default_branch_allowed_to_push: String = level().part(protection("allowed_to_push"));
            /// Who may merge to the default branch of new projects.
            default_branch_allowed_to_merge: String = level().part(protection("allowed_to_merge"));
            /// Whether the default branch of new projects may be overwritten.
            default_branch_allow_force_push: bool = flag().part(protection("allow_force_push"));
            /// Whether developers may make the first push to new projects.
            default_branch_developer_can_initial_push: bool = flag().part(protection("developer_can_initial_push"));
            /// Whether code owners approve changes of the default branch of new projects.
            default_branch_code_owner_approval_required: bool =
                flag().premium().unset(Unset::Flag(false)).part(protection("code_owner_approval_required"));
            /// Whether projects in it use Auto DevOps unless they say otherwise.
            auto_devops_enabled: bool = flag().also(&["auto_devops"]);
            /// Whether e-mail about it is sent.
            emails_enabled: bool = flag();
            /// Whether e-mail shows what a merge request changes.
            show_diff_preview_in_email: bool = flag();
            /// Whether it can no longer be mentioned as a whole.
            mentions_disabled: bool = flag().unset(Unset::Flag(false));
            /// Whether projects in it can no longer be shared with other groups.
            share_with_group_lock: bool = flag();
            /// Whether its members need a second factor to sign in.
            require_two_factor_authentication: bool = flag();
            /// Hours until the second factor is insisted on.
            two_factor_grace_period: u64 = number();
            /// Whether the instance's runners work for it.
            shared_runners_setting: String =
                choice(&["disabled_and_unoverridable", "disabled_and_overridable", "enabled"]).also(&["share_runners"]);
            /// How its repositories can be reached.
            enabled_git_access_protocol: String =
                choice(&["ssh", "http", "all"]).unset(Unset::Word("all")).shown(Shown::ByItself);
            /// Whether groups in it can no longer be shared with groups outside.
            prevent_sharing_groups_outside_hierarchy: bool =
                flag().afterwards().top_level().shown(Shown::ByItself);
            /// Whether the limits for formulas apply.
            math_rendering_limits_enabled: bool = flag().afterwards();
            /// Whether what is below can no longer change the limits for formulas.
            lock_math_rendering_limits_enabled: bool = flag().afterwards();
            /// Most megabytes of a job's artifacts.
            max_artifacts_size: u64 = number().afterwards().administrators();
            /// Who may use its wiki.
            wiki_access_level: String = feature().premium().also(&["wiki_enabled"]);
            /// Whether projects in it take no new members of their own.
            membership_lock: bool = flag().premium().top_level().unset(Unset::Flag(false)).shown(Shown::ByItself);
            /// Common name of the LDAP group that it follows.
            ldap_cn: String = text().premium();
            /// Level that members from LDAP get, as GitLab's number.
            ldap_access: u64 = number().premium();
            /// Minutes of the instance's runners in a month.
            shared_runners_minutes_limit: u64 = number().premium().administrators().shown(Shown::ByItself);
            /// Minutes of the instance's runners bought in addition.
            extra_shared_runners_minutes_limit: u64 = number().premium().administrators().shown(Shown::ByItself);
            /// Number of the project whose files are templates for projects in it.
            file_template_project_id: u64 =
                number().premium().afterwards().shown(Shown::Sometimes("once a project was chosen"));
            /// Whether its projects can be forked within it only.
            prevent_forking_outside_group: bool =
                flag().premium().afterwards().top_level().unset(Unset::Flag(false)).shown(Shown::ByItself);
            /// Networks from which it can be reached; an empty text takes the restriction away.
            ip_restriction_ranges: String =
                commas().premium().afterwards().top_level().shown(Shown::ByItself);
            /// Domains that addresses of its members may have; an empty text takes the restriction away.
            allowed_email_domains_list: String = commas().premium().afterwards().shown(Shown::ByItself);
            /// Whether tokens of its service accounts have to expire.
            service_access_tokens_expiration_enforced: bool =
                flag().premium().afterwards().shown(Shown::ByItself);
            /// Most projects that a user may download in the interval before being banned; 0 for no limit.
            unique_project_download_limit: u64 = number().ultimate().afterwards().shown(Shown::ByItself);
            /// Seconds in which downloads are counted.
            unique_project_download_limit_interval_in_seconds: u64 =
                number().ultimate().afterwards().shown(Shown::ByItself);
            /// Names of users whose downloads are not counted.
            unique_project_download_limit_allowlist: Vec<String> =
                set().ultimate().afterwards().shown(Shown::ByItself);
            /// Numbers of users who are told of too many downloads.
            unique_project_download_limit_alertlist: Vec<String> =
                set().ultimate().afterwards().shown(Shown::ByItself);
            /// Whether users with too many downloads are banned.
            auto_ban_user_on_excessive_projects_download: bool =
                flag().ultimate().afterwards().shown(Shown::ByItself);
            /// Whether commits made in the browser are signed.
            web_based_commit_signing_enabled: bool = flag().premium().afterwards();
            /// Whether GitLab Duo is there.
            duo_features_enabled: bool = flag().premium().afterwards();
            /// Whether what is below can no longer decide about GitLab Duo.
            lock_duo_features_enabled: bool = flag().premium().afterwards();
            /// Whether GitLab Duo Core is there.
            duo_core_features_enabled: bool = flag().premium().afterwards();
            /// Whether GitLab Duo reviews merge requests by itself.
            auto_duo_code_review_enabled: bool = flag().premium().afterwards();
            /// Whether GitLab Duo is there, and who decides about it.
            duo_availability: String =
                choice(&["default_on", "default_off", "never_on"]).premium().shown(Shown::Never);
            /// Whether GitLab Duo may work on the instance's runners.
            duo_remote_flows_availability: bool = flag().premium().shown(Shown::Never);
            /// Whether Amazon Q reviews merge requests by itself.
            amazon_q_auto_review_enabled: bool = flag().ultimate().shown(Shown::Never);
            /// Whether experimental features are on.
            experiment_features_enabled: bool = flag().premium().shown(Shown::Never);
            /// Whether prompts to models are cached.
            model_prompt_cache_enabled: bool = flag().premium().shown(Shown::Never);
            /// Whether GitLab Duo may use the model context protocol.
            ai_settings_duo_workflow_mcp_enabled: bool = flag().premium().shown(Shown::Never).part(Part {
                of: "ai_settings_attributes",
                shown_in: "ai_settings_attributes",
                key: "duo_workflow_mcp_enabled",
                whole: false,
            });
        }
    };
}

pub(crate) use group_settings;

/// A part of what protects the default branch of new projects; GitLab fills what is left out with full
/// protection.
const fn protection(key: &'static str) -> Part {
    Part {
        of: "default_branch_protection_defaults",
        shown_in: "default_branch_protection_defaults",
        key,
        whole: true,
    }
}

group_settings! { table! {} }

/// Its name, which operations take beside the settings.
pub(crate) static NAME: Setting = text().named("name");
/// Its path segment.
pub(crate) static PATH: Setting = text().named("path");
