use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::websocket::Websocket;
use crate::stopwatch::Stopwatch;

/// So many clients are being let in at a time.
const COMING: usize = 64;
/// What takes longer than this does not happen any more.
const PATIENCE: Duration = Duration::from_secs(20);
const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

/// Clients of Socket.IO that listen, and answer the server's pings, until this value goes.
pub(super) struct Crowd {
    runtime: Runtime,
    clients: JoinSet<Result<()>>,
    heard: UnboundedReceiver<Heard>,
    tell: UnboundedSender<Heard>,
    /// What [`Heard::at`] counts from.
    pub(super) stopwatch: Arc<Stopwatch>,
}

/// One client has heard of progress.
pub(super) struct Heard {
    pub(super) at: Duration,
    pub(super) version: u64,
    pub(super) is_paused: bool,
}

impl Crowd {
    pub(super) fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (tell, heard) = unbounded_channel();
        Ok(Self {
            runtime,
            clients: JoinSet::new(),
            heard,
            tell,
            stopwatch: Arc::new(Stopwatch::start()),
        })
    }

    /// So many more connect, with these header lines, and follow this job, if any; returns when all of them do.
    pub(super) fn come(&mut self, count: usize, url: &str, headers: &str, job: Option<&str>) -> Result<()> {
        let clients = &mut self.clients;
        let (tell, stopwatch) = (&self.tell, &self.stopwatch);
        self.runtime.block_on(async {
            let mut coming = JoinSet::new();
            for _ in 0..count {
                if coming.len() == COMING {
                    welcome(&mut coming, clients, tell, stopwatch).await?;
                }
                let (url, headers, job) = (url.to_owned(), headers.to_owned(), job.map(str::to_owned));
                coming
                    .spawn(async move { timeout(PATIENCE, connect(&url, &headers, job.as_deref())).await? });
            }
            while !coming.is_empty() {
                welcome(&mut coming, clients, tell, stopwatch).await?;
            }
            Ok(())
        })
    }

    /// The next that one of them hears.
    pub(super) fn next(&mut self) -> Result<Heard> {
        let heard = self
            .runtime
            .block_on(async { timeout(PATIENCE, self.heard.recv()).await })
            .context("not everybody has heard")?;
        heard.context("nobody listens")
    }

    /// What they have heard already and nobody asked for.
    pub(super) fn heard_so_far(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }

    /// All of them are still there.
    pub(super) fn is_whole(&mut self) -> Result<()> {
        if let Some(left) = self.clients.try_join_next() {
            left??;
        }
        Ok(())
    }
}

/// Waits for one that comes, and lets it listen.
async fn welcome(
    coming: &mut JoinSet<Result<Websocket>>,
    clients: &mut JoinSet<Result<()>>,
    tell: &UnboundedSender<Heard>,
    stopwatch: &Arc<Stopwatch>,
) -> Result<()> {
    let client = coming.join_next().await.context("nobody comes")???;
    clients.spawn(listen(client, tell.clone(), Arc::clone(stopwatch)));
    Ok(())
}

async fn connect(url: &str, headers: &str, job: Option<&str>) -> Result<Websocket> {
    let mut client = Websocket::open(url, PATH, headers).await?;
    let open = client.next().await?;
    ensure!(open.starts_with('0'), "no engine.io: {open}");
    client.send("40").await?;
    let connected = heard(&mut client).await?;
    ensure!(connected.starts_with("40"), "not let in: {connected}");
    if let Some(job) = job {
        client
            .send(&format!(r#"420["subscribe:jobs",{{"jobIds":["{job}"]}}]"#))
            .await?;
        loop {
            let said = heard(&mut client).await?;
            if said.starts_with("430") {
                ensure!(said.contains(&format!(r#""ok":["{job}"]"#)), "refused: {said}");
                break;
            }
        }
    }
    Ok(client)
}

async fn listen(
    mut client: Websocket,
    tell: UnboundedSender<Heard>,
    stopwatch: Arc<Stopwatch>,
) -> Result<()> {
    loop {
        let said = heard(&mut client).await?;
        if said.starts_with(r#"42["job:progress","#) {
            let heard = Heard {
                at: stopwatch.elapsed(),
                version: version(&said).with_context(|| format!("no version: {said}"))?,
                is_paused: said.contains(r#""status":"paused""#),
            };
            if tell.send(heard).is_err() {
                return Ok(());
            }
        }
    }
}

/// The next that is not a ping, of which each is answered.
async fn heard(client: &mut Websocket) -> Result<String> {
    loop {
        let said = client.next().await?;
        if said != "2" {
            return Ok(said);
        }
        client.send("3").await?;
    }
}

fn version(said: &str) -> Option<u64> {
    let (_, after) = said.split_once(r#""version":"#)?;
    let digits = after.find(|letter: char| !letter.is_ascii_digit())?;
    after[..digits].parse().ok()
}
