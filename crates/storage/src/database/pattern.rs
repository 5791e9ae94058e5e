/// A pattern for `LIKE … ESCAPE '\'` that matches what contains `text` literally.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn wildcards_of_the_user_are_plain_text() {
        assert_eq!(containing(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
