//! One request on its way through a handler.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, RwLockReadGuard};

use form_urlencoded::Serializer;
use hyper::header::{COOKIE, IF_UNMODIFIED_SINCE};
use hyper::{HeaderMap, StatusCode};

use super::reply::Refusal;
use super::{refuse, request};
use crate::access::Viewer;
use crate::control::{Caller, Who};
use crate::instance::{Changes, Instance};
use crate::options::Tier;
use crate::params::{Ask, Params};
use crate::state::{State, Token, User, Work};
use crate::time_text::Moment;

/// A request that found its endpoint: who asks, for what, and what the instance knows.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) viewer: Viewer,
    pub(crate) token: Option<Arc<Token>>,
    /// What stood in the place of the route's parameters, decoded.
    pub(crate) args: Vec<Cow<'a, str>>,
    pub(crate) params: Params,
    /// As it was sent, without the query.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) reads: bool,
    /// Only the headers are wanted.
    pub(crate) head: bool,
    pub(crate) endpoint: usize,
    pub(crate) now: Moment,
    pub(crate) peer: IpAddr,
    /// A proxy let the request past every limit.
    pub(crate) unlimited: bool,
    /// How many rows a fault lets vanish between the pages of a list.
    pub(crate) shift: i64,
}

impl Call<'_> {
    /// The route's `n`th parameter, counted from 0.
    pub(crate) fn arg(&self, n: usize) -> &str {
        self.args.get(n).map_or("", AsRef::as_ref)
    }

    /// The token that was sent, whether it is any good or not.
    pub(crate) fn credential(&self) -> Option<Cow<'_, str>> {
        request::credential(self.headers, self.query)
    }

    /// A cookie of that name.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let sent = self.headers.get_all(COOKIE).iter();
        sent.filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The user behind the token.
    ///
    /// # Errors
    /// 401 for anyone unknown.
    pub(crate) fn user(&self) -> Result<&Arc<User>, Refusal> {
        self.viewer.user().ok_or_else(refuse::unauthorized)
    }

    /// The user behind the token, who must be an administrator.
    pub(crate) fn administrator(&self) -> Result<&Arc<User>, Refusal> {
        let user = self.user()?;
        if user.admin {
            Ok(user)
        } else {
            Err(refuse::forbidden())
        }
    }

    /// Only with this licence or a higher one.
    ///
    /// # Errors
    /// 404, as for a route that is not there (GitLab API facts §5.4).
    pub(crate) fn licensed(&self, tier: Tier) -> Result<(), Refusal> {
        if self.instance.site.tier >= tier {
            Ok(())
        } else {
            Err(refuse::message(StatusCode::NOT_FOUND, "404 Not Found"))
        }
    }

    /// Ends a deletion that was asked for on the condition that nothing changed since.
    ///
    /// # Errors
    /// 412 when it changed later; the header says whole seconds, so what just changed may seem to have.
    pub(crate) fn not_modified_since(&self, changed_at: Moment) -> Result<(), Refusal> {
        let header = self.headers.get(IF_UNMODIFIED_SINCE);
        let since = header.and_then(|value| Moment::parse_http(value.to_str().ok()?));
        if since.is_some_and(|since| changed_at > since) {
            let text = "412 Precondition Failed";
            return Err(refuse::message(StatusCode::PRECONDITION_FAILED, text));
        }
        Ok(())
    }

    /// Leaves work for GitLab's background workers.
    pub(crate) fn later(&self, state: &mut State, work: Work) {
        self.instance.later(state, self.now, work);
    }

    /// Begins to ask for parameters. End with [`Call::admit`].
    pub(crate) fn ask(&self) -> Ask<'_> {
        Ask::new(&self.params).shifted(self.shift)
    }

    /// Ends the questions: refuses malformed parameters, then counts the call against the endpoint's limit.
    /// In this order, because GitLab does not count what its API layer refuses, but counts duplicates.
    pub(crate) fn admit(&self, ask: Ask<'_>) -> Result<(), Refusal> {
        if let Some(complaint) = ask.complaint() {
            return Err(refuse::invalid(&complaint));
        }
        if self.unlimited {
            return Ok(());
        }
        let caller = Caller {
            who: self.viewer.id().map_or(Who::Address(self.peer), Who::User),
            source: self.arg(0),
        };
        self.instance
            .limits
            .count_call(self.endpoint, caller, self.now)
            .map_err(refuse::too_many_of_this)
    }

    /// As [`Call::admit`], for an endpoint without parameters.
    pub(crate) fn admit_any(&self) -> Result<(), Refusal> {
        self.admit(self.ask())
    }

    /// The state, to look at. Copy out what is needed and let go before writing JSON.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.instance.state()
    }

    /// The state, to change.
    pub(crate) fn change(&self) -> Changes<'_> {
        self.instance.change()
    }

    /// This address with some parameters set and others left out. Tokens never go into it.
    pub(crate) fn link(&self, set: &[(&str, &str)], leave_out: &[&str]) -> String {
        const SECRET: [&str; 3] = ["private_token", "access_token", "job_token"];
        let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(self.query.as_bytes())
            .filter(|(name, _)| {
                let name = name.as_ref();
                !SECRET.contains(&name)
                    && !leave_out.contains(&name)
                    && set.iter().all(|(replaced, _)| *replaced != name)
            })
            .collect();
        pairs.extend(
            set.iter()
                .map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value))),
        );
        pairs.sort();
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{}{}?{query}", self.instance.site.url, self.path)
    }

    /// What names a list for the cache of sorted lists: who asks, where, and for what, whichever page.
    pub(crate) fn list_key(&self) -> String {
        let viewer = self.viewer.id().map_or(0, |user| user.0);
        let mut key = format!(
            "{viewer} {}",
            self.link(&[], &["page", "per_page", "id_after", "id_before"])
        );
        key.shrink_to_fit();
        key
    }
}
