//! The installation's secret, where nobody gave one: made once and kept beside the data.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Its name in the data directory.
pub(crate) const FILE: &str = "session-secret";

/// Reads the kept secret, or makes one. Several processes that do so at once get the same.
///
/// # Errors
/// The directory cannot be written, or the file holds something else.
pub(crate) fn kept_in(directory: &Path) -> Result<SecretString, Failure> {
    let path = directory.join(FILE);
    let failed = |error: std::io::Error| {
        Failure::internal(format!(
            "the secret in {} cannot be kept: {error}",
            path.display()
        ))
        .advise("set SESSION_SECRET, or give DATA_DIR a directory that can be written")
    };
    if !path.exists() {
        make(directory, &path).map_err(failed)?;
    }
    let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(failed)?);
    let secret = text.trim();
    if secret.len() < 32 {
        return Err(
            Failure::internal(format!("{} holds no secret of 32 bytes", path.display()))
                .advise("remove the file to have a new one made; sessions then have to sign in again"),
        );
    }
    Ok(SecretString::from(secret))
}

/// Writes a new secret beside its place and links it there: whoever reads it reads it whole.
fn make(directory: &Path, path: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let draft = directory.join(format!("{FILE}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len() + 1));
    for byte in bytes.iter() {
        let _ = write!(*text, "{byte:02x}");
    }
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::kept_in;

    #[test]
    fn a_secret_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("data");
        let first = kept_in(&directory).unwrap();
        assert_eq!(first.expose_secret().len(), 64);
        assert_eq!(
            kept_in(&directory).unwrap().expose_secret(),
            first.expose_secret()
        );
        let files: Vec<_> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(files, ["session-secret"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(directory.join("session-secret"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_was_cut_off_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("session-secret"), "abc").unwrap();
        assert!(kept_in(folder.path()).is_err());
    }
}
