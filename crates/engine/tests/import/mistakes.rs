//! Everything that is wrong comes at once, and nothing else does.

use crate::{import, options, refused};

const GROUPS: &str = "\
Name,path,Parent,description,visibility,project_creation_level,request_access_enabled
Fine,fine,,,private,developer,yes
Bad/name,bad-name,,,,,
Platform,-platform,,,,,
Admin,admin,,,,,
One,x,,,,,
{long},long,,,,,
,nameless,,,,,
Pathless,,,,,,
Open,open,,,world,,
Creator,creator,,,,everyone,
Asked,asked,,,,,maybe
Lost,lost,no//path,,,,
Again,FINE,,,,,
Wordy,wordy,,{wordy},,,
Below,tree,fine,,,,
Bright,bright,fine,,public,,
Deep,deep,a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u,,,,
Fine,fine2,fine,,,,
Fine,fine3,Fine,,,,
Wide,wide,,,,,,surplus
Half
";

const PROJECTS: &str = "\
name;path;namespace;visibility;topics;wiki_enabled;merge_method;lfs_enabled
Site;site;fine;private;rust,web;1;ff;no
;;fine;;;;;
Shop;shop;;;;;;
(Old);old;fine;;;;;
漢字;;fine;;;;;
Repo;repo.git;fine;;;;;
Wiki;wiki;fine;;;perhaps;;
Merge;merge;fine;;;;squash;
Flag;flag;fine;;;;;2
Site too;SITE;fine;;;;;
Fine;fine2;fine;;;;;
Inside;inside;fine/site;;;;;
Secret;secret;fine;hidden;;;;
";

const MEMBERS: &str = "\
username\tuser_id\tgroup\tproject\tlevel\texpiry date
dev-0001\t\tfine\t\tdeveloper\t2031-12-31
dev-0002\t17\tfine\t\tdeveloper\t
\t\tfine\t\tdeveloper\t
dev-0003\t\tfine\tfine/site\tdeveloper\t
dev-0004\t\t\t\tdeveloper\t
dev-0005\t\tfine\t\tboss\t
dev-0006\t\tfine\t\t\t
dev-0007\t\tfine\t\t30\t2026-11-21
dev-0008\t\tfine\t\t30\t2027-02-30
dev-0009\t\tfine\t\t30\t31.12.2031
\tseven\tfine\t\t30\t
DEV-0001\t\tFine\t\tguest\t
dev-0010\t\tfine/site\t\tguest\t
a@b@example.org\t\tfine\t\tguest\t
";

const MORE: &str = "\
- {name: Numbered, path: numbered, parent: [1, 2]}
- just a text
";

#[test]
fn forty_six_different_mistakes_are_forty_six_problems_with_their_places() {
    let groups = GROUPS
        .replace("{long}", &"x".repeat(256))
        .replace("{wordy}", &"y".repeat(501));
    let files = [
        ("groups.csv", groups.as_str()),
        ("projects.csv", PROJECTS),
        ("members.tsv", MEMBERS),
        ("more.yaml", MORE),
    ];

    let problems = import(&files, &options()).unwrap_err();

    assert_eq!(problems.0.len(), 46);
    insta::assert_snapshot!(refused(&problems).join("\n"));
    for problem in &problems.0 {
        assert!(problem.file.is_some() && problem.row.is_some(), "{problem:?}");
        assert!(
            problem.allowed.is_some() || problem.column.is_none(),
            "{problem:?}"
        );
    }
}

/// Whichever core reads which row.
#[test]
fn rows_of_a_long_table_and_what_is_wrong_with_them_keep_their_order() {
    let table = |wrong: &[u32]| {
        let row = |row: u32| match wrong.contains(&row) {
            true if row.is_multiple_of(2) => format!("Group {row},group-{row},,surplus\n"),
            true => format!("Group {row},-,\n"),
            false => format!("Group {row},group-{row},\n"),
        };
        let rows: String = (1..=10_000).map(row).collect();
        format!("name,path,parent\n{rows}")
    };

    let imported = import(&[("groups.csv", &table(&[]))], &options()).unwrap();
    let targets: Vec<String> = imported
        .items
        .iter()
        .map(|item| item.target.to_string())
        .collect();
    let expected: Vec<String> = (1..=10_000).map(|row| format!("group-{row}")).collect();
    assert_eq!(targets, expected);
    let rows: Vec<Option<u32>> = imported.items.iter().map(|item| item.source.row).collect();
    assert_eq!(rows, (1..=10_000).map(Some).collect::<Vec<_>>());

    let wrong = [1, 4_095, 4_096, 4_097, 8_192, 8_193, 10_000];
    let problems = import(&[("groups.csv", &table(&wrong))], &options()).unwrap_err();
    let rows: Vec<Option<u32>> = problems.0.iter().map(|problem| problem.row).collect();
    assert_eq!(rows, wrong.map(Some));
}
