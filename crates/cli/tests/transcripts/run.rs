use insta::assert_snapshot;

use crate::office::Office;

/// An office whose three files were applied.
fn settled() -> Office {
    let office = Office::with_files();
    let ran = office.run(&["apply", "--yes", "groups.csv", "projects.csv", "members.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    office
}

const MEMBER: [&str; 4] = ["--set", "username=dev-0002", "--set", "access_level=reporter"];

fn run<'a>(selector: &'a str, further: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["run", "add_member", "--where", selector];
    arguments.extend(MEMBER);
    arguments.extend(further);
    arguments
}

#[test]
fn one_thing_is_done_to_everything_that_is_selected() {
    let office = settled();
    let ran = office.run(&run(
        "group:acme/** visibility=private or path=acme/web",
        &["--yes"],
    ));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_snapshot!(office.tidy(&ran.stdout), @"Job <job> completed, 3 items in <time>: 3 succeeded, 0 skipped, 0 failed, 0 unconfirmed");
    assert_snapshot!(office.tidy(&ran.stderr), @r#"
    Job <job> of add_member for root, where group=acme/** visibility=private or path=acme/web
    Looking at <gitlab> …
    Plan for root on <gitlab>: 3 to create

    + add_member acme/ops#dev-0002  (acme/ops)
        access_level: "reporter"
    + add_member acme/ops/tools#dev-0002  (acme/ops/tools)
        access_level: "reporter"
    + add_member acme/web#dev-0002  (acme/web)
        access_level: "reporter"
    "#);
    assert!(office.estate().contains("member  acme/ops/tools dev-0002"));
}

#[test]
fn everything_that_is_wrong_is_told_and_nothing_is_asked_of_gitlab() {
    let office = Office::new();
    let ran = office.run(&[
        "run",
        "add_member",
        "--where",
        "visibilty=public last_activity<soon",
        "--set",
        "access_level=boss",
    ]);
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr);
    assert!(office.gitlab.journal(0).is_empty());

    let twice = office.run(&run("kind:group", &["--set", "username=dev-0003"]));
    assert!(
        twice.stderr.contains("--set username: given twice"),
        "{}",
        twice.stderr
    );
    let json = office.run(&["run", "add_member", "--where", "colour:red", "--output", "json"]);
    assert_eq!(json.json()["error"]["details"][0]["field"], "--where");
}

#[test]
fn what_acts_on_nothing_that_exists_is_told_what_would_do() {
    let office = Office::new();
    let ran = office.run(&["run", "create_group", "--where", "kind:group", "--set", "name=x"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("OPERATION: create_group acts on no group or project that is there"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("add_member"), "{}", ran.stderr);
}

#[test]
fn nothing_selected_is_wrong_and_nothing_is_sent() {
    let office = settled();
    let writes = office.writes();
    let ran = office.run(&run("group:acme/** topic:pink", &["--yes"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains(
            "nothing is selected: `group:acme/** topic:pink` fits none of the projects that you can see there"
        ),
        "{}",
        ran.stderr
    );
    let ran = office.run(&run("group:acme/wbe/**", &["--yes"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("the group `acme/wbe`, which does not exist"),
        "{}",
        ran.stderr
    );
    assert_eq!(office.writes(), writes);
}

#[test]
fn a_dry_run_shows_the_plan_and_keeps_it() {
    let office = settled();
    let writes = office.writes();
    let ran = office.run(&run("path:acme/*", &["--dry-run"]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_snapshot!(office.tidy(&ran.stdout), @r#"
    Plan for root on <gitlab>: 2 to create

    + add_member acme/ops#dev-0002  (acme/ops)
        access_level: "reporter"
    + add_member acme/web#dev-0002  (acme/web)
        access_level: "reporter"
    "#);
    assert_eq!(office.writes(), writes);

    let job = ran.job();
    assert_eq!(office.run(&["jobs", "start", &job]).code, Some(0));
    assert_eq!(office.writes(), writes + 2);

    let again = office.run(&run("path:acme/*", &["--dry-run", "--output", "json"]));
    assert_eq!(again.json()["items"][0]["action"], "unchanged");
}

#[test]
fn without_a_terminal_it_is_not_run_unless_told_to() {
    let office = settled();
    let writes = office.writes();
    let ran = office.run(&run("created>=today group:acme", &[]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("give --yes to run it without asking"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("  today is 20"), "{}", ran.stderr);
    assert_eq!(office.writes(), writes);
}
