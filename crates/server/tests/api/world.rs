//! A server, a simulator, and people who use them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use engine::vault::Vault;
use engine::{Engine, Parts, RunnerSettings};
use gitlab_client::{GitlabClient, HostPolicy, Rate, SeededJitter, Settings};
use gitlab_sim::{Options, Simulator};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use server::{Listeners, OAuthClient, ServeError, ServerSettings, serve};
use storage::{Database, Storage};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::TestClock;

/// A test that waits longer than this for something waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) sim: Simulator,
    pub(crate) storage: Arc<Database>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) server: Server,
    way: Way,
}

/// How GitLab is talked to.
#[derive(Clone, Copy)]
struct Way {
    /// Requests per second and user.
    rate: Rate,
    /// How long one may take.
    timeout: Duration,
}

pub(crate) struct Server {
    pub(crate) url: String,
    /// Where the gateway is at the root.
    pub(crate) gateway_url: String,
    /// Where Prometheus needs no token.
    pub(crate) metrics_url: String,
    pub(crate) stop: CancellationToken,
    running: JoinHandle<Result<(), ServeError>>,
}

/// Somebody with a cookie (or without one).
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) url: String,
    pub(crate) cookie: Option<String>,
    /// An API key, sent as Bearer.
    pub(crate) key: Option<String>,
    pub(crate) http: reqwest::Client,
}

/// An answer that has been read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl World {
    /// A server with an empty database, and `root` and `dev-0001` to `dev-0009` in the simulator.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        Self::at(Rate::Unlimited, |settings, _| change(settings)).await
    }

    /// The same with "Sign in with GitLab" turned on.
    pub(crate) async fn with_oauth() -> Self {
        Self::at(Rate::Unlimited, |settings, sim| settings.oauth = Some(oauth(sim))).await
    }

    /// The same with so many requests to GitLab per second and user.
    pub(crate) async fn at(rate: Rate, change: impl FnOnce(&mut ServerSettings, &Simulator)) -> Self {
        let timeout = Duration::from_secs(2);
        Self::by(Way { rate, timeout }, change).await
    }

    /// A server that waits for GitLab for longer than any test.
    pub(crate) async fn patient(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let (rate, timeout) = (Rate::Unlimited, Duration::from_mins(10));
        Self::by(Way { rate, timeout }, |settings, _| change(settings)).await
    }

    async fn by(way: Way, change: impl FnOnce(&mut ServerSettings, &Simulator)) -> Self {
        gitlab_client::install_crypto();
        let sim = Simulator::start_with(Options::empty().users(9)).await.unwrap();
        let clock = Arc::new(TestClock::default());
        let handed_in = Arc::<TestClock>::clone(&clock) as Arc<dyn Clock>;
        let storage = Database::open_temporary(handed_in).await.unwrap();
        let server = start(&storage, &clock, way, |settings| change(settings, &sim)).await;
        Self {
            sim,
            storage,
            clock,
            server,
            way,
        }
    }

    /// The same over a database that can be looked at from outside.
    pub(crate) async fn on_file(path: &std::path::Path) -> Self {
        Self::on_file_with(path, |_| {}).await
    }

    pub(crate) async fn on_file_with(
        path: &std::path::Path,
        change: impl FnOnce(&mut ServerSettings),
    ) -> Self {
        gitlab_client::install_crypto();
        let sim = Simulator::start_with(Options::empty().users(9)).await.unwrap();
        let clock = Arc::new(TestClock::default());
        let handed_in = Arc::<TestClock>::clone(&clock) as Arc<dyn Clock>;
        let storage = Database::open(path.to_str().unwrap(), handed_in).await.unwrap();
        let way = Way {
            rate: Rate::Unlimited,
            timeout: Duration::from_secs(2),
        };
        let server = start(&storage, &clock, way, change).await;
        Self {
            sim,
            storage,
            clock,
            server,
            way,
        }
    }

    /// Another server process over the same database; the first one goes on unless it was stopped.
    pub(crate) async fn another_server(&self) -> Server {
        self.another_server_with(|_| {}).await
    }

    pub(crate) async fn another_server_with(&self, change: impl FnOnce(&mut ServerSettings)) -> Server {
        start(&self.storage, &self.clock, self.way, change).await
    }

    pub(crate) fn stranger(&self) -> Person {
        self.server.stranger()
    }

    pub(crate) async fn root(&self) -> Person {
        self.signed_in("root").await
    }

    pub(crate) async fn signed_in(&self, username: &str) -> Person {
        self.server.signed_in(&self.sim, username).await
    }

    /// Resolves when `look` finds something; the server works meanwhile.
    pub(crate) async fn until<T>(&self, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let asked = self.clock.monotonic();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(self.clock.monotonic() < asked + PATIENCE, "waited in vain");
            self.clock.sleep(Duration::from_millis(5)).await;
        }
    }

    /// The job, once it has this status.
    pub(crate) async fn job_when(&self, person: &Person, id: &str, status: &str) -> Value {
        self.until(async || {
            let job = person.get(&format!("/api/jobs/{id}")).await.json();
            (job["status"] == status).then_some(job)
        })
        .await
    }
}

