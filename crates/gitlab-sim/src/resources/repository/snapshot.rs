use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::{access, archive};
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Reply};
use crate::state::Project;
use crate::state::repository::Repository;

const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

/// `GET /projects/:id/snapshot`: the bare repository as a tar file, for administrators.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    ask.ignored(&["wiki"]);
    call.admit(ask)?;
    let (project, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let seconds = call.now.0.max(0).unsigned_abs() / 1_000;
    let packed = packed(&project, &repository, seconds).unwrap_or_default();
    let reply = Reply::raw(StatusCode::OK, BodyKind::None, packed.into());
    Ok(reply
        .header(CONTENT_TYPE, "application/x-tar")
        .header(CONTENT_DISPOSITION, "attachment; filename=\"snapshot.tar\""))
}

/// `git clone` works on what comes out of it.
fn packed(project: &Project, repository: &Repository, seconds: u64) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let mut add = |path: &str, content: &[u8]| {
        archive::add(&mut packed, &format!("./{path}"), 0o644, content, seconds);
    };
    let head = project.default_branch.as_deref().unwrap_or("main");
    add("HEAD", format!("ref: refs/heads/{head}\n").as_bytes());
    add("config", CONFIG.as_bytes());
    for (name, commit) in repository.branches() {
        add(
            &format!("refs/heads/{name}"),
            format!("{}\n", commit.id).as_bytes(),
        );
    }
    for (name, tag) in repository.tags() {
        add(
            &format!("refs/tags/{name}"),
            format!("{}\n", tag.target()).as_bytes(),
        );
    }
    for (id, content) in repository.objects() {
        let mut squeezed = ZlibEncoder::new(Vec::new(), Compression::fast());
        squeezed.write_all(&content)?;
        let id = id.to_string();
        add(&format!("objects/{}/{}", &id[..2], &id[2..]), &squeezed.finish()?);
    }
    archive::end(&mut packed);
    Ok(packed)
}
