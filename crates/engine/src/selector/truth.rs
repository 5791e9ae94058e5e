/// Whether something holds, where it may be that nobody can say.
///
/// A group has no topics: whether it has the topic `legacy` is neither true nor false, and turned around it is
/// neither either. Only what is [`Yes`](Truth::Yes) is selected, so that `not topic:legacy` selects no group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    pub(crate) const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }

    /// The least of them; `Yes` of nothing.
    pub(crate) fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut least = Self::Yes;
        for part in parts {
            match part {
                Self::No => return Self::No,
                Self::Unknown => least = Self::Unknown,
                Self::Yes => {}
            }
        }
        least
    }

    /// The most of them; `No` of nothing.
    pub(crate) fn any(parts: impl Iterator<Item = Self>) -> Self {
        Self::all(parts.map(Self::not)).not()
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
