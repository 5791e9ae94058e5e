//! Programs of other people's that know nothing of ours, run against a build of it (`referees/README.md`).

use super::count::Runner;
use super::step::Outcome;
use crate::tools::{go, node, python};
use crate::workspace::{Profile, Workspace};

/// What a referee talks to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gitlab {
    /// The simulator, or what its tests start themselves.
    Itself,
    /// The simulator through `serve`, with API keys where GitLab's tokens would be.
    ThroughGateway,
}

impl Gitlab {
    /// `THROUGH_GATEWAY`, as `referees/programs.py` and `programs.mjs` read it.
    fn told(self) -> &'static str {
        match self {
            Self::Itself => "0",
            Self::ThroughGateway => "1",
        }
    }
}

/// A Python package, with tests of ours for pytest.
pub(super) fn pytest(at: &Workspace, name: &str, gitlab: Gitlab) -> Outcome {
    let folder = at.root.join("referees").join(name);
    match python::environment(at, name, &folder.join("requirements.txt")) {
        Ok(python) => Outcome::counted(
            Runner::Pytest,
            python
                .command()
                .args(["-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA"])
                .current_dir(&folder)
                .env("THROUGH_GATEWAY", gitlab.told())
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("GITLAB_BULK", at.program(Profile::Debug)),
        ),
        Err(missing) => missing.into(),
    }
}

/// python-gitlab's own functional tests, from its source package: those of one folder, `api` or `cli`.
pub(super) fn python_gitlabs_own(at: &Workspace, what: &str) -> Outcome {
    let name = "python_gitlab_suite";
    let folder = at.root.join("referees").join(name);
    let ready = python::environment(at, name, &folder.join("requirements.txt")).and_then(|python| {
        let sources = python::sources(at, &python, name, &folder.join("source.txt"))?;
        Ok((python, sources))
    });
    match ready {
        Ok((python, sources)) => Outcome::counted(
            Runner::Pytest,
            python
                .command()
                .args(["-m", "pytest", "-p", "no:cacheprovider", "-p", "simulated_gitlab"])
                .args([
                    "-q",
                    "-rA",
                    "--show-capture=no",
                    "--script-launch-mode=subprocess",
                ])
                .arg(format!("tests/functional/{what}"))
                .current_dir(sources)
                .env("PYTHONPATH", &folder)
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("GITLAB_BULK", at.program(Profile::Debug)),
        ),
        Err(missing) => missing.into(),
    }
}

/// A package for Node, with tests of ours for `node --test`.
pub(super) fn node(at: &Workspace, name: &str, gitlab: Gitlab) -> Outcome {
    match node::install(&at.root.join("referees").join(name)) {
        Ok(mut node) => Outcome::counted(
            Runner::Node,
            node.args(["--test", "--test-reporter=tap"])
                .env("THROUGH_GATEWAY", gitlab.told())
                .env("GITLAB_BULK", at.program(Profile::Debug)),
        ),
        Err(missing) => missing.into(),
    }
}

/// go-gitlab as Debian packages it, with tests of ours for `go test`.
pub(super) fn go_gitlab(at: &Workspace) -> Outcome {
    match go::with_package(at, "github.com/xanzy/go-gitlab") {
        Ok(mut go) => Outcome::counted(
            Runner::Go,
            go.args(["test", "-v", "-count=1", "."])
                .current_dir(at.root.join("referees/go_gitlab"))
                .env("GITLAB_BULK", at.program(Profile::Debug)),
        ),
        Err(missing) => missing.into(),
    }
}
