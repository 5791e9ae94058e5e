use std::collections::HashMap;
use std::sync::OnceLock;

use super::ids::Ids;
use super::{FUZZY, Search};

/// Three letters in a row, in lower case; a shorter text is filled up with NUL.
type Key = [char; FUZZY];

/// Which rows hold which three letters, so that a search only looks at rows that hold its rarest three.
///
/// Made by the first search: whoever never searches does not pay for it with every write.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    rows: OnceLock<Rows>,
}

type Rows = HashMap<Key, Ids>;

impl SearchIndex {
    /// Adds a row with its texts.
    pub(crate) fn add(&mut self, id: u64, texts: &[&str]) {
        if let Some(rows) = self.rows.get_mut() {
            put(rows, id, &keys(texts));
        }
    }

    /// Takes a row out that was added with these texts.
    pub(crate) fn remove(&mut self, id: u64, texts: &[&str]) {
        if let Some(rows) = self.rows.get_mut() {
            take(rows, id, &keys(texts));
        }
    }

    /// Gives a row that was added with `old` the texts `new`. Costs what is different.
    pub(crate) fn replace(&mut self, id: u64, old: &[&str], new: &[&str]) {
        let Some(rows) = self.rows.get_mut().filter(|_| old != new) else {
            return;
        };
        let (mut old, mut new) = (keys(old), keys(new));
        let both: Vec<Key> = old
            .iter()
            .filter(|key| new.binary_search(key).is_ok())
            .copied()
            .collect();
        old.retain(|key| both.binary_search(key).is_err());
        new.retain(|key| both.binary_search(key).is_err());
        take(rows, id, &old);
        put(rows, id, &new);
    }

    /// Rows that a search may find, by ascending id: all that it finds, and some more. None when the search says too
    /// little to narrow anything down. `all` are the rows that there are with their texts.
    pub(crate) fn candidates<'t, const N: usize>(
        &self,
        search: &Search,
        all: impl Iterator<Item = (u64, [&'t str; N])>,
    ) -> Option<&Ids> {
        let words: Vec<&str> = if search.words.is_empty() {
            vec![&search.whole]
        } else {
            search.words.iter().map(String::as_str).collect()
        };
        if words == [""] {
            return None;
        }
        let rows = self.rows.get_or_init(|| {
            let mut rows = Rows::new();
            for (id, texts) in all {
                put(&mut rows, id, &keys(&texts));
            }
            rows
        });
        let needed = keys(&words);
        let lists = needed.iter().map(|key| rows.get(key).unwrap_or(Ids::NONE));
        lists.min_by_key(|list| list.len())
    }
}

fn put(rows: &mut Rows, id: u64, keys: &[Key]) {
    for key in keys {
        rows.entry(*key).or_default().insert(id);
    }
}

fn take(rows: &mut Rows, id: u64, keys: &[Key]) {
    for key in keys {
        let Some(ids) = rows.get_mut(key) else {
            continue;
        };
        ids.remove(id);
        if ids.len() == 0 {
            rows.remove(key);
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
        /// Whether it was made before or after rows went and changed.
        #[test]
        fn the_index_leaves_out_nothing_that_a_search_finds(
            texts in prop::collection::vec("[aAbBcÄ é-]{0,7}", 0..30),
            gone in 0_usize..30,
            changed in 0_usize..30,
            another in "[abc ]{0,7}",
            searched in "[abcÄ ]{0,6}",
            searched_before in any::<bool>(),
        ) {
            const REST: &str = "same for all";
            let mut index = SearchIndex::default();
            let search = Search::new(&searched);
            if searched_before {
                index.candidates(&Search::new(REST), std::iter::empty::<(u64, [&str; 2])>());
            }
            for (id, text) in texts.iter().enumerate() {
                index.add(id as u64, &[text, REST]);
            }
            let mut texts = texts;
            if let Some(text) = texts.get(gone) {
                index.remove(gone as u64, &[text, REST]);
            }
            if let Some(text) = texts.get_mut(changed).filter(|_| changed != gone) {
                index.replace(changed as u64, &[text, REST], &[&another, REST]);
                *text = another;
            }
            let is_there = |id: &u64| *id != gone as u64;
            let text = |id: u64| texts[usize::try_from(id).unwrap()].as_str();
            let ids = || (0..texts.len() as u64).filter(is_there);
            let found: Vec<u64> = ids().filter(|id| search.finds(text(*id))).collect();
            if let Some(candidates) = index.candidates(&search, ids().map(|id| (id, [text(id), REST]))) {
                let candidates: Vec<u64> = candidates.iter().copied().collect();
                prop_assert!(candidates.is_sorted());
                prop_assert!(found.iter().all(|id| candidates.binary_search(id).is_ok()));
                prop_assert!(candidates.binary_search(&(gone as u64)).is_err());
            }
        }
    }
}
