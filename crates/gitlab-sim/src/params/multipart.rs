use bytes::Bytes;

use super::decode::add_pair;
use super::{Param, Params, Upload};

/// Adds the fields and files of a `multipart/form-data` body.
///
/// False when the body is not what its header says.
pub(crate) fn add_multipart(params: &mut Params, boundary: &str, body: &[u8]) -> bool {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut parts = split(body, &delimiter).skip(1);
    loop {
        let Some(part) = parts.next() else { return false };
        if part.starts_with(b"--") {
            return true;
        }
        let Some((head, content)) = part.strip_prefix(b"\r\n").and_then(|part| cut(part, b"\r\n\r\n")) else {
            return false;
        };
        let content = content.strip_suffix(b"\r\n").unwrap_or(content);
        let head = String::from_utf8_lossy(head);
        let Some(name) = parameter(&head, "name") else {
            return false;
        };
        let value = match parameter(&head, "filename") {
            Some(filename) => Param::File(Upload {
                filename: filename.to_owned(),
                bytes: Bytes::copy_from_slice(content),
            }),
            None => Param::Text(String::from_utf8_lossy(content).into_owned()),
        };
        add_pair(params, name, value);
    }
}

/// The value of `name="…"` in the part's `Content-Disposition`.
fn parameter<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    line.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

fn cut<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

fn split<'a>(bytes: &'a [u8], delimiter: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        match cut(bytes, delimiter) {
            Some((before, after)) => {
                rest = Some(after);
                Some(before)
            }
            None => rest.take(),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_and_files_are_read() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAcme\r\n--X\r\n\
                    Content-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n\
                    Content-Type: image/png\r\n\r\n\u{1}\u{2}\r\n--X--\r\n";
        let mut params = Params::default();
        assert!(add_multipart(&mut params, "X", body.as_bytes()));
        assert_eq!(params.get("name"), Some(&Param::Text("Acme".to_owned())));
        let file = Upload {
            filename: "a.png".to_owned(),
            bytes: Bytes::from_static(b"\x01\x02"),
        };
        assert_eq!(params.get("avatar"), Some(&Param::File(file)));
    }

    #[test]
    fn a_body_that_breaks_off_is_refused() {
        for body in [
            "",
            "--X",
            "--X\r\n",
            "--X\r\nContent-Disposition: form-data\r\n\r\nx\r\n--X--",
        ] {
            assert!(
                !add_multipart(&mut Params::default(), "X", body.as_bytes()),
                "{body:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in "[-X\r\n:;=\"a]{0,60}") {
            let _ = add_multipart(&mut Params::default(), "X", body.as_bytes());
        }
    }
}
