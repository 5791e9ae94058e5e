//! What nobody can tell is listed with what to look at, and settled by a person.

use gitlab_sim::{Fault, Options, Tier};
use serde_json::json;

use crate::office::Office;

/// A job whose one rule GitLab made otherwise than was sent, while the answer was lost.
fn unconfirmed() -> (Office, String) {
    let office = Office::at(Options::empty().users(9).tier(Tier::Premium));
    let acme = office.by_hand("POST", "groups", &json!({ "name": "Acme", "path": "acme" }));
    let web = json!({ "name": "web", "path": "web", "namespace_id": acme["id"] });
    office.by_hand("POST", "projects", &web);
    office.gitlab.fault(
        Fault::post("/api/v4/projects/*/approval_rules")
            .nth(1)
            .accept_then_drop(),
    );
    // By number nobody is looked for; GitLab leaves who has no access out without a word.
    office.file(
        "rules.csv",
        "project,name,approvals_required,users\nacme/web,Security,1,9\n",
    );
    let ran = office.run(&["apply", "--yes", "--type", "set_approval_rule", "rules.csv"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("1 unconfirmed"), "{}", ran.stdout);
    let job = ran.job();
    (office, job)
}

#[test]
fn it_is_listed_with_what_to_look_at() {
    let (office, job) = unconfirmed();
    let listed = office
        .run(&["jobs", "items", "--status", "unconfirmed", &job])
        .stdout;
    let look = "look at GitLab's answer was lost and `acme/web` has an approval rule `Security` now, but otherwise than was \
                sent. Settle the item as succeeded if that is right.";
    assert!(listed.contains("acme/web#Security"), "{listed}");
    assert!(listed.contains(look), "{listed}");
    assert!(listed.contains(office.gitlab.url()), "where: {listed}");
    let csv = office
        .run(&[
            "jobs",
            "items",
            "--status",
            "unconfirmed",
            "--output",
            "csv",
            &job,
        ])
        .stdout;
    assert!(csv.lines().next().unwrap().contains("lookAt"), "{csv}");
}

#[test]
fn a_persons_word_settles_it() {
    for (word, counts) in [("succeeded", json!([1, 0, 0])), ("failed", json!([0, 1, 0]))] {
        let (office, job) = unconfirmed();
        let writes = office.writes();

        let ran = office.run(&["jobs", "resolve", &job, "0", word]);

        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let shown = office.run(&["jobs", "show", "--output", "json", &job]).json();
        let told = json!([
            shown["successCount"],
            shown["failureCount"],
            shown["unconfirmedCount"]
        ]);
        assert_eq!(told, counts, "{word}");
        assert_eq!(shown["status"], "completed");
        assert_eq!(office.writes(), writes, "nothing is sent");
        let again = office.run(&["jobs", "resolve", &job, "0", word]);
        assert_eq!(again.code, Some(2), "{}", again.stderr);
    }
}

#[test]
fn what_was_not_done_is_put_back_and_the_job_goes_on() {
    let (office, job) = unconfirmed();
    let ran = office.run(&["jobs", "resolve", &job, "0", "retry"]);

    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains(&format!("Go on with: gitlab-bulk jobs resume {job}")),
        "{}",
        ran.stderr
    );
    let resumed = office.run(&["jobs", "resume", &job]);
    assert!(
        matches!(resumed.code, Some(0 | 1)),
        "{}{}",
        resumed.stdout,
        resumed.stderr
    );
    let shown = office.run(&["jobs", "show", "--output", "json", &job]).json();
    assert_eq!(shown["unconfirmedCount"], 0, "{shown}");
}
