//! What a request says about a hook, and what the model makes of it.

use hyper::StatusCode;
use regex::Regex;

use super::address;
use super::present::{OF_GROUPS, OF_PROJECTS};
use crate::http::refuse::Complaints;
use crate::http::{Refusal, Reply};
use crate::params::{Ask, Param};
use crate::state::{BranchStrategy, Hidden, Hook, HookOwner, Secret, Source, State, Trigger, is_ref_name};

#[expect(clippy::option_option, reason = "absent, null or there")]
#[derive(Debug)]
pub(super) struct Wanted {
    url: Option<String>,
    name: Option<Option<String>>,
    description: Option<Option<String>>,
    token: Option<Option<Secret>>,
    triggers: Vec<(Trigger, bool)>,
    verify_ssl: Option<bool>,
    branch_filter: Option<Option<String>>,
    branch_strategy: Option<BranchStrategy>,
    template: Option<Option<String>>,
    url_variables: Vec<Hidden>,
    custom_headers: Vec<Hidden>,
    pub(super) is_empty: bool,
}

/// Everything but the address, which one verb needs and the other does not.
pub(super) fn read(ask: &mut Ask<'_>, owner: HookOwner) -> Wanted {
    let strategy = ask.choice("branch_filter_strategy", &["wildcard", "regex", "all_branches"]);
    let mut known = vec![
        Trigger::Push,
        Trigger::TagPush,
        Trigger::MergeRequests,
        Trigger::RepositoryUpdate,
    ];
    match owner {
        HookOwner::System => {}
        HookOwner::Of(Source::Project(_)) => known.extend(OF_PROJECTS),
        HookOwner::Of(Source::Group(_)) => {
            known.extend(OF_PROJECTS);
            known.extend(OF_GROUPS);
        }
    }
    let triggers = known
        .into_iter()
        .filter_map(|trigger| Some((trigger, ask.flag(trigger.name())?)))
        .collect();
    let mut wanted = Wanted {
        url: ask.text("url").flatten(),
        name: ask.text("name"),
        description: ask.text("description"),
        token: ask.text("token").map(|token| token.map(Secret)),
        triggers,
        verify_ssl: ask.flag("enable_ssl_verification"),
        branch_filter: ask.text("push_events_branch_filter"),
        branch_strategy: strategy.map(|word| match word {
            "regex" => BranchStrategy::Regex,
            "all_branches" => BranchStrategy::AllBranches,
            _ => BranchStrategy::Wildcard,
        }),
        template: ask.text("custom_webhook_template"),
        url_variables: pairs(ask, "url_variables"),
        custom_headers: pairs(ask, "custom_headers"),
        is_empty: false,
    };
    wanted.is_empty = !ask.is_given();
    wanted
}

/// `[{key, value}]`
fn pairs(ask: &mut Ask<'_>, name: &'static str) -> Vec<Hidden> {
    let Some(items) = ask.items(name) else {
        return Vec::new();
    };
    let mut pairs = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let Param::Map(item) = item else {
            ask.complain(format!("{name} is invalid"));
            continue;
        };
        let mut part = |part: &str| {
            let text = item.get(part).and_then(Param::text);
            if text.is_none() {
                ask.complain(format!("{name}[{at}][{part}] is missing"));
            }
            text.unwrap_or_default()
        };
        pairs.push(Hidden {
            key: part("key"),
            value: Secret(part("value")),
        });
    }
    pairs
}

impl Wanted {
    /// Puts what was named in place. Another address makes a hook forget what was secret, unless that is given
    /// along with it.
    pub(super) fn apply(self, hook: &mut Hook) {
        if let Some(url) = self.url.map(|url| Secret(url.trim().to_owned()))
            && url != hook.url
        {
            hook.url = url;
            hook.token = None;
            hook.url_variables.clear();
            hook.custom_headers.clear();
        }
        if let Some(name) = self.name {
            hook.name = name.unwrap_or_default();
        }
        if let Some(description) = self.description {
            hook.description = description.unwrap_or_default();
        }
        if let Some(token) = self.token {
            hook.token = token.filter(|token| !token.0.is_empty());
        }
        for (trigger, on) in self.triggers {
            hook.triggers.set(trigger, on);
        }
        hook.verify_ssl = self.verify_ssl.unwrap_or(hook.verify_ssl);
        hook.branch_strategy = self.branch_strategy.unwrap_or(hook.branch_strategy);
        if let Some(filter) = self.branch_filter {
            hook.branch_filter = Some(filter.unwrap_or_default());
        }
        if hook.branch_strategy == BranchStrategy::AllBranches {
            hook.branch_filter = Some(String::new());
        }
        if let Some(template) = self.template {
            hook.template = template.filter(|template| !template.is_empty());
        }
        merge(&mut hook.url_variables, self.url_variables);
        merge(&mut hook.custom_headers, self.custom_headers);
    }
}

