//! A fresh estate: always the same for one seed and size, ids included.

mod words;

use std::collections::HashMap;
use std::sync::Arc;

use gitlab_api::resources::Visibility;

use crate::access::{AccessLevel, inherited_level};
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::options::EstateOptions;
use crate::random::Dice;
use crate::state::{Application, Group, NewUser, Project, Secret, Source, State, Token};
use crate::time_text::Moment;

/// When the estate begins to be built: Monday, 2024-01-08, 08:00 UTC.
const BEGINNING: i64 = 1_704_700_800_000;

/// Over how long it is built: 600 days.
const SPAN: i64 = 600 * 24 * 60 * 60 * 1_000;

/// Groups are nested at most this deep.
const DEPTH: usize = 4;

/// Memberships of the average user, as far as there are places to be a member of.
const PLACES_OF_A_USER: u64 = 10;

/// The token of a seeded user.
pub(crate) fn token_of(username: &str) -> String {
    format!("glpat-sim-{username}")
}

/// What opens the sign-in page for a seeded user.
pub(crate) fn password_of(username: &str) -> String {
    format!("sim-password-{username}")
}

/// The client id of the seeded application.
pub(crate) const CLIENT_ID: &str = "gitlab-sim-client";

/// Its secret, for clients that want to send one.
pub(crate) const CLIENT_SECRET: &str = "gloas-sim-client";

/// Makes the estate.
pub(crate) fn estate(options: EstateOptions) -> State {
    let mut seeder = Seeder::new(options);
    seeder.users();
    seeder.application();
    seeder.groups();
    seeder.projects();
    seeder.crowd();
    seeder.state
}

struct Seeder {
    options: EstateOptions,
    dice: Dice,
    state: State,
    groups: Vec<(NamespaceId, usize)>,
    /// How often a word was used below a group.
    used: HashMap<(NamespaceId, &'static str), u32>,
    built: i64,
}

impl Seeder {
    fn new(options: EstateOptions) -> Self {
        Self {
            options,
            dice: Dice::new(options.seed),
            state: State::default(),
            groups: Vec::new(),
            used: HashMap::new(),
            built: 0,
        }
    }

    /// When the next thing is built.
    fn moment(&mut self) -> Moment {
        let EstateOptions {
            groups,
            projects,
            users,
            ..
        } = self.options;
        let all = i64::from(groups) + i64::from(projects) + i64::from(users) + 1;
        self.built += 1;
        Moment(BEGINNING + SPAN / all * self.built)
    }

    fn users(&mut self) {
        let root = NewUser {
            admin: true,
            ..NewUser::plain(
                "root".to_owned(),
                "Administrator".to_owned(),
                "admin@example.com".to_owned(),
            )
        };
        self.user(root, &["api", "sudo", "admin_mode"]);
        for number in 1..=self.options.users {
            let username = format!("dev-{number:04}");
            let name = format!(
                "{} {}",
                self.dice.pick(words::FIRST_NAMES),
                self.dice.pick(words::LAST_NAMES)
            );
            let email = format!("{username}@example.com");
            self.user(NewUser::plain(username, name, email), &["api"]);
        }
    }

    fn user(&mut self, mut new: NewUser, scopes: &[&str]) {
        let now = self.moment();
        new.password = Some(Secret(password_of(&new.username)));
        let user = self.state.add_user(new, now);
        self.state.add_token(Token::new(
            Secret(token_of(&user.username)),
            "seeded".to_owned(),
            user.id,
            scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            now,
        ));
    }

    /// A client to try OAuth with. Ports of loopback addresses are free, as everywhere in GitLab.
    fn application(&mut self) {
        let uris = [
            "http://127.0.0.1/callback",
            "http://127.0.0.1/api/auth/callback",
            "http://127.0.0.1/api/auth/oauth/callback",
            "http://127.0.0.1/",
        ];
        self.state.belongings.oauth.add_application(|id| Application {
            id,
            uid: CLIENT_ID.to_owned(),
            secret: Secret(CLIENT_SECRET.to_owned()),
            name: "Seeded client".to_owned(),
            redirect_uris: uris.map(str::to_owned).to_vec(),
            scopes: ["api", "read_api", "read_user", "openid", "profile", "email"]
                .map(str::to_owned)
                .to_vec(),
            confidential: false,
        });
    }

    /// One of the users, but not `root` unless there is no other.
    fn someone(&mut self) -> UserId {
        match self.options.users {
            0 => UserId(1),
            users => UserId(2 + self.dice.below(users.into())),
        }
    }

