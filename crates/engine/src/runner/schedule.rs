//! Which item is next: what is ready, few at a time under one parent, the longest way first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use crate::links::Links;

/// Items without a parent group share no siblings that could get in each other's way.
const NO_PARENT: usize = 0;

/// Decides the order in which the items of a job are started.
///
/// GitLab serialises writes under one parent group, so at most `per_parent` of them are in flight; the
/// parent with most left to do goes first, since it is the one that would be waited for at the end.
/// An item that others wait for counts with all of them. What goes from one parent to another counts under both, and is
/// started when both have room. Choosing costs O(log n).
pub(crate) struct Schedule {
    per_parent: usize,
    parents: Vec<Parent>,
    names: HashMap<String, usize>,
    /// Parents that have a ready item and room, by priority.
    eligible: BTreeSet<(Reverse<u64>, usize)>,
    weights: Vec<u64>,
    parent_of: Vec<usize>,
    /// The parent that an item goes to, beside the one that it stands under.
    goes_to: HashMap<u32, usize>,
    in_flight: Vec<bool>,
}

/// The heaviest first, then the first of the input.
type Ready = BinaryHeap<(u64, Reverse<u32>)>;

#[derive(Default)]
struct Parent {
    ready: Ready,
    /// Ready under another parent, to go here: there was no room.
    held: Ready,
    in_flight: usize,
    remaining: u64,
    /// The key under which it stands in `eligible`.
    listed: Option<u64>,
}

impl Schedule {
    /// An empty schedule for `items` items.
    pub(crate) fn new(items: usize, per_parent: usize) -> Self {
        Self {
            per_parent: per_parent.max(1),
            parents: vec![Parent::default()],
            names: HashMap::new(),
            eligible: BTreeSet::new(),
            weights: vec![1; items],
            parent_of: vec![NO_PARENT; items],
            goes_to: HashMap::new(),
            in_flight: vec![false; items],
        }
    }

    /// Says what an item stands under, and what it goes to (`None`: nothing), and how much waits for it, itself
    /// included.
    pub(crate) fn describe(&mut self, item: u32, [under, to]: [Option<&str>; 2], weight: u64) {
        let parent = under.map_or(NO_PARENT, |name| self.number(name));
        self.parent_of[item as usize] = parent;
        self.weights[item as usize] = weight;
        self.parents[parent].remaining += 1;
        if let Some(to) = to.map(|name| self.number(name)).filter(|to| *to != parent) {
            self.goes_to.insert(item, to);
            self.parents[to].remaining += 1;
        }
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(&parent) = self.names.get(name) {
            return parent;
        }
        self.parents.push(Parent::default());
        self.names.insert(name.to_owned(), self.parents.len() - 1);
        self.parents.len() - 1
    }

    /// The numbers of the parents that the item stands under and goes to; `None` where it has no siblings.
    pub(crate) fn parents(&self, item: u32) -> [Option<usize>; 2] {
        let parent = self.parent_of[item as usize];
        [
            Some(parent).filter(|parent| *parent != NO_PARENT),
            self.goes_to.get(&item).copied(),
        ]
    }

    /// The same, with what stands for no parent.
    fn over(&self, item: u32) -> impl Iterator<Item = usize> + use<> {
        let to = self.goes_to.get(&item).copied();
        std::iter::once(self.parent_of[item as usize]).chain(to)
    }

    /// The item is half done: it goes before all that is not begun.
    pub(crate) fn prefer(&mut self, item: u32) {
        self.weights[item as usize] = u64::MAX;
    }

    /// An item can be started from now on.
    pub(crate) fn push(&mut self, item: u32) {
        let parent = self.parent_of[item as usize];
        self.parents[parent]
            .ready
            .push((self.weights[item as usize], Reverse(item)));
        self.list(parent);
    }

    /// The item to start now; it counts as in flight until [`Schedule::landed`].
    pub(crate) fn pop(&mut self) -> Option<u32> {
        loop {
            let &(_, parent) = self.eligible.first()?;
            let next = self.parents[parent].ready.pop()?;
            let (_, Reverse(item)) = next;
            if let Some(&to) = self.goes_to.get(&item)
                && self.room(to) == 0
            {
                self.parents[to].held.push(next);
                self.list(parent);
                continue;
            }
            self.goes_on(item);
            return Some(item);
        }
    }

    /// The item is in flight, whether or not there is room under its parents.
    pub(crate) fn goes_on(&mut self, item: u32) {
        if !std::mem::replace(&mut self.in_flight[item as usize], true) {
            for parent in self.over(item) {
                self.parents[parent].in_flight += 1;
                self.list(parent);
            }
        }
    }

