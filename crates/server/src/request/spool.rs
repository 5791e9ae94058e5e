use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};

use engine::vault::{Purpose, Vault};

/// So much of a file is held in memory; whatever is more goes to disk in pieces of this size.
const PIECE: usize = 1 << 20;
/// What sealing adds to a piece.
const SEAL: usize = 24 + 16;

/// A file while it arrives, which takes as long as the line of whoever sends it: many at a time do not fill the memory.
///
/// What lies on disk has no name there, is sealed with a key that nobody keeps (files may hold secrets), and is gone with
/// this value.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    /// What came last, less than a piece between two calls.
    held: Vec<u8>,
    on_disk: Option<Pieces>,
}

#[derive(Debug)]
struct Pieces {
    file: File,
    vault: Vault,
    count: u64,
}

impl Spool {
    /// Takes what has arrived.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub(crate) async fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() < PIECE {
            return Ok(());
        }
        let mut spool = std::mem::take(self);
        let written = tokio::task::spawn_blocking(move || {
            spool.write()?;
            Ok::<_, io::Error>(spool)
        });
        *self = written.await.map_err(io::Error::other)??;
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let whole = self.held.len() - self.held.len() % PIECE;
        let pieces = match &mut self.on_disk {
            Some(pieces) => pieces,
            none => none.insert(Pieces::new()?),
        };
        for piece in self.held[..whole].chunks(PIECE) {
            pieces.add(piece)?;
        }
        self.held.drain(..whole);
        Ok(())
    }

    /// All that has arrived. Waits for the disk.
    ///
    /// # Errors
    /// The disk cannot be read, or does not hold what was written.
    pub(crate) fn read(self) -> io::Result<Vec<u8>> {
        let Some(pieces) = self.on_disk else {
            return Ok(self.held);
        };
        let mut bytes = pieces.read(self.held.len())?;
        bytes.extend_from_slice(&self.held);
        Ok(bytes)
    }
}

impl Pieces {
    fn new() -> io::Result<Self> {
        let secret: [u8; 32] = rand::random();
        Ok(Self {
            file: tempfile::tempfile()?,
            vault: Vault::new(secret.to_vec(), None).map_err(io::Error::other)?,
            count: 0,
        })
    }

    fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        let sealed = self.vault.seal(Purpose::Upload, &self.count.to_be_bytes(), piece);
        self.file.write_all(&sealed)?;
        self.count += 1;
        Ok(())
    }

    /// The pieces in order, with room for so many bytes after them.
    fn read(mut self, room: usize) -> io::Result<Vec<u8>> {
        self.file.rewind()?;
        let length = usize::try_from(self.count).map_err(io::Error::other)? * PIECE;
        let mut bytes = Vec::with_capacity(length + room);
        let mut sealed = vec![0; PIECE + SEAL];
        for number in 0..self.count {
            self.file.read_exact(&mut sealed)?;
            let piece = self.vault.open(Purpose::Upload, &number.to_be_bytes(), &sealed);
            bytes.extend_from_slice(&piece.map_err(io::Error::other)?);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_small_touches_no_disk() {
        let mut spool = Spool::default();
        spool.push(b"name,path\n").await.unwrap();
        assert!(spool.on_disk.is_none());
        assert_eq!(spool.read().unwrap(), b"name,path\n");
    }

    #[tokio::test]
    async fn what_is_large_lies_on_disk_unreadable_and_comes_back_as_it_was() {
        let row = b"canary-value-of-a-variable\n";
        let whole = row.repeat(5 * PIECE / row.len() / 2);
        let mut spool = Spool::default();
        for part in whole.chunks(700_001) {
            spool.push(part).await.unwrap();
            assert!(spool.held.len() < PIECE, "{} bytes are held", spool.held.len());
        }
        let mut on_disk = Vec::new();
        let file = &mut spool.on_disk.as_mut().unwrap().file;
        file.rewind().unwrap();
        file.read_to_end(&mut on_disk).unwrap();
        assert_eq!(on_disk.len(), 2 * (PIECE + SEAL));
        assert!(!on_disk.windows(row.len()).any(|window| window == row));
        assert!(spool.read().unwrap() == whole);
    }

    #[tokio::test]
    async fn what_was_changed_on_disk_is_not_taken() {
        let mut spool = Spool::default();
        spool.push(&vec![7; PIECE + 1]).await.unwrap();
        let file = &mut spool.on_disk.as_mut().unwrap().file;
        file.rewind().unwrap();
        file.write_all(&[0; 64]).unwrap();
        assert!(spool.read().is_err());
    }
}
