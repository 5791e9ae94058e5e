use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::branch_access::{Allowed, BranchLevel, Lines, Said};
use super::people;
use super::place::{self, Decided, Place, Verb};
use crate::estate::{Known, Rows};
use crate::operation::{
    Call, CallContext, Collection, Need, ObjectRef, Operation, PlanContext, Planned, Read, Section,
    SectionRows, SettleContext, Settlement, Target, Undo, parameters,
};

/// The protected branches of a project or group.
pub(super) static BRANCHES: Collection = Collection::list("protected_branches");

/// A protected branch as an entry of a manifest; what a project has from its group belongs to that.
fn entry(branch: &Map<String, Value>) -> Option<Map<String, Value>> {
    let name = branch.get("name")?.clone();
    (!inherited(branch)).then(|| {
        let mut entry = Map::from_iter([("name".to_owned(), name)]);
        entry.extend(as_params(branch));
        entry
    })
}

/// How a branch, or every branch that a wildcard names, is protected. What is left out stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::project, extend("x-example" = "acme/platform/api"))]
    pub project: Option<ObjectRef>,
    /// Top-level group (Premium): full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::group)]
    pub group: Option<ObjectRef>,
    /// Branch, or wildcard like `release/*`. It need not exist yet.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["branch", "branch_name"], "x-example" = "main"))]
    pub name: String,
    /// Who may push: `no_one`, developer, maintainer or admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "choice",
        "x-choices" = ["no_one", "developer", "maintainer", "admin", "0", "30", "40", "60"],
        "x-aliases" = ["push_level", "push"], "x-example" = "maintainer"
    ))]
    pub push_access_level: Option<BranchLevel>,
    /// Who may merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "choice",
        "x-choices" = ["no_one", "developer", "maintainer", "admin", "0", "30", "40", "60"],
        "x-aliases" = ["merge_level", "merge"], "x-example" = "developer"
    ))]
    pub merge_access_level: Option<BranchLevel>,
    /// Who may unprotect it (Premium).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "choice", "x-choices" = ["developer", "maintainer", "admin", "30", "40", "60"],
        "x-aliases" = ["unprotect_level"]
    ))]
    pub unprotect_access_level: Option<BranchLevel>,
    /// Whether those who may push may also force-push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_force_push: Option<bool>,
    /// Whether code owners have to approve (Premium).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_owner_approval_required: Option<bool>,
    /// Who else may push (Premium): user:NAME, group:PATH, `deploy_key:NUMBER` or a level; separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list"))]
    pub allowed_to_push: Option<Vec<String>>,
    /// Who else may merge (Premium).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list"))]
    pub allowed_to_merge: Option<Vec<String>>,
    /// Who else may unprotect it (Premium).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list"))]
    pub allowed_to_unprotect: Option<Vec<String>>,
}

/// GitLab's names of the three kinds of lines: as it shows them, as a level is given, as a list is given.
const KINDS: [(&str, &str, &str); 3] = [
    ("push_access_levels", "push_access_level", "allowed_to_push"),
    ("merge_access_levels", "merge_access_level", "allowed_to_merge"),
    (
        "unprotect_access_levels",
        "unprotect_access_level",
        "allowed_to_unprotect",
    ),
];

impl Params {
    fn place(&self) -> Place<'_> {
        Place {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
        }
    }

    /// What is said of each kind of line.
    fn said(&self) -> [(Option<BranchLevel>, Option<&Vec<String>>); 3] {
        [
            (self.push_access_level, self.allowed_to_push.as_ref()),
            (self.merge_access_level, self.allowed_to_merge.as_ref()),
            (self.unprotect_access_level, self.allowed_to_unprotect.as_ref()),
        ]
    }

    fn entries(&self) -> impl Iterator<Item = Said> {
        let lists = self.said().into_iter().filter_map(|(_, list)| list);
        lists.flatten().filter_map(|entry| Said::parse(entry))
    }

    fn flags(&self) -> [(&'static str, Option<bool>); 2] {
        [
            ("allow_force_push", self.allow_force_push),
            ("code_owner_approval_required", self.code_owner_approval_required),
        ]
    }

    /// Whether it says something that GitLab drops without a licence.
    fn needs_premium(&self) -> bool {
        self.group.is_some()
            || self.unprotect_access_level.is_some()
            || self.code_owner_approval_required == Some(true)
            || self
                .said()
                .iter()
                .any(|(_, list)| list.is_some_and(|list| !list.is_empty()))
    }
}

