use axum::body::Body;
use futures::stream;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::Value;

/// So much may all files of an upload hold.
const MOST: usize = 2_000;
const BOUNDARY: &str = "----a boundary of ours";

/// An upload of files, in parts: first the size of the pieces that it arrives in, then a line for the content type. However
/// it is cut it is the same, its files hold no more than they may, and written by somebody else it is read again.
pub(crate) fn run(data: &[u8]) {
    let Some((size, rest)) = data.split_first() else {
        return;
    };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (kind, body) = (&rest[..end], &rest[end + 1..]);
    let whole = read(kind, body, body.len().max(1));
    let in_pieces = read(kind, body, usize::from(*size).max(1));
    assert_eq!(whole, in_pieces, "pieces of {size} bytes make a difference");
    let Some((files, said, problems)) = whole else {
        return;
    };
    let size: usize = files.iter().map(|(_, content)| content.len()).sum();
    assert!(size <= MOST, "{size} bytes were taken");
    let Some(again) = written(&files, &said) else {
        return;
    };
    let kind = format!("multipart/form-data; boundary=\"{BOUNDARY}\"");
    let (files_again, said_again, problems_again) =
        read(kind.as_bytes(), &again, again.len()).expect("what was taken is taken again");
    assert_eq!((files_again, said_again), (files, said), "{problems} problems");
    assert_eq!(problems_again, 0, "what was understood is understood again");
}

fn read(kind: &[u8], body: &[u8], size: usize) -> Option<(Vec<(String, Vec<u8>)>, Value, usize)> {
    let pieces: Vec<_> = body
        .chunks(size)
        .map(|piece| Ok::<_, std::convert::Infallible>(piece.to_vec()))
        .collect();
    let request = Request::builder()
        .method("POST")
        .header(CONTENT_TYPE, kind)
        .body(Body::from_stream(stream::iter(pieces)))
        .ok()?;
    futures::executor::block_on(server::fuzzing::upload(MOST, request))
}

/// The same upload as a browser writes it; `None` where a name or a text cannot be written so.
fn written(files: &[(String, Vec<u8>)], said: &Value) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut part = |head: String, content: &[u8]| {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    };
    for (name, content) in files {
        let is_plain = !name.contains(['"', '\\', '\r', '\n']) && !name.chars().any(char::is_control);
        if !is_plain || content.windows(2).any(|two| two == b"--") {
            return None;
        }
        part(format!("name=\"file\"; filename=\"{name}\""), content);
    }
    let said = said.as_array().expect("a list");
    let [kind, options, mapping, start, skip_invalid] = said.as_slice() else {
        panic!("five things are said: {said:?}");
    };
    for (name, text) in [
        ("type", kind.as_str().map(str::to_owned)),
        ("options", Some(options.to_string())),
        ("mapping", Some(mapping.to_string())),
        ("start", start.as_str().map(str::to_owned)),
        ("skipInvalid", Some(skip_invalid.to_string())),
    ] {
        if let Some(text) = text {
            if text.contains("--") {
                return None;
            }
            part(format!("name=\"{name}\""), text.as_bytes());
        }
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Some(body)
}
