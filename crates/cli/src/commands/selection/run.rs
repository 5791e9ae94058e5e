use std::fmt::Display;

use clap::Args;
use config::Purpose;
use domain::{Job, JobOptions, Origin, Problem, Problems, Timestamp};
use engine::selection::Selection;
use engine::selector::Selector;
use engine::{JobRequest, JobSource, operations};
use serde_json::{Map, Value, json};

use crate::commands::files::plan;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::{Consent, Desk};
use crate::output::talk;
use crate::remote::Remote;

/// `run OPERATION --where SELECTOR --set k=v …`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk run add_member --where 'group:platform/** visibility=public' \\\n      \
    --set username=dev-0001 --set access_level=reporter\n  \
    gitlab-bulk run create_project --where 'kind:group path:acme/*' --set name=Handbook --dry-run\n\n\
    Terms of a selector all have to hold; `or`, `not` (or `-`) and parentheses change that:\n  \
    group:platform/** archived=false last_activity<90d topic:legacy my_role>=maintainer\n  \
    (visibility=public or shared_with:contractors/**) -topic:keep name~\"old service\"\n\
    `gitlab-bulk operations` lists the operations; docs/selectors.md has every field.")]
pub(crate) struct Arguments {
    /// What to do to each: an operation on groups or projects that exist
    operation: String,
    /// Which groups and projects
    #[arg(long = "where", value_name = "SELECTOR")]
    selector: String,
    /// A parameter of the operation, the same for each. May be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Show what would be done and keep the plan, but do not ask and do not run it
    #[arg(long, conflicts_with_all = ["yes", "confirm"])]
    dry_run: bool,
    /// Run the plan without asking
    #[arg(long, short)]
    yes: bool,
    /// The text that a destructive plan asks for
    #[arg(long, value_name = "TEXT")]
    confirm: Option<String>,
    /// Bring what exists already to these values
    #[arg(long)]
    update_existing: bool,
    /// Stop before the next item once one has failed
    #[arg(long)]
    stop_on_error: bool,
    /// Pause after so many failed items
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_failures: Option<u32>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("give it as NAME=VALUE".to_owned()),
    }
}

/// Finds what is selected, plans, asks, and runs to the end.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let now = context.clock().now();
    let selection = arguments.read(now).map_err(|problems| {
        if context.output().is_text() {
            arguments.point_at_mistakes();
        }
        let count = match problems.mistakes() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        };
        Failure::invalid(
            format!("{count} in what was asked for; nothing was sent"),
            problems,
        )
    })?;
    if let Some(remote) = context.remote()? {
        return arguments.on_server(selection, now, &remote).await;
    }
    let config = context.config(Purpose::Command)?;
    let desk = if arguments.dry_run {
        Desk::with_config(config, context).await?
    } else {
        Desk::for_changes(config, context).await?
    };
    let meant = selection.selector.to_string();
    let moments = selection.selector.moments(now);
    let request = JobRequest {
        kind: selection.job_type,
        source: JobSource::Request(selection.request),
        options: arguments.options(),
        origin: Origin::Cli,
        start: false,
        idempotency: None,
        retry_of: None,
        undo_of: None,
    };
    let engine = &desk.composition.engine;
    let job = engine.create_job(request, &desk.connection.actor).await?;
    arguments.introduce(&job, &meant, &moments);
    let lock = desk.lock(job.id)?;
    if arguments.dry_run {
        desk.plan(job.id).await?;
        let job = desk.job(job.id).await?;
        let exit = plan::report(&desk, desk.output, &job, false).await?;
        return Ok(looked_at(exit));
    }
    let consent = Consent {
        yes: arguments.yes,
        confirm: arguments.confirm,
    };
    desk.carry_out(job.id, lock, &consent).await
}

/// Showing is all that was asked for.
fn looked_at(exit: Exit) -> Exit {
    match exit {
        Exit::Changes => Exit::Done,
        exit => exit,
    }
}

impl Arguments {
    async fn on_server(self, selection: Selection, now: Timestamp, remote: &Remote) -> Result<Exit, Failure> {
        let parameters: Map<String, Value> = self
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let data = json!({ "selector": self.selector, "parameters": parameters });
        let options = json!({
            "updateExisting": self.update_existing,
            "continueOnError": !self.stop_on_error,
            "maxFailures": self.max_failures,
        });
        let job = remote.create(&selection.job_type, data, options).await?;
        self.introduce(
            &job,
            &selection.selector.to_string(),
            &selection.selector.moments(now),
        );
        if self.dry_run {
            let job = remote.planned(job.id).await?;
            return Ok(looked_at(plan::report(remote, remote.output, &job, false).await?));
        }
        let consent = Consent {
            yes: self.yes,
            confirm: self.confirm,
        };
        remote.carry_out(job.id, &consent).await
    }

    fn introduce<W: Display, F: Display>(&self, job: &Job, meant: &str, moments: &[(W, F)]) {
        talk::say(&format!(
            "Job {} of {} for {}, where {meant}",
            job.id, self.operation, job.user.username
        ));
        for (written, from) in moments {
            talk::say(&format!("  {written} is {from}"));
        }
    }

    /// Everything that is wrong is called as it is typed.
    fn read(&self, now: Timestamp) -> Result<Selection, Problems> {
        let mut problems = Vec::new();
        let mut parameters = Map::new();
        for (name, value) in &self.parameters {
            if parameters
                .insert(name.clone(), Value::String(value.clone()))
                .is_some()
            {
                problems.push(of_option(&format!("--set {name}"), Problem::new("given twice")));
            }
        }
        let registry = operations::registry();
        let read = Selection::read(&registry, &self.operation, &self.selector, &parameters, now);
        match read {
            Ok(selection) if problems.is_empty() => Ok(selection),
            Ok(_) => Err(Problems(problems)),
            Err(more) => {
                problems.extend(more.0.into_iter().map(|problem| {
                    let field = problem.field.clone().unwrap_or_default();
                    let option = match (field.as_str(), field.strip_prefix("parameters.")) {
                        ("type", _) => "OPERATION".to_owned(),
                        ("selector", _) => "--where".to_owned(),
                        (_, Some(name)) => format!("--set {name}"),
                        _ => "--set".to_owned(),
                    };
                    of_option(&option, problem)
                }));
                Err(Problems(problems))
            }
        }
    }

    fn options(&self) -> JobOptions {
        JobOptions {
            update_existing: self.update_existing,
            continue_on_error: !self.stop_on_error,
            max_failures: self.max_failures,
            confirm: self.confirm.clone(),
            ..JobOptions::default()
        }
    }

    /// The selector with marks below what is wrong with it.
    fn point_at_mistakes(&self) {
        if let Err(mistakes) = Selector::parse(&self.selector) {
            let line: String = self
                .selector
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            talk::say(&format!("  {line}\n  {}", mistakes.marks()));
        }
    }
}

fn of_option(option: &str, problem: Problem) -> Problem {
    Problem {
        field: Some(option.to_owned()),
        ..problem
    }
}
