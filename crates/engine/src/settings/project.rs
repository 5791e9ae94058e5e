//! Settings of projects (GitLab API facts §7.2.4, §7.2.6).

use super::list::table;
use super::setting::{
    Part, Setting, Shown, Unset, choice, feature, flag, number, public_feature, sequence, set, text,
    visibility,
};

/// Hands the list of settings to a macro, behind what that is given itself.
macro_rules! project_settings {
    ($then:ident! { $($given:tt)* }) => {
        $then! {
            { $($given)* }
            /// What it is for.
            description: String = text().most(2000).example("Books of account");
            /// Who may see it; never more open than its group.
            visibility: Visibility as "Option<String>" = visibility().owners().example("private");
            /// Words to find it by; separated by commas in a file.
            topics: Vec<String> = set().also(&["tags", "tag_list"]).example("rust,billing");
            /// Who may use issues.
            issues_access_level: String = feature().also(&["issues_enabled", "issues"]);
            /// Who may use merge requests.
            merge_requests_access_level: String = feature().also(&["merge_requests_enabled", "merge_requests"]);
            /// Who may use the wiki.
            wiki_access_level: String = feature().also(&["wiki_enabled", "wiki"]);
            /// Who may use snippets.
            snippets_access_level: String = feature().also(&["snippets_enabled", "snippets"]);
            /// Who may see the repository.
            repository_access_level: String = feature();
            /// Who may fork it.
            forking_access_level: String = feature().also(&["forking_enabled"]);
            /// Who may use pipelines.
            builds_access_level: String = feature().also(&["jobs_enabled", "builds_enabled"]);
            /// Who may use the container registry.
            container_registry_access_level: String = feature().also(&["container_registry_enabled"]);
            /// Who may use the package registry.
            package_registry_access_level: String =
                public_feature().also(&["packages_enabled", "package_registry_enabled"]);
            /// Who may see its pages.
            pages_access_level: String = public_feature().also(&["pages_enabled"]);
            /// Who may see analytics.
            analytics_access_level: String = feature().also(&["analytics_enabled"]);
            /// Who may use releases.
            releases_access_level: String = feature().also(&["releases_enabled"]);
            /// Who may use environments.
            environments_access_level: String = feature().also(&["environments_enabled"]);
            /// Who may use feature flags.
            feature_flags_access_level: String = feature().also(&["feature_flags_enabled"]);
            /// Who may use infrastructure.
            infrastructure_access_level: String = feature().also(&["infrastructure_enabled"]);
            /// Who may use monitoring.
            monitor_access_level: String = feature().also(&["monitor_enabled"]);
            /// Who may use experiments with models.
            model_experiments_access_level: String = feature();
            /// Who may use the registry of models.
            model_registry_access_level: String = feature();
            /// Who may see what concerns security.
            security_and_compliance_access_level: String = feature();
            /// Who may use requirements.
            requirements_access_level: String = feature().ultimate();
            /// Whether Git LFS is on.
            lfs_enabled: bool = flag().also(&["git_lfs"]);
            /// Whether people may ask for access.
            request_access_enabled: bool = flag().also(&["request_access"]);
            /// Whether anybody can write issues by e-mail.
            service_desk_enabled: bool = flag();
            /// Whether e-mail about it is sent.
            emails_enabled: bool = flag();
            /// Whether e-mail shows what a merge request changes.
            show_diff_preview_in_email: bool = flag();
            /// Whether the usual emoji are offered.
            show_default_award_emojis: bool = flag().shown(Shown::Never);
            /// Whether unusual characters are pointed out.
            warn_about_potentially_unwanted_characters: bool = flag();
            /// Whether uploaded files need a session to be seen.
            enforce_auth_checks_on_uploads: bool = flag();
            /// Whether issues close when a commit says so.
            autoclose_referenced_issues: bool = flag();
            /// How merge requests are merged.
            merge_method: String = choice(&["merge", "rebase_merge", "ff"]);
            /// Whether commits of a merge request become one.
            squash_option: String = choice(&["never", "always", "default_on", "default_off"]);
            /// Whether merging needs a pipeline that succeeded.
            only_allow_merge_if_pipeline_succeeds: bool = flag();
            /// Whether a skipped pipeline counts as one that succeeded.
            allow_merge_on_skipped_pipeline: bool = flag().unset(Unset::Flag(false));
            /// Whether merging needs every thread resolved.
            only_allow_merge_if_all_discussions_are_resolved: bool = flag();
            /// Whether merging needs every status check passed.
            only_allow_merge_if_all_status_checks_passed: bool = flag().ultimate();
            /// Whether merging needs an issue in Jira.
            prevent_merge_without_jira_issue: bool = flag().ultimate();
            /// Whether the source branch is removed after merging, unless said otherwise.
            remove_source_branch_after_merge: bool = flag();
            /// Whether threads on lines that a push changes are resolved.
            resolve_outdated_diff_discussions: bool = flag();
            /// Whether a push answers with a link to make a merge request.
            printing_merge_request_link_enabled: bool = flag();
            /// Whether merge requests of this fork go to itself.
            mr_default_target_self: bool = flag().shown(Shown::Sometimes("for forks"));
            /// What titles of merge requests have to look like.
            merge_request_title_regex: String = text();
            /// That rule in words.
            merge_request_title_regex_description: String = text();
            /// Message of commits that apply suggestions.
            suggestion_commit_message: String = text();
            /// Message of merge commits.
            merge_commit_template: String = text();
            /// Message of squashed commits.
            squash_commit_template: String = text();
            /// Name of branches made for issues.
            issue_branch_template: String = text();
            /// What new issues begin with.
            issues_template: String = text().premium().afterwards();
            /// What new merge requests begin with.
            merge_requests_template: String = text().premium().afterwards();
            /// Approvals that a merge request needs; old, use approval rules.
            approvals_before_merge: u64 = number().premium();
            /// Approvals that a merge request needs where no rule says so.
            fallback_approvals_required: u64 = number().premium().afterwards().shown(Shown::Never);
            /// Whether pipelines run on the merged result.
            merge_pipelines_enabled: bool = flag().premium().afterwards();
            /// Whether merge requests queue up for merging.
            merge_trains_enabled: bool = flag().premium().afterwards();
            /// Whether a merge request may leave the queue aside.
            merge_trains_skip_train_allowed: bool = flag().premium().afterwards();
            /// Whether Auto DevOps is on.
            auto_devops_enabled: bool = flag().also(&["auto_devops"]).shown(FOR_MAINTAINERS);
            /// How Auto DevOps deploys.
            auto_devops_deploy_strategy: String =
                choice(&["continuous", "manual", "timed_incremental"]).shown(FOR_MAINTAINERS);
            /// Where the pipeline is described.
            ci_config_path: String = text().shown(Shown::Sometimes("for those who may read the code"));
            /// Whether pipelines can be seen by whoever sees the project.
            public_jobs: bool = flag().also(&["public_builds"]);
            /// How a job gets the code.
            build_git_strategy: String = choice(&["fetch", "clone"]).shown(FOR_MAINTAINERS);
            /// Most seconds of a job.
            build_timeout: u64 = number().shown(FOR_MAINTAINERS);
            /// Whether a newer pipeline cancels older ones that wait.
            auto_cancel_pending_pipelines: String = choice(&["disabled", "enabled"]).shown(FOR_MAINTAINERS);
            /// Whether the instance's runners work for it.
            shared_runners_enabled: bool = flag().also(&["share_runners"]);
            /// Whether its group's runners work for it.
            group_runners_enabled: bool = flag().shown(FOR_MAINTAINERS);
            /// In which order jobs use a resource.
            resource_group_default_process_mode: String =
                choice(&["unordered", "oldest_first", "newest_first", "newest_ready_first"]).shown(FOR_MAINTAINERS);
            /// How many commits a job gets; 0 for all.
            ci_default_git_depth: u64 = number().afterwards().shown(FOR_MAINTAINERS);
            /// Whether the newest artifacts are kept.
            keep_latest_artifact: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// Most megabytes of a job's artifacts.
            max_artifacts_size: u64 = number().afterwards().administrators();
            /// Whether older deployments give way to newer ones.
            ci_forward_deployment_enabled: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// Whether an older deployment may be repeated.
            ci_forward_deployment_rollback_allowed: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// Whether pipelines of forks run here.
            ci_allow_fork_pipelines_to_run_in_parent_project: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// Whether protected branches have caches of their own.
            ci_separated_caches: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// Whether only some may hand variables to a pipeline.
            restrict_user_defined_variables: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// Who may hand variables to a pipeline.
            ci_pipeline_variables_minimum_override_role: String =
                choice(&["no_one_allowed", "developer", "maintainer", "owner"]).afterwards().shown(FOR_MAINTAINERS);
            /// Who may cancel pipelines.
            ci_restrict_pipeline_cancellation_role: String =
                choice(&["no_one", "developer", "maintainer"]).premium().afterwards();
            /// Whether a job's token may push here.
            ci_push_repository_for_job_token_allowed: bool = flag().afterwards().shown(FOR_MAINTAINERS);
            /// What an id token says about its job, in this order.
            ci_id_token_sub_claim_components: Vec<String> = sequence().afterwards().shown(FOR_MAINTAINERS);
            /// Seconds after which pipelines are removed.
            ci_delete_pipelines_in_seconds: u64 = number().afterwards().owners().shown(FOR_MAINTAINERS);
            /// Whether whoever starts a pipeline may approve what it deploys.
            allow_pipeline_trigger_approve_deployment: bool = flag().premium().afterwards();
            /// Whether container images are cleaned up.
            container_expiration_policy_enabled: bool = flag().part(cleanup("enabled"));
            /// How often container images are cleaned up.
            container_expiration_policy_cadence: String =
                choice(&["1d", "7d", "14d", "1month", "3month"]).part(cleanup("cadence"));
            /// Container images to keep of each name.
            container_expiration_policy_keep_n: u64 = number().part(cleanup("keep_n"));
            /// Age from which container images are removed.
            container_expiration_policy_older_than: String = text().part(cleanup("older_than"));
            /// Which tags of container images are removed.
            container_expiration_policy_name_regex: String = text().part(cleanup("name_regex"));
            /// Which tags of container images are kept.
            container_expiration_policy_name_regex_keep: String = text().part(cleanup("name_regex_keep"));
            /// Whether it pulls from another repository.
            mirror: bool = flag().premium();
            /// Whether what was pulled starts pipelines.
            mirror_trigger_builds: bool = flag().premium().shown(WHILE_MIRRORED);
            /// Number of the user in whose name it pulls.
            mirror_user_id: u64 = number().premium().afterwards().administrators().shown(WHILE_MIRRORED);
            /// Whether only protected branches are pulled.
            only_mirror_protected_branches: bool =
                flag().premium().afterwards().unset(Unset::Flag(false)).shown(WHILE_MIRRORED);
            /// Which branches are pulled.
            mirror_branch_regex: String = text().premium().afterwards().shown(Shown::Never);
            /// Whether pulling overwrites branches that went another way.
            mirror_overwrites_diverged_branches: bool =
                flag().premium().afterwards().unset(Unset::Flag(false)).shown(WHILE_MIRRORED);
            /// Label for an outside service that decides who may reach it.
            external_authorization_classification_label: String = text().premium();
            /// Where the repository is stored.
            repository_storage: String =
                text().administrators().shown(Shown::Sometimes("for administrators"));
            /// Whether commits made in the browser are signed.
            web_based_commit_signing_enabled: bool = flag().premium().afterwards();
            /// Whether pipelines that security policies ask for may read it.
            spp_repository_pipeline_access: bool = flag().ultimate();
            /// Whether GitLab Duo reviews merge requests by itself.
            auto_duo_code_review_enabled: bool = flag().premium();
            /// Whether GitLab Duo may work on the instance's runners.
            duo_remote_flows_enabled: bool = flag().premium();
        }
    };
}

pub(crate) use project_settings;

const FOR_MAINTAINERS: Shown = Shown::Sometimes("for maintainers");
const WHILE_MIRRORED: Shown = Shown::Sometimes("while it pulls from another repository");

/// A part of the rules for container images, which a request may change one by one.
const fn cleanup(key: &'static str) -> Part {
    Part {
        of: "container_expiration_policy_attributes",
        shown_in: "container_expiration_policy",
        key,
        whole: false,
    }
}

project_settings! { table! {} }

/// Its name, which operations take beside the settings.
pub(crate) static NAME: Setting = text().named("name");
/// Its path segment.
pub(crate) static PATH: Setting = text().named("path");
/// The branch that people see first.
pub(crate) static DEFAULT_BRANCH: Setting = text().named("default_branch");
