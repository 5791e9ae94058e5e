//! Very many ids in their order, of which any can go.

/// The most ids of a piece. Putting one in or taking one out moves no more than these.
const PIECE: usize = 512;

/// Ascending ids, each once, in pieces.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// None of them is empty.
    pieces: Vec<Vec<u64>>,
    len: usize,
}

impl Ids {
    /// None.
    pub(super) const NONE: &Self = &Self {
        pieces: Vec::new(),
        len: 0,
    };

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &u64> {
        self.pieces.iter().flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn insert(&mut self, id: u64) {
        let at = self.piece_of(id);
        let Some(piece) = self.pieces.get_mut(at) else {
            self.pieces.push(vec![id]);
            self.len += 1;
            return;
        };
        let Err(place) = piece.binary_search(&id) else {
            return;
        };
        self.len += 1;
        if piece.len() < PIECE {
            piece.insert(place, id);
        } else if place == PIECE {
            // New rows have the highest id: pieces before the last are full.
            self.pieces.insert(at + 1, vec![id]);
        } else {
            let mut behind = piece.split_off(PIECE / 2);
            if place <= PIECE / 2 {
                piece.insert(place, id);
            } else {
                behind.insert(place - PIECE / 2, id);
            }
            self.pieces.insert(at + 1, behind);
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        let at = self.piece_of(id);
        let Some(piece) = self.pieces.get_mut(at) else {
            return;
        };
        let Ok(place) = piece.binary_search(&id) else {
            return;
        };
        piece.remove(place);
        self.len -= 1;
        if piece.is_empty() {
            self.pieces.remove(at);
        }
    }

    /// The piece in which an id is, if it is there.
    fn piece_of(&self, id: u64) -> usize {
        let behind = self.pieces.partition_point(|piece| piece[0] <= id);
        behind.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_a_set_in_its_order(
            rows in 0_u64..2_000,
            changes in prop::collection::vec((any::<bool>(), 0_u64..4_000), 0..2_000),
        ) {
            let (mut ids, mut set) = (Ids::default(), BTreeSet::new());
            for id in (0..rows).map(|row| 2 * row) {
                ids.insert(id);
                set.insert(id);
            }
            for (comes, id) in changes {
                if comes {
                    ids.insert(id);
                    set.insert(id);
                } else {
                    ids.remove(id);
                    set.remove(&id);
                }
            }
            prop_assert!(ids.iter().eq(&set));
            prop_assert_eq!(ids.len(), set.len());
            prop_assert!(ids.pieces.iter().all(|piece| (1..=PIECE).contains(&piece.len())));
        }
    }
}
