use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;

/// `GET /projects/:id/avatar`: the picture itself.
pub(super) fn avatar(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let state = call.state();
    let project = find::project(call, &state, call.arg(0))?;
    let Some(avatar) = &project.avatar else {
        return Err(refuse::not_found("Avatar"));
    };
    let ending = avatar.filename.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "tiff" => "image/tiff",
        "ico" => "image/vnd.microsoft.icon",
        "webp" => "image/webp",
        _ => "image/png",
    };
    let file = format!("attachment; filename=\"{}\"", avatar.filename);
    let reply = Reply::raw(StatusCode::OK, BodyKind::None, avatar.bytes.clone());
    Ok(reply.header(CONTENT_TYPE, kind).header(CONTENT_DISPOSITION, file))
}
