use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Timestamp};
use engine::Engine;
use gitlab_client::GitlabClient;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use url::Url;

use crate::app::{App, redirect_uri};
use crate::audit::Audit;
use crate::auth::{GrantStore, KeyStore, SessionStore, Standings, Ways};
use crate::chain::{self, Origins};
use crate::changes::Changes;
use crate::credentials::JobCredentials;
use crate::dispatch::dispatch;
use crate::hooks::{self, Hooks};
use crate::limits::Limits;
use crate::listen::{Serves, Stopping, listen};
use crate::live::{Live, relay};
use crate::nodes;
use crate::overviews::Overviews;
use crate::proxy::{Proxy, Writes, answer_cache};
use crate::settings::ServerSettings;
use crate::verifications::Verifications;
use crate::{metrics, routes};

/// How long sockets have to hear why they are closed.
const FAREWELL: Duration = Duration::from_millis(100);
/// How long the audit trail may take after that.
const FLUSHING: Duration = Duration::from_secs(2);
/// How often reads are told of, and what is too old in the audit trail is removed.
const TRAIL_EVERY: Duration = Duration::from_hours(1);
/// For so long a socket may outlive its session.
const SOCKETS_EVERY: Duration = Duration::from_secs(1);

/// The server could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener has no address.
    #[error("the listener cannot be used")]
    Listener(#[source] std::io::Error),
}

/// Where the server listens.
#[derive(Debug)]
pub struct Listeners {
    /// Everything.
    pub main: TcpListener,
    /// `GATEWAY_LISTEN`: the gateway alone, at the root.
    pub gateway: Option<TcpListener>,
    /// `METRICS_LISTEN`: `/metrics`, open to whoever reaches it, and nothing else.
    pub metrics: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(main: TcpListener) -> Self {
        Self {
            main,
            gateway: None,
            metrics: None,
        }
    }
}

/// Serves the API, the proxy, the gateway and Socket.IO on its listeners, and runs jobs, until `stop` is
/// cancelled.
///
/// Then: `/health/ready` says 503, nothing new is accepted, open requests and items have
/// [`stop_within`](ServerSettings::stop_within), 10 seconds; what is not done by then is recorded as unknown and settled by the next start. Returns when all that is over.
///
/// # Errors
/// The listener cannot be used. What goes wrong later concerns a request or a job, not the server.
pub async fn serve(
    settings: ServerSettings,
    engine: Engine,
    client: GitlabClient,
    clock: Arc<dyn Clock>,
    listeners: impl Into<Listeners>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let listeners = listeners.into();
    let address = listeners.main.local_addr().map_err(ServeError::Listener)?;
    let own =
        || Url::parse(&format!("http://{address}")).unwrap_or_else(|_| unreachable!("an address is a host"));
    let public_url = settings.public_url.clone().unwrap_or_else(own);
    let app = compose(settings, engine, &client, clock, public_url, stop.clone());
    tracing::info!(%address, public = %app.public_url, "Listening on http://{address}");

    let nodes = AbortOnDropHandle::new(tokio::spawn(nodes::keep(Arc::clone(&app))));
    app.nodes.tried().await;
    let mut jobs = AbortOnDropHandle::new(tokio::spawn(dispatch(Arc::clone(&app))));
    let events = AbortOnDropHandle::new(tokio::spawn(relay(Arc::clone(&app))));
    let hooks = AbortOnDropHandle::new(tokio::spawn(hooks::tell(Arc::clone(&app))));
    let watching = AbortOnDropHandle::new(tokio::spawn(watch_sockets(Arc::clone(&app))));
    let tidying = AbortOnDropHandle::new(tokio::spawn(tidy(Arc::clone(&app))));
    let stopping = Stopping {
        asked: stop.clone(),
        over: CancellationToken::new(),
        connections: TaskTracker::new(),
    };
    let _measured = listeners.metrics.map(|listener| {
        AbortOnDropHandle::new(tokio::spawn(listen(
            listener,
            Serves::Everything,
            metrics::own_listener(&app),
            Arc::clone(&app.clock),
            stopping.clone(),
        )))
    });
    let answers = chain::wrap(routes::router(), &app);
    let accept = |listener, serves| {
        let (answers, clock) = (answers.clone(), Arc::clone(&app.clock));
        AbortOnDropHandle::new(tokio::spawn(listen(
            listener,
            serves,
            answers,
            clock,
            stopping.clone(),
        )))
    };
    let _accepting = accept(listeners.main, Serves::Everything);
    let _gateway = match listeners.gateway {
        Some(listener) => {
            let address = listener.local_addr().map_err(ServeError::Listener)?;
            tracing::info!(%address, "The gateway also listens on http://{address}");
            Some(accept(listener, Serves::Gateway))
        }
        None => None,
    };

    stop.cancelled().await;
    let stop_within = app.settings.stop_within;
    tracing::info!("Stopping: nothing new is accepted, open requests and items have {stop_within:?}");
    stopping.connections.close();
    abort([tidying, watching]).await;
    if app.live.sockets() > 0 {
        app.live.tell_stopping().await;
        app.clock.sleep(FAREWELL).await;
    }
    app.live.close_all().await;
    let ended = futures::future::join(stopping.connections.wait(), &mut jobs);
    let in_time = tokio::select! {
        _ = ended => true,
        () = app.clock.sleep(stop_within) => false,
    };
    app.audit.tell_reads();
    tokio::select! {
        () = app.audit.flush() => {}
        () = app.clock.sleep(FLUSHING) => tracing::warn!("The last of the audit trail could not be written"),
    }
    stopping.over.cancel();
    // Whoever is told that the server has stopped closes the database.
    abort([events, hooks, nodes]).await;
    if !jobs.is_finished() {
        abort([jobs]).await;
    }
    tracing::info!(in_time, "Stopped");
    Ok(())
}

