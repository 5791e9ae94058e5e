//! What the instance knows: plain data in maps, with an index for every way it is looked up.
//!
//! Entities are shared (`Arc`) and replaced as a whole, so that a list copies pointers under the lock and writes
//! its JSON after it. Nothing here knows HTTP or rights.

mod approval;
mod asking;
mod avatar;
mod badge;
mod belongings;
mod custom_attribute;
mod due;
mod feature;
mod group;
mod hook;
mod images;
mod instance_settings;
mod job_token_scope;
mod key;
mod label;
mod link;
mod lists;
mod member;
mod notification_setting;
mod oauth;
pub(crate) mod project;
mod protection;
mod push_rule;
pub(crate) mod repository;
mod search;
pub(crate) mod settings;
mod shelf;
mod snapshot;
mod stars;
mod token;
mod topic;
mod tree;
mod user;
mod variable;
mod watch;

use std::sync::Arc;

pub(crate) use approval::{ApprovalKind, ApprovalRule, ApprovalSettings};
pub(crate) use asking::{AccessRequest, Invitation};
pub(crate) use avatar::Avatar;
pub(crate) use badge::Badge;
pub(crate) use belongings::Belongings;
pub(crate) use custom_attribute::{CustomAttribute, Holder};
pub(crate) use due::Work;
pub(crate) use feature::{ASYNC_TRANSFER, Features, RENAME_ON_DELETION};
pub(crate) use group::{BranchProtection, Destination, Group, settings as group_settings};
pub(crate) use hook::{
    AlertStatus, BranchStrategy, Hidden, Hook, HookLog, HookLogs, HookOwner, Hooks, Trigger, Triggers,
};
pub(crate) use images::ImageRepository;
pub(crate) use instance_settings::{InstanceSettings, Kind, Setting};
pub(crate) use job_token_scope::JobTokenScope;
pub(crate) use key::{DeployKeyAt, DeployToken, Email, GpgKey, Key, KeyOwner};
pub(crate) use label::{Label, LabelPriority, LabelSubscription};
pub(crate) use link::{GroupLink, GroupLinks};
pub(crate) use lists::{SortedLists, turned};
pub(crate) use member::{Member, Members, Source};
pub(crate) use notification_setting::NotificationSetting;
pub(crate) use project::{Import, ImportKind, ImportStatus, Project};
pub(crate) use protection::{AccessLine, Action, Allowed, ProtectedBranch, ProtectedTag, fits};
pub(crate) use push_rule::{PushRule, PushRules};
pub(crate) use repository::is_ref_name;
pub(crate) use search::Search;
pub(crate) use shelf::{Gone, Shelf};
pub(crate) use snapshot::Snapshot;
pub(crate) use token::{Secret, Token, TokenKind, Tokens};
pub(crate) use topic::Topic;
pub(crate) use tree::{Child, Namespace, ProjectAt, Tree};
pub(crate) use watch::{Replaced, Watch};

pub(crate) use oauth::{Application, Challenge, Device, DeviceAnswer, Grant, Oauth, Pair, Session};
pub(crate) use user::{Identity, User, UserKind, UserOrder, UserState, UserStatus, Users};
pub(crate) use variable::{Variable, VariableKind, VariableOwner, Variables};

use crate::access::AccessLevel;
use crate::hooks::{Event, Newsroom, ProjectChange, UserChange};
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::time_text::{Day, Moment};

/// Everything that survives a restart.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) users: Users,
    pub(crate) tokens: Tokens,
    pub(crate) tree: Tree,
    pub(crate) members: Members,
    /// What hangs on groups, projects, users and the instance.
    pub(crate) belongings: Belongings,
    /// What hooks are to be told of.
    pub(crate) newsroom: Newsroom,
    /// Raised by every change; what was computed at one epoch holds as long as it stays.
    pub(crate) epoch: u64,
}

/// What a new user is made from.
#[derive(Debug)]
pub(crate) struct NewUser {
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) admin: bool,
    pub(crate) external: bool,
    pub(crate) can_create_group: bool,
    pub(crate) projects_limit: u64,
    pub(crate) private_profile: bool,
    pub(crate) note: Option<String>,
    pub(crate) bio: String,
    pub(crate) created_by: Option<UserId>,
    pub(crate) kind: UserKind,
    pub(crate) password: Option<Secret>,
}

impl NewUser {
    /// An ordinary account.
    pub(crate) fn plain(username: String, name: String, email: String) -> Self {
        Self {
            username,
            name,
            email,
            admin: false,
            external: false,
            can_create_group: true,
            projects_limit: 100_000,
            private_profile: false,
            note: None,
            bio: String::new(),
            created_by: None,
            kind: UserKind::Human,
            password: None,
        }
    }
}

impl State {
    /// Adds a user with a namespace. Name and address must be free.
    pub(crate) fn add_user(&mut self, new: NewUser, now: Moment) -> Arc<User> {
        let namespace = self.tree.next_namespace_id();
        let user = Arc::new(User {
            id: self.users.next_id(),
            username: new.username,
            name: new.name,
            email: new.email,
            admin: new.admin,
            state: UserState::Active,
            kind: new.kind,
            external: new.external,
            can_create_group: new.can_create_group,
            projects_limit: new.projects_limit,
            note: new.note,
            bio: new.bio,
            private_profile: new.private_profile,
            profile: None,
            password: new.password,
            namespace,
            created_at: now,
            created_by: new.created_by,
        });
        self.tree.add_personal(namespace, user.id, &user.username);
        self.users.put(Arc::clone(&user));
        user
    }

