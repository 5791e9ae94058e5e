use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long a node may take to begin or to end. It takes a second; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// One `gitlab-bulk serve`.
pub(crate) struct Node {
    process: Child,
    port: u16,
    log: PathBuf,
    /// Where in its log it began, this time.
    began_at: usize,
}

/// What all nodes are told.
pub(crate) struct Settings {
    pub(crate) variables: Vec<(&'static str, String)>,
    pub(crate) folder: PathBuf,
}

impl Node {
    /// Begins the node of this number, and waits until it is ready.
    pub(crate) async fn begin(number: usize, settings: &Settings) -> Self {
        let log = settings.folder.join(format!("node-{number}.log"));
        let mut node = Self {
            process: spawn(0, &log, settings, number),
            port: 0,
            log,
            began_at: 0,
        };
        node.wait_until_ready().await;
        node
    }

    /// Begins it again at its address, as a service manager does.
    pub(crate) async fn begin_again(&mut self, number: usize, settings: &Settings) {
        assert!(self.process.try_wait().unwrap().is_some(), "it is running");
        self.began_at = self.said().len();
        self.process = spawn(self.port, &self.log, settings, number);
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&mut self) {
        let listening = self
            .until(|node| {
                let lines = node.lines();
                let line = lines
                    .iter()
                    .find(|line| message(line).starts_with("Listening on http://"))?;
                message(line).rsplit_once(':')?.1.parse().ok()
            })
            .await;
        self.port = listening;
    }

    /// Looks until there is something to see.
    async fn until<T>(&mut self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let seen = async {
            let mut looks = tokio::time::interval(Duration::from_millis(10));
            loop {
                looks.tick().await;
                if let Some(seen) = look(self) {
                    return seen;
                }
                let ended = self.process.try_wait().unwrap();
                assert!(ended.is_none(), "{ended:?}:\n{}", self.said());
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGKILL: it has no time for anything.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// As an operator does: SIGTERM.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.signal("-TERM");
        let ended = async {
            let mut looks = tokio::time::interval(Duration::from_millis(10));
            loop {
                looks.tick().await;
                if let Some(status) = self.process.try_wait().unwrap() {
                    return status;
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap()
    }

    /// It does nothing any more, and does not know it.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, which: &str) {
        let told = Command::new("kill")
            .args([which, &self.process.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success(), "{which}");
    }

    /// What it has said since it began.
    fn lines(&self) -> Vec<serde_json::Value> {
        self.said()
            .get(self.began_at..)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it has begun to run this job.
    pub(crate) fn has_run(&self, job: &str) -> bool {
        self.lines().iter().any(|line| {
            line["job"] == job && message(line).starts_with("Working on job") && line["status"] == "running"
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // One that is frozen dies of it as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn message(line: &serde_json::Value) -> &str {
    line["message"].as_str().unwrap_or_default()
}

fn spawn(port: u16, log: &Path, settings: &Settings, number: usize) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(env!("CARGO_BIN_EXE_gitlab-bulk"))
        .arg("serve")
        .current_dir(&settings.folder)
        .env_clear()
        .envs(settings.variables.iter().map(|(name, value)| (name, value)))
        .env("PORT", port.to_string())
        .env("DATA_DIR", settings.folder.join(format!("data-{number}")))
        .env("LOG_FORMAT", "json")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
