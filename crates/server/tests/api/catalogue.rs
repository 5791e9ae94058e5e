//! The operations as the API tells of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn every_operation_says_what_it_is_what_it_needs_and_what_comes_of_it() {
    let world = World::new().await;
    let root = world.root().await;
    let told = root.get("/api/operations").await.json();
    for operation in told["operations"].as_array().unwrap() {
        let name = operation["type"].as_str().unwrap();
        assert!(operation["title"].as_str().unwrap().len() > 5, "{name}");
        assert_eq!(operation["schema"]["type"], "object", "{name}");
        assert!(
            !operation["schema"]["properties"].as_object().unwrap().is_empty(),
            "{name}"
        );
        assert!(
            [
                "none",
                "minimal_access",
                "guest",
                "planner",
                "reporter",
                "developer",
                "maintainer",
                "owner"
            ]
            .contains(&operation["permission"].as_str().unwrap()),
            "{name}: {}",
            operation["permission"]
        );
        assert!(
            operation["destructive"].is_boolean() && operation["undoable"].is_boolean(),
            "{name}"
        );
        let alone = root.get(&format!("/api/operations/{name}")).await.json();
        assert_eq!(alone, *operation, "{name}");
    }
    let of = |name: &str| {
        let all = told["operations"].as_array().unwrap();
        let found = all.iter().find(|operation| operation["type"] == name);
        found
            .map(|found| (found["destructive"].clone(), found["undoable"].clone()))
            .unwrap()
    };
    for (name, destructive) in [
        ("create_group", false),
        ("delete_project", true),
        ("delete_group", true),
        ("archive_project", false),
        ("transfer_group", false),
        ("remove_member", true),
    ] {
        assert_eq!(of(name), (json!(destructive), json!(true)), "{name}");
    }
}

#[test]
fn an_operation_is_a_verb_and_a_noun_and_its_jobs_have_the_plural() {
    let registry = engine::operations::registry();
    let mut names = Vec::new();
    for operation in registry.iter() {
        let name = operation.name();
        let (verb, noun) = name.split_once('_').unwrap();
        assert!(verb.chars().all(|letter| letter.is_ascii_lowercase()), "{name}");
        assert!(!noun.ends_with('s'), "{name}: GitLab's word, in the singular");
        let plural = match noun {
            "branch" => "branches".to_owned(),
            noun => format!("{noun}s"),
        };
        assert_eq!(engine::operation::job_type(name), format!("bulk_{verb}_{plural}"));
        names.push(name);
    }
    for name in [
        "create_group",
        "create_project",
        "add_member",
        "update_project",
        "transfer_group",
        "archive_project",
        "delete_project",
        "restore_project",
        "protect_branch",
        "set_variable",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn every_template_is_a_file_that_can_be_filled_in_and_sent_back() {
    let world = World::new().await;
    let root = world.root().await;
    for operation in engine::operations::registry().iter() {
        let name = operation.name();
        for (format, kind) in [
            ("csv", "text/csv; charset=utf-8"),
            ("yaml", "application/yaml"),
            ("json", "application/json"),
        ] {
            let path = format!("/api/operations/{name}/template?format={format}");
            let template = root.get(&path).await;
            assert_eq!(
                (template.status.as_u16(), template.header("content-type")),
                (200, kind),
                "{path}"
            );
            assert_eq!(
                template.header("content-disposition"),
                format!("attachment; filename=\"{name}.{format}\"")
            );
            let form = format!(
                "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}.{format}\"\r\n\r\n{}\r\n\
                 --b\r\ncontent-disposition: form-data; name=\"type\"\r\n\r\n{name}\r\n\
                 --b\r\ncontent-disposition: form-data; name=\"start\"\r\n\r\nfalse\r\n--b--\r\n",
                template.text
            );
            let headers = [("content-type", "multipart/form-data; boundary=b")];
            let job = root.send(Method::POST, "/api/jobs/import", &headers, &form).await;
            assert_eq!(job.status, 201, "{path}: {}\n{}", job.text, template.text);
            let id = job.json()["id"].as_str().unwrap().to_owned();
            assert_eq!(job.json()["type"], engine::operation::job_type(name));
            root.delete(&format!("/api/jobs/{id}")).await;
        }
    }
    let odd = root.get("/api/operations/create_group/template?format=xml").await;
    assert_eq!(odd.error(), "400 VALIDATION_ERROR format cannot be this");
    assert_eq!(
        odd.json()["error"]["details"][0]["allowed"],
        Value::from("csv, yaml, json")
    );
}
