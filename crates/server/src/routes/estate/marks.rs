use crate::request::Query;

/// Which rows are wanted by their marks. Whoever asks for nothing is shown everything, with its marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    archived: Option<bool>,
    pending_deletion: Option<bool>,
}

impl Marks {
    /// Reads `archived` and `pendingDeletion`: `true` only what has the mark, `false` only what has it not, `both` (as
    /// without the parameter) either.
    pub(super) fn read(query: &mut Query) -> Self {
        let mut mark = |name| {
            let read = |text: &str| match text {
                "true" => Some(Some(true)),
                "false" => Some(Some(false)),
                "both" => Some(None),
                _ => None,
            };
            query.value(name, "true, false, both", read).flatten()
        };
        Self {
            archived: mark("archived"),
            pending_deletion: mark("pendingDeletion"),
        }
    }

    /// Whether anything is left out.
    pub(super) fn filter(self) -> bool {
        self != Self::default()
    }

    /// Whether a row with these marks is wanted.
    pub(super) fn include(self, archived: bool, pending_deletion: bool) -> bool {
        self.archived.is_none_or(|wanted| wanted == archived)
            && self
                .pending_deletion
                .is_none_or(|wanted| wanted == pending_deletion)
    }
}