/// The simulator's own client.
pub(crate) fn oauth(sim: &Simulator) -> OAuthClient {
    OAuthClient {
        instance: sim.url().parse().unwrap(),
        id: "gitlab-sim-client".to_owned(),
        secret: None,
    }
}

async fn start(
    storage: &Arc<Database>,
    clock: &Arc<TestClock>,
    way: Way,
    change: impl FnOnce(&mut ServerSettings),
) -> Server {
    let clock = Arc::<TestClock>::clone(clock) as Arc<dyn Clock>;
    let engine = Engine::new(Parts {
        storage: Arc::clone(storage) as Arc<dyn Storage>,
        clock: Arc::clone(&clock),
        registry: engine::operations::registry(),
        vault: Vault::new(vec![7; 32], None).unwrap(),
        runner: RunnerSettings {
            plan_is_fresh: Duration::from_secs(10),
            failpoints: engine::failpoint::Failpoints::default(),
            concurrency: 10,
            parent_concurrency: 2,
            settle: Duration::from_millis(50),
            timeout: way.timeout,
        },
        protected: engine::protected::ProtectedPaths::default(),
        lease: Duration::from_secs(3),
        name: "test".to_owned(),
    });
    let mut server_settings = ServerSettings::new(Vault::new(vec![7; 32], None).unwrap());
    change(&mut server_settings);
    let policy = HostPolicy::listed([]).with_development();
    let settings = Settings {
        rate: way.rate,
        shared_pace: server_settings.nodes.shared_pace(),
        timeout: way.timeout,
        watch: Arc::new(server_settings.metrics.clone()),
        ..Settings::new(policy)
    };
    let client = GitlabClient::new(settings, Arc::clone(&clock), Arc::new(SeededJitter::new(1))).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let bind = async || TcpListener::bind(any).await.unwrap();
    let (main, gateway, metrics) = (bind().await, bind().await, bind().await);
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let (url, gateway_url, metrics_url) = (url(&main), url(&gateway), url(&metrics));
    let listeners = Listeners {
        main,
        gateway: Some(gateway),
        metrics: Some(metrics),
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(serve(
        server_settings,
        engine,
        client,
        clock,
        listeners,
        stop.clone(),
    ));
    Server {
        url,
        gateway_url,
        metrics_url,
        stop,
        running,
    }
}

impl Server {
    pub(crate) fn stranger(&self) -> Person {
        let http = reqwest::Client::builder()
            .no_proxy()
            // Whoever lets minutes pass has the server close what nobody used meanwhile.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Person {
            url: self.url.clone(),
            cookie: None,
            key: None,
            http,
        }
    }

    pub(crate) async fn signed_in(&self, sim: &Simulator, username: &str) -> Person {
        let mut person = self.stranger();
        let answer = person.log_in(sim.url(), &sim.token_of(username)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        person
    }

    /// Asks the server to stop, as SIGTERM does, and waits until it has.
    pub(crate) async fn stopped(&mut self) {
        self.stop.cancel();
        (&mut self.running).await.unwrap().unwrap();
    }

    /// Cuts the server off in the middle of whatever it does, as a crash would.
    pub(crate) async fn killed(&mut self) {
        self.running.abort();
        let _ = (&mut self.running).await;
    }
}

impl Person {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = match &self.cookie {
            Some(cookie) => request.header(COOKIE, format!("gitlab_bulk_session={cookie}")),
            None => request,
        };
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let request = self.request(method, path).body(body.to_owned());
        read(
            headers
                .iter()
                .fold(request, |request, (name, value)| request.header(*name, *value)),
        )
        .await
    }

    /// Signs in and keeps the cookie.
    pub(crate) async fn log_in(&mut self, gitlab: &str, token: &str) -> Answer {
        let answer = self
            .post("/api/auth/login", json!({ "gitlabUrl": gitlab, "token": token }))
            .await;
        if answer.status == 200 {
            let cookie = answer.header(SET_COOKIE.as_str()).to_owned();
            self.cookie = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .map(|(_, value)| value.to_owned());
        }
        answer
    }

    /// Makes an API key with these scopes; returns a program that has nothing else.
    pub(crate) async fn program(&self, scopes: &[&str]) -> Self {
        let wish = json!({ "name": "a program", "scopes": scopes });
        let answer = self.post("/api/keys", wish).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        Self {
            cookie: None,
            key: answer.json()["key"].as_str().map(str::to_owned),
            ..self.clone()
        }
    }

    /// Makes a job of groups with these paths, at the top; returns its id.
    pub(crate) async fn create_groups(&self, paths: &[&str]) -> String {
        let answer = self.post("/api/jobs", groups(paths)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().to_owned()
    }
}

/// The body that asks for groups with these paths.
pub(crate) fn groups(paths: &[&str]) -> Value {
    let items: Vec<Value> = paths
        .iter()
        .map(|path| json!({ "name": path, "path": path }))
        .collect();
    json!({ "type": "bulk_create_groups", "data": { "items": items } })
}

pub(crate) async fn read(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `404 NOT_FOUND job x does not exist`
    pub(crate) fn error(&self) -> String {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(text("requestId"), self.header("x-request-id"), "{}", self.text);
        format!("{} {} {}", self.status.as_u16(), text("code"), text("message"))
    }
}