    fn groups(&mut self) {
        let count = self.options.groups as usize;
        let at_top = count.div_ceil(8);
        for number in 0..count {
            let parent = (number >= at_top).then(|| self.parent());
            self.group(parent);
        }
    }

    fn parent(&mut self) -> (NamespaceId, usize) {
        loop {
            let (id, depth) = *self.dice.pick(&self.groups);
            if depth < DEPTH {
                return (id, depth);
            }
        }
    }

    fn group(&mut self, parent: Option<(NamespaceId, usize)>) {
        let created_at = self.moment();
        let id = self.state.tree.next_namespace_id();
        let words = if parent.is_some() {
            words::TEAMS
        } else {
            words::DIVISIONS
        };
        let word = *self.dice.pick(words);
        let (name, path) = self.name_below(parent.map_or(NamespaceId(0), |(id, _)| id), word);
        let above = parent
            .and_then(|(id, _)| self.state.tree.group(id))
            .map(|group| group.visibility);
        let visibility = self.visibility(above);
        self.state.tree.put_group(Arc::new(Group {
            description: format!("{name}: projects and people"),
            name,
            visibility,
            ..Group::new(id, parent.map(|(id, _)| id), path, created_at)
        }));
        self.groups.push((id, parent.map_or(0, |(_, depth)| depth + 1)));
        let source = Source::Group(id);
        let creator = self.someone();
        self.member(source, creator, AccessLevel::Owner, created_at);
        let (maintainers, developers, reporters) = if parent.is_none() { (2, 6, 2) } else { (1, 2, 1) };
        self.members(source, maintainers, AccessLevel::Maintainer, created_at);
        self.members(source, developers, AccessLevel::Developer, created_at);
        self.members(source, reporters, AccessLevel::Reporter, created_at);
    }

    fn members(&mut self, source: Source, at_most: u64, level: AccessLevel, now: Moment) {
        for _ in 0..self.dice.below(at_most + 1) {
            let user = self.someone();
            self.member(source, user, level, now);
        }
    }

    /// Adds a member, unless GitLab would refuse the level.
    fn member(&mut self, source: Source, user: UserId, level: AccessLevel, now: Moment) {
        let inherited = inherited_level(&self.state, user, source, now.day()).map(|(level, _)| level);
        if self.state.members.get(source, user).is_none() && Some(level) >= inherited {
            self.state
                .set_member(source, user, level, None, Some(UserId(1)), now);
        }
    }

    fn projects(&mut self) {
        for _ in 0..self.options.projects {
            self.project();
        }
    }

    fn project(&mut self) {
        let created_at = self.moment();
        let creator = self.someone();
        let namespace = if self.groups.is_empty() {
            self.state
                .users
                .get(creator)
                .map_or(NamespaceId(1), |user| user.namespace)
        } else {
            // Few groups hold most projects, as in real estates.
            let rank = self
                .dice
                .below(self.groups.len() as u64)
                .min(self.dice.below(self.groups.len() as u64));
            self.groups[usize::try_from(rank).unwrap_or(0)].0
        };
        let own_namespace = self.state.tree.next_namespace_id();
        let id = self.state.tree.next_project_id();
        let word = *self.dice.pick(words::PROJECTS);
        let (name, path) = self.name_below(namespace, word);
        let above = self.state.tree.group(namespace).map(|group| group.visibility);
        let visibility = self.visibility(above);
        let topics = if self.dice.per_mille(400) {
            vec![(*self.dice.pick(words::TOPICS)).to_owned()]
        } else {
            Vec::new()
        };
        let source = Source::Project(id);
        let description = self
            .dice
            .per_mille(700)
            .then(|| format!("{name} of {}", self.state.full_name(namespace)));
        let topics = self.state.belongings.topics.named(topics);
        self.state.tree.put_project(Arc::new(Project {
            id,
            own_namespace,
            description,
            topics,
            empty: false,
            ..Project::bare(namespace, (name, path), visibility, creator, created_at)
        }));
        if self.groups.is_empty() {
            self.member(source, creator, AccessLevel::Owner, created_at);
        } else if self.dice.per_mille(150) {
            self.members(source, 2, AccessLevel::Maintainer, created_at);
        }
    }

