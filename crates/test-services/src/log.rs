use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;

/// How much of what a server said is kept, in bytes: enough to see why it ended.
const KEPT: usize = 64 * 1024;

/// What a server says from its start to its end, read as it is said: a pipe that nobody reads would stop the server.
#[derive(Debug)]
pub(crate) struct Log {
    said: Arc<Mutex<String>>,
    /// One message for each time that it said to be ready; closed at its end, when all has been read.
    ready: Receiver<()>,
}

impl Log {
    /// A log, and the end of the pipe to hand to the server. It has to be held by nobody else: the log ends when the
    /// last process that has it is gone.
    pub(crate) fn of(ready: &'static str) -> Result<(Self, PipeWriter)> {
        let (pipe, out) = std::io::pipe()?;
        let said = Arc::default();
        let (tell, told) = channel();
        let log = Self {
            said: Arc::clone(&said),
            ready: told,
        };
        std::thread::Builder::new()
            .name("log of a server".to_owned())
            .spawn(move || read(pipe, ready, &said, &tell))?;
        Ok((log, out))
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// `Disconnected`: it has ended. `Timeout`: neither happened within this time.
    pub(crate) fn says_ready(&self, within: Duration) -> Result<(), RecvTimeoutError> {
        self.ready.recv_timeout(within)
    }

    /// Waits for its end; false when it did not come within this time.
    pub(crate) fn ends(&self, within: Duration) -> bool {
        loop {
            match self.says_ready(within) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    /// The last of what it said.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(pipe: PipeReader, ready: &str, said: &Mutex<String>, tell: &Sender<()>) {
    let mut lines = BufReader::new(pipe);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&text);
            if said.len() > 2 * KEPT {
                let old = said.ceil_char_boundary(said.len() - KEPT);
                said.drain(..old);
            }
        }
        if text.contains(ready) {
            // Whoever does not wait any more has the log dropped; the server is read to its end all the same.
            let _ = tell.send(());
        }
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_server_that_says_something_else_is_not_ready() {
        let (log, mut out) = Log::of("ready to accept").unwrap();
        assert_eq!(log.says_ready(Duration::ZERO), Err(RecvTimeoutError::Timeout));
        out.write_all(b"ready to listen\nLOG:  ready to accept connections\n")
            .unwrap();
        assert_eq!(log.says_ready(Duration::MAX), Ok(()));
        assert!(!log.ends(Duration::ZERO), "somebody has the pipe");
        drop(out);
        assert_eq!(log.says_ready(Duration::MAX), Err(RecvTimeoutError::Disconnected));
    }

    /// It could say nothing more, and would stop, if what it said were not read; and this process would grow.
    #[test]
    fn the_last_of_a_long_log_is_kept() {
        let (log, mut out) = Log::of("ready").unwrap();
        let line = [b"\xff".repeat(1_000), b"\n".to_vec()].concat();
        for _ in 0..1_000 {
            out.write_all(&line).unwrap();
        }
        out.write_all("the end: ä\n".as_bytes()).unwrap();
        drop(out);
        assert!(log.ends(Duration::MAX));
        let said = log.said();
        assert!(
            said.len() <= 2 * KEPT + 3_000 && said.len() >= KEPT,
            "{}",
            said.len()
        );
        assert!(said.ends_with("the end: ä\n"));
    }
}
