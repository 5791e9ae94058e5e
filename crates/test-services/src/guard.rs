use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

/// Ends servers and removes their folder, whatever happens to this process.
///
/// A shell of its own waits for the end of a pipe that this process holds open: it comes when the value is dropped, and
/// as well when the process is killed.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    lookout: Lookout,
}

/// Tells the guard of a server.
#[derive(Clone, Debug)]
pub(crate) struct Lookout(Arc<Mutex<Option<ChildStdin>>>);

/// Reads, a line each, the numbers of servers that begin and, with a minus, of those that have ended, until the pipe
/// ends. Those that are left have nothing to lose, so they are told to end at once; PostgreSQL takes `QUIT` for that.
const WATCH: &str = r#"
servers=
while read -r server; do
    case "$server" in
    -*) servers=$(echo "$servers " | sed "s/ ${server#-} / /") ;;
    *) servers="$servers $server" ;;
    esac
done
[ -z "$servers" ] || kill -QUIT $servers 2>/dev/null
tries=0
for server in $servers; do
    while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 100 ]; do
        [ "$tries" -lt 50 ] || kill -KILL "$server" 2>/dev/null
        tries=$((tries + 1))
        sleep 0.1
    done
done
rm -rf -- "$1"
"#;

impl Guard {
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", WATCH, "guard"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut shell = shell.spawn().context("cannot run sh")?;
        let pipe = shell.stdin.take();
        Ok(Self {
            shell,
            lookout: Lookout(Arc::new(Mutex::new(pipe))),
        })
    }

    pub(crate) fn lookout(&self) -> Lookout {
        self.lookout.clone()
    }
}

impl Lookout {
    /// From now on the process with this number ends with the guard.
    pub(crate) fn watch(&self, server: u32) -> Result<()> {
        self.tell(format_args!("{server}\n"))
    }

    /// That process has ended. Its number may be somebody else's soon.
    pub(crate) fn forget(&self, server: u32) -> Result<()> {
        self.tell(format_args!("-{server}\n"))
    }

    fn tell(&self, line: std::fmt::Arguments<'_>) -> Result<()> {
        use std::io::Write as _;

        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(pipe.as_mut().context("the guard has gone")?.write_fmt(line)?)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(
            self.lookout
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let _ = self.shell.wait();
    }
}