/// What a branch is to be like, in GitLab's numbers.
#[derive(Debug, Default)]
struct Wanted {
    /// By kind; `None` where nothing is said.
    lines: [Option<Lines>; 3],
    /// Whom the numbers of users and groups mean, for people.
    names: Vec<String>,
}

impl Wanted {
    fn resolve(params: &Params, context: &PlanContext<'_>) -> Result<Self, Planned> {
        let of = context.object();
        let mut wanted = Self::default();
        for (kind, (level, list)) in params.said().into_iter().enumerate() {
            if level.is_none() && list.is_none() {
                continue;
            }
            let mut lines = Lines::default();
            if let Some(level) = level {
                lines.insert(Allowed::Level(level.number().into()));
            }
            for entry in list.into_iter().flatten().filter_map(|entry| Said::parse(entry)) {
                lines.insert(match entry {
                    Said::Level(level) => Allowed::Level(level.number().into()),
                    Said::User(name) => {
                        let id = people::user(&name, of, context)?;
                        wanted.name(format!("user:{id}"), &name);
                        Allowed::User(id)
                    }
                    Said::Group(name) => {
                        let (id, path) = people::group(&name, context)?;
                        wanted.name(format!("group:{id}"), &path);
                        Allowed::Group(id)
                    }
                    Said::DeployKey(id) => Allowed::DeployKey(id),
                    Said::Role(id) => Allowed::Role(id),
                });
            }
            wanted.lines[kind] = Some(lines);
        }
        Ok(wanted)
    }

    fn name(&mut self, number: String, name: &str) {
        let said = format!("{number} is `{name}`.");
        if name.parse::<u64>().is_err() && !self.names.contains(&said) {
            self.names.push(said);
        }
    }

    /// For settling: what has to be there.
    fn numbers(&self, params: &Params) -> Value {
        let mut numbers = Map::new();
        for ((shown, ..), lines) in KINDS.iter().zip(&self.lines) {
            if let Some(lines) = lines {
                numbers.insert((*shown).to_owned(), lines.entries());
            }
        }
        for (flag, value) in params.flags() {
            numbers.extend(value.map(|value| (flag.to_owned(), value.into())));
        }
        numbers.into()
    }

    /// What makes the branch protected so; what is not said is as `before` had it.
    fn creation(&self, params: &Params, before: &Map<String, Value>) -> Value {
        let mut body = Map::from_iter([("name".to_owned(), params.name.as_str().into())]);
        for ((shown, level, list), lines) in KINDS.iter().zip(&self.lines) {
            let kept = || Lines::read(before, shown).filter(|lines| *lines != Lines::default());
            let Some(lines) = lines.clone().or_else(kept) else {
                continue;
            };
            match lines.single() {
                Some(single) => body.insert((*level).to_owned(), single.into()),
                None => body.insert((*list).to_owned(), lines.entries()),
            };
        }
        for (flag, value) in params.flags() {
            let value = value.map(Value::from).or_else(|| before.get(flag).cloned());
            body.extend(value.map(|value| (flag.to_owned(), value)));
        }
        body.into()
    }

    /// What changes the branch in place.
    fn patch(&self, params: &Params, branch: &Map<String, Value>, changes: &[Change]) -> Value {
        let changed = |field: &str| changes.iter().any(|change| change.field == field);
        let mut body = Map::new();
        for ((shown, _, list), lines) in KINDS.iter().zip(&self.lines) {
            if let Some(lines) = lines.as_ref().filter(|_| changed(shown)) {
                body.insert((*list).to_owned(), lines.patch(branch, shown));
            }
        }
        for (flag, value) in params.flags() {
            if let Some(value) = value.filter(|_| changed(flag)) {
                body.insert(flag.to_owned(), value.into());
            }
        }
        body.into()
    }

