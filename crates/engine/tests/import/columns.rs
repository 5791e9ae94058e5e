//! Which column stands for which field, and what a file holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::import::ImportOptions;
use insta::assert_snapshot;

use crate::{import, of_kind, options, understood};

const GROUP: &str = r#"create_group {"name":"Web","path":"web","parent":"acme"}"#;
const PROJECT: &str = r#"create_project {"name":"Site","group":"acme/web"}"#;
const MEMBER: &str = r#"add_member {"username":"dev-0001","group":"acme","access_level":30}"#;

fn one(header: &str, row: &str) -> Vec<String> {
    understood(&[("x.csv", &format!("{header}\n{row}\n"))], &options())
}

#[test]
fn nothing_that_is_not_known_is_guessed() {
    assert_eq!(
        one("name,path", "Web,web"),
        [
            "x.csv: the columns do not say whether this is groups, projects, members or variables (allowed: a column \
             `parent` for groups, `group` for projects, `username` and `access_level` for members, `key` and \
             `value` for variables; or give the type (groups, members, projects, variables))"
        ]
    );
    assert_eq!(
        one("name,path,parent,group", "Web,web,acme,acme"),
        [
            "x.csv: the columns speak of groups (`parent`) and of projects (`group`) (allowed: a column \
             `parent` for groups, `group` for projects, `username` and `access_level` for members, `key` and \
             `value` for variables; or give the type (groups, members, projects, variables))"
        ]
    );
}

#[test]
fn the_type_says_what_a_file_holds_when_its_columns_do_not() {
    let top = r#"create_group {"name":"Web","path":"web"}"#;
    for kind in ["groups", "create_group", "bulk_create_groups", "Groups"] {
        assert_eq!(
            understood(&[("x.csv", "name,path\nWeb,web\n")], &of_kind(kind)),
            [top],
            "{kind}"
        );
    }
    assert_eq!(
        understood(&[("x.csv", "name,path\nWeb,web\n")], &of_kind("users")),
        ["type: unknown type (found `users`; allowed: groups, members, projects, variables)"]
    );
}

#[test]
fn every_spelling_of_the_parent_is_the_parent() {
    for parent in ["parent", "parent_id", "Parent ID", "PARENT-PATH", "parentPath"] {
        assert_eq!(
            one(&format!("name,path,{parent}"), "Web,web,acme"),
            [GROUP],
            "{parent}"
        );
    }
}

#[test]
fn every_spelling_of_the_group_is_the_group() {
    for group in ["group", "group_id", "Group Path", "namespace", "NamespaceID"] {
        assert_eq!(
            one(&format!("name,{group}"), "Site,acme/web"),
            [PROJECT],
            "{group}"
        );
    }
}

#[test]
fn every_spelling_of_the_level_and_the_end_is_understood() {
    for level in ["access_level", "Access Level", "role", "level"] {
        let header = format!("username,group,{level}");
        assert_eq!(one(&header, "dev-0001,acme,developer"), [MEMBER], "{level}");
    }
    let ending = MEMBER.replace('}', r#","expires_at":"2031-12-31"}"#);
    for end in ["expires_at", "expiry_date", "Expiry Date"] {
        let header = format!("username,group,role,{end}");
        assert_eq!(
            one(&header, "dev-0001,acme,30,2031-12-31"),
            [ending.as_str()],
            "{end}"
        );
    }
}

#[test]
fn topics_are_tags_and_switches_of_features_become_their_levels() {
    assert_eq!(
        one(
            "name,group,tags,wiki_enabled,issues_enabled,merge_requests_enabled,snippets_access_level",
            "Site,acme/web,\"rust, web\",no,true,1,private"
        ),
        [PROJECT.replace(
            '}',
            r#","topics":["rust","web"],"issues_access_level":"enabled","merge_requests_access_level":"enabled","wiki_access_level":"disabled","snippets_access_level":"private"}"#
        )]
    );
}

#[test]
fn an_unknown_column_is_a_warning_and_a_missing_one_an_error() {
    assert_eq!(
        one("name,path,parent,colour", "Web,web,acme,red"),
        [
            GROUP,
            "warning: x.csv, colour: unknown column `colour`, not read (allowed: name, path, parent, description, \
             visibility, request_access_enabled, lfs_enabled, project_creation_level, \
             subgroup_creation_level, default_branch and 46 more, which the template lists)"
        ]
    );
    assert_eq!(
        one("name,parent", "Web,acme\nShop,acme\nDocs,acme"),
        ["x.csv, path: this column is missing (allowed: a column `path`)"]
    );
}

#[test]
fn a_misspelled_column_is_told_with_what_was_likely_meant_also_beside_the_mistakes_it_causes() {
    let noticed = one("name,path,parent,descripton", "Web,web,acme,Pages");
    assert!(
        noticed[1].starts_with(
            "warning: x.csv, descripton: unknown column `descripton`, not read; did you mean `description`? ("
        ),
        "{noticed:?}"
    );
    // Between the mistakes, where it stands in the file; what is there already is not what was meant.
    let wrong = one("name,path,parent,visiblity,nam", "Web,-web,acme,secret,x");
    let begins = [
        "warning: x.csv, visiblity: unknown column `visiblity`, not read; did you mean `visibility`? (",
        "warning: x.csv, nam: unknown column `nam`, not read (",
        "x.csv, row 1, path: ",
    ];
    assert_eq!(wrong.len(), begins.len(), "{wrong:?}");
    for (line, begin) in wrong.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }
}

