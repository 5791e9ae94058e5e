//! An estate of real size.

use std::fmt::Write;

use engine::import::{InputFile, read_files};
use engine::operations::registry;

use crate::options;

/// 200 groups in three levels, 19,000 projects and 3,000 memberships, in the columns of a public GitLab.
fn estate() -> [InputFile; 3] {
    let mut groups = String::from("name,path,parent,description,visibility\n");
    let mut projects = String::from("name,path,group,description,visibility,topics\n");
    let mut members = String::from("username,group,access_level,expires_at\n");
    let path = |group: usize| match group % 4 {
        0 => format!("team-{group}"),
        1 | 2 => format!("team-{}/packages-{group}", group - group % 4),
        _ => format!("team-{}/packages-{}/old-{group}", group - 3, group - 1),
    };
    for group in 0..200 {
        let path = path(group);
        let (parent, own) = path.rsplit_once('/').unwrap_or(("", &path));
        writeln!(groups, "Team {group},{own},{parent},{group} packages,public").unwrap();
    }
    for project in 0..19_000 {
        let group = path(project % 200);
        writeln!(
            projects,
            "lib{project}-perl,lib{project}-perl,{group},Packaging of lib{project}-perl (perl),public,\"debian,perl\""
        )
        .unwrap();
    }
    for member in 0..3_000 {
        let group = path(member % 200);
        writeln!(
            members,
            "dev-{:04},{group},{},",
            member / 200 + 1,
            ["developer", "maintainer"][member % 2]
        )
        .unwrap();
    }
    [
        InputFile::new("groups.csv", groups),
        InputFile::new("projects.csv", projects),
        InputFile::new("members.csv", members),
    ]
}

#[test]
fn an_estate_of_22_200_rows_is_one_input() {
    let imported = read_files(&registry(), &estate(), &options()).unwrap();
    assert_eq!(imported.items.len(), 22_200);
    assert_eq!(imported.job_type, "mixed");
    assert_eq!(imported.warnings, []);
    let last = imported.items.last().unwrap();
    assert_eq!(
        last.params.get(),
        r#"{"username":"dev-0015","group":"team-196/packages-198/old-199","access_level":40}"#
    );
    assert_eq!(last.source.row, Some(3_000));
}
