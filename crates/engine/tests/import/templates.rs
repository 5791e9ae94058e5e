//! What a person downloads as a template can be imported as it is.

use engine::import::template::{TemplateFormat, template};
use engine::operations::registry;

use crate::{of_kind, options, understood};

/// Operations that a file without a word on what it holds can mean.
const MAKERS: [&str; 4] = ["create_group", "create_project", "add_member", "set_variable"];

#[test]
fn every_template_is_read_back_and_the_same_in_each_format() {
    for operation in registry().iter() {
        let read = |name: &str, format: TemplateFormat| {
            let text = template(operation.as_ref(), format);
            let given = understood(&[(name, &text)], &of_kind(operation.name()));
            // What makes something is told by its columns; everything else has to be said.
            if MAKERS.contains(&operation.name()) {
                assert_eq!(understood(&[(name, &text)], &options()), given, "{text}");
            }
            given
        };
        let csv = read("t.csv", TemplateFormat::Csv);
        assert_eq!(csv.len(), 1, "{csv:?}");
        assert!(csv[0].starts_with(&format!("{} {{", operation.name())), "{csv:?}");
        assert_eq!(read("t.json", TemplateFormat::Json), csv);
        assert_eq!(read("t.yaml", TemplateFormat::Yaml), csv);
    }
}

#[test]
fn a_template_shows_every_column_and_a_likely_row() {
    let registry = registry();
    let members = registry.get("add_member").unwrap();
    insta::assert_snapshot!(
        [TemplateFormat::Csv, TemplateFormat::Yaml, TemplateFormat::Json]
            .map(|format| template(members.as_ref(), format))
            .join("---\n")
    );
}
