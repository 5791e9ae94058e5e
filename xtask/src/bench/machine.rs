use std::process::Command;

use crate::workspace::Workspace;

/// Where and on what a figure was measured.
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) system: String,
    /// The commit, with `+` when the work tree differs from it.
    pub(crate) commit: String,
    pub(crate) date: String,
    /// Mean number of runnable processes in the minute before: others' work shows here.
    pub(crate) load: String,
}

impl Machine {
    pub(crate) fn look(at: &Workspace) -> Self {
        let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let processor = cpu
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned());
        let changed = !said(
            Command::new("git")
                .args(["status", "--porcelain"])
                .current_dir(&at.root),
        )
        .is_empty();
        let commit = said(
            Command::new("git")
                .args(["rev-parse", "--short=10", "HEAD"])
                .current_dir(&at.root),
        );
        Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            processor,
            system: said(Command::new("uname").args(["-s", "-r"])),
            commit: if changed { format!("{commit}+") } else { commit },
            date: said(Command::new("date").args(["-u", "+%Y-%m-%d"])),
            load: read("/proc/loadavg")
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

/// What a command prints; nothing when it cannot be run.
fn said(command: &mut Command) -> String {
    command
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} cores ({}), {}, load {} before; commit {}, {}",
            self.cores, self.processor, self.system, self.load, self.commit, self.date
        )
    }
}
