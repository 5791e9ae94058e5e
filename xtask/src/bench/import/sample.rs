use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;

/// Three files to import, and how many rows each has.
pub(crate) struct Sample {
    folder: PathBuf,
    pub(crate) groups: f64,
    pub(crate) projects: f64,
    pub(crate) members: f64,
}

impl Sample {
    /// The folder that was asked for, by `--sample` or `GITLAB_BULK_SAMPLE`; else the whole estate, if it
    /// lies beside the repository; else its small part.
    pub(crate) fn find(at: &Workspace, asked: Option<&Path>) -> Result<Self> {
        let folder = asked
            .map(Path::to_owned)
            .or_else(|| std::env::var_os("GITLAB_BULK_SAMPLE").map(PathBuf::from))
            .or_else(|| Some(at.root.join("../shared/samples/salsa")).filter(|folder| folder.is_dir()))
            .unwrap_or_else(|| at.root.join("samples/salsa-small"));
        let folder = folder
            .canonicalize()
            .with_context(|| format!("no sample at {}", folder.display()))?;
        Ok(Self {
            groups: rows(&folder.join("groups.csv"))?,
            projects: rows(&folder.join("projects.csv"))?,
            members: rows(&folder.join("members.csv"))?,
            folder,
        })
    }

    /// All rows.
    pub(crate) fn rows(&self) -> f64 {
        self.groups + self.projects + self.members
    }

    /// The files, in the order of `gitlab-bulk apply`'s own examples.
    pub(crate) fn files(&self) -> Vec<String> {
        ["groups.csv", "projects.csv", "members.csv"]
            .iter()
            .map(|name| self.folder.join(name).display().to_string())
            .collect()
    }

    /// The same files, with one impossible row at the very end.
    pub(crate) fn with_a_mistake(&self, scratch: &Path) -> Result<Vec<String>> {
        let mut files = self.files();
        let last = files.last_mut().context("there are three")?;
        let mut text = std::fs::read_to_string(&*last)?;
        ensure!(
            text.starts_with("username,group,access_level"),
            "members.csv has other columns"
        );
        text.push_str("dev-0001,debian,emperor,\n");
        let copy = scratch.join("members.csv");
        std::fs::create_dir_all(scratch)?;
        std::fs::write(&copy, text)?;
        *last = copy.display().to_string();
        Ok(files)
    }
}

/// Rows of data: no field of the samples holds a line break.
fn rows(file: &Path) -> Result<f64> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let count = text
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .count();
    Ok(f64::from(u32::try_from(count)?))
}
