//! Names of parameters, in a query or a body, as GitLab understands them.

/// GitLab takes a credential from these, before the header (GitLab API facts §1.1).
pub const CREDENTIALS: [&str; 3] = ["private_token", "access_token", "job_token"];

/// The outermost parameter that a decoded name belongs to: `labels` of `labels[]` and of `labels[a][b]`, and of `[labels]`,
/// too, because Rack 2 passes over brackets in front. Spaces and control characters around it do not count: some readers
/// pass over them.
pub fn outermost(name: &str) -> &str {
    let name = name.trim_start_matches(['[', ']']);
    let name = name.split(['[', ']']).next().unwrap_or_default();
    name.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_a_name_is_nested_it_belongs_to_its_outermost_parameter() {
        for name in [
            "labels",
            "labels[]",
            "labels[a][b]",
            "labels[",
            "[labels]",
            "]labels]",
            "[[labels",
            " labels\0",
        ] {
            assert_eq!(outermost(name), "labels", "{name:?}");
        }
        for name in ["", "[]", "a[labels]", "labels2", "Labels"] {
            assert_ne!(outermost(name), "labels", "{name:?}");
        }
    }
}
