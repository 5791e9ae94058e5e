use std::collections::HashMap;

use super::ids::Ids;
use super::{FUZZY, Search};

/// Three letters in a row, in lower case; a shorter text is filled up with NUL.
type Key = [char; FUZZY];

/// Which rows hold which three letters, so that a search only looks at rows that hold its rarest three.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    rows: HashMap<Key, Ids>,
}

impl SearchIndex {
    /// Adds a row with its texts.
    pub(crate) fn add(&mut self, id: u64, texts: &[&str]) {
        self.put(id, &keys(texts));
    }

    /// Takes a row out that was added with these texts.
    pub(crate) fn remove(&mut self, id: u64, texts: &[&str]) {
        self.take(id, &keys(texts));
    }

    /// Gives a row that was added with `old` the texts `new`. Costs what is different.
    pub(crate) fn replace(&mut self, id: u64, old: &[&str], new: &[&str]) {
        if old == new {
            return;
        }
        let (mut old, mut new) = (keys(old), keys(new));
        let both: Vec<Key> = old
            .iter()
            .filter(|key| new.binary_search(key).is_ok())
            .copied()
            .collect();
        old.retain(|key| both.binary_search(key).is_err());
        new.retain(|key| both.binary_search(key).is_err());
        self.take(id, &old);
        self.put(id, &new);
    }

    /// Rows that a search may find, by ascending id: all that it finds, and some more. None when the search says too
    /// little to narrow anything down.
    pub(crate) fn candidates(&self, search: &Search) -> Option<&Ids> {
        let words: Vec<&str> = if search.words.is_empty() {
            vec![&search.whole]
        } else {
            search.words.iter().map(String::as_str).collect()
        };
        if words == [""] {
            return None;
        }
        let needed = keys(&words);
        let lists = needed.iter().map(|key| self.rows.get(key).unwrap_or(Ids::NONE));
        lists.min_by_key(|list| list.len())
    }

    fn put(&mut self, id: u64, keys: &[Key]) {
        for key in keys {
            self.rows.entry(*key).or_default().insert(id);
        }
    }

    fn take(&mut self, id: u64, keys: &[Key]) {
        for key in keys {
            let Some(ids) = self.rows.get_mut(key) else {
                continue;
            };
            ids.remove(id);
            if ids.len() == 0 {
                self.rows.remove(key);
            }
        }
    }
}

/// Every three letters in a row of every text, ascending and each once.
fn keys(texts: &[&str]) -> Vec<Key> {
    let mut found = Vec::with_capacity(texts.iter().map(|text| text.len()).sum());
    for text in texts {
        let lower: Vec<char> = text.to_lowercase().chars().collect();
        if lower.len() < FUZZY {
            let mut key = ['\0'; FUZZY];
            key[..lower.len()].copy_from_slice(&lower);
            found.push(key);
        }
        found.extend(
            lower
                .windows(FUZZY)
                .filter_map(|letters| Key::try_from(letters).ok()),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_index_leaves_out_nothing_that_a_search_finds(
            texts in prop::collection::vec("[aAbBcÄ é-]{0,7}", 0..30),
            gone in 0_usize..30,
            changed in 0_usize..30,
            another in "[abc ]{0,7}",
            searched in "[abcÄ ]{0,6}",
        ) {
            let mut index = SearchIndex::default();
            for (id, text) in texts.iter().enumerate() {
                index.add(id as u64, &[text, "same for all"]);
            }
            let mut texts = texts;
            if let Some(text) = texts.get(gone) {
                index.remove(gone as u64, &[text, "same for all"]);
            }
            if let Some(text) = texts.get_mut(changed).filter(|_| changed != gone) {
                index.replace(changed as u64, &[text, "same for all"], &[&another, "same for all"]);
                *text = another;
            }
            let search = Search::new(&searched);
            let found: Vec<u64> = (0..texts.len() as u64)
                .filter(|id| *id != gone as u64 && search.finds(&texts[usize::try_from(*id).unwrap()]))
                .collect();
            if let Some(candidates) = index.candidates(&search) {
                let candidates: Vec<u64> = candidates.iter().copied().collect();
                prop_assert!(candidates.is_sorted());
                prop_assert!(found.iter().all(|id| candidates.binary_search(id).is_ok()));
                prop_assert!(candidates.binary_search(&(gone as u64)).is_err());
            }
        }
    }
}
