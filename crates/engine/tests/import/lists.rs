//! Outlines of groups and lists of settings, as older bulk scripts have them.

use insta::assert_snapshot;

use super::{of_kind, options, understood};

const OUTLINE: &str = "\
# the organisation
Acme Corp|acme|internal|Everything
  Platform|platform|internal|Who keeps it running

    Tools|tools
    # a remark
    Data Lake|data-lake||Facts
  Sites|sites
Beta|beta|public
";

#[test]
fn an_outline_makes_each_group_in_the_one_it_is_indented_below() {
    let groups = understood(&[("groups.txt", OUTLINE)], &options());
    assert_snapshot!(groups.join("\n"), @r#"
    create_group {"name":"Acme Corp","path":"acme","description":"Everything","visibility":"internal"}
    create_group {"name":"Platform","path":"platform","parent":"acme","description":"Who keeps it running","visibility":"internal"}
    create_group {"name":"Tools","path":"tools","parent":"acme/platform"}
    create_group {"name":"Data Lake","path":"data-lake","parent":"acme/platform","description":"Facts"}
    create_group {"name":"Sites","path":"sites","parent":"acme"}
    create_group {"name":"Beta","path":"beta","visibility":"public"}
    "#);
    assert_eq!(
        groups,
        understood(&[("groups.psv", OUTLINE)], &of_kind("groups")),
        "also where the kind is said"
    );
    let with_header = format!("name|path|visibility|description\n{OUTLINE}");
    assert_eq!(groups, understood(&[("groups.csv", &with_header)], &options()));
}

#[test]
fn a_line_of_an_outline_that_stands_nowhere_is_told_with_its_row() {
    let outline = "\
Acme|acme
   Three|three
    Deep|deep
\tTab|tab
  Hidden|hidden|secret
  Nameless
    Child|child
  Much|much|private|text|more
        Far|far
";
    assert_snapshot!(understood(&[("outline.txt", outline)], &options()).join("\n"), @r"
    outline.txt, row 2, name: the line is indented by 3 spaces (allowed: 2 spaces for each group that it lies in)
    outline.txt, row 4, name: the line is indented with something else than spaces (allowed: 2 spaces for each group that it lies in)
    outline.txt, row 5, visibility: not a visibility (found `secret`; allowed: private, internal, public)
    outline.txt, row 6, path: a value is missing (allowed: 2 to 255 characters)
    outline.txt, row 8: the row has 5 cells and the header 4 (found `more`; allowed: a cell per column; text that holds the delimiter or a line break goes in quotes)
    outline.txt, row 9, name: the line is indented further than one level below the line before it (allowed: at most 6 spaces here)
    ");
}

#[test]
fn a_table_that_is_indented_by_accident_is_no_outline() {
    let table = "name|path|parent_id\n  Tools|tools|acme\n";
    assert_snapshot!(understood(&[("groups.csv", table)], &options()).join("\n"), @r#"create_group {"name":"Tools","path":"tools","parent":"acme"}"#);
    let spaced = "name, path, parent\n  Tools, tools, acme\n";
    assert_snapshot!(understood(&[("groups.csv", spaced)], &options()).join("\n"), @r#"create_group {"name":"Tools","path":"tools","parent":"acme"}"#);
}

const SETTINGS: &str = "\
target_type|target_path|setting_type|setting_value
# the platform
group|acme/platform|visibility|internal
project|acme/web|merge_method|ff
project|acme/web|Wiki|disabled
Project|12|topics|one,two
";

#[test]
fn a_list_of_settings_changes_one_setting_a_row() {
    let settings = understood(&[("settings.csv", SETTINGS)], &options());
    assert_snapshot!(settings.join("\n"), @r#"
    update_group {"group":"acme/platform","visibility":"internal"}
    update_project {"project":"acme/web","merge_method":"ff"}
    update_project {"project":"acme/web","wiki_access_level":"disabled"}
    update_project {"project":12,"topics":["one","two"]}
    "#);
    let (_, headless) = SETTINGS.split_once('\n').unwrap();
    assert_eq!(
        settings,
        understood(&[("settings.csv", headless)], &options()),
        "without a header"
    );
    let elsewhere =
        "Setting Value;Setting type;Target path;Target type\ninternal;visibility;acme/platform;group\n";
    assert_eq!(
        settings[..1],
        understood(&[("settings.csv", elsewhere)], &options())
    );
}

#[test]
fn what_is_wrong_with_a_setting_is_told_with_row_column_and_what_is_allowed() {
    let settings = "\
target_type|target_path|setting_type|setting_value
user|ada|admin|yes
group|acme|visiblity|private
group|acme|group|other
project|acme/web|visibility|hidden
project||visibility|private
project|acme/web|description|
project|acme/web|topics|a|b
project|acme/web|squash_option|always
";
    assert_snapshot!(understood(&[("settings.csv", settings)], &options()).join("\n"), @r"
    settings.csv, row 1, target_type: neither a group nor a project (found `user`; allowed: group, project)
    settings.csv, row 2, setting_type: no setting of a group; did you mean `visibility`? (found `visiblity`; allowed: name, path, description, visibility, request_access_enabled, lfs_enabled, project_creation_level, subgroup_creation_level, default_branch, default_branch_protection and 45 more, which the template lists)
    settings.csv, row 3, setting_type: no setting of a group (found `group`; allowed: name, path, description, visibility, request_access_enabled, lfs_enabled, project_creation_level, subgroup_creation_level, default_branch, default_branch_protection and 45 more, which the template lists)
    settings.csv, row 4, setting_value: not a visibility (found `hidden`; allowed: private, internal, public)
    settings.csv, row 5, target_path: a value is missing (allowed: GitLab's number or a full path like acme/platform)
    settings.csv, row 6, setting_value: there is no value (allowed: what the setting is to be)
    settings.csv, row 7: the row has 5 cells and the header 4 (found `b`; allowed: a cell per column; text that holds the delimiter or a line break goes in quotes)
    ");
}
