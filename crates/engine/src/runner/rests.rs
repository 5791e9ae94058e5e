//! Items that rest until it makes sense to go on with them.

use std::collections::BTreeMap;

use domain::Timestamp;
use gitlab_client::WaitReason;

/// Items that rest, by the moment at which they come again.
#[derive(Debug, Default)]
pub(super) struct Rests {
    due: BTreeMap<Timestamp, Vec<Resting>>,
    /// How many of them rest for another reason than their budget.
    pauses: usize,
}

#[derive(Clone, Copy, Debug)]
struct Resting {
    item: u32,
    /// What of the budget it waits for.
    waits_for: Option<WaitReason>,
}

impl Rests {
    /// The item comes again at `until`; with a reason if its budget lets nothing through before.
    pub(super) fn push(&mut self, item: u32, until: Timestamp, waits_for: Option<WaitReason>) {
        self.pauses += usize::from(waits_for.is_none());
        self.due
            .entry(until)
            .or_default()
            .push(Resting { item, waits_for });
    }

    /// When the next one comes again.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.keys().next().copied()
    }

    /// Those whose moment has come.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<u32> {
        let mut items = Vec::new();
        while let Some(first) = self.due.first_entry()
            && *first.key() <= now
        {
            for resting in first.remove() {
                self.pauses -= usize::from(resting.waits_for.is_none());
                items.push(resting.item);
            }
        }
        items
    }

    /// Until when, and for what, the first of them waits, if all of them wait for their budget.
    pub(super) fn all_wait(&self) -> Option<(Timestamp, WaitReason)> {
        if self.pauses > 0 {
            return None;
        }
        let (until, resting) = self.due.first_key_value()?;
        Some((*until, resting.first()?.waits_for?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn they_come_again_in_their_order_and_wait_only_if_all_do() {
        let mut rests = Rests::default();
        assert_eq!((rests.next(), rests.all_wait()), (None, None));
        rests.push(1, at(30), Some(WaitReason::Throttled));
        rests.push(2, at(20), None);
        rests.push(3, at(30), Some(WaitReason::QuotaUsedUp));
        assert_eq!((rests.next(), rests.all_wait()), (Some(at(20)), None));
        assert!(rests.take_due(at(19)).is_empty());
        assert_eq!(rests.take_due(at(20)), [2]);
        assert_eq!(rests.all_wait(), Some((at(30), WaitReason::Throttled)));
        assert_eq!(rests.take_due(at(99)), [1, 3]);
        assert_eq!(rests.next(), None);
    }
}
