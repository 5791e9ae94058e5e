//! For all rows there could be.

use engine::import::{InputFile, formula, read_files};
use engine::operations::registry;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{of_kind, options};

#[derive(Clone, Debug)]
struct Project {
    path: String,
    name: Option<String>,
    group: Result<u64, String>,
    description: Option<String>,
    visibility: Option<&'static str>,
    topics: Vec<String>,
    wiki: Option<bool>,
}

const HEADER: [&str; 7] = [
    "Path",
    "name",
    "Group ID",
    "description",
    "visibility",
    "tags",
    "wiki_enabled",
];

impl Project {
    fn cells(&self) -> [String; 7] {
        [
            self.path.clone(),
            self.name.clone().unwrap_or_default(),
            match &self.group {
                Ok(id) => id.to_string(),
                Err(path) => path.clone(),
            },
            self.description.clone().unwrap_or_default(),
            self.visibility.unwrap_or_default().to_owned(),
            self.topics.join(", "),
            self.wiki.map(|wiki| wiki.to_string()).unwrap_or_default(),
        ]
    }

    fn expected(&self) -> Value {
        let mut item =
            json!({"path": self.path, "group": self.group.clone().map_or_else(Value::from, Value::from)});
        let mut set = |field: &str, value: Option<Value>| {
            if let Some(value) = value {
                item[field] = value;
            }
        };
        set("name", self.name.clone().map(Value::from));
        set("description", self.description.clone().map(Value::from));
        set("visibility", self.visibility.map(Value::from));
        set(
            "topics",
            (!self.topics.is_empty()).then(|| self.topics.clone().into()),
        );
        set(
            "wiki_access_level",
            self.wiki
                .map(|wiki| if wiki { "enabled" } else { "disabled" }.into()),
        );
        item
    }
}

fn project() -> impl Strategy<Value = Project> {
    (
        "[a-z0-9]{1,8}(-[a-z0-9]{1,4}){0,2}",
        proptest::option::of("[a-z]{1,4}[a-z .+]{0,6}[a-z]"),
        prop_oneof![
            (1..u64::MAX).prop_map(Ok),
            "[a-z]{2,6}(/[a-z]{2,6}){0,3}".prop_map(Err)
        ],
        proptest::option::of("[=+@#'\",;|\\-\\PC\n\t]{1,30}"),
        proptest::option::of(prop_oneof![Just("private"), Just("internal"), Just("public")]),
        proptest::collection::vec("[a-z=#']{1,5}( [a-z]{1,3})?", 0..3),
        any::<Option<bool>>(),
    )
        .prop_map(
            |(path, name, group, description, visibility, topics, wiki)| Project {
                path,
                name,
                group,
                // White space around a cell does not count.
                description: description
                    .map(|text| text.trim().to_owned())
                    .filter(|text| !text.is_empty()),
                visibility,
                topics,
                wiki,
            },
        )
        .prop_filter("reserved by GitLab", |project| {
            gitlab_api::names::project_path(&project.path).is_empty()
        })
}

/// Projects that do not stand in each other's way.
fn projects() -> impl Strategy<Value = Vec<Project>> {
    proptest::collection::vec(project(), 1..12).prop_map(|mut projects| {
        for (number, project) in projects.iter_mut().enumerate() {
            project.path = format!("{}-{number}", project.path);
            if let Some(name) = &mut project.name {
                *name = format!("{name} {number}");
            }
        }
        projects
    })
}

fn read(name: &str, text: impl Into<Vec<u8>>) -> Result<Vec<Value>, String> {
    match read_files(&registry(), &[InputFile::new(name, text)], &options()) {
        Ok(imported) => Ok(imported
            .items
            .iter()
            .map(|item| serde_json::from_str(item.params.get()).unwrap())
            .collect()),
        Err(problems) => Err(problems
            .0
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rows_written_with_any_delimiter_are_read_back(
        projects in projects(),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|')],
        windows in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .comment(Some(b'#'))
            .terminator(if windows { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        writer.write_record(HEADER).unwrap();
        for project in &projects {
            let cells = project.cells();
            writer.write_record(cells.iter().map(|cell| formula::escape(cell).into_owned())).unwrap();
        }
        let mut bytes = writer.into_inner().unwrap();
        if windows {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
        }
        let expected: Vec<Value> = projects.iter().map(Project::expected).collect();
        prop_assert_eq!(read("x.csv", bytes), Ok(expected));
    }

    #[test]
    fn rows_written_as_json_are_read_back(projects in projects()) {
        let expected: Vec<Value> = projects.iter().map(Project::expected).collect();
        let list = serde_json::to_string(&expected).unwrap();
        prop_assert_eq!(read("x.json", list.as_str()), Ok(expected.clone()));
        prop_assert_eq!(read("x.yaml", list.as_str()), Ok(expected.clone()));
        let lines: Vec<String> = expected.iter().map(Value::to_string).collect();
        prop_assert_eq!(read("x.ndjson", lines.join("\n")), Ok(expected));
    }

    #[test]
    fn no_bytes_make_it_panic_and_a_refusal_always_says_something(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "[ \\[\\]{}:,\"'#|;\t\n\r&*!<\\-=a-z0-9\u{1}]{0,120}".prop_map(String::into_bytes),
        ],
        header in prop_oneof![Just(""), Just("name,path,parent\n"), Just("\"name\"|group\r\n"), Just("groups:\n")],
        kind in prop_oneof![Just("groups"), Just("projects"), Just("members")],
    ) {
        let content = [header.as_bytes(), &bytes].concat();
        for name in ["x.csv", "x.json", "x.ndjson", "x.yaml", "-"] {
            let file = [InputFile::new(name, content.clone())];
            for options in [options(), of_kind(kind)] {
                match read_files(&registry(), &file, &options) {
                    Ok(imported) => prop_assert!(!imported.items.is_empty()),
                    Err(problems) => prop_assert!(!problems.0.is_empty()),
                }
            }
        }
    }
}
