use std::sync::Arc;

use async_graphql::{Context, Object};

use super::asker::Asker;
use super::scalar::{Time, UserGlobalId};
use crate::state::{self, UserState};

/// A user, as everybody sees one.
#[derive(Debug, Clone)]
pub(super) struct User(pub(super) Arc<state::User>);

#[Object(name = "UserCore")]
impl User {
    async fn id(&self) -> UserGlobalId {
        UserGlobalId(self.0.id)
    }

    async fn username(&self) -> &str {
        &self.0.username
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn state(&self) -> &str {
        match self.0.state {
            UserState::Active => "active",
            UserState::Deactivated => "deactivated",
            UserState::Banned => "banned",
            UserState::Blocked => "blocked",
        }
    }

    async fn active(&self) -> bool {
        self.0.state == UserState::Active
    }

    async fn bot(&self) -> bool {
        false
    }

    async fn web_url(&self, ctx: &Context<'_>) -> String {
        format!("{}/{}", Asker::of(ctx).url(), self.0.username)
    }

    async fn web_path(&self) -> String {
        format!("/{}", self.0.username)
    }

    async fn public_email(&self) -> Option<&str> {
        None
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
