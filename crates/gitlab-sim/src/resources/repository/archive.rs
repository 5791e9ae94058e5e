//! All files of a commit in one file. `tar` and `zip` are written by hand: there are only plain files, and the same
//! commit always gives the same bytes.

use std::io::Write;
use std::sync::Arc;

use bzip2::write::BzEncoder;
use flate2::{Compression, Crc, GzBuilder};
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::access;
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::repository::{Commit, File};

/// `GET /projects/:id/repository/archive`, also `.tar.gz`, `.tgz` and `.gz`
pub(super) fn tar_gz(call: &Call<'_>) -> Answer {
    answer(call, "tar.gz", |name, files, commit| {
        let mut packed = GzBuilder::new()
            .mtime(0)
            .write(Vec::new(), Compression::default());
        packed.write_all(&tarred(name, files, commit))?;
        packed.finish()
    })
}

/// `GET /projects/:id/repository/archive.tar.bz2`, also `.tbz`, `.tbz2`, `.tb2` and `.bz2`
pub(super) fn tar_bz2(call: &Call<'_>) -> Answer {
    answer(call, "tar.bz2", |name, files, commit| {
        let mut packed = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        packed.write_all(&tarred(name, files, commit))?;
        packed.finish()
    })
}

/// `GET /projects/:id/repository/archive.tar`
pub(super) fn tar(call: &Call<'_>) -> Answer {
    answer(call, "tar", |name, files, commit| Ok(tarred(name, files, commit)))
}

/// `GET /projects/:id/repository/archive.zip`
pub(super) fn zip(call: &Call<'_>) -> Answer {
    answer(call, "zip", |name, files, _| Ok(zipped(name, files)))
}

type Files<'a> = [(String, &'a File)];

fn answer(
    call: &Call<'_>,
    ending: &str,
    pack: impl FnOnce(&str, &Files<'_>, &Commit) -> std::io::Result<Vec<u8>>,
) -> Answer {
    let mut ask = call.ask();
    let sha = ask.filled("sha");
    let path = ask.filled("path");
    ask.ignored(&["format", "include_lfs_blobs", "exclude_paths"]);
    call.admit(ask)?;
    let (project, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let commit: Arc<Commit> =
        access::resolve(&project, &repository, sha.as_deref()).ok_or_else(|| refuse::not_found("File"))?;
    let reference = sha.or_else(|| project.default_branch.clone()).unwrap_or_default();
    let name = format!("{}-{}-{}", project.path, reference.replace('/', "-"), commit.id);
    let inside = path.map(|path| format!("{}/", path.trim_matches('/')));
    let files: Vec<(String, &File)> = commit
        .tree
        .walk()
        .into_iter()
        .filter_map(|(path, entry)| Some((path, entry.file()?)))
        .filter(|(path, _)| inside.as_ref().is_none_or(|inside| path.starts_with(inside)))
        .collect();
    let bytes = pack(&name, &files, &commit).unwrap_or_default();
    let reply = Reply::raw(StatusCode::OK, BodyKind::None, bytes.into());
    Ok(reply.header(CONTENT_TYPE, "application/octet-stream").header(
        CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}.{ending}\""),
    ))
}

const BLOCK: usize = 512;

/// The format POSIX calls ustar.
fn tarred(name: &str, files: &Files<'_>, commit: &Commit) -> Vec<u8> {
    let mut packed = Vec::new();
    let seconds = commit.committer.at.0.max(0).unsigned_abs() / 1_000;
    for (path, file) in files {
        let mode = if file.executable { 0o775 } else { 0o664 };
        add(
            &mut packed,
            &format!("{name}/{path}"),
            mode,
            &file.blob.content,
            seconds,
        );
    }
    end(&mut packed);
    packed
}

/// Adds one file to what is packed.
pub(super) fn add(packed: &mut Vec<u8>, path: &str, mode: u32, content: &[u8], seconds: u64) {
    packed.extend(header(path, mode, content.len(), seconds));
    packed.extend_from_slice(content);
    packed.resize(packed.len().next_multiple_of(BLOCK), 0);
}

/// Says that no file comes any more.
pub(super) fn end(packed: &mut Vec<u8>) {
    packed.resize(packed.len() + 2 * BLOCK, 0);
}

fn header(path: &str, mode: u32, size: usize, seconds: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    // What does not fit the field of the name goes before it, up to a slash.
    let cut = (path.len() > 100)
        .then(|| {
            path.match_indices('/')
                .map(|(at, _)| at)
                .find(|at| path.len() - at <= 100)
        })
        .flatten();
    let (prefix, name) = cut.map_or(("", path), |at| (&path[..at], &path[at + 1..]));
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, format!("{seconds:011o}").as_bytes());
    put(148, b"        0");
    put(257, b"ustar\x0000root");
    put(297, b"root");
    put(345, &prefix.as_bytes()[..prefix.len().min(155)]);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Stored, not compressed.
fn zipped(name: &str, files: &Files<'_>) -> Vec<u8> {
    /// 1980-01-01, the first day the format knows.
    const DAY: u32 = 0x0021_0000;
    let mut packed = Vec::new();
    let mut index = Vec::new();
    for (path, file) in files {
        let path = format!("{name}/{path}");
        let content = &file.blob.content;
        let mut crc = Crc::new();
        crc.update(content);
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let start = u32::try_from(packed.len()).unwrap_or(u32::MAX);
        // Needed version, flags (names are UTF-8), method, time and day, then sum and sizes.
        let mut facts = Vec::new();
        for half in [20_u16, 0x0800, 0] {
            facts.extend(half.to_le_bytes());
        }
        for word in [DAY, crc.sum(), size, size] {
            facts.extend(word.to_le_bytes());
        }
        facts.extend(u16::try_from(path.len()).unwrap_or(u16::MAX).to_le_bytes());
        facts.extend([0; 2]);
        packed.extend(*b"PK\x03\x04");
        packed.extend(&facts);
        packed.extend(path.as_bytes());
        packed.extend_from_slice(content);
        let mode: u32 = if file.executable { 0o100_775 } else { 0o100_664 };
        index.extend(*b"PK\x01\x02");
        index.extend([20, 3]);
        index.extend(&facts);
        index.extend([0; 6]);
        index.extend((mode << 16).to_le_bytes());
        index.extend(start.to_le_bytes());
        index.extend(path.as_bytes());
    }
    let start = u32::try_from(packed.len()).unwrap_or(u32::MAX);
    let count = u16::try_from(files.len()).unwrap_or(u16::MAX);
    packed.extend(&index);
    packed.extend(*b"PK\x05\x06\0\0\0\0");
    packed.extend(count.to_le_bytes());
    packed.extend(count.to_le_bytes());
    packed.extend(u32::try_from(index.len()).unwrap_or(u32::MAX).to_le_bytes());
    packed.extend(start.to_le_bytes());
    packed.extend([0; 2]);
    packed
}
