//! The small sample, and the estate that it describes.

use std::path::PathBuf;

use gitlab_sim::{AccessLevel, EstateGroup, EstateMember, EstateProject, EstateSnapshot};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples/salsa-small")
}

/// What is imported.
pub(crate) fn files() -> [PathBuf; 3] {
    ["groups.csv", "projects.csv", "members.csv"].map(|name| folder().join(name))
}

fn records(name: &str) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder().join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// How many writes the import takes: one for each row.
pub(crate) fn rows() -> u64 {
    let count: usize = ["groups.csv", "projects.csv", "members.csv"]
        .iter()
        .map(|name| records(name).len())
        .sum();
    count as u64
}

/// What has to be there afterwards, read from the files by nothing of ours.
pub(crate) fn estate() -> EstateSnapshot {
    let mut estate = EstateSnapshot::default();
    for row in records("groups.csv") {
        let full_path = match row["parent"].as_str() {
            "" => row["path"].clone(),
            parent => format!("{parent}/{}", row["path"]),
        };
        // Whoever creates a group owns it.
        estate.members.push(EstateMember {
            source: full_path.clone(),
            username: "root".to_owned(),
            access_level: AccessLevel::Owner,
            expires_at: None,
        });
        estate.groups.push(EstateGroup {
            full_path,
            name: row["name"].clone(),
            description: row["description"].clone(),
            visibility: row["visibility"].parse().unwrap(),
            archived: false,
            marked_for_deletion: false,
        });
    }
    for row in records("projects.csv") {
        estate.projects.push(EstateProject {
            full_path: format!("{}/{}", row["group"], row["path"]),
            name: row["name"].clone(),
            description: row["description"].clone(),
            visibility: row["visibility"].parse().unwrap(),
            topics: row["topics"]
                .split(',')
                .map(|topic| topic.trim().to_owned())
                .collect(),
            archived: false,
            marked_for_deletion: false,
        });
    }
    for row in records("members.csv") {
        estate.members.push(EstateMember {
            source: row["group"].clone(),
            username: row["username"].clone(),
            access_level: match row["access_level"].as_str() {
                "developer" => AccessLevel::Developer,
                "maintainer" => AccessLevel::Maintainer,
                other => panic!("{other} is not in the sample"),
            },
            expires_at: None,
        });
    }
    estate.groups.sort_unstable();
    estate.projects.sort_unstable();
    estate.members.sort_unstable();
    estate
}
