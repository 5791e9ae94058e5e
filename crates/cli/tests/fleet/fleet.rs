use std::time::Duration;

use gitlab_sim::{Options, Simulator};
use tempfile::TempDir;
use test_services::Services;

use crate::node::{Node, Settings};
use crate::person::Person;

/// Equal nodes, what they share, and the GitLab they work on.
pub(crate) struct Fleet {
    pub(crate) nodes: Vec<Node>,
    pub(crate) services: Services,
    pub(crate) gitlab: Simulator,
    settings: Settings,
    _folder: TempDir,
}

impl Fleet {
    /// Three nodes. `None` where the tests were not started by `cargo xtask test`, which sees to the programs.
    pub(crate) async fn of_three() -> Option<Self> {
        std::env::var_os("TEST_DATABASE_URL")?;
        let services = tokio::task::spawn_blocking(Services::start)
            .await
            .unwrap()
            .unwrap();
        // Slow enough that a job takes some seconds.
        let options = Options::empty().users(5).latency(Duration::from_millis(20));
        let gitlab = Simulator::start_with(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            variables: vec![
                ("DATABASE_URL", services.postgres.url().to_owned()),
                ("REDIS_URL", services.redis.url().to_owned()),
                ("SESSION_SECRET", "5".repeat(64)),
                ("GITLAB_URL", gitlab.url().to_owned()),
                ("GITLAB_API_RATE_LIMIT", "unlimited".to_owned()),
                ("GITLAB_SETTLE_MS", "1000".to_owned()),
            ],
            folder: folder.path().to_owned(),
        };
        let mut nodes = Vec::new();
        for number in 0..3 {
            nodes.push(Node::begin(number, &settings).await);
        }
        Some(Self {
            nodes,
            services,
            gitlab,
            settings,
            _folder: folder,
        })
    }

    /// Begins a node that has ended again.
    pub(crate) async fn begin_again(&mut self, number: usize) {
        self.nodes[number].begin_again(number, &self.settings).await;
    }

    /// `root`, who comes in at the first node and is known at each of them.
    pub(crate) async fn root(&self) -> Person {
        Person::sign_in(self).await
    }

    /// The addresses that a load balancer has.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Node::url).collect()
    }

    /// Waits until GitLab has done so much.
    pub(crate) async fn until_written(&self, writes: u64) {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while self.gitlab.stats().writes.applied < writes {
            looks.tick().await;
        }
    }

    /// Which node runs the job.
    pub(crate) fn runner(&self, job: &str) -> usize {
        let runners: Vec<_> = (0..self.nodes.len())
            .filter(|number| self.nodes[*number].has_run(job))
            .collect();
        assert_eq!(runners.len(), 1, "one node has begun it: {runners:?}");
        runners[0]
    }
}