#[test]
fn what_every_row_lacks_is_said_once() {
    assert_eq!(
        one("description,namespace", "One,acme\nTwo,acme\nThree,acme"),
        ["x.csv, name: a project needs a name or a path (allowed: 1 to 255 characters)"]
    );
    assert_eq!(
        one("username,level", "dev-0001,guest\ndev-0002,guest"),
        [
            "x.csv, group: a member needs a group or a project (allowed: GitLab's number or a full path like \
             acme/platform)"
        ]
    );
}

#[test]
fn two_columns_for_one_field_are_an_error_that_names_both() {
    assert_eq!(
        one("username,group,role,level", "dev-0001,acme,guest,owner"),
        [
            "x.csv, level: `role` gives the field `access_level` already (allowed: one column `access_level` \
             or `role` or `level`)"
        ]
    );
}

#[test]
fn a_file_of_e_mail_addresses_is_members_and_a_user_name_counts_before_an_address() {
    assert_eq!(
        one(
            "E-Mail,group_path,access_level",
            "a@example.org,acme,guest\nb@example.org,acme,guest"
        ),
        [
            r#"add_member {"email":"a@example.org","group":"acme","access_level":10}"#,
            r#"add_member {"email":"b@example.org","group":"acme","access_level":10}"#,
        ]
    );
    assert_eq!(
        one(
            "email,username,group,access_level",
            "a@example.org,dev-0001,acme,30"
        ),
        [r#"add_member {"username":"dev-0001","email":"a@example.org","group":"acme","access_level":30}"#]
    );
}

fn mapped(pairs: &[(&str, &str)], text: &str) -> Vec<String> {
    let mapping: BTreeMap<String, String> = pairs
        .iter()
        .map(|(column, field)| ((*column).to_owned(), (*field).to_owned()))
        .collect();
    understood(&[("x.csv", text)], &ImportOptions { mapping, ..options() })
}

#[test]
fn a_mapping_is_stronger_than_names() {
    let text = "Titel,Kürzel,Ober Gruppe,description\nWeb,web,acme,internal note\n";
    let pairs = [
        ("titel", "name"),
        ("kürzel", "path"),
        ("obergruppe", "parent_id"),
        ("description", ""),
    ];
    assert_eq!(mapped(&pairs, text), [GROUP]);
}

#[test]
fn a_mapping_may_also_be_given_from_field_to_column() {
    let text = "Titel,path,parent\nWeb,web,acme\n";
    assert_eq!(mapped(&[("name", "Titel")], text), [GROUP]);
}

#[test]
fn a_mapping_to_nothing_known_is_an_error_and_one_that_meets_no_column_a_warning() {
    let text = "name,path,parent\nWeb,web,acme\n";
    assert_eq!(
        mapped(&[("name", "headline")], text),
        [
            GROUP,
            "warning: headline: the mapping names a column that no file has"
        ]
    );
    assert_eq!(
        mapped(&[("Titel", "titulus")], text),
        [
            "the mapping of column `Titel` names no field (found `titulus`; allowed: the name of a field, or \
             nothing to leave the column out)"
        ]
    );
}

#[test]
fn files_of_pipes_without_a_header_are_read_when_their_type_is_given() {
    let read = |kind: &str, text: &str| understood(&[("list.txt", text)], &of_kind(kind));
    assert_eq!(
        read(
            "groups",
            "# name|path|parent_id\nWeb | web | acme\n\nShop|shop|||private\n"
        ),
        [
            GROUP,
            r#"create_group {"name":"Shop","path":"shop","visibility":"private"}"#
        ]
    );
    assert_eq!(
        read("projects", "Site|12|A site|internal|true|false|main\n"),
        [
            r#"create_project {"name":"Site","group":12,"default_branch":"main","description":"A site","visibility":"internal","issues_access_level":"enabled","wiki_access_level":"disabled"}"#
        ]
    );
    assert_eq!(
        read(
            "members",
            "a@example.org|acme|developer|\ndev-0001|acme|developer|\n"
        ),
        [
            r#"add_member {"username":"a@example.org","group":"acme","access_level":30}"#,
            MEMBER
        ]
    );
    // `Wiki` is a column of projects and here the name of a group.
    assert_eq!(read("groups", "Wiki|web|acme\n"), [GROUP.replace("Web", "Wiki")]);
    // The header of members is no group.
    let told = read("groups", "username|group|access_level\ndev-0001|acme|guest\n");
    assert!(told.iter().any(|line| line.contains("missing")), "{told:?}");
    assert_eq!(
        understood(&[("list.txt", "Web|web|acme\n")], &options()),
        [
            "list.txt: the first row is no header: it names no known column (found `Web, web, acme`; allowed: \
             a header row, such as that of a template)"
        ]
    );
}

#[test]
fn files_of_several_kinds_are_one_mixed_input() {
    let files = [
        ("groups.csv", "name,path,parent\nWeb,web,acme\n"),
        ("projects.csv", "name,group\nSite,acme/web\n"),
        (
            "members.csv",
            "username,group,access_level\ndev-0001,acme,developer\n",
        ),
    ];
    let imported = import(&files, &options()).unwrap();
    assert_eq!(imported.job_type, "mixed");
    assert_eq!(understood(&files, &options()), [GROUP, PROJECT, MEMBER]);
    assert_eq!(
        import(&files[..1], &options()).unwrap().job_type,
        "bulk_create_groups"
    );
    assert_eq!(imported.items[2].source.file.as_deref(), Some("members.csv"));
    assert_eq!(imported.items[2].source.row, Some(1));
}

#[test]
fn a_list_of_paths_and_numbers_is_a_list_of_projects_to_delete_when_it_is_said_so() {
    let list = "# what is no longer needed\nacme/old-site\n4711\n\nacme/tools/hammer\n";
    assert_snapshot!(understood(&[("doomed.txt", list)], &of_kind("delete_project")).join("\n"), @r#"
    delete_project {"project":"acme/old-site"}
    delete_project {"project":4711}
    delete_project {"project":"acme/tools/hammer"}
    "#);
    assert_snapshot!(understood(&[("doomed.txt", list)], &options()).join("\n"), @"doomed.txt: the first row is no header: it names no known column (found `acme/old-site`; allowed: a header row, such as that of a template)");
}

#[test]
fn a_user_is_named_by_number_as_well() {
    assert_eq!(
        one("User ID,group,access_level", "12,acme,developer"),
        [r#"add_member {"user_id":12,"group":"acme","access_level":30}"#]
    );
}

#[test]
fn files_of_older_scripts_are_read_by_their_own_headers() {
    let warned = |told: Vec<String>| -> (Vec<String>, Vec<String>) {
        let (warnings, items) = told
            .into_iter()
            .partition(|line: &String| line.starts_with("warning: "));
        let columns = |line: &String| {
            line.split("unknown column ")
                .nth(1)
                .unwrap()
                .split(',')
                .next()
                .unwrap()
                .to_owned()
        };
        (items, warnings.iter().map(columns).collect::<Vec<_>>())
    };
    let none = Vec::<String>::new();
    assert_eq!(
        warned(one(
            "name|path|parent_id|description|visibility|lfs_enabled|request_access_enabled",
            "Web|web|acme|Pages|private|true|no"
        )),
        (
            vec![GROUP.replace(
                '}',
                r#","description":"Pages","visibility":"private","request_access_enabled":false,"lfs_enabled":true}"#
            )],
            none.clone()
        )
    );
    let project = PROJECT.replace(
        '}',
        r#","default_branch":"main","description":"Pages","visibility":"private","issues_access_level":"enabled","wiki_access_level":"disabled"}"#,
    );
    assert_eq!(
        warned(one(
            "name,group_id,description,visibility,issues_enabled,wiki_enabled,default_branch",
            "Site,acme/web,Pages,private,true,false,main"
        )),
        (vec![project.clone()], none.clone())
    );
    assert_eq!(
        warned(one(
            "name|group_path|description|visibility|issues|wiki|default_branch|template",
            "Site|acme/web|Pages|private|true|false|main|rails"
        )),
        (vec![project], vec!["`template`".to_owned()])
    );
    assert_eq!(
        warned(one(
            "username|email|group|access_level|expires_at|can_create_group|can_create_project",
            "dev-0001||acme|developer||true|false"
        )),
        (
            vec![MEMBER.to_owned()],
            vec!["`can_create_group`".to_owned(), "`can_create_project`".to_owned()]
        )
    );
    // Levels by name in any case, or by number from 5 to 50.
    for (level, number) in [
        ("Guest", 10),
        ("REPORTER", 20),
        ("30", 30),
        ("maintainer", 40),
        ("50", 50),
    ] {
        assert_eq!(
            one(
                "username,group_id,access_level",
                &format!("dev-0001,acme,{level}")
            ),
            [MEMBER.replace("30}", &format!("{number}}}"))],
            "{level}"
        );
    }
}

#[test]
fn a_hundred_thousand_rows_are_one_input() {
    let mut table = String::from("username,group,access_level\n");
    for number in 1..=100_000 {
        writeln!(table, "user-{number},acme/group-{},developer", number % 100).unwrap();
    }
    let imported = import(&[("everybody.csv", &table)], &options()).unwrap();
    assert_eq!(
        (imported.items.len(), imported.job_type.as_str()),
        (100_000, "bulk_add_members")
    );
    assert_eq!(imported.items[99_999].source.row, Some(100_000));
}
