/// Which items each item is linked with: one list for all, so that an item costs no more than its links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Where the links of each item end in `linked`; they begin where those of the item before end.
    ends: Vec<u32>,
    linked: Vec<u32>,
}

impl Links {
    /// None yet, with room for so many items.
    pub(crate) fn with_capacity(items: usize) -> Self {
        Self {
            ends: Vec::with_capacity(items),
            linked: Vec::with_capacity(items),
        }
    }

    /// Adds the links of the next item.
    pub(crate) fn push(&mut self, linked: impl IntoIterator<Item = u32>) {
        self.linked.extend(linked);
        self.ends.push(number(self.linked.len()));
    }

    /// All links, to be replaced.
    pub(crate) fn all_mut(&mut self) -> &mut [u32] {
        &mut self.linked
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// What this item is linked with.
    pub(crate) fn of(&self, item: u32) -> &[u32] {
        &self.linked[self.range(item)]
    }

    fn range(&self, item: u32) -> std::ops::Range<usize> {
        let item = item as usize;
        let start = item.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[item] as usize
    }

    /// Each item with those that are linked with it, in rising order.
    pub(crate) fn reversed(&self) -> Self {
        let mut ends = vec![0; self.len()];
        for &item in &self.linked {
            ends[item as usize] += 1;
        }
        let mut before = 0;
        for end in &mut ends {
            // Where the list begins, for as long as it is filled.
            (before, *end) = (before + *end, before);
        }
        let mut linked = vec![0; self.linked.len()];
        for from in 0..number(self.len()) {
            for &to in self.of(from) {
                let free = &mut ends[to as usize];
                linked[*free as usize] = from;
                *free += 1;
            }
        }
        Self { ends, linked }
    }
}

impl<'a> FromIterator<&'a [u32]> for Links {
    fn from_iter<I: IntoIterator<Item = &'a [u32]>>(lists: I) -> Self {
        let mut links = Self::default();
        lists
            .into_iter()
            .for_each(|list| links.push(list.iter().copied()));
        links
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_apart_and_followed_back() {
        let lists: [&[u32]; 4] = [&[], &[0], &[0, 1], &[]];
        let links: Links = lists.into_iter().collect();
        assert_eq!([0, 1, 2, 3].map(|item| links.of(item)), lists);
        let back = links.reversed();
        assert_eq!(
            [0, 1, 2, 3].map(|item| back.of(item)),
            [&[1, 2][..], &[2], &[], &[]]
        );
    }
}