/// Given pairs replace those of the same key; the others stay.
pub(super) fn merge(pairs: &mut Vec<Hidden>, given: Vec<Hidden>) {
    for pair in given {
        match pairs.iter_mut().find(|known| known.key == pair.key) {
            Some(known) => *known = pair,
            None => pairs.push(pair),
        }
    }
}

/// What the model of a hook refuses, with a status of its own.
pub(super) fn check(state: &State, owner: HookOwner, hook: &Hook) -> Result<(), Refusal> {
    let refuse = |text| Reply::error(StatusCode::UNPROCESSABLE_ENTITY, text).refuse();
    let setting = match owner {
        HookOwner::System => "allow_local_requests_from_system_hooks",
        HookOwner::Of(_) => "allow_local_requests_from_web_hooks_and_services",
    };
    let local_is_fine = state.settings().flag(setting);
    if !address::is_valid(&hook.url.0, &hook.url_variables, local_is_fine) {
        return refuse("Invalid url given");
    }
    if !is_branch_filter(hook) {
        return refuse("Invalid branch filter given");
    }
    if !are_headers(&hook.custom_headers) {
        return refuse("Custom headers validation failed");
    }
    let mut complaints = Complaints::default();
    if hook.token.as_ref().is_some_and(|token| token.0.contains('\n')) {
        complaints.add("token", "is invalid");
    }
    for (field, text, most) in [
        ("name", &hook.name, 255),
        ("description", &hook.description, 2_048),
    ] {
        if text.chars().count() > most {
            complaints.add(field, format!("is too long (maximum is {most} characters)"));
        }
    }
    if !are_variables(&hook.url_variables) {
        complaints.add("url_variables", "must be a valid json schema");
    }
    unprocessable(&complaints)
}

/// How many hooks there may be.
pub(super) fn check_limit(state: &State, owner: HookOwner) -> Result<(), Refusal> {
    let (most, what) = match owner {
        HookOwner::System => return Ok(()),
        HookOwner::Of(Source::Project(_)) => (100, "project hooks"),
        HookOwner::Of(Source::Group(_)) => (50, "group hooks"),
    };
    let mut complaints = Complaints::default();
    if state.belongings.hooks.count(owner) >= most {
        complaints.add("base", format!("Maximum number of {what} ({most}) exceeded"));
    }
    unprocessable(&complaints)
}

/// `{"message":{"field":["text"]}}` with 422.
fn unprocessable(complaints: &Complaints) -> Result<(), Refusal> {
    if complaints.is_empty() {
        return Ok(());
    }
    let body = serde_json::json!({ "message": complaints });
    Reply::json(StatusCode::UNPROCESSABLE_ENTITY, &body).refuse()
}

fn is_branch_filter(hook: &Hook) -> bool {
    let filter = hook.branch_filter.as_deref().unwrap_or_default();
    if filter.is_empty() {
        return true;
    }
    match hook.branch_strategy {
        BranchStrategy::AllBranches => true,
        BranchStrategy::Regex => Regex::new(filter).is_ok(),
        BranchStrategy::Wildcard => filter.len() <= 4_000 && is_ref_name(&filter.replace('*', "x")),
    }
}

/// At most 20, named by letters, digits and single signs between them.
pub(super) fn are_headers(headers: &[Hidden]) -> bool {
    let is_sign = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    let is_name = |name: &str| {
        let bytes = name.as_bytes();
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || is_sign(*byte);
        (1..=255).contains(&bytes.len())
            && bytes.iter().all(fits)
            && !is_sign(bytes[0])
            && !is_sign(bytes[bytes.len() - 1])
            && !bytes.windows(2).any(|pair| is_sign(pair[0]) && is_sign(pair[1]))
    };
    headers.len() <= 20
        && headers
            .iter()
            .all(|header| is_name(&header.key) && (1..=2_048).contains(&header.value.0.len()))
}

/// Named as variables of a program are.
pub(super) fn are_variables(variables: &[Hidden]) -> bool {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && name.len() <= 100
    };
    variables.len() <= 20
        && variables
            .iter()
            .all(|variable| is_name(&variable.key) && (1..=2_048).contains(&variable.value.0.len()))
}
