use std::fmt;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Where a database in PostgreSQL is, and as whom it is opened: `postgres://USER:PASSWORD@HOST:PORT/NAME`, with what
/// libpq understands behind a `?` (`sslmode`, `sslrootcert`). What it leaves out comes from `PGHOST`, `PGUSER`,
/// `PGPASSWORD` and so on, or from a password file.
///
/// It is shown without the password.
#[derive(Clone)]
pub struct PostgresAddress(PgConnectOptions);

impl PostgresAddress {
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.0.clone()
    }
}

impl FromStr for PostgresAddress {
    type Err = InvalidPostgresAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Of anything else the driver takes all of it for the name of a database, which is shown.
        if !matches!(text.split_once("://"), Some(("postgres" | "postgresql", _))) {
            return Err(InvalidPostgresAddress("it begins with postgres://".to_owned()));
        }
        PgConnectOptions::from_str(text)
            .map(Self)
            .map_err(|error| InvalidPostgresAddress(error.to_string()))
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.0;
        let user = options.get_username();
        match options.get_socket() {
            Some(socket) => write!(f, "postgres://{user}@{}", socket.display())?,
            None => write!(
                f,
                "postgres://{user}@{}:{}",
                options.get_host(),
                options.get_port()
            )?,
        }
        write!(f, "/{}", options.get_database().unwrap_or(user))
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

/// The text is no such address. Says what is wrong with it, not what it was.
#[derive(Debug, thiserror::Error)]
#[error("is not the address of a PostgreSQL database: {0}")]
pub struct InvalidPostgresAddress(String);

#[cfg(test)]
mod tests {
    use super::PostgresAddress;

    #[test]
    fn an_address_never_shows_its_password() {
        for (text, shown) in [
            (
                "postgres://bulk:hunter2@db.example.com/jobs",
                "postgres://bulk@db.example.com:5432/jobs",
            ),
            (
                "postgresql://db.example.com:6543/jobs?user=bulk&password=hunter2&sslmode=verify-full",
                "postgres://bulk@db.example.com:6543/jobs",
            ),
        ] {
            let address: PostgresAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), format!("PostgresAddress({shown})"));
        }
        for text in [
            "postgres://bulk:hunter2@db.example.com:port/jobs",
            "postgres://bulk:hunter2@db.example.com/jobs?sslmode=hunter2-is-no-mode",
            "postgres:://bulk:hunter2@db.example.com/jobs",
            "postgres:bulk:hunter2@db.example.com/jobs",
        ] {
            let refused = text.parse::<PostgresAddress>().unwrap_err().to_string();
            assert!(!refused.contains("bulk:"), "{refused}");
        }
    }
}
