use domain::Problem;
use serde::de::DeserializeOwned;
use serde_saphyr::UserMessageFormatter;
use serde_saphyr::options::{AliasLimits, NonFiniteFloatPolicy};

use super::document::Document;
use super::input::MAX_ROWS;

/// Values per row that the budget allows for, on average.
const NODES_PER_ROW: usize = 16;
/// Levels of lists and objects that a list of rows may have.
const MAX_DEPTH: usize = 32;
/// What all aliases of a file together may repeat. Aliases save typing; a file that needs more than this
/// of them is an attack on our memory.
const MAX_REPEATED: usize = 100_000;

/// # Errors
/// The text is not one YAML document, or repeats so much by aliases that reading it would take unfair
/// time and memory: the problem says where.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    document(text, "the file")
}

/// Any document as JSON has it, for those who want to look at it.
///
/// # Errors
/// As a file: the text is not one YAML document, or repeats too much by aliases; the problem says where.
pub fn parse(text: &str) -> Result<serde_json::Value, Problem> {
    document(text, "this")
}

/// `what` the problem says is no YAML.
fn document<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Problem> {
    let options = options(MAX_ROWS as usize * NODES_PER_ROW, MAX_DEPTH);
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let why = error.render_with_formatter(&UserMessageFormatter);
        Problem::new(format!("{what} is not YAML that can be read: {why}"))
    })
}

/// How YAML is read: within a budget of values and levels, and so that what looks like a name stays the text it is.
pub(crate) fn options(max_nodes: usize, max_depth: usize) -> serde_saphyr::options::Options {
    let mut aliases = AliasLimits::default();
    aliases.max_total_replayed_events = MAX_REPEATED;
    aliases.max_replay_stack_depth = 16;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: max_nodes,
            max_events: max_nodes * 2,
            max_depth: max_depth,
            max_aliases: 10_000,
            max_anchors: 1_000,
            max_documents: 1,
            max_merge_keys: 10_000,
        },
        alias_limits: aliases,
        // `007`, `1_000`, `yes`, `.inf`.
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    }
}
