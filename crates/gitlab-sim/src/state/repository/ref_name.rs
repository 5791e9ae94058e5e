/// Whether git takes this as the name of a branch or tag (`git check-ref-format`).
pub(crate) fn is_ref_name(name: &str) -> bool {
    let odd = |character: char| {
        character.is_control() || matches!(character, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    let segment_is_fine = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && !segment.ends_with('.')
            && std::path::Path::new(segment)
                .extension()
                .is_none_or(|ending| ending != "lock")
    };
    !name.contains(odd)
        && !name.contains("..")
        && !name.contains("@{")
        && name != "@"
        && name != "HEAD"
        && !name.starts_with('-')
        && !name.starts_with("refs/heads/")
        && name.split('/').all(segment_is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_and_refused_as_git_does() {
        for name in ["main", "feature/x", "my.branch.name", "1-2", "ünïcode", "a@b"] {
            assert!(is_ref_name(name), "{name}");
        }
        for name in [
            "", "a b", "a..b", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a~1", "a^", "a:b", "a?", "a*",
            "[a", "a\\b", "-a", "@", "a@{b", "HEAD", "a.",
        ] {
            assert!(!is_ref_name(name), "{name}");
        }
    }
}
