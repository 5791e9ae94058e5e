//! The resources, as a client reads them.
//!
//! Tolerant on purpose: unknown keys are ignored, and every key that an instance, a tier or a missing right may
//! leave out or set to null has a default. Times are GitLab's own text (`2026-03-02T09:14:07.512Z`), dates
//! `YYYY-MM-DD`; whoever compares them parses them.

mod group;
mod lenient;
mod member;
mod namespace;
mod project;
mod token;
mod user;
mod version;
mod visibility;

pub use group::{Group, SharedGroup};
pub use member::Member;
pub use namespace::{Namespace, NamespaceExists, NamespaceKind};
pub use project::{Access, ForkedFrom, Permissions, Project};
pub use token::PersonalAccessToken;
pub use user::{CurrentUser, User};
pub use version::Version;
pub use visibility::Visibility;

#[cfg(test)]
mod tests;
