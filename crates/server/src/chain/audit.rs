use std::sync::Arc;

use axum::extract::Request;
use http::{Method, StatusCode, Uri};
use storage::AuditOutcome;

use super::RequestContext;
use crate::app::App;
use crate::audit::{entry_of, outcome_of};

/// Takes down what changes something, who signs in, and who is refused; reads are counted.
///
/// A change is on disk before its answer is sent. One whose client goes away before the answer is taken down as
/// well, when this is dropped: what came of it is unknown then. `None` for what nobody takes down.
pub(super) fn watch(app: &Arc<App>, context: &Arc<RequestContext>, request: &Request) -> Option<Witness> {
    let path = request.uri().path();
    if !path.starts_with("/api/") && !path.starts_with("/gitlab/") {
        return None;
    }
    Some(Witness {
        method: request.method().clone(),
        uri: request.uri().clone(),
        // GitLab's own messages change nothing here, and come by the thousand.
        watches: !request.method().is_safe() && !path.starts_with("/api/webhooks/"),
        app: Arc::clone(app),
        context: Arc::clone(context),
    })
}

/// Sees to it that a change is taken down also when nobody waits for its answer any more.
pub(super) struct Witness {
    method: Method,
    uri: Uri,
    watches: bool,
    app: Arc<App>,
    context: Arc<RequestContext>,
}

impl Witness {
    /// The request was answered with this status, by GitLab or by us.
    ///
    /// What GitLab refuses somebody to read is between the two.
    pub(super) async fn saw(mut self, status: StatusCode, is_gitlabs: bool) {
        let changes = std::mem::take(&mut self.watches);
        let Self { app, context, .. } = &self;
        let entry = || entry_of(context, (&self.method, &self.uri), Some(status), app.clock.now());
        let is_refusal = outcome_of(status) == AuditOutcome::Refused;
        let has_signed_in = context.audited().user.is_some();
        let is_known = changes && context.session().is_some();
        if has_signed_in || is_known && (is_gitlabs || !is_refusal) {
            app.audit.record(entry()).await;
        } else if changes || is_refusal && !is_gitlabs {
            app.audit.note_refusal(entry(), context.address());
        } else if let Some(session) = context.session() {
            app.audit.count_read(&session.actor);
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if self.watches {
            let status: Option<StatusCode> = None;
            let request = (&self.method, &self.uri);
            let entry = entry_of(&self.context, request, status, self.app.clock.now());
            match self.context.session() {
                Some(_) => self.app.audit.note(entry),
                None => self.app.audit.note_refusal(entry, self.context.address()),
            }
        }
    }
}
