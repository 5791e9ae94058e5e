use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use serde::Serialize;

use super::super::{access, content};
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::params::Ask;
use crate::state::repository::{Commit, File, ObjectId, Repository};

/// A file at a commit.
#[derive(Debug, Serialize)]
struct FileBody {
    file_name: String,
    file_path: String,
    size: usize,
    encoding: &'static str,
    content_sha256: String,
    #[serde(rename = "ref")]
    reference: String,
    blob_id: ObjectId,
    commit_id: ObjectId,
    last_commit_id: ObjectId,
    execute_filemode: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl FileBody {
    /// The same as headers, for HEAD and for content that is no JSON.
    fn headers(&self, reply: Reply) -> Reply {
        let size = self.size.to_string();
        let executable = self.execute_filemode.to_string();
        [
            (X_GITLAB_BLOB_ID, self.blob_id.to_string()),
            (X_GITLAB_COMMIT_ID, self.commit_id.to_string()),
            (X_GITLAB_CONTENT_SHA256, self.content_sha256.clone()),
            (X_GITLAB_ENCODING, self.encoding.to_owned()),
            (X_GITLAB_EXECUTE_FILEMODE, executable),
            (X_GITLAB_FILE_NAME, self.file_name.clone()),
            (X_GITLAB_FILE_PATH, self.file_path.clone()),
            (X_GITLAB_LAST_COMMIT_ID, self.last_commit_id.to_string()),
            (X_GITLAB_REF, self.reference.clone()),
            (X_GITLAB_SIZE, size),
        ]
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.header(name, value))
    }
}

const X_GITLAB_BLOB_ID: HeaderName = HeaderName::from_static("x-gitlab-blob-id");
const X_GITLAB_COMMIT_ID: HeaderName = HeaderName::from_static("x-gitlab-commit-id");
const X_GITLAB_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-gitlab-content-sha256");
const X_GITLAB_ENCODING: HeaderName = HeaderName::from_static("x-gitlab-encoding");
const X_GITLAB_EXECUTE_FILEMODE: HeaderName = HeaderName::from_static("x-gitlab-execute-filemode");
const X_GITLAB_FILE_NAME: HeaderName = HeaderName::from_static("x-gitlab-file-name");
const X_GITLAB_FILE_PATH: HeaderName = HeaderName::from_static("x-gitlab-file-path");
const X_GITLAB_LAST_COMMIT_ID: HeaderName = HeaderName::from_static("x-gitlab-last-commit-id");
const X_GITLAB_REF: HeaderName = HeaderName::from_static("x-gitlab-ref");
const X_GITLAB_SIZE: HeaderName = HeaderName::from_static("x-gitlab-size");

/// `GET /projects/:id/repository/files/:file_path`, and HEAD with the same headers
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let reference = ask.required_text("ref");
    path(call, &mut ask);
    call.admit(ask)?;
    let (mut body, bytes) = look(call, Some(reference))?;
    body.content = Some(content::encode(&bytes));
    Ok(body.headers(Reply::ok(&body)))
}

/// `GET /projects/:id/repository/files/:file_path/raw`
pub(super) fn raw(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let reference = ask.filled("ref");
    ask.ignored(&["lfs"]);
    path(call, &mut ask);
    call.admit(ask)?;
    let (body, bytes) = look(call, reference)?;
    let disposition = format!("inline; filename=\"{}\"", body.file_name.replace('"', "\\\""));
    let reply = Reply::raw(StatusCode::OK, BodyKind::None, bytes)
        .header(CONTENT_TYPE, "text/plain")
        .header(CONTENT_DISPOSITION, disposition);
    Ok(body.headers(reply))
}

fn look(call: &Call<'_>, reference: Option<String>) -> Result<(FileBody, Bytes), Refusal> {
    let (project, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let found = find(call, &project, &repository, reference.as_deref())?;
    let path = call.arg(1);
    let content = found.file.blob.content.clone();
    let body = FileBody {
        file_name: path.rsplit('/').next().unwrap_or_default().to_owned(),
        file_path: path.to_owned(),
        size: content.len(),
        encoding: "base64",
        content_sha256: content::sha256(&content),
        reference: reference.unwrap_or_else(|| "HEAD".to_owned()),
        blob_id: found.file.blob.id,
        commit_id: found.commit.id,
        last_commit_id: found.last_commit,
        execute_filemode: found.file.executable,
        content: None,
    };
    Ok((body, content))
}

/// A file, where it was found, and what changed it last.
pub(super) struct Found {
    pub(super) file: File,
    pub(super) commit: Arc<Commit>,
    last_commit: ObjectId,
}

/// The file of the path at a commit.
pub(super) fn find(
    call: &Call<'_>,
    project: &crate::state::Project,
    repository: &Repository,
    reference: Option<&str>,
) -> Result<Found, Refusal> {
    let commit =
        access::resolve(project, repository, reference).ok_or_else(|| refuse::not_found("Commit"))?;
    let file = commit.tree.file(call.arg(1)).cloned();
    let file = file.ok_or_else(|| refuse::not_found("File"))?;
    let last = repository.last_change(commit.id, call.arg(1));
    Ok(Found {
        last_commit: last.map_or(commit.id, |last| last.id),
        commit,
        file,
    })
}

/// Refuses a path that leads outside.
pub(super) fn path(call: &Call<'_>, ask: &mut Ask<'_>) {
    if call.arg(1).split('/').any(|segment| segment == "..") {
        ask.complain("file_path should be a valid file path");
    }
}