    /// Field by field, against what is there.
    fn changes(&self, params: &Params, branch: Option<&Map<String, Value>>) -> Vec<Change> {
        let none = Map::new();
        let branch_or_none = branch.unwrap_or(&none);
        let mut changes = Vec::new();
        for ((shown, ..), lines) in KINDS.iter().zip(&self.lines) {
            let Some(lines) = lines else { continue };
            let present = Lines::read(branch_or_none, shown);
            if present.as_ref() != Some(lines) {
                changes.push(Change {
                    field: (*shown).to_owned(),
                    from: present.map_or(Value::Null, |present| present.said()),
                    to: lines.said(),
                });
            }
        }
        for (flag, value) in params.flags() {
            let Some(value) = value else { continue };
            let from = branch_or_none.get(flag).cloned();
            // Without a licence a key may be missing, which is the same as no.
            let same = from.as_ref().and_then(Value::as_bool).unwrap_or_default() == value;
            if !same || (branch.is_none() && value) {
                changes.push(Change {
                    field: flag.to_owned(),
                    from: from.unwrap_or(Value::Null),
                    to: value.into(),
                });
            }
        }
        changes
    }
}

/// How a branch is protected now, as parameters that would protect it so again.
pub(super) fn as_params(branch: &Map<String, Value>) -> Map<String, Value> {
    let mut params = Map::new();
    for (shown, level, list) in KINDS {
        // Nobody in particular may unprotect it: that cannot be said otherwise than by leaving it out.
        let lines = Lines::read(branch, shown)
            .filter(|lines| shown != "unprotect_access_levels" || *lines != Lines::default());
        params.extend(lines.map(|lines| lines.params(level, list)));
    }
    for flag in ["allow_force_push", "code_owner_approval_required"] {
        params.extend(branch.get(flag).map(|value| (flag.to_owned(), value.clone())));
    }
    params
}

/// All that goes with the protection, field by field.
pub(super) fn lost(branch: &Map<String, Value>) -> Vec<Change> {
    let lines = KINDS.iter().filter_map(|(shown, ..)| {
        let lines = Lines::read(branch, shown).filter(|lines| *lines != Lines::default())?;
        Some(((*shown).to_owned(), lines.said()))
    });
    let flags = ["allow_force_push", "code_owner_approval_required"].into_iter();
    let flags = flags.filter(|flag| branch.get(*flag) == Some(&Value::Bool(true)));
    lines
        .chain(flags.map(|flag| (flag.to_owned(), true.into())))
        .map(|(field, from)| Change {
            field,
            from,
            to: Value::Null,
        })
        .collect()
}

/// The protection of exactly this name.
pub(super) fn branch<'a>(rows: &'a Rows, name: &str) -> Option<&'a Map<String, Value>> {
    rows.list()
        .iter()
        .find(|row| row.get("name").and_then(Value::as_str) == Some(name))
}

/// It is a group's, and changed there only.
pub(super) fn inherited(branch: &Map<String, Value>) -> bool {
    branch.get("inherited").and_then(Value::as_bool) == Some(true)
}

/// `…/protected_branches`
pub(super) fn path(of: &Known) -> ApiPath {
    place::api(of).join("protected_branches")
}

/// `protect_branch`
pub struct ProtectBranch;

