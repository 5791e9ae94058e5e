//! Contents of files by their id, in whatever commit.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use serde::Serialize;

use super::{access, content};
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::state::repository::{Blob, ObjectId};

#[derive(Debug, Serialize)]
struct BlobBody {
    size: usize,
    encoding: &'static str,
    content: String,
    sha: ObjectId,
}

/// `GET /projects/:id/repository/blobs/:sha`
pub(super) fn show(call: &Call<'_>) -> Answer {
    let blob = find(call)?;
    Ok(Reply::ok(&BlobBody {
        size: blob.content.len(),
        encoding: "base64",
        content: content::encode(&blob.content),
        sha: blob.id,
    }))
}

/// `GET /projects/:id/repository/blobs/:sha/raw`
pub(super) fn raw(call: &Call<'_>) -> Answer {
    let blob = find(call)?;
    let reply = Reply::raw(StatusCode::OK, BodyKind::None, blob.content.clone());
    Ok(reply.header(CONTENT_TYPE, "text/plain"))
}

fn find(call: &Call<'_>) -> Result<Arc<Blob>, Refusal> {
    call.admit_any()?;
    let (_, repository) = access::readable(call, &call.state(), call.arg(0))?;
    let blob = ObjectId::parse(call.arg(1)).and_then(|id| repository.blob(id));
    blob.ok_or_else(|| refuse::not_found("Blob"))
}
