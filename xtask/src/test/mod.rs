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
        name: "openapi-typescript",
        run: |at| referees::node(at, "openapi_typescript", Gitlab::Itself),
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

/// Done only when it is named: it asks the network, and what it says changes from day to day with nothing changed here.
const ADVISORIES: Step = Step {
    name: "advisories",
    run: |at| match deny::find_or_install(at) {
        Ok(deny) => Outcome::of(&mut deny.check_advisories(at)),
        Err(missing) => missing.into(),
    },
};

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

/// Runs every step but [`ADVISORIES`], or those that are named, and closes with `N passed, N failed`.
pub(crate) fn run(names: &[String]) -> Result<ExitCode> {
    let every: Vec<&Step> = STEPS.iter().chain([&ADVISORIES]).collect();
    if let Some(unknown) = names
        .iter()
        .find(|name| every.iter().all(|step| step.name != name.as_str()))
    {
        let known: Vec<&str> = every.iter().map(|step| step.name).collect();
        bail!("no step is called {unknown}; there are {}", known.join(", "));
    }
    let workspace = Workspace::find()?;
    let mut report = Report::default();
    for step in every {
        let named = names.iter().any(|name| name == step.name);
        if named || (names.is_empty() && step.name != ADVISORIES.name) {
            report.run(step, &workspace);
        }
    }
    Ok(report.close())
}
