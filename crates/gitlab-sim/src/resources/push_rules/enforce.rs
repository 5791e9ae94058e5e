//! What a push rule refuses of what the API commits. The committer is always the one who asks, so what is said
//! about committers holds of itself.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use crate::http::{Refusal, refuse};
use crate::state::repository::{Commit, FileDiff, Tree};
use crate::state::{Project, PushRules, Source, State};

/// Names of files that usually hold secrets.
const SECRETS: &str = r"(?:^|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:bash_|zsh_)?history|\.aws/credentials|\.?htpasswd)$|\.(?:pem|key|keystore|jks|p12|pfx)$|_(?:rsa|dsa|ecdsa|ed25519)$";

fn rules_of(state: &State, project: &Project) -> Option<PushRules> {
    let mut rules = state.belongings.push_rules.of(Source::Project(project.id));
    rules.next().map(|rule| rule.rules.clone())
}

/// Refuses a branch whose name is not allowed; the default branch may be called anything.
pub(in crate::resources) fn branch_name(
    state: &State,
    project: &Project,
    branch: &str,
) -> Result<(), Refusal> {
    let Some(rules) = rules_of(state, project) else {
        return Ok(());
    };
    let pattern = &rules.branch_name_regex;
    if project.default_branch.as_deref() == Some(branch) || fits(pattern, branch) {
        return Ok(());
    }
    refused(format!(
        "Branch name '{branch}' does not follow the pattern '{pattern}'"
    ))
}

/// Refuses a commit with something in it that is not allowed.
pub(in crate::resources) fn commit(
    state: &State,
    project: &Project,
    before: &Arc<Tree>,
    commit: &Commit,
) -> Result<(), Refusal> {
    let Some(rules) = rules_of(state, project) else {
        return Ok(());
    };
    let pattern = &rules.commit_message_regex;
    if !fits(pattern, &commit.message) {
        return refused(format!("Commit message does not follow the pattern '{pattern}'"));
    }
    let pattern = &rules.commit_message_negative_regex;
    if !pattern.is_empty() && fits(pattern, &commit.message) {
        return refused(format!(
            "Commit message contains the forbidden pattern '{pattern}'"
        ));
    }
    if rules.reject_non_dco_commits && !fits("^Signed-off-by: .+ <.+@.+>", &commit.message) {
        return refused("Commit message must contain a DCO signoff");
    }
    let (pattern, email) = (&rules.author_email_regex, &commit.author.email);
    if !fits(pattern, email) {
        return refused(format!(
            "Author's commit email '{email}' does not follow the pattern '{pattern}'"
        ));
    }
    if rules.member_check && state.users.by_email(email).is_none() {
        return refused(format!("Author '{email}' is not a member of team"));
    }
    let fresh = FileDiff::between(before, &commit.tree);
    fresh
        .iter()
        .filter_map(|diff| Some((&diff.new_path, diff.after.as_ref()?)))
        .try_for_each(|(path, file)| file_allowed(&rules, path, file.blob.content.len()))
}

fn file_allowed(rules: &PushRules, path: &str, size: usize) -> Result<(), Refusal> {
    let pattern = &rules.file_name_regex;
    if !pattern.is_empty() && fits(pattern, path) {
        return refused(format!(
            "File name {path} was prohibited by the pattern \"{pattern}\"."
        ));
    }
    if rules.prevent_secrets && fits(SECRETS, path) {
        return refused(format!(
            "File name {path} was prohibited by the pattern \"{SECRETS}\"."
        ));
    }
    let most = rules.max_file_size;
    if most > 0 && size as u64 > most * 1024 * 1024 {
        return refused(format!(
            "File \"{path}\" is larger than the allowed size of {most} MiB. Use Git LFS to manage this file."
        ));
    }
    Ok(())
}

/// An empty pattern fits everything.
fn fits(pattern: &str, text: &str) -> bool {
    pattern.is_empty() || compiled(pattern).is_none_or(|pattern| pattern.is_match(text))
}

fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).multi_line(true).build().ok()
}

fn refused(text: impl AsRef<str>) -> Result<(), Refusal> {
    Err(refuse::bad_request(text.as_ref()))
}
