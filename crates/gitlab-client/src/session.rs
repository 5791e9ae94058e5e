use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::{InstanceUrl, Timestamp};
use http::HeaderValue;
use url::{Position, Url};

use crate::client::{Instance, Shared};
use crate::error::GitlabError;
use crate::instance_clock::ClockOffset;
use crate::oauth::Credential;
use crate::outage::Outage;
use crate::pace::{Budget, Job, JobLimits, Lane, LongLimit, Waiting};
use crate::passthrough::{InvalidPath, raw_path};
use crate::token::Fingerprint;

/// One instance, talked to with one credential. Cheap to clone.
///
/// Paths are relative to `/api/v4/`, encoded ([`gitlab_api::ApiPath`] makes them), with or without a leading
/// slash.
#[derive(Clone)]
pub struct Gitlab {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) instance: InstanceUrl,
    pub(crate) shared_by_all: Arc<Instance>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) job: Job,
    /// For work that waits for a GitLab that is away.
    pub(crate) outage: Option<Outage>,
    pub(crate) credential: Credential,
    /// The credential's fingerprint at this instance.
    known_as: Fingerprint,
    /// `https://gitlab.example.com/api/v4/`
    pub(crate) root: Url,
    /// `root` as connections are kept by it.
    pub(crate) root_name: Arc<str>,
    /// Host and port of `root`.
    pub(crate) host: HeaderValue,
}

impl Gitlab {
    pub(crate) fn new(
        shared: Arc<Shared>,
        instance: InstanceUrl,
        shared_by_all: Arc<Instance>,
        budget: Arc<Budget>,
        credential: Credential,
    ) -> Self {
        let mut root = instance.to_url();
        let path = format!("{}api/v4/", root.path());
        root.set_path(&path);
        Self {
            inner: Arc::new(Inner {
                shared,
                shared_by_all,
                budget,
                job: Job::default(),
                outage: None,
                known_as: credential.fingerprint().at(&instance),
                instance,
                credential,
                root_name: root.as_str().into(),
                host: HeaderValue::try_from(root.authority())
                    .unwrap_or_else(|_| unreachable!("an address has a host that can be sent")),
                root,
            }),
        }
    }

    /// The same for one job: its requests take turns with those of the user's other jobs, and keep the job's own
    /// limits. Made once per job; clones share the limits.
    #[must_use]
    pub fn for_job(&self, limits: JobLimits) -> Self {
        self.with(self.inner.budget.job(limits), None)
    }

    /// The same for work that may take its time: its requests take turns with those of the user's jobs, and wait for a
    /// limit however long it is. What they wait for is what [`Gitlab::waiting`] says of their lane. Its reads also wait for
    /// a GitLab that is away (unreachable, silent or at fault itself): each is repeated until it has not been answered for
    /// longer than `outage`. [`Gitlab::asks_again`] says that they do.
    #[must_use]
    pub fn patient(&self, outage: Duration) -> Self {
        let job = self.inner.budget.job(JobLimits::default()).patient();
        self.with(job, Some(Outage::borne_for(outage)))
    }

    /// GitLab is away, and reads of this session, which is [patient](Gitlab::patient), wait until then to ask it again.
    pub fn asks_again(&self) -> Option<Timestamp> {
        self.inner.outage.as_ref()?.asked_again()
    }

    fn with(&self, job: Job, outage: Option<Outage>) -> Self {
        let inner = &self.inner;
        Self {
            inner: Arc::new(Inner {
                shared: Arc::clone(&inner.shared),
                instance: inner.instance.clone(),
                shared_by_all: Arc::clone(&inner.shared_by_all),
                budget: Arc::clone(&inner.budget),
                job,
                outage,
                credential: inner.credential.clone(),
                known_as: inner.known_as,
                root: inner.root.clone(),
                root_name: Arc::clone(&inner.root_name),
                host: inner.host.clone(),
            }),
        }
    }

    /// The instance.
    pub fn instance(&self) -> &InstanceUrl {
        &self.inner.instance
    }

    /// `https://gitlab.example.com/api/v4`: where GitLab's links begin.
    pub fn api_root(&self) -> &str {
        self.inner.root.as_str().trim_end_matches('/')
    }

    /// What identifies the credential at this instance: the key of caches. The same text at another instance is another
    /// credential, since what it opens there says nothing of what it opens here.
    pub fn credential(&self) -> Fingerprint {
        self.inner.known_as
    }

    /// Until when, and why, requests of this lane are held back beyond the ordinary rate at this moment.
    ///
    /// A job shows it as `waitingUntil` and `waitingReason`; one that would wait for minutes gives its place up.
    pub fn waiting(&self, lane: Lane) -> Option<Waiting> {
        self.inner.budget.waiting(lane)
    }

    /// Whether requests of this lane wait for nothing but a place at this moment: no rate is set, GitLab tells of no
    /// quota, and nothing is shut.
    pub fn flows(&self, lane: Lane) -> bool {
        self.inner.budget.flows(lane, &self.inner.job)
    }

    /// What this user's requests have learned of limits that GitLab counts by the hour or the day, in no order.
    pub fn long_limits(&self) -> Vec<LongLimit> {
        self.inner.budget.long_limits()
    }

    /// Takes in what was learned of such limits by another process, or by this one before it was started: a limit that
    /// was met is not met again.
    pub fn heed(&self, limits: &[LongLimit]) {
        self.inner.budget.heed(limits);
    }

    /// How far GitLab's clock is ahead of ours; `None` before the first answer.
    ///
    /// For comparing GitLab's `created_at` with a moment of ours.
    pub fn instance_clock_offset(&self) -> Option<ClockOffset> {
        self.inner
            .shared_by_all
            .clock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .offset()
    }
}

impl Inner {
    /// The URL of a checked path, with a query that is encoded already.
    pub(crate) fn url(&self, path: &str, query: Option<&str>) -> Result<Url, GitlabError> {
        raw_path::check(path)?;
        let relative = path.strip_prefix('/').unwrap_or(path);
        let mut url = self
            .root
            .join(relative)
            .map_err(|_| GitlabError::InvalidPath(InvalidPath::Absolute))?;
        if !self.holds(&url) {
            return Err(InvalidPath::Absolute.into());
        }
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            let whole = match url.query() {
                Some(before) => format!("{before}&{query}"),
                None => query.to_owned(),
            };
            url.set_query(Some(&whole));
        }
        Ok(url)
    }

    /// Is this an address of this instance's API? The token goes nowhere else.
    pub(crate) fn holds(&self, url: &Url) -> bool {
        // Scheme, name and password, host and port, as they are written in normal form: the root has no name in it.
        url[..Position::BeforePath] == self.root[..Position::BeforePath]
            && url.path().starts_with(self.root.path())
    }

    /// The part of a URL that says which endpoint it is.
    pub(crate) fn endpoint<'url>(&self, url: &'url Url) -> &'url str {
        url.path().strip_prefix(self.root.path()).unwrap_or_default()
    }
}

impl fmt::Debug for Gitlab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gitlab")
            .field("instance", &self.inner.instance)
            .field("credential", &self.inner.credential.fingerprint())
            .finish_non_exhaustive()
    }
}