    /// Adds a token. The secret must be new.
    pub(crate) fn add_token(&mut self, new: Token) -> Arc<Token> {
        let token = Arc::new(Token {
            id: self.tokens.next_id(),
            ..new
        });
        self.tokens.put(Arc::clone(&token));
        token
    }

    /// The user with that address, be it the first or a further one.
    pub(crate) fn user_of_email(&self, email: &str) -> Option<&Arc<User>> {
        self.users.by_email(email).or_else(|| {
            let mut emails = self.belongings.emails.iter();
            let (owner, _) = emails.find(|(_, row)| row.address.eq_ignore_ascii_case(email))?;
            self.users.get(owner)
        })
    }

    /// Makes someone a direct member, or changes the membership there is.
    pub(crate) fn set_member(
        &mut self,
        source: Source,
        user: UserId,
        level: AccessLevel,
        expires_on: Option<Day>,
        by: Option<UserId>,
        now: Moment,
    ) -> Arc<Member> {
        let member = match self.members.get(source, user) {
            Some(member) => Member {
                level,
                expires_on,
                ..Member::clone(member)
            },
            None => Member {
                id: self.members.next_id(),
                source,
                user,
                level,
                expires_on,
                created_at: now,
                created_by: by,
                overridden: false,
            },
        };
        let member = Arc::new(member);
        self.members.put(Arc::clone(&member));
        member
    }

    /// What the administrator set for the instance.
    pub(crate) fn settings(&self) -> &InstanceSettings {
        &self.belongings.settings
    }

    pub(crate) fn set_settings(&mut self, settings: InstanceSettings) {
        self.belongings.settings = settings;
    }

    /// `acme/platform`.
    pub(crate) fn full_path(&self, namespace: NamespaceId) -> String {
        self.joined(namespace, "/", |group| &group.path, |user| &user.username)
    }

    /// `Acme / Platform`.
    pub(crate) fn full_name(&self, namespace: NamespaceId) -> String {
        self.joined(namespace, " / ", |group| &group.name, |user| &user.name)
    }

    fn joined(
        &self,
        namespace: NamespaceId,
        separator: &str,
        of_group: impl Fn(&Group) -> &str,
        of_user: impl Fn(&User) -> &str,
    ) -> String {
        if let Some(Namespace::Personal(user)) = self.tree.namespace(namespace) {
            return self
                .users
                .get(*user)
                .map(|user| of_user(user).to_owned())
                .unwrap_or_default();
        }
        let mut parts: Vec<&str> = self
            .tree
            .lineage(namespace)
            .map(|group| of_group(group))
            .collect();
        parts.reverse();
        parts.join(separator)
    }

    /// `acme/platform/ledger`.
    pub(crate) fn project_full_path(&self, project: &Project) -> String {
        let mut path = self.full_path(project.namespace);
        path.push('/');
        path.push_str(&project.path);
        path
    }

    /// The project can be read and not written: it is archived or scheduled for deletion, or a group above is
    /// archived.
    pub(crate) fn is_closed(&self, project: &Project) -> bool {
        project.archived
            || project.marked_on.is_some()
            || self
                .tree
                .any_in_lineage(project.namespace, |group| group.archived)
    }

    /// Removes a project with its memberships.
    pub(crate) fn purge_project(&mut self, id: ProjectId) {
        self.report();
        if let Some(project) = self.tree.project(id).cloned() {
            self.tell(Event::Project(&project, ProjectChange::Destroyed));
        }
        self.members.remove_source(Source::Project(id));
        self.belongings.forget(Gone::Project(id));
        self.tree.remove_project(id);
    }

    /// Lets go of what a user asked to become a member of.
    fn forget_asking(&mut self, user: UserId) {
        let asked: Vec<(Source, u64)> = self
            .belongings
            .access_requests
            .iter()
            .filter(|(_, request)| request.user == user)
            .map(|(source, request)| (source, request.id))
            .collect();
        for (source, id) in asked {
            self.belongings.access_requests.remove(source, id);
        }
    }

    /// Removes a user with own projects, memberships and tokens.
    pub(crate) fn purge_user(&mut self, user: &User) {
        self.report();
        self.tell(Event::User(user, UserChange::Destroyed));
        let projects: Vec<ProjectId> = self.tree.projects_in(user.namespace).map(|own| own.id).collect();
        for project in projects {
            self.purge_project(project);
        }
        let sources: Vec<Source> = self.members.of_user(user.id).collect();
        for source in sources {
            self.members.remove(source, user.id);
        }
        self.tokens.remove_user(user.id);
        self.forget_asking(user.id);
        self.belongings.forget(Gone::User(user.id));
        self.tree.remove_personal(user.namespace, &user.username);
        self.users.remove(user.id);
    }

    /// Removes a group with all that is below it.
    pub(crate) fn purge_group(&mut self, id: NamespaceId) {
        self.report();
        let mut groups: Vec<NamespaceId> = self.tree.descendants(id).iter().map(|group| group.id).collect();
        groups.insert(0, id);
        for group in groups.into_iter().rev() {
            let projects: Vec<ProjectId> = self.tree.projects_in(group).map(|project| project.id).collect();
            for project in projects {
                self.purge_project(project);
            }
            if let Some(group) = self.tree.group(group).cloned() {
                self.tell(Event::GroupDestroyed(&group));
            }
            self.members.remove_source(Source::Group(group));
            self.belongings.forget(Gone::Group(group));
            self.tree.remove_group(group);
        }
    }
}