    /// The item is no longer in flight, if it was; `ended` when it will not come again. An item that lands
    /// twice (its answer was lost, then found) or was never started gives its parents no second place.
    pub(crate) fn landed(&mut self, item: u32, ended: bool) {
        let was_in_flight = std::mem::take(&mut self.in_flight[item as usize]);
        for parent in self.over(item) {
            let counts = &mut self.parents[parent];
            counts.in_flight -= usize::from(was_in_flight);
            counts.remaining = counts.remaining.saturating_sub(u64::from(ended));
            self.let_in(parent);
            self.list(parent);
        }
    }

    /// What was to go to this parent when there was no room has its turn again.
    fn let_in(&mut self, parent: usize) {
        for _ in 0..self.room(parent) {
            let Some(next) = self.parents[parent].held.pop() else {
                return;
            };
            let (_, Reverse(item)) = next;
            let home = self.parent_of[item as usize];
            self.parents[home].ready.push(next);
            self.list(home);
        }
    }

    /// How many more items may be in flight under a parent.
    fn room(&self, parent: usize) -> usize {
        match parent {
            NO_PARENT => usize::MAX,
            parent => self.per_parent.saturating_sub(self.parents[parent].in_flight),
        }
    }

    fn list(&mut self, index: usize) {
        let room = self.room(index) > 0;
        let parent = &mut self.parents[index];
        let wanted = parent.ready.peek().filter(|_| room).map(|&(weight, _)| {
            if index == NO_PARENT {
                weight
            } else {
                weight.max(parent.remaining)
            }
        });
        if parent.listed == wanted {
            return;
        }
        if let Some(old) = parent.listed {
            self.eligible.remove(&(Reverse(old), index));
        }
        if let Some(new) = wanted {
            self.eligible.insert((Reverse(new), index));
        }
        parent.listed = wanted;
    }
}

