use insta::assert_snapshot;

use crate::office::Office;

/// The example of `docs/manifest.md`: what stands there works.
fn example() -> String {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/manifest.md")).unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    example.to_owned()
}

#[test]
fn the_example_of_the_documentation_is_planned_applied_and_then_unchanged() {
    let office = Office::new();
    office.file("acme.yaml", &example());
    let plan = office.run(&["plan", "--detailed-exitcode", "acme.yaml"]);
    assert_eq!(plan.code, Some(10), "{}{}", plan.stdout, plan.stderr);
    assert_eq!(office.writes(), 0);

    let applied = office.run(&["apply", "--yes", "acme.yaml"]);
    assert_eq!(applied.code, Some(0), "{}{}", applied.stdout, applied.stderr);
    assert_snapshot!(office.estate(), @r"
    group   acme
    group   acme/platform
    project acme/handbook
    project acme/platform/billing
    project acme/platform/ledger
    member  acme dev-0001
    member  acme/platform dev-0002
    member  acme/platform dev-0003
    ");

    let again = office.run(&["plan", "--detailed-exitcode", "acme.yaml"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    assert!(again.stdout.contains("Nothing would change."), "{}", again.stdout);
}

#[test]
fn mistakes_of_a_manifest_name_file_line_character_and_path() {
    let office = Office::new();
    office.file(
        "acme.yaml",
        "apiVersion: gitlab-bulk/v1\ngroups:\n  - path: acme\n    name: Acme\n    visiblity: private\n    projects:\n      - path: site\n        visibility: secret\n",
    );
    let ran = office.run(&["apply", "--yes", "acme.yaml"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(office.writes(), 0);
    let said: Vec<&str> = ran
        .stderr
        .lines()
        .map(|line| line.split(" (allowed").next().unwrap())
        .collect();
    assert_snapshot!(said.join("\n"), @r"
    error: 2 problems in the input; nothing was sent
    acme.yaml
      5:5, groups[0].visiblity: unknown key `visiblity` of a group; did you mean `visibility`?
      8:21, groups[0].projects[0].visibility: not a visibility (found `secret`; allowed: private, internal, public)
    ");
}

#[test]
fn a_manifest_is_a_job_of_its_own() {
    let office = Office::with_files();
    office.file(
        "acme.yaml",
        "apiVersion: gitlab-bulk/v1\ngroups: [{ path: acme, name: Acme }]\n",
    );
    let ran = office.run(&["plan", "acme.yaml", "projects.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains(
            "projects.csv\n  this is no manifest, and another file is; a manifest is a job of its own"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_export_can_be_planned_as_it_is_printed() {
    let office = Office::with_files();
    assert_eq!(
        office
            .run(&["apply", "--yes", "groups.csv", "projects.csv", "members.csv"])
            .code,
        Some(0)
    );
    let export = office.run(&["export", "--include", "members"]);
    assert_eq!(export.code, Some(0), "{}", export.stderr);
    assert_snapshot!(office.tidy(&export.stderr), @"3 groups and 2 projects of <gitlab>");
    office.file("estate.yaml", &export.stdout);
    let plan = office.run(&["plan", "--detailed-exitcode", "estate.yaml"]);
    assert_eq!(plan.code, Some(0), "{}{}", plan.stdout, plan.stderr);

    let table = office.run(&["export", "--format", "csv", "--only", "projects"]);
    assert_eq!(table.stdout.lines().count(), 3, "{}", table.stdout);
    let projects = office.run(&["export", "--format", "csv"]);
    assert_eq!(projects.stdout, table.stdout);
    assert!(
        projects.stderr.contains("these are projects"),
        "{}",
        projects.stderr
    );
    office.file("projects-again.csv", &projects.stdout);
    let plan = office.run(&["plan", "--detailed-exitcode", "projects-again.csv"]);
    assert_eq!(plan.code, Some(0), "{}{}", plan.stdout, plan.stderr);
    let nowhere = office.run(&["export", "--group", "acme/nowhere"]);
    assert_eq!(nowhere.code, Some(2));
    assert!(
        nowhere
            .stderr
            .contains("group `acme/nowhere` does not exist or you may not see it"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn the_schema_is_json_that_knows_the_sections() {
    let office = Office::new();
    let schema = office.run(&["schema"]).json();
    assert_eq!(schema["properties"]["apiVersion"]["const"], "gitlab-bulk/v1");
    assert_eq!(schema["$defs"]["group"]["properties"]["members"]["type"], "array");
    assert_eq!(
        schema["$defs"]["project"]["properties"]["visibility"]["enum"][0],
        "private"
    );
}

#[test]
fn a_manifest_that_only_wants_to_be_looked_at_is_planned_and_not_run() {
    let office = Office::new();
    office.file(
        "acme.yaml",
        "apiVersion: gitlab-bulk/v1\ngroups: [{ path: acme, name: Acme }]\noptions: { dryRun: true }\n",
    );
    let ran = office.run(&["apply", "--yes", "acme.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("planned only: the file says dryRun"),
        "{}",
        ran.stderr
    );
    assert_eq!(office.writes(), 0);
}

/// A group of which the manifest lists nobody, and twelve members.
const EXACT: &str = "apiVersion: gitlab-bulk/v1\nexact: [members]\ngroups:\n  - path: acme\n    name: Acme\n    \
    members: [{ username: root, access_level: owner }]\n";

fn office_of_twelve() -> Office {
    let office = Office::with_users(12);
    office.file("groups.csv", "name,path,parent\nAcme,acme,\n");
    let rows: Vec<String> = (1..=12)
        .map(|number| format!("dev-{number:04},acme,developer\n"))
        .collect();
    office.file(
        "members.csv",
        &format!("username,group,access_level\n{}", rows.concat()),
    );
    let made = office.run(&["apply", "--yes", "groups.csv", "members.csv"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    office.file("exact.yaml", EXACT);
    office
}

#[test]
fn what_is_not_listed_is_removed_only_as_far_as_it_is_allowed() {
    let office = office_of_twelve();
    let writes = office.writes();
    for allowed in [&[][..], &["--allow-removals", "11"]] {
        let refused = office.run(&[&["apply", "--yes", "exact.yaml"][..], allowed].concat());
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(
            refused
                .stderr
                .contains("would remove 12 entries that are not listed")
                && refused.stderr.contains("--allow-removals 12"),
            "{}",
            refused.stderr
        );
    }
    let allowed = ["apply", "exact.yaml", "--allow-removals", "12"];
    // So many at once are typed out as well.
    let unasked = office.run(&[&allowed[..], &["--yes"]].concat());
    assert_eq!(unasked.code, Some(2), "{}", unasked.stderr);
    assert_eq!(office.writes(), writes);
    let done = office.run(&[&allowed[..], &["--confirm", "remove 12 members"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(office.estate(), "group   acme\n");

    // Without the word nothing is ever removed.
    office.file("listed.yaml", &EXACT.replace("exact: [members]\n", ""));
    assert_eq!(office.run(&["apply", "--yes", "members.csv"]).code, Some(0));
    let plan = office.run(&["plan", "--detailed-exitcode", "listed.yaml"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stdout);
}

#[test]
fn the_older_forms_are_applied_as_they_are() {
    let subgroups = "parent_id: PARENT
defaults: { visibility: private }
subgroups:
  - { name: Backend, path: backend, subgroups: [{ name: Payments, path: payments }] }
options: { continue_on_error: true, skip_existing: true }
";
    let projects = "defaults: { visibility: private, initialize_with_readme: true }
projects:
  - group_id: PARENT
    projects: [{ name: Billing API, topics: [rust] }, { name: Web }]
branch_protection:
  default: { branch: main, push_access_level: maintainer, merge_access_level: developer }
ci_variables:
  global: [{ key: REGION, value: eu }]
";
    let organisation = "organization: Acme
config: { project_defaults: { merge_method: ff } }
groups:
  - name: Shop
    path: shop
    members: [{ username: dev-0001, access_level: developer }]
    projects: [{ name: Site }]
    subgroups: [{ name: Tills, path: tills }]
";
    let office = Office::new();
    let acme = serde_json::json!({ "name": "Acme", "path": "acme" });
    let acme = office.by_hand("POST", "groups", &acme)["id"].to_string();
    for (name, text) in [
        ("subgroups.yaml", subgroups),
        ("projects.yaml", projects),
        ("organisation.yaml", organisation),
    ] {
        office.file(name, &text.replace("PARENT", &acme));
        let ran = office.run(&["apply", "--yes", name]);
        assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.stdout, ran.stderr);
        let again = office.run(&["plan", "--detailed-exitcode", name]);
        assert_eq!(again.code, Some(0), "{name}: {}{}", again.stdout, again.stderr);
    }
    assert_snapshot!(office.estate(), @r"
    group   acme
    group   acme/backend
    group   acme/backend/payments
    group   shop
    group   shop/tills
    project acme/Web
    project acme/billing-api
    project shop/Site
    member  shop dev-0001
    ");
    let writes = office.gitlab.journal(0);
    for part in ["/protected_branches", "/variables"] {
        let made = writes
            .iter()
            .filter(|entry| entry.method == "POST" && entry.path.ends_with(part));
        assert_eq!(made.count(), 2, "{part}");
    }
}
