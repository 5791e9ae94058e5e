//! `docs/selectors.md` has a table of all fields; it is made from them, and compared with them here.

use std::fmt::Write as _;

use super::{FIELDS, Selector};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/selectors.md");
const BEGIN: &str =
    "<!-- Generated: UPDATE_GENERATED=1 cargo test -p engine --lib selector::documented -->\n";
const END: &str = "<!-- End -->\n";

fn table() -> String {
    let mut text =
        "| field | of | is | means | example | GitLab filters by |\n|---|---|---|---|---|---|\n".to_owned();
    for definition in FIELDS {
        let aliases: String = definition
            .aliases
            .iter()
            .fold(String::new(), |text, alias| format!("{text}, `{alias}`"));
        let operators: Vec<&str> = definition
            .holds
            .operators()
            .iter()
            .map(|op| op.symbol())
            .collect();
        writeln!(
            text,
            "| `{}`{aliases} | {} | {}: `{}` | {} | `{}` | {} |",
            definition.name,
            definition.kinds.name(),
            definition.holds.name(),
            operators.join(" "),
            definition.about,
            definition.example.replace('|', "\\|"),
            definition.pushed,
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_has_every_field_as_it_is() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(PAGE, &wanted).unwrap();
    } else {
        assert!(
            page == wanted,
            "docs/selectors.md is not up to date; run `UPDATE_GENERATED=1 cargo test -p engine --lib selector::documented`"
        );
    }
}

#[test]
fn every_example_is_a_selector() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let blocks = page.split("```selector\n").skip(1);
    let shown: Vec<&str> = blocks
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .collect();
    assert!(shown.len() > 5);
    for text in FIELDS.iter().map(|definition| definition.example).chain(shown) {
        let selector = Selector::parse(text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes}"));
        assert!(selector.kinds().is_some(), "{text} can select nothing");
    }
}
