//! Rules about several rows at once, and going on without those that break them.

use engine::import::ImportOptions;

use crate::{import, options, refused, understood};

#[test]
fn rows_of_different_files_are_compared_with_each_other() {
    let files = [
        ("a.csv", "name,path,parent,visibility\nWeb,web,acme,internal\n"),
        (
            "b.csv",
            "name,path,parent,visibility\nWeb,WEB,Acme,internal\nDocs,docs,acme/web,public\n",
        ),
        ("c.csv", "name,path,group\nOther,docs,ACME/web\n"),
    ];
    assert_eq!(
        understood(&files, &options()),
        [
            "b.csv, row 1, path: the same group is in row 1 of a.csv (found `Acme/WEB`; allowed: a path of its own)",
            "b.csv, row 2, visibility: more open than the group above it, which is internal in row 1 of a.csv \
             (found `public`; allowed: private, internal)",
            "c.csv, row 1, path: the path is that of the group in row 2 of b.csv (found `ACME/web/docs`; \
             allowed: a path of its own)",
        ]
    );
}

#[test]
fn a_child_may_come_before_its_parent_and_be_as_open_as_that() {
    let text = "name,path,parent,visibility\nDocs,docs,acme/web,internal\nWeb,web,acme,internal\nDeep,deep,acme/web/docs/x,private\n";
    assert_eq!(understood(&[("a.csv", text)], &options()).len(), 3);
}

#[test]
fn the_nearest_group_that_states_a_visibility_decides() {
    let text =
        "name,path,parent,visibility\nTop,top,,private\nMiddle,middle,top,\nLow,low,top/middle,internal\n";
    assert_eq!(
        understood(&[("a.csv", text)], &options()),
        [
            "a.csv, row 3, visibility: more open than the group above it, which is private in row 1 (found \
             `internal`; allowed: private)"
        ]
    );
}

#[test]
fn names_are_unique_among_siblings_of_one_kind_only() {
    let groups = "name,path,parent\nWeb,web,\nWeb,web2,\nWeb,web,acme\nWeb,web,beta\n";
    let projects = "name,path,group\nWeb,site,acme\nweb,site2,acme\n";
    let files = [("groups.csv", groups), ("projects.csv", projects)];
    assert_eq!(understood(&files, &options()).len(), 6);
}

#[test]
fn a_group_of_all_digits_is_not_the_group_with_that_number() {
    let text = "name,path,parent\nYear,2048,\nSub,web,2048\nSub,web,2048\n";
    assert_eq!(
        understood(&[("a.csv", text)], &options()),
        ["a.csv, row 3, path: the same group is in row 2 (found `2048/web`; allowed: a path of its own)"]
    );
}

#[test]
fn rows_that_are_wrong_can_be_set_aside() {
    let skipping = ImportOptions {
        skip_invalid: true,
        ..options()
    };
    let text = "name,path,parent\nWeb,web,acme\nShop,s,acme\nAgain,Web,acme\nDocs,docs,acme\n";
    let imported = import(&[("a.csv", text)], &skipping).unwrap();
    let rows: Vec<_> = imported.items.iter().map(|item| item.source.row).collect();
    assert_eq!(rows, [Some(1), Some(4)]);
    let skipped: Vec<String> = imported.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "a.csv, row 2, path: too short: 1 characters (found `s`; allowed: 2 to 255 characters)",
            "a.csv, row 3, path: the same group is in row 1 (found `acme/Web`; allowed: a path of its own)",
        ]
    );
}

#[test]
fn what_is_wrong_with_a_whole_file_is_never_set_aside() {
    let skipping = ImportOptions {
        skip_invalid: true,
        ..options()
    };
    let files = [
        ("a.csv", "name,path,parent\nWeb,web,acme\nShop,s,acme\n"),
        ("b.csv", "name,parent\nDocs,acme\n"),
    ];
    assert_eq!(
        refused(&import(&files, &skipping).unwrap_err()),
        [
            "a.csv, row 2, path: too short: 1 characters (found `s`; allowed: 2 to 255 characters)",
            "b.csv, path: this column is missing (allowed: a column `path`)",
        ]
    );
    assert_eq!(
        refused(&import(&[("a.csv", "name,path,parent\nShop,s,acme\n")], &skipping).unwrap_err()),
        ["a.csv, row 1, path: too short: 1 characters (found `s`; allowed: 2 to 255 characters)"]
    );
    // What comes after the open quote is lost, so the rows before it are not enough.
    let open = "name,path,parent\nWeb,web,acme\nShop,\"shop,acme\nDocs,docs,acme\n";
    assert_eq!(
        refused(&import(&[("a.csv", open)], &skipping).unwrap_err()),
        [
            "a.csv: the row from line 3 on opens a quote and never closes it (allowed: a closing quote; a \
             quote inside quotes is written twice)"
        ]
    );
    assert_eq!(
        refused(&import(&[("a.csv", "name,path,parent\n,,\n")], &skipping).unwrap_err()),
        ["there are no rows"]
    );
}
