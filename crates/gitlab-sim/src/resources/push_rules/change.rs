use std::sync::Arc;

use hyper::StatusCode;

use super::present::PushRuleBody;
use super::source;
use crate::http::refuse::{self, Complaints};
use crate::http::reply::Effect;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::params::Ask;
use crate::state::{PushRule, PushRules, Source};

/// The longest pattern that is taken.
const LONGEST: usize = 511;

/// What a request says about the rules; what it leaves out stays.
#[derive(Debug, Default)]
struct Patch {
    flags: Vec<(&'static str, Option<bool>)>,
    patterns: Vec<(&'static str, Option<String>)>,
    max_file_size: Option<i64>,
}

impl Patch {
    /// At least one has to be said.
    fn read(ask: &mut Ask<'_>) -> Self {
        let mut patch = Self::default();
        for name in ["deny_delete_tag", "member_check", "prevent_secrets"] {
            patch.flags.push((name, ask.flag(name)));
        }
        for name in [
            "commit_message_regex",
            "commit_message_negative_regex",
            "branch_name_regex",
            "author_email_regex",
            "file_name_regex",
        ] {
            let pattern = ask.text(name).map(Option::unwrap_or_default);
            patch.patterns.push((name, pattern));
        }
        patch.max_file_size = ask.integer("max_file_size");
        for name in [
            "commit_committer_check",
            "commit_committer_name_check",
            "reject_unsigned_commits",
            "reject_non_dco_commits",
        ] {
            patch.flags.push((name, ask.flag(name)));
        }
        ask.at_least_one();
        patch
    }

    fn complaints(&self) -> Complaints {
        let mut complaints = Complaints::default();
        for (name, pattern) in &self.patterns {
            let Some(pattern) = pattern else { continue };
            if pattern.chars().count() > LONGEST {
                complaints.add(name, format!("is too long (maximum is {LONGEST} characters)"));
            } else if let Err(error) = regex::Regex::new(pattern) {
                complaints.add(name, format!("not valid RE2 syntax: {}", reason(&error)));
            }
        }
        if self.max_file_size.is_some_and(|size| size < 0) {
            complaints.add("max_file_size", "must be greater than or equal to 0");
        }
        complaints
    }

    fn apply(self, rules: &mut PushRules) {
        for (name, flag) in self.flags {
            let slot = match name {
                "deny_delete_tag" => &mut rules.deny_delete_tag,
                "member_check" => &mut rules.member_check,
                "prevent_secrets" => &mut rules.prevent_secrets,
                "commit_committer_check" => &mut rules.commit_committer_check,
                "commit_committer_name_check" => &mut rules.commit_committer_name_check,
                "reject_unsigned_commits" => &mut rules.reject_unsigned_commits,
                _ => &mut rules.reject_non_dco_commits,
            };
            *slot = flag.unwrap_or(*slot);
        }
        for (name, pattern) in self.patterns {
            let slot = match name {
                "commit_message_regex" => &mut rules.commit_message_regex,
                "commit_message_negative_regex" => &mut rules.commit_message_negative_regex,
                "branch_name_regex" => &mut rules.branch_name_regex,
                "author_email_regex" => &mut rules.author_email_regex,
                _ => &mut rules.file_name_regex,
            };
            if let Some(pattern) = pattern {
                *slot = pattern;
            }
        }
        if let Some(size) = self.max_file_size {
            rules.max_file_size = size.unsigned_abs();
        }
    }
}

/// The last line of what the library says, which is the reason.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

/// `POST /{projects,groups}/:id/push_rule`: one each.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let patch = Patch::read(&mut ask);
    call.admit(ask)?;
    let body = {
        let mut state = call.change();
        let source = source::of_path(call, &state)?;
        if source::rule_of(&state, source).is_some() {
            return Err(exists(source));
        }
        checked(&patch)?;
        let mut rules = PushRules::default();
        patch.apply(&mut rules);
        let rule = state.belongings.push_rules.add(source, |id| PushRule {
            id,
            created_at: call.now,
            rules,
        });
        PushRuleBody::of(source, &rule)
    };
    Ok(Reply::created(&body).applied())
}

/// `PUT /{projects,groups}/:id/push_rule`
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let patch = Patch::read(&mut ask);
    call.admit(ask)?;
    let (body, changed) = {
        let mut state = call.change();
        let source = source::of_path(call, &state)?;
        let old = source::rule_of(&state, source)
            .cloned()
            .ok_or_else(|| refuse::not_found("Push Rule"))?;
        checked(&patch)?;
        let mut rule = PushRule::clone(&old);
        patch.apply(&mut rule.rules);
        let changed = rule != *old;
        let rule = Arc::new(rule);
        state
            .belongings
            .push_rules
            .put(source, rule.id, Arc::clone(&rule));
        (PushRuleBody::of(source, &rule), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}

fn checked(patch: &Patch) -> Result<(), Refusal> {
    let complaints = patch.complaints();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(refuse::complaints(&complaints))
    }
}

fn exists(source: Source) -> Refusal {
    let text = match source {
        Source::Project(_) => "Project push rule exists",
        Source::Group(_) => "Group push rule exists",
    };
    Reply::message(StatusCode::UNPROCESSABLE_ENTITY, text)
        .with_effect(Effect::Duplicate)
        .into()
}
