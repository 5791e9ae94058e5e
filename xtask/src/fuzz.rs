//! `cargo xtask fuzz`: the targets of `crates/fuzzing` under libFuzzer, with the stable toolchain.
//!
//! libFuzzer needs to see which branches an input takes. The compiler's pass for that is LLVM's own and needs no
//! nightly toolchain, unlike the sanitizers; there is no `unsafe` here for them to watch. What is built lies apart from
//! everything else, because every dependency is built anew.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{Workspace, host};

/// What makes the compiler count branches for libFuzzer.
const INSTRUMENTED: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Without a word, each target gets a minute.
const SECONDS: u64 = 60;
/// One input may take so long, in seconds, and so much memory, in MiB; more is a finding.
const LONGEST: u32 = 10;
const MOST_MEMORY: u32 = 1_024;
/// Inputs are no longer than this, in bytes: what is slow shows in small ones, too.
const LARGEST: u32 = 16_384;

/// Builds the targets and runs those that are named, or all of them, one after the other.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let wish = Wish::read(arguments)?;
    let folder = workspace.root.join("fuzz");
    let known = targets(&workspace)?;
    if let Some(unknown) = wish.targets.iter().find(|name| !known.contains(name)) {
        bail!("no target is called {unknown}; there are {}", known.join(", "));
    }
    let chosen = if wish.targets.is_empty() {
        known
    } else {
        wish.targets
    };

    let built = build(&workspace)?;
    let mut findings = Vec::new();
    for name in &chosen {
        println!("{name}: {} seconds", wish.seconds);
        // Grows from run to run; the seeds stay as they are.
        let corpus = folder.join("corpus").join(name);
        let artifacts = folder.join("artifacts").join(name);
        for folder in [&corpus, &artifacts] {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let status = Command::new(built.join(name))
            .arg(&corpus)
            .arg(folder.join("seeds").join(name))
            .arg(format!("-max_total_time={}", wish.seconds))
            .arg(format!("-timeout={LONGEST}"))
            .arg(format!("-rss_limit_mb={MOST_MEMORY}"))
            .arg(format!("-max_len={LARGEST}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg("-print_final_stats=1")
            .current_dir(&folder)
            .status()
            .with_context(|| format!("cannot run {name}"))?;
        if !status.success() {
            findings.push(name.as_str());
        }
    }
    if findings.is_empty() {
        println!("{} targets ran clean", chosen.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "found something: {} (the inputs are in fuzz/artifacts; mend it, and add the input to fuzz/seeds)",
        findings.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

/// What was asked for.
struct Wish {
    targets: Vec<String>,
    seconds: u64,
}

impl Wish {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut wish = Self {
            targets: Vec::new(),
            seconds: SECONDS,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seconds" => {
                    let seconds = arguments.next().context("--seconds takes a number")?;
                    wish.seconds = seconds.parse().context("--seconds takes a number")?;
                }
                option if option.starts_with('-') => bail!("unknown option {option}; there is --seconds N"),
                target => wish.targets.push(target.to_owned()),
            }
        }
        Ok(wish)
    }
}

/// The names of all targets, by the alphabet.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root.join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if let (Some(name), Some("rs")) = (path.file_stem(), path.extension().and_then(|end| end.to_str())) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Builds all targets; returns the folder of the programs.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let host = host()?;
    let target = workspace.target.join("fuzz");
    let status = workspace
        .cargo(&[
            "build",
            "--release",
            "--bins",
            "--manifest-path",
            "fuzz/Cargo.toml",
        ])
        // Named, so that build scripts and macros are built as ever.
        .args(["--target", &host])
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", INSTRUMENTED.join(" "))
        .status()
        .context("cannot run cargo")?;
    ensure!(
        status.success(),
        "the targets cannot be built; libFuzzer needs a compiler for C++"
    );
    Ok(target.join(host).join("release"))
}
