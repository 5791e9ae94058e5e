//! `docs/command-line.md` is made from the arguments themselves, and compared with them here.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use super::Arguments;
use crate::reference::assert_generated;

/// What the page says before the commands.
const INTRODUCTION: &str = "\
# Command line

One program, `gitlab-bulk`. Results go to stdout, talk goes to stderr; `--output text|json|ndjson|csv` chooses how
results are printed, and `json` prints what the HTTP API answers. `NO_COLOR` is respected, and a progress bar is drawn
only on a terminal; elsewhere there is a line every few seconds.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | some items failed or are unconfirmed, or stand in conflict |
| 2 | wrong usage or invalid input; nothing was sent |
| 3 | GitLab or the server could not be reached |
| 4 | GitLab does not permit it: the token or its owner's rights |
| 10 | `plan --detailed-exitcode`: something would change |
| 130 | interrupted; what was begun can be resumed |

`plan`, `apply` and `jobs` work without a server: with the database in `DATA_DIR`, on the instance `GITLAB_URL`, as the
owner of `GITLAB_TOKEN` ([configuration](configuration.md)). With `--server URL` and an API key in `GITLAB_BULK_API_KEY`,
a server does the same, and so it does `run` and `export`: same output, same exit codes. Ctrl-C pauses its job, too; a job
whose terminal is closed goes on there.

## From a file to GitLab

```text
$ gitlab-bulk template create_group --format csv > groups.csv   # a filled example; change it
$ gitlab-bulk plan groups.csv projects.csv members.csv          # what would change, field by field
$ gitlab-bulk apply groups.csv projects.csv members.csv         # the same, then asks, then runs
```

- Several files are one job. Their rows are ordered by need, not by position: a project waits for its group, a child
  for its parent.
- All rows are checked before anything is sent. Every mistake is reported at once, with file, row, column, value and
  what is allowed, and the exit code is 2. `--skip-invalid` goes on with the other rows.
- A plan is kept as a job of status `planned`; `jobs start ID` runs it as it was shown.
- Applying the same files again changes nothing and says so. What exists with other values is left alone, unless
  `--update-existing`.

## Interrupting

Ctrl-C (or SIGTERM) pauses a job: requests under way are finished, and `gitlab-bulk jobs resume ID` goes on. A second
Ctrl-C ends the program at once, which is safe too: every request has a written intent before it, and what became of
one whose answer is missing is looked up in GitLab when the job goes on. The same holds after `kill -9` or a power
failure.

While a process runs a job it holds a lock that the operating system gives back the moment it dies. So `jobs resume`
takes over at once from a dead process, and refuses a job whose process lives, naming it. `jobs pause` and `jobs cancel`
work from another terminal, too; the running process notices at its next commit.

`jobs list`, `show`, `items`, `watch`, `pause` and `cancel` also work while GitLab cannot be reached, or without a token:
then whoever may read the database acts as its owner.

## Trying it out

`gitlab-bulk demo` starts a simulated GitLab and a server, imports a sample through the server's API, and leaves both up
until Ctrl-C. `gitlab-bulk simulate` is that GitLab alone: its administrator is `root` with token `glpat-sim-root`.

```text
$ gitlab-bulk simulate --groups 0 --projects 0 --users 600 &
{\"url\":\"http://127.0.0.1:8929\"}
$ export GITLAB_URL=http://127.0.0.1:8929 GITLAB_TOKEN=glpat-sim-root
$ gitlab-bulk apply --yes samples/salsa-small/*.csv
```
";

fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n## Commands\n");
    let mut program = Arguments::command().term_width(100);
    program.build();
    describe(&program, &mut text);
    text
}

fn describe(command: &Command, text: &mut String) {
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
    {
        if inner.has_subcommands() {
            describe(inner, text);
            continue;
        }
        let name = inner
            .get_bin_name()
            .unwrap_or_else(|| inner.get_name())
            .to_owned();
        let help = inner.clone().render_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        write!(text, "\n### {name}\n\n```text\n{}\n```\n", help.join("\n").trim()).unwrap();
    }
}

#[test]
fn the_documentation_shows_every_command() {
    assert_generated("docs/command-line.md", &page());
}
