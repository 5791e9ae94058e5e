use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// Members of each team.
const MEMBERS: u32 = 5;

/// An estate of our own invention, as files: one group, teams below it, and projects and members in these.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    teams: u32,
    projects: u32,
}

/// What the project files say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settings {
    /// What projects are made with.
    First,
    /// Other values for four of them.
    Second,
}

impl Rows {
    /// So many projects, evenly in so many teams.
    pub(crate) fn new(teams: u32, projects: u32) -> Self {
        Self { teams, projects }
    }

    /// Groups, the one on top included.
    pub(crate) fn groups(self) -> f64 {
        f64::from(self.teams + 1)
    }

    pub(crate) fn projects(self) -> f64 {
        f64::from(self.projects)
    }

    pub(crate) fn members(self) -> f64 {
        f64::from(self.teams * MEMBERS)
    }

    /// All rows.
    pub(crate) fn all(self) -> f64 {
        self.groups() + self.projects() + self.members()
    }

    /// Writes `groups.csv`, `projects.csv` and `members.csv` and returns their folder.
    pub(crate) fn write(self, folder: &Path, settings: Settings) -> Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        let mut groups = String::from("name,path,parent,visibility\nAcme,acme,,public\n");
        let mut members = String::from("username,group,access_level\n");
        for team in 0..self.teams {
            writeln!(groups, "Team {team},team-{team:04},acme,public")?;
            for member in 1..=MEMBERS {
                writeln!(members, "dev-{member:04},{},developer", path_of(team))?;
            }
        }
        let mut projects =
            String::from("name,path,group,description,topics,merge_method,wiki_access_level\n");
        for project in 0..self.projects {
            let (path, group) = (name_of(project), path_of(project % self.teams));
            let [description, topics, merge_method, wiki] = settings.of(project);
            writeln!(
                projects,
                "{path},{path},{group},{description},\"{topics}\",{merge_method},{wiki}"
            )?;
        }
        std::fs::write(folder.join("groups.csv"), groups)?;
        std::fs::write(folder.join("projects.csv"), projects)?;
        std::fs::write(folder.join("members.csv"), members)?;
        Ok(folder.to_owned())
    }

    /// The projects' settings and the teams' members as a configuration of gitlabform's.
    pub(crate) fn write_for_gitlabform(self, file: &Path, settings: Settings) -> Result<()> {
        let mut text = String::from("config_version: 3\nprojects_and_groups:\n");
        for team in 0..self.teams {
            write!(text, "  {}/*:\n    group_members:\n      users:\n", path_of(team))?;
            for member in 1..=MEMBERS {
                writeln!(text, "        dev-{member:04}: {{access_level: developer}}")?;
            }
        }
        for project in 0..self.projects {
            let [description, topics, merge_method, wiki] = settings.of(project);
            writeln!(text, "  {}/{}:", path_of(project % self.teams), name_of(project))?;
            write!(
                text,
                "    project_settings:\n      description: {description}\n      topics: [{topics}]\n      \
                 merge_method: {merge_method}\n      wiki_access_level: {wiki}\n"
            )?;
        }
        Ok(std::fs::write(file, text)?)
    }
}

impl Settings {
    /// Description, topics, merge method and who may use the wiki.
    fn of(self, project: u32) -> [String; 4] {
        match self {
            Self::First => [
                format!("Packaging of package {project} (misc)"),
                "debian,misc".to_owned(),
                "merge".to_owned(),
                "enabled".to_owned(),
            ],
            Self::Second => [
                format!("Package {project} as the platform team keeps it"),
                "platform,packages".to_owned(),
                "ff".to_owned(),
                "disabled".to_owned(),
            ],
        }
    }
}

fn path_of(team: u32) -> String {
    format!("acme/team-{team:04}")
}

fn name_of(project: u32) -> String {
    format!("package-{project:06}")
}

/// The paths of these files in a folder, as arguments.
pub(crate) fn files(folder: &Path, names: &[&str]) -> Result<Vec<String>> {
    names
        .iter()
        .map(|name| {
            let file = folder.join(name).with_extension("csv");
            ensure!(file.is_file(), "there is no {}", file.display());
            Ok(file.display().to_string())
        })
        .collect()
}
