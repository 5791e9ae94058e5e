//! Variables of the product that this version does not read. A set one is said, not ignored.

use super::environment::Environment;

/// Names that mean something in a later version: none at present.
const LATER: &[&str] = &[];

/// One sentence for each of them that is set.
pub(super) fn warnings(environment: &Environment) -> impl Iterator<Item = String> {
    LATER
        .iter()
        .filter(|name| environment.get(name).is_some())
        .map(|name| format!("{name} is set, but is not available in this version: it has no effect"))
}

/// Whether a name is one of them.
pub(super) fn knows(name: &str) -> bool {
    LATER.contains(&name)
}
