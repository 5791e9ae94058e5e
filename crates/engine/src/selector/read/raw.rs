use crate::selector::expression::Op;
use crate::selector::pattern::Pattern;

/// A selector as it is written, before anybody asked what its words mean. Places are in bytes.
#[derive(Debug)]
pub(super) enum Raw {
    All(Vec<Raw>),
    Any(Vec<Raw>),
    Not(Box<Raw>),
    Term(RawTerm),
}

#[derive(Debug)]
pub(super) struct RawTerm {
    pub(super) field: Word,
    pub(super) op_at: usize,
    pub(super) op: Op,
    pub(super) values: Vec<RawValue>,
}

#[derive(Debug)]
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct RawValue {
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) pattern: Pattern,
}
