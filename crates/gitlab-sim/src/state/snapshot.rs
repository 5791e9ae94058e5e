//! The state as a file, so that a simulator survives a restart.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Belongings, Group, Member, Project, State, Token, User};

/// Format of the file; another one is refused rather than half understood.
const FORMAT: u32 = 1;

/// The entities, copied out of the state as pointers: taking one is cheap, writing it needs no lock.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    format: u32,
    last_namespace: u64,
    last_project: u64,
    last_member: u64,
    last_user: u64,
    last_token: u64,
    users: Vec<Arc<User>>,
    tokens: Vec<Arc<Token>>,
    groups: Vec<Arc<Group>>,
    projects: Vec<Arc<Project>>,
    members: Vec<Arc<Member>>,
    #[serde(default)]
    belongings: Belongings,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("it is not a state file of the simulator: {0}")]
    Format(#[from] serde_json::Error),
    #[error("it has format {0}; this version reads format {FORMAT}")]
    Version(u32),
}

impl Snapshot {
    pub(crate) fn take(state: &State) -> Self {
        let (last_namespace, last_project) = state.tree.last_ids();
        let mut members: Vec<Arc<Member>> = state.members.iter().cloned().collect();
        members.sort_unstable_by_key(|member| member.id);
        Self {
            format: FORMAT,
            last_namespace,
            last_project,
            last_member: state.members.last_id(),
            last_user: state.users.last_id(),
            last_token: state.tokens.last_id(),
            users: state.users.iter().cloned().collect(),
            tokens: state.tokens.iter().cloned().collect(),
            groups: state.tree.groups().cloned().collect(),
            projects: state.tree.projects(..).cloned().collect(),
            members,
            belongings: state.belongings.clone(),
        }
    }

    /// Reads a file; none when there is no file.
    pub(crate) fn load(file: &Path) -> Result<Option<Self>, LoadError> {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let snapshot: Self = serde_json::from_slice(&bytes)?;
        if snapshot.format == FORMAT {
            Ok(Some(snapshot))
        } else {
            Err(LoadError::Version(snapshot.format))
        }
    }

    /// Writes the file in one piece: a crash leaves the old one or the new one.
    pub(crate) fn save(&self, file: &Path) -> std::io::Result<()> {
        let mut beside = file.as_os_str().to_owned();
        beside.push(".new");
        std::fs::write(&beside, serde_json::to_vec(self)?)?;
        std::fs::rename(&beside, file)
    }

    /// The state it was taken from.
    pub(crate) fn restore(self) -> State {
        let mut state = State::default();
        for user in self.users {
            state.tree.add_personal(user.namespace, user.id, &user.username);
            state.users.put(user);
        }
        for token in self.tokens {
            state.tokens.put(token);
        }
        for group in self.groups {
            state.tree.put_group(group);
        }
        for project in self.projects {
            state.tree.put_project(project);
        }
        for member in self.members {
            state.members.put(member);
        }
        state.belongings = self.belongings;
        state.members.set_last_id(self.last_member);
        state.users.set_last_id(self.last_user);
        state.tokens.set_last_id(self.last_token);
        state.tree.set_last_ids((self.last_namespace, self.last_project));
        state
    }
}
