use std::collections::{HashMap, VecDeque};

/// A queue in which several parties take turns: one of each in order, however many each has waiting.
///
/// Within a party it is first come, first served. Every step is constant in the number waiting.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    waiting: HashMap<u64, VecDeque<T>>,
    /// The parties that have somebody waiting, the next one first.
    order: VecDeque<u64>,
}

impl<T> Turns<T> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many wait, all parties together.
    pub(crate) fn len(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    pub(crate) fn push(&mut self, party: u64, one: T) {
        let own = self.waiting.entry(party).or_default();
        if own.is_empty() {
            self.order.push_back(party);
        }
        own.push_back(one);
    }

    /// The next one, whose party then goes to the end of the line.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let party = self.order.pop_front()?;
        let own = self.waiting.get_mut(&party)?;
        let one = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&party);
        } else {
            self.order.push_back(party);
        }
        one
    }

    /// Drops those at the front who are gone; their party keeps its turn.
    pub(crate) fn pop_while(&mut self, gone: impl Fn(&T) -> bool) {
        while let Some(party) = self.order.front() {
            let Some(own) = self.waiting.get_mut(party) else {
                return;
            };
            match own.front() {
                Some(first) if gone(first) => {
                    own.pop_front();
                }
                Some(_) => return,
                None => {
                    self.waiting.remove(party);
                    self.order.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_however_many_wait() {
        let mut turns = Turns::new();
        for (party, one) in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1"), (2, "b2")] {
            turns.push(party, one);
        }
        let order: Vec<_> = std::iter::from_fn(|| turns.pop()).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2", "b2", "a3"]);
        assert!(turns.is_empty());
    }

    #[test]
    fn those_who_left_are_passed_over_and_their_party_keeps_its_turn() {
        let mut turns = Turns::new();
        for (party, one) in [(1, "gone"), (1, "a2"), (2, "b1"), (3, "gone")] {
            turns.push(party, one);
        }
        let mut order = Vec::new();
        loop {
            turns.pop_while(|one| *one == "gone");
            let Some(one) = turns.pop() else { break };
            order.push(one);
        }
        assert_eq!(order, ["a2", "b1"]);
        assert_eq!(turns.len(), 0);
    }
}
