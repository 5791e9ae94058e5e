use std::path::{Path, PathBuf};

use crate::config::reader::Reader;
use crate::config::variable::Variable;

const DATA_DIR: Variable = Variable::new("DATA_DIR", "")
    .without("the platform's data directory")
    .allowed("a directory; it is made when it is missing")
    .means("Holds the embedded database, the generated secret and the locks of running jobs.");
const DATABASE_URL: Variable = Variable::new("DATABASE_URL", "")
    .without("SQLite in `DATA_DIR`")
    .allowed("sqlite://PATH")
    .means("The database. PostgreSQL is not available in this version.")
    .secret();

pub(crate) const VARIABLES: &[Variable] = &[DATA_DIR, DATABASE_URL];

const DATABASE_FILE: &str = "gitlab-bulk.db";

/// Where things are kept.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) directory: PathBuf,
    /// The SQLite file.
    pub(crate) database: PathBuf,
}

impl Data {
    /// Everything in this directory.
    pub(crate) fn under(directory: PathBuf) -> Self {
        Self {
            database: directory.join(DATABASE_FILE),
            directory,
        }
    }

    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        let given = read.optional(&DATA_DIR, |text| {
            let path = PathBuf::from(text);
            if path.exists() && !path.is_dir() {
                Err("is not a directory".to_owned())
            } else {
                Ok(path)
            }
        });
        let directory = given.or_else(platform_directory).unwrap_or_else(|| {
            read.wrong(
                &DATA_DIR,
                "is needed: this machine does not say where programs keep their data",
            );
            PathBuf::new()
        });
        let database = read.optional(&DATABASE_URL, |text| {
            let Some(rest) = text.strip_prefix("sqlite:") else {
                return Err(match text.split_once(':') {
                    Some(("postgres" | "postgresql", _)) => {
                        "PostgreSQL is not available in this version".to_owned()
                    }
                    _ => "is not the address of a database".to_owned(),
                });
            };
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match path {
                "" | ":memory:" => Err("names no file; a job has to outlive the process".to_owned()),
                path => Ok(PathBuf::from(path)),
            }
        });
        match database {
            Some(database) => Self { directory, database },
            None => Self::under(directory),
        }
    }

    /// Where the locks of running jobs are: beside the database they belong to.
    pub(crate) fn locks(&self) -> PathBuf {
        self.database.parent().unwrap_or(Path::new("")).join("locks")
    }
}

fn platform_directory() -> Option<PathBuf> {
    Some(
        directories::ProjectDirs::from("", "", "gitlab-bulk")?
            .data_dir()
            .to_owned(),
    )
}