/// For each item, itself and everything that waits for it, directly or not.
///
/// `depends_on` must have no cycles (planning sees to that); an item in one would keep weight 1.
/// Counts an item twice when it waits along two ways, which only makes it more urgent.
pub(super) fn weights(depends_on: &Links) -> Vec<u64> {
    let items = || 0..u32::try_from(depends_on.len()).unwrap_or(u32::MAX);
    let mut waiting = vec![0_u32; depends_on.len()];
    for &need in items().flat_map(|item| depends_on.of(item)) {
        waiting[need as usize] += 1;
    }
    let mut weights = vec![1_u64; depends_on.len()];
    let mut leaves: Vec<u32> = items().filter(|item| waiting[*item as usize] == 0).collect();
    while let Some(item) = leaves.pop() {
        for &need in depends_on.of(item) {
            weights[need as usize] = weights[need as usize].saturating_add(weights[item as usize]);
            waiting[need as usize] -= 1;
            if waiting[need as usize] == 0 {
                leaves.push(need);
            }
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_parent_with_most_left_goes_first_and_no_parent_has_more_than_its_share() {
        let mut schedule = Schedule::new(5, 2);
        for (item, parent) in [(0, "small"), (1, "big"), (2, "big"), (3, "big"), (4, "small")] {
            schedule.describe(item, [Some(parent), None], 1);
        }
        (0..5).for_each(|item| schedule.push(item));
        let first: Vec<_> = std::iter::from_fn(|| schedule.pop()).collect();
        assert_eq!(first, [1, 2, 0, 4], "two of each; the third of `big` has to wait");
        schedule.landed(2, true);
        assert_eq!(schedule.pop(), Some(3));
        assert_eq!(schedule.pop(), None);
    }

    #[test]
    fn what_is_half_done_goes_before_what_has_not_begun() {
        let mut schedule = Schedule::new(4, 1);
        (0..3).for_each(|item| schedule.describe(item, [Some("big"), None], 1));
        schedule.describe(3, [Some("small"), None], 1);
        (0..4).for_each(|item| schedule.push(item));
        assert_eq!(schedule.pop(), Some(0));
        assert_eq!(schedule.pop(), Some(3));
        schedule.landed(3, false);
        schedule.prefer(3);
        schedule.push(3);
        schedule.landed(0, true);
        assert_eq!(
            schedule.pop(),
            Some(3),
            "its parent has less left to do, but it is half done"
        );
    }

    #[test]
    fn an_item_that_lands_twice_gives_its_parent_no_second_place() {
        let mut schedule = Schedule::new(3, 1);
        (0..3).for_each(|item| schedule.describe(item, [Some("a"), None], 1));
        (0..3).for_each(|item| schedule.push(item));
        assert_eq!(schedule.pop(), Some(0));
        schedule.landed(0, false);
        assert_eq!(schedule.pop(), Some(1));
        schedule.landed(0, true);
        assert_eq!(schedule.pop(), None, "item 1 is still in flight");
        schedule.landed(1, true);
        assert_eq!(schedule.pop(), Some(2));
    }

    #[test]
    fn what_many_wait_for_goes_before_what_nobody_waits_for() {
        let mut schedule = Schedule::new(3, 2);
        schedule.describe(0, [Some("a"), None], 1);
        schedule.describe(1, [None; 2], 1);
        schedule.describe(2, [None; 2], 50);
        (0..3).for_each(|item| schedule.push(item));
        assert_eq!(schedule.pop(), Some(2));
    }

    #[test]
    fn an_item_that_comes_again_still_counts_for_its_parent() {
        let mut schedule = Schedule::new(1, 1);
        schedule.describe(0, [Some("a"), None], 1);
        schedule.push(0);
        assert_eq!(schedule.pop(), Some(0));
        schedule.landed(0, false);
        schedule.push(0);
        assert_eq!(schedule.pop(), Some(0));
    }

    #[test]
    fn what_goes_from_one_parent_to_another_waits_for_room_under_both() {
        let mut schedule = Schedule::new(5, 1);
        for (item, from) in [(0, "a"), (1, "b"), (2, "c")] {
            schedule.describe(item, [Some(from), Some("to")], 1);
        }
        schedule.describe(3, [None, Some("to")], 1);
        schedule.describe(4, [Some("b"), None], 1);
        (0..5).for_each(|item| schedule.push(item));
        assert_eq!([schedule.pop(), schedule.pop()], [Some(1), None]);
        schedule.landed(1, true);
        assert_eq!([schedule.pop(), schedule.pop()], [Some(0), Some(4)]);
        assert_eq!(schedule.pop(), None);
        schedule.landed(0, true);
        assert_eq!([schedule.pop(), schedule.pop()], [Some(2), None]);
        schedule.landed(2, true);
        assert_eq!(schedule.pop(), Some(3));
    }

    #[test]
    fn an_item_weighs_as_much_as_everything_that_waits_for_it() {
        // 0 ← 1 ← {2, 3}; 4 stands alone
        let lists: [&[u32]; 5] = [&[], &[0], &[1], &[1], &[]];
        assert_eq!(weights(&lists.into_iter().collect()), [4, 3, 1, 1, 1]);
    }

    /// A forest of items: each waits for at most one earlier item stands under one of a few parents and goes to
    /// one of them.
    fn forests() -> impl Strategy<Value = Vec<(Option<u32>, [Option<u8>; 2])>> {
        let parent = || prop::option::of(0_u8..4);
        let item = (prop::option::of(any::<u32>()), [parent(), parent()]);
        prop::collection::vec(item, 1..60).prop_map(|items| {
            let item = |(index, (need, parents)): (u32, (Option<u32>, [Option<u8>; 2]))| {
                (need.filter(|_| index > 0).map(|need| need % index), parents)
            };
            (0_u32..).zip(items).map(item).collect()
        })
    }

    proptest! {
        /// Whatever the needs, parents, refusals to take effect and order of answers: every item is started
        /// after what it needs, ends once, and no parent ever has more than its share in flight.
        #[test]
        fn every_item_is_started_in_its_turn(
            items in forests(),
            per_parent in 1_usize..4,
            answers in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 400),
        ) {
            let depends_on: Links = items.iter().map(|(need, _)| need.as_slice()).collect();
            let weights = weights(&depends_on);
            let mut schedule = Schedule::new(items.len(), per_parent);
            for (index, (_, parents)) in (0_u32..).zip(&items) {
                let parents = parents.map(|parent| parent.map(|parent| parent.to_string()));
                schedule.describe(index, parents.each_ref().map(Option::as_deref), weights[index as usize]);
            }
            for (index, _) in (0_u32..).zip(&items).filter(|(_, (need, _))| need.is_none()) {
                schedule.push(index);
            }
            let (mut in_flight, mut ended) = (Vec::new(), vec![false; items.len()]);
            // When the random answers run out, the rest succeeds in order.
            let mut answers = answers.into_iter();
            loop {
                while let Some(item) = schedule.pop() {
                    prop_assert!(!ended[item as usize] && !in_flight.contains(&item));
                    prop_assert!(items[item as usize].0.is_none_or(|need| ended[need as usize]));
                    in_flight.push(item);
                }
                for parent in 0..4 {
                    let under = in_flight.iter().filter(|item| items[**item as usize].1.contains(&Some(parent))).count();
                    prop_assert!(under <= per_parent);
                }
                if in_flight.is_empty() {
                    break;
                }
                let (place, done) = match answers.next() {
                    Some((which, done)) => (which.index(in_flight.len()), done),
                    None => (0, true),
                };
                let item = in_flight.swap_remove(place);
                schedule.landed(item, done);
                ended[item as usize] = done;
                if done {
                    let dependents = (0_u32..).zip(&items).filter(|(_, (need, _))| *need == Some(item));
                    dependents.for_each(|(dependent, _)| schedule.push(dependent));
                } else {
                    schedule.push(item);
                }
            }
            prop_assert!(ended.iter().all(|ended| *ended));
        }
    }
}