#[async_trait]
impl Operation for ProtectBranch {
    type Params = Params;
    const NAME: &'static str = "protect_branch";
    const TITLE: &'static str = "Protect a branch, or change how it is protected";
    const ITEMS: &'static str = "protected_branches";
    const SECTION: Option<Section> = Some(
        Section::list("protectedBranches", SectionRows::Of(&BRANCHES), entry).removed_by("unprotect_branch"),
    );
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check("a protected branch", problems);
        for ((_, _, column), (_, list)) in KINDS.iter().zip(params.said()) {
            Said::check(column, list, problems);
        }
        if params.unprotect_access_level == Some(BranchLevel::NO_ONE) {
            problems.push(
                Problem::new("somebody has to be able to unprotect it")
                    .column("unprotect_access_level")
                    .value("no_one")
                    .allowed("developer, maintainer, admin"),
            );
        }
    }

    fn target(params: &Params) -> Target {
        let (kind, of) = params.place().object();
        Target::Part {
            kind,
            of,
            what: "protected branch",
            name: params.name.clone(),
            field: "name",
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.place().need()
    }

    fn reads(params: &Params) -> Vec<Read> {
        let place = params.place().object();
        let entries: Vec<Said> = params.entries().collect();
        let users = entries.iter().filter_map(|entry| match entry {
            Said::User(name) => Some(name.as_str()),
            _ => None,
        });
        let groups = entries.iter().filter_map(|entry| match entry {
            Said::Group(name) => Some(name.as_str()),
            _ => None,
        });
        let mut reads = people::reads(&place, users, groups);
        reads.push(Read::Rows(place.0, place.1, &BRANCHES));
        reads
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        if params.needs_premium()
            && let Some(conflict) = place::unlicensed(context.me, "what is asked of this branch")
        {
            return conflict;
        }
        let wanted = match Wanted::resolve(params, context) {
            Ok(wanted) => wanted,
            Err(conflict) => return conflict,
        };
        let create = || {
            let decided = Decided {
                wanted: wanted.numbers(params),
                ..Decided::write(Verb::Post, wanted.creation(params, &Map::new()))
            };
            let mut planned = Planned::create(wanted.changes(params, None));
            planned.notes.clone_from(&wanted.names);
            (planned, decided)
        };
        let Some(of) = context.object() else {
            // Its default branch may be protected by the time it is there.
            let (planned, mut decided) = create();
            decided.writes.insert(0, (Verb::Delete, Value::Null));
            return planned.remember(decided.into_value());
        };
        let none = Rows::Missing;
        let rows = context.estate.rows(of, &BRANCHES).unwrap_or(&none);
        if *rows == Rows::Forbidden {
            return place::forbidden(of, "protected branches");
        }
        let Some(branch) = branch(rows, &params.name) else {
            if *rows == Rows::Missing && params.group.is_some() {
                return place::needs_premium("protecting the branches of a group");
            }
            let (planned, decided) = create();
            let planned = if params.needs_premium() && context.me.tier.is_none() {
                planned.note("Part of this takes effect with GitLab Premium only.")
            } else {
                planned
            };
            return planned.remember(decided.into_value());
        };
        let changes = wanted.changes(params, Some(branch));
        let id = branch.get("id").and_then(Value::as_u64);
        let present = place::result(of, id, "repository");
        if changes.is_empty() {
            return Planned::unchanged(Some(present));
        }
        if inherited(branch) && params.project.is_some() {
            return Planned::conflict(
                "INHERITED",
                format!(
                    "the protection of `{}` comes from a group of `{}` and is changed there",
                    params.name, of.full_path
                ),
            );
        }
        change(params, &wanted, branch, context, present, changes)
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let decided = Decided::of(context.remembered);
        let (verb, body) = decided.writes.into_iter().nth(context.step as usize)?;
        let branches = context.object().map_or_else(|| ApiPath::new("projects"), path);
        Some(match verb {
            Verb::Post | Verb::Put => Call::post(branches, body),
            Verb::Patch => Call::new(
                gitlab_client::WriteMethod::Patch,
                branches.segment(&params.name),
                body,
            ),
            Verb::Delete => Call::delete(branches.segment(&params.name)),
        })
    }

    fn done_if_refused(_: &Params, context: CallContext<'_>, status: u16) -> bool {
        let decided = Decided::of(context.remembered);
        let verb = decided.writes.get(context.step as usize).map(|(verb, _)| *verb);
        verb == Some(Verb::Delete) && status == 404
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        read_result(context, body)
    }

    /// A protection carries no mark of who made it. Finding the one that was sent means that what was wanted is so.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let decided = Decided::of(context.call.remembered);
        let verb = decided
            .writes
            .get(context.call.step as usize)
            .map(|(verb, _)| *verb);
        let found: Option<Map<String, Value>> = context
            .gitlab
            .find(
                &path(of).segment(&params.name),
                &[] as &[(&str, &str)],
                Lane::Jobs,
            )
            .await?;
        let Some(branch) = found else {
            return Ok(match verb {
                Some(Verb::Delete) => Settlement::Adopted(place::result(of, None, "repository")),
                _ => Settlement::Absent,
            });
        };
        if verb == Some(Verb::Delete) {
            return Ok(Settlement::Absent);
        }
        let present = place::result(of, branch.get("id").and_then(Value::as_u64), "repository");
        if is_as_wanted(&decided.wanted, &branch) {
            return Ok(Settlement::Adopted(present));
        }
        if verb == Some(Verb::Patch) {
            return Ok(Settlement::Absent);
        }
        let look_at = LookAt {
            url: present.web_url.clone(),
            message: format!(
                "GitLab's answer was lost and `{}` of `{}` is protected now, but otherwise than was sent. Settle the item as succeeded if that is right.",
                params.name, of.full_path
            ),
        };
        Ok(Settlement::Undecided { present, look_at })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let Some(of) = context.object() else {
            return Undo::Nothing;
        };
        let mut reverse = place::param(of);
        reverse.insert("name".into(), params.name.as_str().into());
        if context.action == Action::Create {
            return Undo::by("unprotect_branch", reverse.into());
        }
        reverse.extend(Decided::of(context.remembered).before);
        Undo::by(Self::NAME, reverse.into())
    }
}