/// Ends tasks that go on for ever, wherever they are, and waits until they have.
async fn abort<const N: usize>(tasks: [AbortOnDropHandle<()>; N]) {
    for task in tasks {
        task.abort();
        let _ = task.await;
    }
}

pub(crate) fn compose(
    settings: ServerSettings,
    engine: Engine,
    client: &GitlabClient,
    clock: Arc<dyn Clock>,
    public_url: Url,
    stopping: CancellationToken,
) -> Arc<App> {
    let storage = engine.storage();
    let origins = Arc::new(Origins::new(
        &public_url,
        &settings.allowed_origins,
        settings.production,
    ));
    let grants = GrantStore::new(
        Arc::clone(storage),
        client.clone(),
        Arc::clone(&clock),
        &settings,
        redirect_uri(&public_url),
    );
    let standings = Standings::new(engine.registry().clone(), Arc::clone(&clock));
    let ways = Ways::new(client.clone(), grants.clone(), standings);
    let sessions = SessionStore::new(Arc::clone(storage), ways.clone(), Arc::clone(&clock), &settings);
    let keys = KeyStore::new(Arc::clone(storage), ways.clone(), Arc::clone(&clock), &settings);
    let audit = Audit::begin(Arc::clone(storage), Arc::clone(&clock), &settings);
    let limits = Limits::new(&settings, &clock);
    let live = Live::new(
        engine.clone(),
        sessions.clone(),
        keys.clone(),
        Arc::clone(&limits.addresses),
        Arc::clone(&origins),
        Arc::clone(&clock),
        &settings,
    );
    engine.limit_users(settings.work_per_user);
    let cache = answer_cache(settings.cache, &clock);
    let writes = match &cache {
        Some(cache) => cache.writes().clone(),
        None => Writes::new(Arc::clone(&clock)),
    };
    let changes = Changes::new(
        writes.clone(),
        cache.clone(),
        live.clone(),
        settings.nodes.clone(),
    );
    Arc::new(App {
        credentials: JobCredentials::new(Arc::clone(storage), settings.vault.clone(), grants),
        limits,
        overviews: Overviews::new(writes, settings.nodes.clone(), Arc::clone(&clock)),
        verifications: Verifications::default(),
        proxy: Proxy::new(client, cache, changes.clone(), Arc::clone(&clock)),
        changes,
        client: client.clone(),
        hooks: Hooks::new(),
        live,
        nodes: settings.nodes.clone(),
        metrics: settings.metrics.clone(),
        began: clock.monotonic(),
        ways,
        sessions,
        keys,
        audit,
        origins,
        public_url,
        clock,
        engine,
        stopping,
        settings,
    })
}

/// Closes sockets at the moment at which their sessions end.
async fn watch_sockets(app: Arc<App>) {
    loop {
        app.clock.sleep(SOCKETS_EVERY).await;
        app.live.close_expired(app.clock.now());
    }
}

/// Clears away what has expired: sessions, API keys, their sockets, credentials of jobs that ended while nobody looked.
async fn tidy(app: Arc<App>) {
    // At once: a server that is restarted often would never come to it.
    let mut trail_at = app.clock.monotonic();
    loop {
        if app.clock.monotonic() >= trail_at {
            trail_at = app.clock.monotonic() + TRAIL_EVERY;
            tidy_trail(&app).await;
        }
        if let Err(error) = app.sessions.purge().await {
            tracing::warn!(%error, "Expired sessions could not be cleared away");
        }
        if let Err(error) = app.keys.purge().await {
            tracing::warn!(%error, "API keys that expired long ago could not be cleared away");
        }
        if let Err(error) = app.engine.leave_cancelled().await {
            tracing::warn!(%error, "What was under way in cancelled jobs could not be looked at");
        }
        if let Err(error) = app.credentials.erase_ended().await {
            tracing::warn!(%error, "Credentials of ended jobs could not be erased");
        }
        if let Err(error) = app.ways.grants().purge().await {
            tracing::warn!(%error, "OAuth grants that nobody holds could not be forgotten");
        }
        if let Err(error) = app.ways.grants().revoke_due().await {
            tracing::warn!(%error, "OAuth grants that nobody holds could not be revoked at GitLab");
        }
        app.live.close_ended(&app.sessions, &app.keys).await;
        app.live.warn_of_tokens(&app.sessions, app.clock.now()).await;
        app.clock.sleep(app.settings.tidy_every).await;
    }
}

/// Tells how much was read, and removes what is older than it has to be kept.
async fn tidy_trail(app: &App) {
    app.audit.tell_reads();
    let kept = i64::try_from(app.settings.audit_retention.as_millis()).unwrap_or(i64::MAX);
    let moment = Timestamp::from_millis(app.clock.now().as_millis().saturating_sub(kept));
    match app.engine.storage().purge_audit(moment).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "Purged {rows} rows of the audit trail"),
        Err(error) => tracing::warn!(%error, "The audit trail could not be purged"),
    }
}
