use anyhow::{Result, ensure};

use super::rivals::Rivals;
use super::rows::{Rows, Settings, files};
use super::{Bench, apply, number};
use crate::bench::journal::Journal;
use crate::bench::table::{Floor, Table};
use crate::programs::{Ended, Simulator};

/// What each does in one run. Rates are compared, so that the slow ones need not do as much.
struct Amount {
    ours: Rows,
    python_gitlab: Rows,
    gitlabform: Rows,
}

/// Requests in flight that an administrator allows where the instance has no limit and is far away.
const MANY: &str = "32";

const AT_LEAST_PYTHON_GITLAB: f64 = 8.0;
const AT_LEAST_GITLABFORM: f64 = 20.0;

/// Nothing limits but the two cores: ours beside what others do with the same rows.
pub(super) fn measure(bench: &Bench, rivals: &Rivals) -> Result<Vec<Table>> {
    let at_once = Amount {
        ours: evenly(bench.of(20_000)),
        python_gitlab: evenly(bench.of(1_000)),
        gitlabform: evenly(bench.of(150)),
    };
    let far_away = Amount {
        ours: evenly(bench.of(4_000)),
        python_gitlab: evenly(bench.of(200)),
        gitlabform: evenly(bench.of(50)),
    };
    Ok(vec![
        create(bench, rivals, &at_once, "0", "Creating, no limit, no latency")?,
        change(bench, rivals, &at_once, "0", "Changing, no limit, no latency")?,
        create(bench, rivals, &far_away, "50", "Creating, no limit, 50 ms away")?,
        change(bench, rivals, &far_away, "50", "Changing, no limit, 50 ms away")?,
    ])
}

/// The same share of groups and memberships, whatever the size.
fn evenly(projects: u32) -> Rows {
    Rows::new((projects / 50).max(1), projects)
}

fn create(
    bench: &Bench,
    rivals: &Rivals,
    amount: &Amount,
    latency: &str,
    title: &'static str,
) -> Result<Table> {
    let mut table = Table::new(
        title,
        format!(
            "Groups, projects and memberships of groups on an empty instance: {} rows ours, {} rows python-gitlab's. \
             python-gitlab as people script it, one after the other, before and after ours; the mean of both. \
             gitlabform creates nothing. {}{}",
            amount.ours.all(),
            amount.python_gitlab.all(),
            super::SETTINGS,
            in_flight(latency)
        ),
    );
    let script = || -> Result<f64> {
        let simulator = empty(bench, latency)?;
        let folder = amount
            .python_gitlab
            .write(&bench.scratch.join("rows-script"), Settings::First)?;
        rivals.python_gitlab(&simulator, "create", &folder)
    };
    let before = script()?;
    let simulator = empty(bench, latency)?;
    let ended = run(bench, &simulator, amount.ours, Settings::First, None)?;
    let ours = amount.ours.all() / ended.took.as_secs_f64();
    let with_many = if latency == "0" {
        None
    } else {
        let simulator = empty(bench, latency)?;
        let ended = run(bench, &simulator, amount.ours, Settings::First, Some(MANY))?;
        Some(amount.ours.all() / ended.took.as_secs_f64())
    };
    let after = script()?;

    table.add("ours, whole command", ours, "rows/s");
    let seconds = Journal::of(&simulator)?.seconds()?;
    table.add(
        "ours, from the first request to the last",
        amount.ours.all() / seconds,
        "rows/s",
    );
    hold_python_gitlab(&mut table, ours, with_many, f64::midpoint(before, after));
    let stats = simulator.ask("/_sim/stats")?;
    table.hold(
        "writes that changed something",
        number(&stats, "/writes/applied")?,
        "",
        Floor::Exactly(amount.ours.all()),
    );
    Ok(table)
}

fn change(
    bench: &Bench,
    rivals: &Rivals,
    amount: &Amount,
    latency: &str,
    title: &'static str,
) -> Result<Table> {
    let rows = |rows: Rows| rows.projects() + rows.members();
    let mut table = Table::new(
        title,
        format!(
            "The projects are there. Each gets another description, other topics, another merge method and no wiki, \
             and each team its members: {} rows ours, {} python-gitlab's, {} gitlabform's, with each the whole estate \
             of a simulator of its own. python-gitlab as before; it reads nothing first but the users' numbers. \
             gitlabform with a configuration of the same values, from its first request to its last. {}{}",
            rows(amount.ours),
            rows(amount.python_gitlab),
            rows(amount.gitlabform),
            super::SETTINGS,
            in_flight(latency)
        ),
    );
    let script = || -> Result<f64> {
        let simulator = estate(bench, latency, amount.python_gitlab)?;
        let folder = amount
            .python_gitlab
            .write(&bench.scratch.join("rows-script"), Settings::Second)?;
        rivals.python_gitlab(&simulator, "update", &folder)
    };
    let before = script()?;
    let simulator = estate(bench, latency, amount.ours)?;
    let seen = number(&simulator.ask("/_sim/stats")?, "/writes/applied")?;
    let requests = simulator.ask("/_sim/stats")?["requests"]["total"]
        .as_u64()
        .unwrap_or_default();
    let ended = run(bench, &simulator, amount.ours, Settings::Second, None)?;
    let ours = rows(amount.ours) / ended.took.as_secs_f64();
    let with_many = if latency == "0" {
        None
    } else {
        let simulator = estate(bench, latency, amount.ours)?;
        let ended = run(bench, &simulator, amount.ours, Settings::Second, Some(MANY))?;
        Some(rows(amount.ours) / ended.took.as_secs_f64())
    };
    let after = script()?;
    let form = gitlabform(bench, rivals, latency, amount.gitlabform)?;

    table.add("ours, whole command", ours, "rows/s");
    let journal = Journal::since(&simulator, requests)?;
    table.add(
        "ours, from the first request to the last",
        rows(amount.ours) / journal.seconds()?,
        "rows/s",
    );
    hold_python_gitlab(&mut table, ours, with_many, f64::midpoint(before, after));
    table.add("gitlabform", form, "rows/s");
    hold(
        &mut table,
        "gitlabform",
        ours / form,
        with_many.map(|ours| ours / form),
        AT_LEAST_GITLABFORM,
    );
    let stats = simulator.ask("/_sim/stats")?;
    table.hold(
        "writes that changed something",
        number(&stats, "/writes/applied")? - seen,
        "",
        Floor::Exactly(rows(amount.ours)),
    );
    Ok(table)
}

