use std::path::{Path, PathBuf};

use server::{InvalidRedisAddress, RedisAddress};
use storage::{InvalidPostgresAddress, PostgresAddress};

use crate::reader::Reader;
use crate::variable::Variable;

const DATA_DIR: Variable = Variable::new("DATA_DIR", "")
    .without("the platform's data directory")
    .allowed("a directory; it is made when it is missing")
    .means("Holds the embedded database, the generated secret and the locks of running jobs.");
const DATABASE_URL: Variable = Variable::new("DATABASE_URL", "")
    .without("SQLite in `DATA_DIR`")
    .allowed("sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME")
    .means("The database. In PostgreSQL (14 or newer) it has to be there; its tables are made.")
    .secret();
const DATABASE_POOL_SIZE: Variable = Variable::new("DATABASE_POOL_SIZE", "10")
    .allowed("3 to 1000")
    .means("Connections to PostgreSQL at most, for each process. One of them listens.");

const REDIS_URL: Variable = Variable::new("REDIS_URL", "")
    .allowed("redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH")
    .means(
        "A Redis (6 or newer) that all nodes of a server share: limits are counted and news told between them. One node \
         needs none.",
    )
    .secret();

pub(crate) const VARIABLES: &[Variable] = &[DATA_DIR, DATABASE_URL, DATABASE_POOL_SIZE, REDIS_URL];

/// As the variable's default.
const CONNECTIONS: u32 = 10;

const DATABASE_FILE: &str = "gitlab-bulk.db";

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct Data {
    /// Of the embedded database, the generated secret and the locks.
    pub directory: PathBuf,
    /// Which database it is, and where.
    pub database: DatabaseAt,
    /// Connections to PostgreSQL at most.
    pub connections: u32,
    /// What the nodes of a server share.
    pub redis: Option<RedisAddress>,
}

/// Which database it is, and where.
#[derive(Clone, Debug)]
pub enum DatabaseAt {
    /// An SQLite file.
    File(PathBuf),
    /// A database in PostgreSQL.
    Postgres(PostgresAddress),
}

impl DatabaseAt {
    /// The file of the embedded database; `None` where it is in PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// As people may see it: without a password.
impl std::fmt::Display for DatabaseAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

impl Data {
    /// Everything in this directory.
    pub fn under(directory: PathBuf) -> Self {
        Self {
            database: DatabaseAt::File(directory.join(DATABASE_FILE)),
            directory,
            connections: CONNECTIONS,
            redis: None,
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
                return match text.split_once(':') {
                    Some(("postgres" | "postgresql", _)) => text
                        .parse()
                        .map(DatabaseAt::Postgres)
                        .map_err(|error: InvalidPostgresAddress| error.to_string()),
                    _ => Err("is not the address of a database".to_owned()),
                };
            };
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match path {
                "" | ":memory:" => Err("names no file; a job has to outlive the process".to_owned()),
                path => Ok(DatabaseAt::File(PathBuf::from(path))),
            }
        });
        let connections = read.number(&DATABASE_POOL_SIZE, 3..=1_000);
        let redis = read.optional(&REDIS_URL, |text| {
            text.parse()
                .map_err(|error: InvalidRedisAddress| error.to_string())
        });
        let data = Self::under(directory);
        Self {
            database: database.unwrap_or_else(|| data.database.clone()),
            connections,
            redis,
            ..data
        }
    }

    /// Where the locks of running jobs are: beside the database they belong to, if that is a file.
    pub fn locks(&self) -> PathBuf {
        let beside = match &self.database {
            DatabaseAt::File(path) => path.parent().unwrap_or(Path::new("")),
            DatabaseAt::Postgres(_) => &self.directory,
        };
        beside.join("locks")
    }
}

fn platform_directory() -> Option<PathBuf> {
    Some(
        directories::ProjectDirs::from("", "", "gitlab-bulk")?
            .data_dir()
            .to_owned(),
    )
}
