//! What hangs on groups, projects, users and the instance, one store each.

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};

macro_rules! belongings {
    ($($(#[$doc:meta])* $store:ident: $type:ty;)*) => {
        /// One line per store. A store is kept over restarts and loses what hung on something that is gone.
        #[derive(Debug, Default, Clone, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct Belongings {
            $($(#[$doc])* pub(crate) $store: $type,)*
        }

        impl Belongings {
            /// Lets go of everything that hung on something gone.
            pub(crate) fn forget(&mut self, gone: Gone) {
                $(self.$store.forget(gone);)*
            }
        }
    };
}

belongings! {
    /// Work that waits for its time.
    due: super::due::Due;
    /// Groups invited to groups and projects.
    group_links: super::GroupLinks;
    /// Which mails people want.
    notification_settings: super::Shelf<crate::ids::UserId, super::NotificationSetting>;
    /// What was pushed.
    repositories: super::repository::Repositories;
    /// What an administrator set for the instance.
    settings: super::InstanceSettings;
    /// What administrators note on groups, projects and users.
    custom_attributes: super::Shelf<super::Holder, super::CustomAttribute>;
    /// Who starred which project.
    stars: super::stars::Stars;
    /// What projects are about.
    topics: super::topic::Topics;
    /// Badges of groups and projects.
    badges: super::Shelf<super::Source, super::Badge>;
    /// Whose job tokens projects let in.
    job_token_scopes: super::job_token_scope::JobTokenScopes;
    /// CI/CD variables.
    variables: super::Variables;
    /// Feature flags that were set.
    features: super::Features;
    /// Labels of groups and projects.
    labels: super::Shelf<super::Source, super::Label>;
    /// What projects rank labels.
    label_priorities: super::Shelf<crate::ids::ProjectId, super::LabelPriority>;
    /// Who wants to hear of labels.
    label_subscriptions: super::Shelf<crate::ids::UserId, super::LabelSubscription>;
    /// People invited by addresses that nobody has yet.
    invitations: super::Shelf<super::Source, super::Invitation>;
    /// Users who asked to become members.
    access_requests: super::Shelf<super::Source, super::AccessRequest>;
    /// SSH keys, of users and for deploying.
    keys: super::Shelf<super::KeyOwner, super::Key>;
    /// Deploy keys at projects.
    deploy_keys: super::Shelf<crate::ids::ProjectId, super::DeployKeyAt>;
    deploy_tokens: super::Shelf<super::Source, super::DeployToken>;
    gpg_keys: super::Shelf<crate::ids::UserId, super::GpgKey>;
    /// Addresses besides the first.
    emails: super::Shelf<crate::ids::UserId, super::Email>;
    oauth: super::Oauth;
    /// Images in the container registry.
    images: super::Shelf<crate::ids::ProjectId, super::ImageRepository>;
    /// Branches only some may push to, of projects and of all projects of a group.
    protected_branches: super::Shelf<super::Source, super::ProtectedBranch>;
    /// Tags only some may create.
    protected_tags: super::Shelf<crate::ids::ProjectId, super::ProtectedTag>;
    /// The ids of the lines of both.
    access_lines: super::protection::AccessLineIds;
    /// What may be pushed at all; at most one row each.
    push_rules: super::Shelf<super::Source, super::PushRule>;
    /// Who has to approve merge requests.
    approval_rules: super::Shelf<super::Source, super::ApprovalRule>;
    /// How strictly approvals are taken; at most one row each.
    approval_settings: super::Shelf<super::Source, super::ApprovalSettings>;
    /// What people wrote about commits.
    commit_comments: super::Shelf<crate::ids::ProjectId, super::repository::CommitComment>;
    /// What pipelines and other programs said about commits.
    commit_statuses: super::Shelf<crate::ids::ProjectId, super::repository::CommitStatus>;
    /// Who is to be told of events.
    hooks: super::Hooks;
    /// What became of telling them.
    hook_logs: super::HookLogs;
}
