use std::sync::Arc;

use domain::Problem;

/// Most rows of one input, all files together, and most items that they stand for. A mistake beyond
/// any real import, not a quota: it bounds the memory that one upload can take.
pub const MAX_ROWS: u32 = 1_000_000;

/// A file as it was given: nothing about it has been looked at.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Its name, for messages and for telling its format.
    pub name: Arc<str>,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl InputFile {
    /// A file of this name and content.
    pub fn new(name: impl Into<Arc<str>>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }

    /// The content as text, without the byte order mark.
    ///
    /// # Errors
    /// The content is empty, or is not UTF-8: the problem says where, and what it seems to be.
    pub(crate) fn text(&self) -> Result<&str, Problem> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(Problem::new("the file is UTF-16, not UTF-8").allowed("a file saved as UTF-8"));
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(Problem::new("the file is a spreadsheet or an archive, not text"));
        }
        if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(Problem::new(
                "the file is a document of an old office program, or protected by a password",
            )
            .allowed("a spreadsheet saved as XLSX without a password, or as CSV (UTF-8)"));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let mut lines = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n');
            let last = lines.next_back().unwrap_or_default();
            let line = 1 + lines.count();
            let character = 1 + String::from_utf8_lossy(last).chars().count();
            let wrong = bytes[error.valid_up_to()];
            Problem::new(format!(
                "the file is not UTF-8: line {line}, character {character} is the byte {wrong:#04x}"
            ))
            .allowed("a file saved as UTF-8")
        })?;
        if text.trim().is_empty() {
            return Err(Problem::new("the file is empty"));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, String> {
        InputFile::new("x.csv", bytes)
            .text()
            .map(str::to_owned)
            .map_err(|problem| problem.message)
    }

    #[test]
    fn a_byte_that_is_not_utf_8_is_named_with_its_place() {
        assert_eq!(
            text(b"name,path\nfine,fine\nD\xc3\xbcr\xfcm,x\n"),
            Err("the file is not UTF-8: line 3, character 4 is the byte 0xfc".into())
        );
    }

    #[test]
    fn other_encodings_and_spreadsheets_are_recognised() {
        assert_eq!(
            text(b"\xff\xfen\0a\0"),
            Err("the file is UTF-16, not UTF-8".into())
        );
        assert_eq!(
            text(b"PK\x03\x04\x14"),
            Err("the file is a spreadsheet or an archive, not text".into())
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_content() {
        assert_eq!(text(b"\xef\xbb\xbfname"), Ok("name".into()));
        assert_eq!(text(b"\xef\xbb\xbf \n"), Err("the file is empty".into()));
    }
}
