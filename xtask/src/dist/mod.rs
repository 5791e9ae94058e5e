//! `cargo xtask dist`: the program as it is given to people.
//!
//! It is built twice. The first program counts which ways its code takes while it does [what people do](training); the
//! compiler lays the second one out by that. Both are built with link-time optimisation (`--profile dist`). That takes two
//! builds of everything, and saves a tenth of the processor time (`docs/benchmarks/costs.md`).

mod training;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{Workspace, host};

/// LLVM 22 counts how often a `select` takes its first value from conditions that nobody has set, which gives numbers
/// beyond belief, and refuses what it wrote.
const COUNTS_TRULY: &str = "-Cllvm-args=-pgo-instr-select=false";

const USAGE: &str = "cargo xtask dist [--untrained]";

/// Builds the program and says where it is.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let program = match arguments {
        [] => build(&workspace)?,
        [option] if option == "--untrained" => Dist::of(&workspace)?.untrained()?,
        _ => bail!("usage: {USAGE}"),
    };
    println!("{}", program.display());
    Ok(ExitCode::SUCCESS)
}

/// The program as it is given to people; where the compiler's own tools are missing, says so and leaves the training out.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let dist = Dist::of(workspace)?;
    let Some(merge) = profdata(&dist.host)? else {
        eprintln!(
            "llvm-profdata is missing, so the program is built without training and somewhat slower; get it with \
             `rustup component add llvm-tools`"
        );
        return dist.untrained();
    };
    dist.trained(&merge)
}

/// Where what is given to people is built: apart from everything else, because every dependency is built anew.
struct Dist<'w> {
    workspace: &'w Workspace,
    host: String,
    folder: PathBuf,
}

impl<'w> Dist<'w> {
    fn of(workspace: &'w Workspace) -> Result<Self> {
        Ok(Self {
            workspace,
            host: host()?,
            folder: workspace.target.join("given"),
        })
    }

    fn untrained(&self) -> Result<PathBuf> {
        self.cargo("untrained", None)
    }

    fn trained(&self, merge: &Path) -> Result<PathBuf> {
        let counts = self.folder.join("counts");
        let profile = self.folder.join("training.profdata");
        let counting = self.cargo(
            "counting",
            Some(&format!("{} {COUNTS_TRULY}", flag("generate", &counts)?)),
        )?;
        if newer(&counting, &profile)? {
            eprintln!("training");
            let _ = std::fs::remove_dir_all(&counts);
            let scratch = self.folder.join("training");
            std::fs::create_dir_all(&scratch)?;
            training::run(&counting, &scratch)?;
            let status = Command::new(merge)
                .arg("merge")
                .arg("--output")
                .arg(&profile)
                .arg(&counts)
                .status()
                .with_context(|| format!("cannot run {}", merge.display()))?;
            ensure!(status.success(), "what was counted cannot be merged");
        }
        self.cargo("trained", Some(&flag("use", &profile)?))
    }

    /// Builds the program in a folder of this name.
    fn cargo(&self, name: &str, flag: Option<&str>) -> Result<PathBuf> {
        let target = self.folder.join(name);
        let flags = [std::env::var("RUSTFLAGS").ok().as_deref(), flag]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        let mut cargo = self.workspace.cargo(&["build", "--locked", "--workspace"]);
        cargo
            .args(["--profile", "dist", "--bin", "gitlab-bulk"])
            // Named, so that build scripts and macros are built as ever.
            .args(["--target", &self.host])
            .env("CARGO_TARGET_DIR", &target);
        if !flags.is_empty() {
            cargo.env("RUSTFLAGS", flags);
        }
        let status = cargo.status().context("cannot run cargo")?;
        ensure!(status.success(), "the build failed");
        let program = format!("gitlab-bulk{}", std::env::consts::EXE_SUFFIX);
        Ok(target.join(&self.host).join("dist").join(program))
    }
}

/// What tells the compiler to count, or to use what was counted.
fn flag(what: &str, path: &Path) -> Result<String> {
    let path = path
        .to_str()
        .context("the target directory's path is not UTF-8")?;
    ensure!(
        !path.contains(' '),
        "the compiler's flags cannot name a path with a space in it: {path}; set CARGO_TARGET_DIR to another"
    );
    Ok(format!("-Cprofile-{what}={path}"))
}

/// The program that merges counts, of the same LLVM as the compiler. `None` where it was not installed.
fn profdata(host: &str) -> Result<Option<PathBuf>> {
    let told = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("cannot run rustc")?;
    let sysroot = String::from_utf8(told.stdout).context("the compiler's folder is not UTF-8")?;
    let program = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin")
        .join(format!("llvm-profdata{}", std::env::consts::EXE_SUFFIX));
    Ok(program.is_file().then_some(program))
}

/// Whether one file was written after the other, or the other is not there.
fn newer(one: &Path, other: &Path) -> Result<bool> {
    let Ok(other) = other.metadata() else {
        return Ok(true);
    };
    Ok(one.metadata()?.modified()? > other.modified()?)
}