    /// Lets everybody join more groups and projects, until users have as many memberships as people usually have.
    fn crowd(&mut self) {
        let (users, projects) = (u64::from(self.options.users), u64::from(self.options.projects));
        let groups = self.groups.len() as u64;
        // No place takes more than a quarter of all people.
        let room = (groups + projects) * (users / 4);
        let wanted = (users * PLACES_OF_A_USER).min(room);
        let now = self.moment();
        // A throw may hit someone who is there already, or inherits more: it is thrown again, but not for ever.
        for _ in 0..wanted * 2 {
            if self.state.members.len() as u64 >= wanted {
                break;
            }
            let at = self.dice.below(groups * 3 + projects);
            let source = if at < groups * 3 {
                Source::Group(self.groups[usize::try_from(at / 3).unwrap_or(0)].0)
            } else {
                Source::Project(ProjectId(at - groups * 3 + 1))
            };
            let level = match self.dice.below(10) {
                0..2 => AccessLevel::Guest,
                2..4 => AccessLevel::Reporter,
                4..9 => AccessLevel::Developer,
                _ => AccessLevel::Maintainer,
            };
            let user = self.someone();
            self.member(source, user, level, now);
        }
    }

    /// A name and path that is free below the namespace.
    fn name_below(&mut self, namespace: NamespaceId, word: &'static str) -> (String, String) {
        let count = self.used.entry((namespace, word)).or_default();
        *count += 1;
        let path = word.to_lowercase().replace(' ', "-");
        match count {
            1 => (word.to_owned(), path),
            count => (format!("{word} {count}"), format!("{path}-{count}")),
        }
    }

    /// Half private, never more open than what is above.
    fn visibility(&mut self, above: Option<Visibility>) -> Visibility {
        let wish = match self.dice.below(10) {
            0..5 => Visibility::Private,
            5..7 => Visibility::Internal,
            _ => Visibility::Public,
        };
        wish.min(above.unwrap_or(Visibility::Public))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Snapshot;

    fn text(options: EstateOptions) -> String {
        serde_json::to_string(&Snapshot::take(&estate(options))).unwrap()
    }

    #[test]
    fn one_seed_always_gives_the_same_estate_and_another_another() {
        let options = EstateOptions {
            seed: 3,
            groups: 30,
            projects: 100,
            users: 20,
        };
        assert_eq!(text(options), text(options));
        assert_ne!(text(options), text(EstateOptions { seed: 4, ..options }));
    }

    #[test]
    fn counts_are_exact() {
        for (groups, projects, users) in [(0, 0, 0), (1, 1, 1), (0, 7, 3), (100, 1_000, 50), (3, 0, 0)] {
            let state = estate(EstateOptions {
                seed: 1,
                groups,
                projects,
                users,
            });
            assert_eq!(state.tree.group_count(), groups as usize);
            assert_eq!(state.tree.project_count(), projects as usize);
            assert_eq!(state.users.len(), users as usize + 1);
        }
    }

    #[test]
    fn nothing_is_more_open_than_its_parent_and_all_names_are_valid() {
        let state = estate(EstateOptions {
            seed: 9,
            groups: 200,
            projects: 2_000,
            users: 40,
        });
        for project in state.tree.projects(..) {
            let group = state.tree.group(project.namespace).unwrap();
            assert!(project.visibility <= group.visibility);
            assert_eq!(gitlab_api::names::project_path(&project.path), []);
            assert_eq!(gitlab_api::names::project_name(&project.name), []);
        }
        for group in state.tree.groups() {
            let parent = group.parent.and_then(|id| state.tree.group(id));
            assert!(parent.is_none_or(|parent| group.visibility <= parent.visibility));
            assert!(state.tree.lineage(group.id).count() <= DEPTH + 1);
            assert_eq!(gitlab_api::names::group_name(&group.name), []);
            let place = if group.parent.is_some() {
                gitlab_api::names::Place::BelowAGroup
            } else {
                gitlab_api::names::Place::TopLevel
            };
            assert_eq!(gitlab_api::names::group_path(&group.path, place), []);
        }
    }

    #[test]
    fn a_snapshot_gives_back_the_same_state() {
        let state = estate(EstateOptions {
            seed: 5,
            groups: 20,
            projects: 50,
            users: 10,
        });
        let text = serde_json::to_string(&Snapshot::take(&state)).unwrap();
        let restored = serde_json::from_str::<Snapshot>(&text).unwrap().restore();
        assert_eq!(serde_json::to_string(&Snapshot::take(&restored)).unwrap(), text);
    }
}
