use std::sync::Arc;

use gitlab_api::names;

use crate::http::refuse::{self, Complaints};
use crate::http::{Call, Refusal};
use crate::ids::NamespaceId;
use crate::params::Ask;
use crate::secret::{self, Kind};
use crate::state::{NewUser, State, User, UserKind};

/// What a request says about an account; everything may be left out.
#[derive(Debug)]
pub(super) struct Wanted {
    name: Option<String>,
    username: Option<String>,
    email: Option<String>,
}

impl Wanted {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        Self {
            name: ask.filled("name"),
            username: ask.filled("username"),
            email: ask.filled("email"),
        }
    }

    fn check(&self, state: &State, but: Option<&User>) -> Result<(), Refusal> {
        let is_other = |user: &Arc<User>| but.is_none_or(|own| own.id != user.id);
        if let Some(username) = &self.username {
            let mut complaints = Complaints::default();
            complaints.add_all("username", names::username(username));
            if !complaints.is_empty() {
                let text = format!("400 Bad request - {}", complaints.as_sentence());
                return Err(refuse::bad_request(&text));
            }
            let child = state.tree.child(None, username).is_some();
            let own = but.is_some_and(|own| own.username.eq_ignore_ascii_case(username));
            if child && !own {
                return Err(refuse::bad_request_because("Username has already been taken"));
            }
        }
        let email = self.email.as_ref();
        if email.is_some_and(|email| state.user_of_email(email).is_some_and(is_other)) {
            return Err(refuse::bad_request_because("Email has already been taken"));
        }
        Ok(())
    }

    /// A new account, of that group or of the instance.
    pub(super) fn make(
        self,
        call: &Call<'_>,
        state: &mut State,
        group: Option<NamespaceId>,
    ) -> Result<Arc<User>, Refusal> {
        /// Hexadecimal digits in a name that nobody chose.
        const DIGITS: usize = 32;
        self.check(state, None)?;
        let mut digits = secret::make(
            call.instance,
            Kind::Hex("service account"),
            state.users.next_id().0,
        )
        .0;
        digits.truncate(DIGITS);
        let username = self.username.unwrap_or_else(|| match group {
            Some(group) => format!("service_account_group_{group}_{digits}"),
            None => format!("service_account_{digits}"),
        });
        let host = call.instance.site.host.split(':').next().unwrap_or_default();
        let email = self.email.unwrap_or_else(|| format!("{username}@noreply.{host}"));
        let name = self.name.unwrap_or_else(|| "Service account user".to_owned());
        let new = NewUser {
            kind: UserKind::ServiceAccount(group),
            can_create_group: false,
            created_by: call.viewer.id(),
            ..NewUser::plain(username, name, email)
        };
        Ok(state.add_user(new, call.now))
    }

    /// The account with what was named changed.
    pub(super) fn change(self, state: &mut State, old: &Arc<User>) -> Result<(Arc<User>, bool), Refusal> {
        self.check(state, Some(old))?;
        let mut user = User::clone(old);
        user.name = self.name.unwrap_or(user.name);
        user.username = self.username.unwrap_or(user.username);
        user.email = self.email.unwrap_or(user.email);
        let changed = user != **old;
        let user = Arc::new(user);
        if user.username != old.username {
            state
                .tree
                .rename_personal(user.namespace, &old.username, &user.username);
        }
        state.users.put(Arc::clone(&user));
        Ok((user, changed))
    }
}
