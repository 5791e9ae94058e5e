//! Searching names: GitLab's rule for what a search finds, and an index that finds it without looking at everything.

use std::collections::{BTreeSet, HashMap};

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

/// Which rows hold which three letters, so that a search only looks at rows that hold its rarest three.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    /// By three letters, or by the whole of a text that is shorter; ids ascend.
    rows: HashMap<Box<str>, Vec<u64>>,
}

impl SearchIndex {
    /// Adds a row with its texts.
    pub(crate) fn add(&mut self, id: u64, texts: &[&str]) {
        for key in keys(texts) {
            let ids = self.rows.entry(key.into()).or_default();
            // New rows have the highest id: this is a push.
            if let Err(at) = ids.binary_search(&id) {
                ids.insert(at, id);
            }
        }
    }

    /// Takes a row out that was added with these texts.
    pub(crate) fn remove(&mut self, id: u64, texts: &[&str]) {
        for key in keys(texts) {
            let Some(ids) = self.rows.get_mut(key.as_str()) else {
                continue;
            };
            if let Ok(at) = ids.binary_search(&id) {
                ids.remove(at);
            }
            if ids.is_empty() {
                self.rows.remove(key.as_str());
            }
        }
    }

    /// Rows that a search may find, by ascending id: all that it finds, and some more. None when the search says too
    /// little to narrow anything down.
    pub(crate) fn candidates(&self, search: &Search) -> Option<&[u64]> {
        let mut needed = BTreeSet::new();
        if search.words.is_empty() {
            if search.whole.is_empty() {
                return None;
            }
            needed.extend(keys(&[&search.whole]));
        }
        for word in &search.words {
            needed.extend(keys(&[word]));
        }
        let lists = needed
            .iter()
            .map(|key| self.rows.get(key.as_str()).map_or(&[][..], Vec::as_slice));
        lists.min_by_key(|list| list.len())
    }
}

/// Every three letters in a row of every text, in lower case, once.
fn keys(texts: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        let lower = text.to_lowercase();
        let ends: Vec<usize> = lower
            .char_indices()
            .map(|(at, _)| at)
            .chain([lower.len()])
            .collect();
        if ends.len() <= FUZZY {
            found.insert(lower);
            continue;
        }
        found.extend(
            ends.windows(FUZZY + 1)
                .map(|window| lower[window[0]..window[FUZZY]].to_owned()),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn the_index_leaves_out_nothing_that_a_search_finds(
            texts in prop::collection::vec("[aAbBcÄ é-]{0,7}", 0..30),
            gone in 0_usize..30,
            searched in "[abcÄ ]{0,6}",
        ) {
            let mut index = SearchIndex::default();
            for (id, text) in texts.iter().enumerate() {
                index.add(id as u64, &[text, "same for all"]);
            }
            if let Some(text) = texts.get(gone) {
                index.remove(gone as u64, &[text, "same for all"]);
            }
            let search = Search::new(&searched);
            let found: Vec<u64> = (0..texts.len() as u64)
                .filter(|id| *id != gone as u64 && search.finds(&texts[usize::try_from(*id).unwrap()]))
                .collect();
            if let Some(candidates) = index.candidates(&search) {
                prop_assert!(candidates.is_sorted());
                prop_assert!(found.iter().all(|id| candidates.binary_search(id).is_ok()));
                prop_assert!(candidates.binary_search(&(gone as u64)).is_err());
            }
        }
    }
}
