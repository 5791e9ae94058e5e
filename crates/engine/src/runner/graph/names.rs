/// How all items of a job are called, without an allocation for each.
#[derive(Debug, Default)]
pub(in crate::runner) struct Names {
    operations: Vec<&'static str>,
    /// By item: its operation, and where its target ends in `targets`; it begins where the one before ends.
    items: Vec<(u16, usize)>,
    targets: String,
}

impl Names {
    /// None yet, with room for so many items.
    pub(super) fn with_capacity(items: usize) -> Self {
        Self {
            items: Vec::with_capacity(items),
            ..Self::default()
        }
    }

    /// Adds the next item's.
    pub(super) fn push(&mut self, operation: &'static str, target: &str) {
        let known = self.operations.iter().position(|known| *known == operation);
        let operation = known.unwrap_or_else(|| {
            self.operations.push(operation);
            self.operations.len() - 1
        });
        self.targets.push_str(target);
        // There are dozens of operations.
        let operation = u16::try_from(operation).unwrap_or(u16::MAX);
        self.items.push((operation, self.targets.len()));
    }

    /// No more will come.
    pub(super) fn shrink(&mut self) {
        self.targets.shrink_to_fit();
    }

    /// Operation and target of an item.
    pub(in crate::runner) fn of(&self, item: u32) -> Option<(&'static str, &str)> {
        let item = item as usize;
        let &(operation, end) = self.items.get(item)?;
        let before = item.checked_sub(1).and_then(|before| self.items.get(before));
        let start = before.map_or(0, |(_, end)| *end);
        Some((
            self.operations.get(usize::from(operation))?,
            self.targets.get(start..end)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn each_item_has_its_own_name() {
        let mut names = Names::default();
        for (operation, target) in [
            ("create_group", "acme"),
            ("create_project", "acme/süd"),
            ("create_group", ""),
        ] {
            names.push(operation, target);
        }
        names.shrink();
        assert_eq!(names.of(0), Some(("create_group", "acme")));
        assert_eq!(names.of(1), Some(("create_project", "acme/süd")));
        assert_eq!(names.of(2), Some(("create_group", "")));
        assert_eq!(names.of(3), None);
    }
}
