use insta::assert_snapshot;

use crate::office::Office;

#[test]
fn every_template_can_be_applied_as_it_is() {
    let office = Office::new();
    let operations = office.run(&["operations", "--output", "json"]).json();
    let operations = operations["operations"].as_array().unwrap().clone();
    assert!(operations.len() >= 3);
    for operation in &operations {
        let name = operation["type"].as_str().unwrap();
        for format in ["csv", "yaml", "json"] {
            let template = office.run(&["template", name, "--format", format]);
            assert_eq!(template.code, Some(0));
            let file = format!("{name}.{format}");
            office.file(&file, &template.stdout);
            let planned = office.run(&["plan", "--output", "json", "--type", name, &file]);
            // Its parent is not there, but every field was understood.
            assert!(
                planned.code.is_some_and(|code| code <= 1),
                "{file}: {}",
                planned.stderr
            );
            assert_eq!(planned.json()["items"][0]["operation"], name, "{file}");
            assert!(!planned.stderr.contains("warning"), "{file}: {}", planned.stderr);
        }
    }
}

#[test]
fn operations_are_listed_for_people() {
    let office = Office::new();
    assert_snapshot!(office.run(&["operations"]).stdout, @r"
    OPERATION             FILES OF                NEEDS       WHAT IT DOES
    add_member            members                 maintainer  Add a member
    archive_group         groups                  owner       Archive a group
    archive_project       projects                owner       Archive a project
    clone_group           groups                  maintainer  Make a group like another
    clone_project         projects                maintainer  Make a project like another
    create_group          groups                  maintainer  Create a group
    create_label          labels                  reporter    Create a label
    create_project        projects                developer   Create a project
    delete_approval_rule  deleted_approval_rules  maintainer  Delete an approval rule
    delete_group          groups                  owner       Delete a group
    delete_label          labels                  reporter    Delete a label
    delete_project        projects                owner       Delete a project
    delete_push_rule      deleted_push_rules      maintainer  Delete push rules
    delete_variable       variables               maintainer  Delete a CI/CD variable
    fork_project          projects                developer   Fork a project
    protect_branch        protected_branches      maintainer  Protect a branch, or change how it is protected
    remove_member         members                 maintainer  Remove a member
    restore_group         groups                  owner       Restore a group
    restore_project       projects                owner       Restore a project
    set_approval_rule     approval_rules          maintainer  Set an approval rule
    set_push_rule         push_rules              maintainer  Set push rules
    set_variable          variables               maintainer  Set a CI/CD variable
    share_group           shares                  owner       Share a group with a group
    share_project         shares                  maintainer  Share a project with a group
    transfer_group        groups                  owner       Transfer a group
    transfer_project      projects                owner       Transfer a project
    unarchive_group       groups                  owner       Unarchive a group
    unarchive_project     projects                owner       Unarchive a project
    unprotect_branch      unprotected_branches    maintainer  Unprotect a branch
    unshare_group         shares                  owner       End the sharing of a group
    unshare_project       shares                  maintainer  End the sharing of a project
    update_group          groups                  owner       Change settings of a group
    update_label          labels                  reporter    Change a label
    update_member         members                 maintainer  Change a member's level or end
    update_project        projects                maintainer  Change settings of a project
    ");
}

#[test]
fn an_unknown_operation_is_told_which_there_are() {
    let office = Office::new();
    let ran = office.run(&["template", "create_world"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("add_member") && ran.stderr.contains("update_project"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let office = Office::new();
    let page = office.run(&["man", "jobs", "resume"]);
    assert_eq!(page.code, Some(0));
    assert!(
        page.stdout.contains("gitlab\\-bulk\\-jobs\\-resume"),
        "{}",
        page.stdout
    );
    assert_eq!(office.run(&["man", "world"]).code, Some(2));
}

#[test]
fn completions_know_the_commands() {
    let office = Office::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = office.run(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        assert!(script.stdout.contains("template"), "{shell}");
    }
}
