//! Formats, encodings and delimiters: the same rows, however they are written down.

use std::fmt::Write;

use engine::import::{InputFile, read_files};
use engine::operations::registry;

use crate::{of_kind, options, refused, understood};

/// A description with everything that a format has to protect.
const ROWS: [&str; 2] = [
    r#"create_group {"name":"Web","path":"web","parent":"acme","description":"a \"b\", c; d|e\t#\nlast"}"#,
    r#"create_group {"name":"Shop","path":"shop","parent":12,"description":"=1+1"}"#,
];

#[test]
fn the_rows_are_the_same_in_every_format() {
    for (name, text) in [
        (
            "a.csv",
            "name,path,parent,description\nWeb,web,acme,\"a \"\"b\"\", c; d|e\t#\nlast\"\nShop,shop,12,'=1+1\n",
        ),
        (
            "windows.csv",
            "\u{feff}Name;Path;Parent;Description\r\nWeb;web;acme;\"a \"\"b\"\", c; d|e\t#\nlast\"\r\nShop;shop;12;=1+1\r\n",
        ),
        (
            "a.tsv",
            "# made by hand\nname\tpath\tparent\tdescription\n\nWeb\tweb\tacme\t\"a \"\"b\"\", c; d|e\t#\nlast\"\nShop\tshop\t12\t=1+1",
        ),
        (
            "list.txt",
            "name | path | parent | description\nWeb | web | acme |\"a \"\"b\"\", c; d|e\t#\nlast\"\nShop | shop | 12 | =1+1\n",
        ),
        (
            "a.json",
            r#"[{"name":"Web","path":"web","parent":"acme","description":"a \"b\", c; d|e\t#\nlast"},
                {"name":"Shop","path":"shop","parent":12,"description":"=1+1","visibility":null}]"#,
        ),
        (
            "b.json",
            r#"{"groups":[{"name":"Web","path":"web","parent_id":"acme","description":"a \"b\", c; d|e\t#\nlast"},
                {"name":"Shop","path":"shop","parentPath":"12","description":"=1+1"}]}"#,
        ),
        (
            "a.ndjson",
            "{\"name\":\"Web\",\"path\":\"web\",\"parent\":\"acme\",\"description\":\"a \\\"b\\\", c; d|e\\t#\\nlast\"}\n\n\
             {\"name\":\"Shop\",\"path\":\"shop\",\"parent\":12,\"description\":\"=1+1\"}\n",
        ),
        (
            "a.yaml",
            "- name: Web\n  path: web\n  parent: acme\n  description: \"a \\\"b\\\", c; d|e\\t#\\nlast\"\n\
             - {name: Shop, path: shop, parent: 12, description: =1+1}\n",
        ),
        (
            "-",
            "# piped in\ngroups:\n  - name: Web\n    path: web\n    parent: acme\n    description: |-\n      a \"b\", c; d|e\t#\n      last\n  \
             - name: Shop\n    path: shop\n    parent: 12\n    description: =1+1\n",
        ),
    ] {
        assert_eq!(understood(&[(name, text)], &options()), ROWS, "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_read_says_where_and_the_others_are_checked_all_the_same() {
    let files = [
        InputFile::new("latin1.csv", b"name,path,parent\nD\xfcsseldorf,d,acme\n"),
        InputFile::new("empty.csv", b"\n"),
        InputFile::new("cut.json", b"[{\"name\": \"Web\","),
        InputFile::new("broken.json", b"[{\"name\": \"Web\" \"path\": 1}]"),
        InputFile::new("broken.yaml", b"- name: Web\n  path: [web\n"),
        InputFile::new("twice.yaml", b"- name: Web\n  name: Shop\n"),
        InputFile::new("list.json", b"{\"groups\": {\"name\": \"Web\"}, \"teams\": []}"),
        InputFile::new("one.json", b"17"),
        InputFile::new("none.json", b"[]"),
        InputFile::new("quote.csv", b"name,path,parent\n\"Web,web,acme\nShop,shop,acme\n"),
        InputFile::new("book.xlsx", b"PK\x03\x04..."),
        InputFile::new("good.csv", b"name,path,parent\nWeb,web,acme\nShop,s,acme\n"),
        InputFile::new(
            "lines.ndjson",
            b"{\"name\": \"Web\", \"path\": \"web2\", \"parent\": \"acme\"}\n{\"name\": }\n[]\n{} {}\n",
        ),
    ];
    let problems = read_files(&registry(), &files, &of_kind("groups")).unwrap_err();
    insta::assert_snapshot!(refused(&problems).join("\n"));
}

#[test]
fn yaml_that_multiplies_itself_is_refused_before_it_has_grown() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = level - 1;
        let many = vec![format!("*a{below}"); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{many}]").unwrap();
    }
    bomb.push_str("groups: [{name: *a11}]\n");
    let refused = understood(&[("bomb.yaml", &bomb)], &options());
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(
        refused[0].starts_with("bomb.yaml: the file is not YAML that can be read"),
        "{refused:?}"
    );
}

#[test]
fn what_yaml_would_take_for_a_number_or_a_flag_stays_a_text() {
    assert_eq!(
        understood(
            &[(
                "a.yaml",
                "- {name: 007, path: no, parent: acme}\n- {name: yes, path: 2048, parent: acme}\n- {name: 1.10, path: null, parent: acme}\n"
            )],
            &options()
        ),
        [
            "a.yaml, row 3, name: a number where a text is expected (found `1.1`; allowed: a text in quotes)",
            "a.yaml, row 3, path: a value is missing (allowed: 2 to 255 characters)",
        ]
    );
    assert_eq!(
        understood(
            &[(
                "a.yaml",
                "- {name: 007, path: no, parent: acme}\n- {name: yes, path: 2048, parent: acme}\n"
            )],
            &options()
        ),
        [
            r#"create_group {"name":"007","path":"no","parent":"acme"}"#,
            r#"create_group {"name":"yes","path":"2048","parent":"acme"}"#,
        ]
    );
}

#[test]
fn a_list_in_a_field_nobody_reads_is_an_error_because_it_would_be_lost() {
    let told = understood(
        &[(
            "tree.yaml",
            "groups:\n  - name: Web\n    path: web\n    colour: red\n    subgroups: [{name: Docs}]\n",
        )],
        &options(),
    );
    let mistakes: Vec<&String> = told
        .iter()
        .filter(|line| !line.starts_with("warning: "))
        .collect();
    assert_eq!(
        mistakes,
        [
            "tree.yaml, groups[0].subgroups: an unknown field with a list or an object, which would be lost \
             (allowed: name, path, parent, description, visibility, request_access_enabled, lfs_enabled, \
             project_creation_level, subgroup_creation_level, default_branch and 46 more, which the template lists)"
        ]
    );
}

#[test]
fn a_file_with_several_lists_names_the_list_and_the_place_in_it() {
    let text = r#"{
        "groups": [{"name": "Web", "path": "web"}],
        "projects": [{"name": "Site", "group": "web"}, {"name": "Shop", "group": "web", "visibility": "open"}]
    }"#;
    assert_eq!(
        understood(&[("all.json", text)], &options()),
        [
            "all.json, projects[1].visibility: not a visibility (found `open`; allowed: private, internal, \
             public)"
        ]
    );
}
