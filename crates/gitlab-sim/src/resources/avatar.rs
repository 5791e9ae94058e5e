//! The pictures of projects, groups, users and topics: what may be one, and where it is.

use crate::http::refuse::Complaints;
use crate::instance::Site;
use crate::params::Upload;
use crate::state::Avatar;

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
    format!(
        "{}/uploads/-/system/{of}/avatar/{id}/{}",
        site.url, avatar.filename
    )
}
