//! Every parser of outside input as a target: a function that takes any bytes and panics when a promise is broken.
//!
//! The promises are more than "does not panic": what is read and printed is read again as the same, a refusal says
//! where, what was let through stays within its bounds. `fuzz/` drives the targets with libFuzzer
//! (`cargo xtask fuzz`), the tests of this crate with their seeds and a few thousand [mutations](mutate) of them.
//!
//! A new parser is a function here, a line in [`TARGETS`], a file in `fuzz/fuzz_targets` and a folder of seeds.

mod addresses;
mod configuration;
mod credentials;
mod form;
mod gitlab_answers;
mod gitlab_limits;
mod graphql;
mod headers;
mod hidden;
mod hook;
mod import;
mod job_body;
mod ledger;
mod links;
mod manifest;
pub mod mutate;
mod nodes;
mod problems;
mod proxy_path;
mod query;
mod registry;
mod selector;
mod socket;
mod upload;
mod words;
mod workbook;

/// One parser (or a family of small ones) and what has to hold of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the file in `fuzz/fuzz_targets` and of the folder in `fuzz/seeds`.
    pub name: &'static str,
    /// Panics when a promise is broken.
    pub run: fn(&[u8]),
}

/// All of them, the largest first.
pub const TARGETS: &[Target] = &[
    Target {
        name: "manifest",
        run: manifest::run,
    },
    Target {
        name: "table",
        run: import::table,
    },
    Target {
        name: "rows",
        run: import::rows,
    },
    Target {
        name: "yaml",
        run: import::yaml,
    },
    Target {
        name: "workbook",
        run: workbook::run,
    },
    Target {
        name: "job_body",
        run: job_body::run,
    },
    Target {
        name: "selector",
        run: selector::run,
    },
    Target {
        name: "form",
        run: form::run,
    },
    Target {
        name: "query",
        run: query::run,
    },
    Target {
        name: "gitlab_answers",
        run: gitlab_answers::run,
    },
    Target {
        name: "gitlab_limits",
        run: gitlab_limits::run,
    },
    Target {
        name: "hook",
        run: hook::run,
    },
    Target {
        name: "links",
        run: links::run,
    },
    Target {
        name: "proxy_path",
        run: proxy_path::run,
    },
    Target {
        name: "credentials",
        run: credentials::run,
    },
    Target {
        name: "addresses",
        run: addresses::run,
    },
    Target {
        name: "graphql",
        run: graphql::run,
    },
    Target {
        name: "hidden",
        run: hidden::run,
    },
    Target {
        name: "configuration",
        run: configuration::run,
    },
    Target {
        name: "upload",
        run: upload::run,
    },
    Target {
        name: "socket",
        run: socket::run,
    },
    Target {
        name: "headers",
        run: headers::run,
    },
    Target {
        name: "nodes",
        run: nodes::run,
    },
    Target {
        name: "words",
        run: words::run,
    },
    Target {
        name: "ledger",
        run: ledger::run,
    },
];

/// Runs the target of this name.
///
/// # Panics
/// There is none, or a promise is broken.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no target is called {name}")).run)(data);
}

/// The first byte chooses between variants of a target, the rest is its input.
fn choose(data: &[u8]) -> Option<(usize, &[u8])> {
    data.split_first()
        .map(|(first, rest)| (usize::from(*first), rest))
}

#[cfg(test)]
mod tests;
