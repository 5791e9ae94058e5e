use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Where the servers keep their files, and whose processes they are.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// PostgreSQL refuses to run as root; then it is nobody's.
    nobody: Option<(u32, u32)>,
}

impl Place {
    pub(crate) fn make() -> Result<Self> {
        let name = format!("gitlab-bulk-services-{}", secret()?);
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let nobody = (number("-u", None)? == 0)
            .then(|| Ok::<_, anyhow::Error>((number("-u", Some("nobody"))?, number("-g", Some("nobody"))?)))
            .transpose()?;
        Ok(Self { folder, nobody })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A folder within that the servers may write to.
    pub(crate) fn within(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        std::fs::create_dir(&folder)?;
        self.hand_over(&folder)?;
        Ok(folder)
    }

    pub(crate) fn hand_over(&self, path: &Path) -> Result<()> {
        #[cfg(unix)]
        if let Some((user, group)) = self.nobody {
            std::os::unix::fs::chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }

    /// A command that runs as nobody where it must not run as root, and that Ctrl-C does not reach: whoever needs the
    /// servers has to end before them.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;

            command.process_group(0);
            if let Some((user, group)) = self.nobody {
                command.uid(user).gid(group);
            }
        }
        command
    }
}

/// The number of a user or of its group, as `id` tells it; our own without a name.
fn number(which: &str, name: Option<&str>) -> Result<u32> {
    let output = Command::new("id").arg(which).args(name).output()?;
    ensure!(
        output.status.success(),
        "`id {which}` knows no {}",
        name.unwrap_or("us")
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// A port that is free at this moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// 128 bits that nobody guesses, as text.
pub(crate) fn secret() -> Result<String> {
    use std::fmt::Write as _;
    use std::io::Read as _;

    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}
