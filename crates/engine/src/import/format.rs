//! Telling the format of a file: by its name, else by how it begins.

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Json,
    Ndjson,
    Yaml,
}

impl Format {
    pub(crate) fn of(name: &str, text: &str) -> Self {
        let extension = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        match extension.as_deref() {
            Some("csv" | "tsv" | "psv") => Self::Csv,
            Some("json") => Self::Json,
            Some("ndjson" | "jsonl") => Self::Ndjson,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::sniff(text),
        }
    }

    fn sniff(text: &str) -> Self {
        let mut lines = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim_start().is_empty() && !line.trim_start().starts_with('#'));
        let first = lines.next().unwrap_or_default();
        let second = lines.next().unwrap_or_default();
        match first.trim_start().as_bytes() {
            [b'{', .., b'}'] if second.trim_start().starts_with('{') => Self::Ndjson,
            [b'{' | b'[', ..] => Self::Json,
            // The last is a key alone on its line: `groups:`.
            [b'-', b'-', b'-', ..] | [b'-', b' ', ..] | [b'-'] | [.., b':'] => Self::Yaml,
            _ => Self::Csv,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn the_name_decides_and_else_the_first_lines() {
        for (name, text, format) in [
            ("a.CSV", "[]", Format::Csv),
            ("a.yml", "", Format::Yaml),
            ("a.jsonl", "", Format::Ndjson),
            ("-", "# groups\nname,path,parent", Format::Csv),
            ("-", "name|path|parent_id", Format::Csv),
            ("-", "{\n \"groups\": []}", Format::Json),
            ("-", "[{\"name\": 1}]", Format::Json),
            ("-", "{\"name\": 1}\n{\"name\": 2}\n", Format::Ndjson),
            ("-", "# all\ngroups:\n  - name: x", Format::Yaml),
            ("list.txt", "- name: x", Format::Yaml),
            ("-", "", Format::Csv),
        ] {
            assert_eq!(Format::of(name, text), format, "{name}: {text}");
        }
    }
}