/// In place where GitLab can, else by taking the protection away and setting it anew at once.
fn change(
    params: &Params,
    wanted: &Wanted,
    branch: &Map<String, Value>,
    context: &PlanContext<'_>,
    present: ItemResult,
    changes: Vec<Change>,
) -> Planned {
    let is_line = |field: &str| KINDS.iter().any(|(shown, ..)| *shown == field);
    let lines = changes.iter().any(|change| is_line(&change.field));
    let licensed = match context.me.tier {
        Some(tier) => tier > gitlab_api::Tier::Free,
        // Lines of people are a sign of a licence; and only with one do they mean anything.
        None => {
            let present = KINDS.iter().filter_map(|(shown, ..)| Lines::read(branch, shown));
            let mut all = present.chain(wanted.lines.iter().flatten().cloned());
            all.any(|lines| lines.needs_premium())
        }
    };
    let writes = if lines && !licensed {
        vec![
            (Verb::Delete, Value::Null),
            (Verb::Post, wanted.creation(params, branch)),
        ]
    } else {
        vec![(Verb::Patch, wanted.patch(params, branch, &changes))]
    };
    let twice = writes.len() > 1;
    let decided = Decided {
        writes,
        before: as_params(branch),
        wanted: wanted.numbers(params),
    };
    let mut planned = Planned::update(present, changes).remember(decided.into_value());
    planned.notes.clone_from(&wanted.names);
    if twice {
        planned.note(
            "Without GitLab Premium a level cannot be changed in place: the branch is unprotected for a moment and protected again at once.",
        )
    } else {
        planned
    }
}

/// Whether a protection holds what was wanted. What GitLab does not show is not looked at.
fn is_as_wanted(wanted: &Value, branch: &Map<String, Value>) -> bool {
    let wanted = wanted.as_object().into_iter().flatten();
    wanted
        .filter(|(field, _)| branch.contains_key(*field))
        .all(|(field, value)| match value {
            Value::Array(_) => Lines::read(branch, field) == Some(Lines::of_entries(value)),
            value => branch.get(field) == Some(value),
        })
}

/// The answer to any of the writes; that to a removal has no body.
pub(super) fn read_result(context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
    #[derive(Deserialize)]
    struct Answer {
        id: u64,
    }
    let of = context.object()?;
    let id = if body.is_empty() {
        None
    } else {
        Some(serde_json::from_slice::<Answer>(body).ok()?.id)
    };
    Some(place::result(of, id, "repository"))
}
