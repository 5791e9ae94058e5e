//! A Redis of a test's own, which it may stop and start again.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use domain::SystemClock;
use server::{Nodes, ServerSettings};
use tempfile::TempDir;

pub(super) struct Redis {
    folder: TempDir,
    process: Option<Child>,
}

impl Redis {
    /// One that nobody else reaches: it listens on a socket in a folder of its own. `None`, and said, where the tests
    /// are to do without (`TEST_REDIS_URL` is not set).
    #[expect(
        clippy::print_stderr,
        reason = "whoever runs the tests has to know what they did not try"
    )]
    pub(super) async fn start() -> Option<Self> {
        if std::env::var_os("TEST_REDIS_URL").is_none() {
            eprintln!("skipped: TEST_REDIS_URL is not set (`cargo xtask test` sets it)");
            return None;
        }
        let mut redis = Self {
            folder: tempfile::tempdir().unwrap(),
            process: None,
        };
        redis.begin().await;
        Some(redis)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Starts the server (again), with nothing in it.
    pub(super) async fn begin(&mut self) {
        let start = |program: &str| {
            Command::new(program)
                .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
                .arg(self.socket())
                .current_dir(self.folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        };
        let process = start("redis-server").or_else(|_| start("valkey-server"));
        self.process = Some(process.expect("TEST_REDIS_URL is set, and there is no redis-server"));
        let address = self.address().parse().unwrap();
        while server::reach_redis(&address, &SystemClock::new()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    /// Ends it as a power failure would.
    pub(super) fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Lets it hang (`STOP`), or go on (`CONT`).
    pub(super) fn signal(&self, signal: &str) {
        let number = self.process.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &number])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Says something to all nodes, as one of another version would.
    pub(super) async fn say(&self, word: &str) {
        let client = redis::Client::open(self.address()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let heard: u32 = redis::cmd("PUBLISH")
            .arg("gitlab-bulk:0:words")
            .arg(word)
            .query_async(&mut connection)
            .await
            .unwrap();
        assert_eq!(heard, 2, "both nodes listen");
    }

    /// How long whatever has such a name is still kept.
    pub(super) async fn lifetimes(&self, names: &str) -> Vec<Duration> {
        let client = redis::Client::open(self.address()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let found: Vec<String> = redis::cmd("KEYS")
            .arg(names)
            .query_async(&mut connection)
            .await
            .unwrap();
        let mut left = Vec::new();
        for name in found {
            let millis: i64 = redis::cmd("PTTL")
                .arg(name)
                .query_async(&mut connection)
                .await
                .unwrap();
            left.push(Duration::from_millis(millis.try_into().unwrap()));
        }
        left
    }

    fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Makes a server one of the nodes that have this Redis.
    pub(super) fn shared_by(&self, settings: &mut ServerSettings) {
        let address = self.address().parse().unwrap();
        settings.nodes = Nodes::over(address, Arc::new(SystemClock::new()), settings.metrics.clone());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}
