//! `cargo xtask test`: the steps, in order. What is quick to fail comes first.

#[cfg(test)]
mod asvs;
mod count;
#[cfg(test)]
mod named_files;
mod referees;
mod report;
mod step;

use std::process::ExitCode;

use anyhow::{Result, bail};

use self::count::{Count, Runner};
use self::referees::Gitlab;
use self::report::Report;
use self::step::{Outcome, Step};
use crate::tools::deny;
use crate::workspace::Workspace;
use test_services::Services;

/// Every step, by the name that `cargo xtask test NAME` takes.
const STEPS: [Step; 20] = [
    Step {
        name: "format",
        run: |at| Outcome::of(&mut at.cargo(&["fmt", "--all", "--check"])),
    },
    Step {
        name: "licences",
        run: |at| match deny::find_or_install(at) {
            Ok(deny) => Outcome::of(&mut deny.check(at)),
            Err(missing) => missing.into(),
        },
    },
    Step {
        name: "advisories",
        run: advisories,
    },
    Step {
        name: "clippy",
        run: |at| {
            Outcome::of(&mut at.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
        },
    },
    Step {
        name: "documentation",
        run: |at| {
            let mut doc = at.cargo(&["doc", "--workspace", "--no-deps"]);
            Outcome::of(doc.env("RUSTDOCFLAGS", "-D warnings"))
        },
    },
    Step {
        name: "build",
        run: |at| Outcome::of(&mut at.cargo(&["build", "--workspace", "--all-targets"])),
    },
    Step {
        name: "tests",
        run: tests,
    },
    Step {
        name: "examples",
        run: |at| {
            Outcome::counted(
                Runner::CargoTest,
                &mut at.cargo(&["test", "--workspace", "--doc"]),
            )
        },
    },
    Step {
        name: "python-gitlab",
        run: |at| referees::pytest(at, "python_gitlab", Gitlab::Itself),
    },
    Step {
        name: "python-gitlab-api",
        run: |at| referees::python_gitlabs_own(at, "api"),
    },
    Step {
        name: "python-gitlab-cli",
        run: |at| referees::python_gitlabs_own(at, "cli"),
    },
    Step {
        name: "gitlabform",
        run: |at| referees::pytest(at, "gitlabform", Gitlab::Itself),
    },
    Step {
        name: "gitbeaker",
        run: |at| referees::node(at, "gitbeaker", Gitlab::Itself),
    },
    Step {
        name: "go-gitlab",
        run: referees::go_gitlab,
    },
    Step {
        name: "gateway-python-gitlab",
        run: |at| referees::pytest(at, "python_gitlab", Gitlab::ThroughGateway),
    },
    Step {
        name: "gateway-gitlabform",
        run: |at| referees::pytest(at, "gitlabform", Gitlab::ThroughGateway),
    },
    Step {
        name: "gateway-gitbeaker",
        run: |at| referees::node(at, "gitbeaker", Gitlab::ThroughGateway),
    },
    Step {
        name: "schemathesis",
        run: |at| referees::pytest(at, "schemathesis", Gitlab::Itself),
    },
    Step {
        name: "socketio-python",
        run: |at| referees::pytest(at, "socketio_python", Gitlab::Itself),
    },
    Step {
        name: "socketio-js",
        run: |at| referees::node(at, "socketio_js", Gitlab::Itself),
    },
];

/// Dependencies of which something is known. A machine that does not reach the database cannot tell, in CI as well: that
/// is said, and nothing of ours is wrong.
fn advisories(at: &Workspace) -> Outcome {
    let deny = match deny::find_or_install(at) {
        Ok(deny) => deny,
        Err(missing) => return missing.into(),
    };
    let reached = deny.fetch_advisories(at).output();
    if !reached.is_ok_and(|output| output.status.success()) {
        let why =
            "the database of advisories cannot be reached; run `cargo xtask test advisories` where it can";
        return Outcome::Skipped(why.to_owned());
    }
    Outcome::of(&mut deny.check_advisories(at))
}

/// Every test of the workspace. Those over PostgreSQL and Redis are never left out: they have servers of their own.
fn tests(at: &Workspace) -> Outcome {
    let services = match Services::start() {
        Ok(services) => services,
        Err(error) => return Outcome::Failed(Count::ONE_FAILED, format!("{error:#}")),
    };
    let has_nextest = at
        .cargo(&["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    let (runner, mut command) = if has_nextest {
        (
            Runner::Nextest,
            at.cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]),
        )
    } else {
        (
            Runner::CargoTest,
            at.cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"]),
        )
    };
    Outcome::counted(runner, services.tell(&mut command))
}

/// Runs every step, or those that are named, and closes with `N passed, N failed`.
pub(crate) fn run(names: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = names
        .iter()
        .find(|name| STEPS.iter().all(|step| step.name != name.as_str()))
    {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step is called {unknown}; there are {}", known.join(", "));
    }
    let workspace = Workspace::find()?;
    let mut report = Report::default();
    for step in &STEPS {
        if names.is_empty() || names.iter().any(|name| name == step.name) {
            report.run(step, &workspace);
        }
    }
    Ok(report.close())
}
