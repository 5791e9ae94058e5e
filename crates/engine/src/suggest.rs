//! "Did you mean …?"

use crate::field::fold;

/// How alike two names have to be, from 0 to 1.
const ALIKE: f64 = 0.6;

/// No name of ours is longer; comparing takes as long as both lengths multiplied.
const LONGEST: usize = 64;

/// The name among `known` that somebody who wrote `name` most likely meant.
pub(crate) fn suggest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > LONGEST {
        return None;
    }
    let folded = fold(name);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(&folded, &fold(candidate)),
                candidate,
            )
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_something_else_is_not() {
        let known = ["visibility", "protectedBranches", "members", "name", "subgroups"];
        for (written, meant) in [
            ("visiblity", Some("visibility")),
            ("protected-branch", Some("protectedBranches")),
            ("Member", Some("members")),
            ("nmae", Some("name")),
            ("runners", None),
            (&"members".repeat(1_000_000), None),
        ] {
            assert_eq!(suggest(written, known), meant, "{written}");
        }
    }
}
