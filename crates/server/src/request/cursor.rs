use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// So much of the digest is carried along: enough that a cursor is not taken for one of another list by chance.
const DIGEST: usize = 8;

/// One list: its address and its filters, all but how many rows a page has. What goes on in it is told to clients as
/// an opaque text that no other list takes.
///
/// There is nothing to be gained by forging one: whose rows a list shows is decided anew at every page.
#[derive(Clone, Debug)]
pub(crate) struct List(Sha256);

impl List {
    /// The list at this address, with these filters in a fixed order.
    pub(crate) fn new(address: &str) -> Self {
        Self(Sha256::new()).filtered(address)
    }

    /// The same list, less what this filter leaves out.
    pub(crate) fn filtered(mut self, filter: &str) -> Self {
        // With its length, so that two filters cannot be taken for one.
        self.0.update((filter.len() as u64).to_le_bytes());
        self.0.update(filter);
        self
    }

    /// The cursor that goes on behind this position.
    pub(crate) fn cursor(&self, position: &str) -> String {
        let mut bytes = self.digest(position);
        bytes.extend_from_slice(position.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor of this list stands for.
    pub(crate) fn position(&self, cursor: &str) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (digest, position) = bytes.split_at_checked(DIGEST)?;
        let position = std::str::from_utf8(position).ok()?;
        (self.digest(position) == digest).then(|| position.to_owned())
    }

    fn digest(&self, position: &str) -> Vec<u8> {
        let whole = self.0.clone().chain_update(position).finalize();
        whole.iter().copied().take(DIGEST).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_the_list_it_came_from_and_no_other() {
        let list = List::new("/api/jobs").filtered("failed");
        let cursor = list.cursor("17");
        assert_eq!(list.position(&cursor).as_deref(), Some("17"));
        assert_eq!(List::new("/api/jobs").position(&cursor), None);
        assert_eq!(
            List::new("/api/jobs")
                .filtered("fail")
                .filtered("ed")
                .position(&cursor),
            None
        );
    }

    #[test]
    fn a_cursor_that_was_tampered_with_is_none() {
        let list = List::new("/api/jobs");
        let cursor = list.cursor("17");
        for place in 0..cursor.len() {
            let mut letters: Vec<char> = cursor.chars().collect();
            letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
            let tampered: String = letters.into_iter().collect();
            assert_eq!(list.position(&tampered), None, "{tampered}");
        }
        for text in ["", "17", "=", "\u{0}", "AAAAAAAAAAA", &cursor[..cursor.len() - 1]] {
            assert_eq!(list.position(text), None, "{text}");
        }
    }
}
