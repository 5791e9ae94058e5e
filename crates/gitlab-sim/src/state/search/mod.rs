//! Searching names: GitLab's rule for what a search finds, and an index that finds it without looking at everything.

mod ids;
mod index;

pub(crate) use self::index::SearchIndex;

/// Fewer letters than this find only what is called exactly that.
const FUZZY: usize = 3;

/// What somebody searches for.
///
/// Words of three letters or more are looked for anywhere in a text, and a text has to hold all of them; a search of
/// shorter words only finds a text that equals it. Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    whole: String,
    words: Vec<String>,
}

impl Search {
    pub(crate) fn new(searched: &str) -> Self {
        let whole = searched.trim().to_lowercase();
        let long = |word: &&str| word.chars().count() >= FUZZY;
        let words = whole.split_whitespace().filter(long).map(str::to_owned).collect();
        Self { whole, words }
    }

    /// Whether a text is found. The empty search finds everything.
    pub(crate) fn finds(&self, text: &str) -> bool {
        if self.whole.is_empty() {
            return true;
        }
        if self.words.is_empty() {
            return same(text, &self.whole);
        }
        self.words.iter().all(|word| holds(text, word))
    }

    /// How far a text that is found is from what was searched for: 0 for that very text.
    pub(crate) fn distance(&self, text: &str) -> usize {
        if !self.finds(text) {
            return usize::MAX;
        }
        let lower = text.to_lowercase();
        let starts = lower.starts_with(&self.whole);
        let more = lower.chars().count().saturating_sub(self.whole.chars().count());
        if starts { more } else { more + 1_000 }
    }
}

fn same(text: &str, lower: &str) -> bool {
    if text.is_ascii() {
        text.eq_ignore_ascii_case(lower)
    } else {
        text.to_lowercase() == lower
    }
}

/// `lower` is in lower case already.
fn holds(text: &str, lower: &str) -> bool {
    if text.is_ascii() && lower.is_ascii() {
        // Most texts are, and a search looks at many.
        let mut windows = text.as_bytes().windows(lower.len());
        return windows.any(|window| window.eq_ignore_ascii_case(lower.as_bytes()));
    }
    text.to_lowercase().contains(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(searched: &str, text: &str) -> bool {
        Search::new(searched).finds(text)
    }

    #[test]
    fn a_search_looks_past_case_in_every_script() {
        assert!(finds("GATE", "Payment Gateway"));
        assert!(finds("über", "Straße ÜBER Köln"));
        assert!(finds("", "anything") && finds("", ""));
        assert!(!finds("abc", "ab") && !finds("a", ""));
    }

    #[test]
    fn fewer_than_three_letters_find_only_that_very_name() {
        assert!(finds("ui", "UI") && finds("한국", "한국"));
        assert!(!finds("ui", "build-ui") && !finds("pa", "payments"));
    }

    #[test]
    fn every_long_word_must_be_there_and_short_ones_beside_them_do_not_count() {
        assert!(finds("gateway payment", "Payment Gateway"));
        assert!(finds("payment of", "Payment Gateway"));
        assert!(!finds("payment ledger", "Payment Gateway"));
    }
}