/// What the distance makes of the requests in flight.
fn in_flight(latency: &str) -> String {
    match latency {
        "0" => String::new(),
        _ => format!(
            " As it comes, ten requests are in flight, nine of them a job's and the tenth too while nobody else comes: so \
             far away that alone sets the pace. Where an instance has no limit, its administrator would allow more: \
             once more with `GITLAB_API_CONCURRENCY={MANY}`."
        ),
    }
}

/// `with_many`: ours with more requests in flight than as it comes.
fn hold_python_gitlab(table: &mut Table, ours: f64, with_many: Option<f64>, theirs: f64) {
    if let Some(ours) = with_many {
        table.add(
            format!("ours with `GITLAB_API_CONCURRENCY={MANY}`, whole command"),
            ours,
            "rows/s",
        );
    }
    table.add("python-gitlab", theirs, "rows/s");
    hold(
        table,
        "python-gitlab",
        ours / theirs,
        with_many.map(|ours| ours / theirs),
        AT_LEAST_PYTHON_GITLAB,
    );
}

fn hold(table: &mut Table, them: &str, ours: f64, with_many: Option<f64>, floor: f64) {
    let what = format!("ours against {them}");
    table.hold(what, ours, "×", Floor::AtLeast(floor));
    if let Some(ours) = with_many {
        let what = format!("ours with `GITLAB_API_CONCURRENCY={MANY}` against {them}");
        table.hold(what, ours, "×", Floor::AtLeast(floor));
    }
}

/// Rows per second of gitlabform, counted from its first request: that Python takes a second to start is left out.
fn gitlabform(bench: &Bench, rivals: &Rivals, latency: &str, rows: Rows) -> Result<f64> {
    let simulator = estate(bench, latency, rows)?;
    let before = simulator.ask("/_sim/stats")?;
    let configuration = bench.scratch.join("gitlabform.yml");
    rows.write_for_gitlabform(&configuration, Settings::Second)?;
    rivals.gitlabform(&simulator, &configuration)?;
    let seen = before["requests"]["total"].as_u64().unwrap_or_default();
    let seconds = Journal::since(&simulator, seen)?.seconds()?;
    let after = simulator.ask("/_sim/stats")?;
    let written = number(&after, "/writes/applied")? - number(&before, "/writes/applied")?;
    let items = rows.projects() + rows.members();
    ensure!(
        written >= items,
        "gitlabform changed {written} of {items} objects"
    );
    Ok(items / seconds)
}

fn empty(bench: &Bench, latency: &str) -> Result<Simulator> {
    bench.simulator(&["--latency", latency])
}

/// A simulator where groups and projects are there, with their first settings and nobody in them.
fn estate(bench: &Bench, latency: &str, rows: Rows) -> Result<Simulator> {
    let simulator = empty(bench, "0")?;
    let folder = rows.write(&bench.scratch.join("rows-first"), Settings::First)?;
    let client = bench.client(&simulator, "unlimited")?;
    apply(&client, &[], &files(&folder, &["groups", "projects"])?)?;
    simulator.tell(
        "/_sim/limits",
        &serde_json::json!({"latencyMs": latency.parse::<u64>()?}),
    )?;
    Ok(simulator)
}

/// Our own run over these rows, with a new database.
fn run(
    bench: &Bench,
    simulator: &Simulator,
    rows: Rows,
    settings: Settings,
    concurrency: Option<&str>,
) -> Result<Ended> {
    let folder = rows.write(&bench.scratch.join("rows-ours"), settings)?;
    let (names, options): (&[&str], &[&str]) = match settings {
        Settings::First => (&["groups", "projects", "members"], &[]),
        Settings::Second => (&["projects", "members"], &["--update-existing"]),
    };
    let mut client = bench.client(simulator, "unlimited")?;
    let concurrency = concurrency.map(|many| ("GITLAB_API_CONCURRENCY", many.to_owned()));
    client.settings.extend(concurrency);
    apply(&client, options, &files(&folder, names)?)
}
