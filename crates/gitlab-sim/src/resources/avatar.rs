//! The pictures of projects, groups, users and topics: what may be one, and where it is.

use hyper::StatusCode;

use super::find;
use crate::http::refuse::{self, Complaints};
use crate::http::reply::BodyKind;
use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Reply};
use crate::instance::Site;
use crate::params::Upload;
use crate::state::Avatar;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/avatar", of_group),
    get("/projects/:id/avatar", of_project),
    get("/uploads/-/system/group/avatar/:id/:filename", of_group).of_site(),
    get("/uploads/-/system/project/avatar/:id/:filename", of_project).of_site(),
    get("/uploads/-/system/user/avatar/:id/:filename", of_user).of_site(),
    get("/uploads/-/system/projects/topic/avatar/:id/:filename", of_topic).of_site(),
];

/// Larger ones are refused.
const MAX_BYTES: usize = 200 * 1024;

/// What an avatar's file name may end with.
const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "gif", "bmp", "tiff", "ico", "webp"];

/// The avatar made of an uploaded file, unless it is refused.
pub(super) fn check(upload: &Upload, complaints: &mut Complaints) -> Avatar {
    let ending = upload.filename.rsplit_once('.').map_or("", |(_, ending)| ending);
    if !ENDINGS.contains(&ending.to_ascii_lowercase().as_str()) {
        complaints.add(
            "avatar",
            "file format is not supported. Please try one of the following supported formats: image/png, \
             image/jpeg, image/gif, image/bmp, image/tiff, image/vnd.microsoft.icon, image/webp",
        );
    }
    if upload.bytes.len() > MAX_BYTES {
        complaints.add("avatar", "is too big (should be at most 200 KiB)");
    }
    Avatar {
        filename: upload.filename.clone(),
        bytes: upload.bytes.clone(),
    }
}

/// Where a picture is: of `project`, `group`, `user` or `projects/topic`.
pub(super) fn url(site: &Site, of: &str, id: u64, avatar: &Avatar) -> String {
    format!("{}{}", site.url, path(of, id, avatar))
}

/// The same, below the site.
pub(super) fn path(of: &str, id: u64, avatar: &Avatar) -> String {
    format!("/uploads/-/system/{of}/avatar/{id}/{}", avatar.filename)
}

fn of_group(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let avatar = find::group(call, &call.state(), call.arg(0))?.avatar.clone();
    serve(call, avatar.as_deref())
}

fn of_project(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let avatar = find::project(call, &call.state(), call.arg(0))?.avatar.clone();
    serve(call, avatar.as_deref())
}

/// For anyone, as faces beside comments are.
fn of_user(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let avatar = find::user(&call.state(), call.arg(0))?.profile().avatar.clone();
    serve(call, avatar.as_deref())
}

fn of_topic(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let id = call.arg(0).parse().unwrap_or(0);
    let topic = call.state().belongings.topics.get(id).cloned();
    serve(call, topic.and_then(|topic| topic.avatar.clone()).as_deref())
}

/// The picture itself, if it is the one the address names.
fn serve(call: &Call<'_>, avatar: Option<&Avatar>) -> Answer {
    let named = call.args.get(1);
    let avatar = avatar.filter(|avatar| named.is_none_or(|name| *name == avatar.filename));
    let avatar = avatar.ok_or_else(|| refuse::not_found("Avatar"))?;
    let kind = BodyKind::File(media_type(&avatar.filename));
    Ok(Reply::raw(StatusCode::OK, kind, avatar.bytes.clone()))
}

fn media_type(filename: &str) -> &'static str {
    let ending = filename.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "tiff" => "image/tiff",
        "ico" => "image/vnd.microsoft.icon",
        "webp" => "image/webp",
        _ => "image/jpeg",
    }
}
