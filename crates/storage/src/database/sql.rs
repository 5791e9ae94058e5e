//! One way to write a statement and to run it, whichever of the two databases it goes to.

use std::fmt::Display;
use std::fmt::Write as _;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, FromRow, Pool, SqlSafeStr as _, SqlStr, Type};

use super::failure::unavailable;
use crate::Result;

/// The most that a statement over the network may take with all its waiting. The server ends one that takes long by
/// itself (`statement_timeout`), so only one that will never be heard again gets here.
const HEARD_WITHIN: Duration = Duration::from_secs(45);

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// What can be bound in both.
pub(super) trait Value<'t>:
    Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres>
{
}
impl<'t, T> Value<'t> for T where T: Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres> {}

/// What can be read from rows of both.
pub(super) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A fixed statement: one text, or twins where the two databases have to be told differently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Twins {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl From<&'static str> for Twins {
    fn from(text: &'static str) -> Self {
        Self {
            sqlite: text,
            postgres: text,
        }
    }
}

impl Twins {
    pub(super) fn of(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// Where a statement runs: on any connection of a pool, or within a transaction.
pub(super) enum Seat<'c, DB: sqlx::Database> {
    Pool(&'c Pool<DB>),
    Connection(&'c mut DB::Connection),
}

/// A seat in the one database or the other.
pub(super) enum On<'c> {
    Sqlite(Seat<'c, Sqlite>),
    Postgres(Seat<'c, Postgres>),
}

impl<'c> On<'c> {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A fixed statement, its values to be bound.
    pub(super) fn query(self, text: impl Into<Twins>) -> Query<'c> {
        let dialect = self.dialect();
        Query {
            on: self,
            text: text.into().of(dialect).into_sql_str(),
            arguments: Arguments::new(dialect),
            refused: None,
        }
    }

    /// A statement that was put together.
    pub(super) fn run(self, sql: Sql) -> Query<'c> {
        Query {
            on: self,
            text: AssertSqlSafe(sql.text).into_sql_str(),
            arguments: sql.arguments,
            refused: sql.refused,
        }
    }
}

/// Values as the one database or the other wants them.
enum Arguments {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

impl Arguments {
    fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Sqlite(SqliteArguments::default()),
            Dialect::Postgres => Self::Postgres(PgArguments::default()),
        }
    }

    fn add<'t>(&mut self, value: impl Value<'t>) -> std::result::Result<(), BoxDynError> {
        match self {
            Self::Sqlite(arguments) => arguments.add(value),
            Self::Postgres(arguments) => arguments.add(value),
        }
    }
}

/// A statement with its values, ready to run.
#[must_use = "a statement does nothing until it is run"]
pub(super) struct Query<'c> {
    on: On<'c>,
    text: SqlStr,
    arguments: Arguments,
    /// A value that cannot be encoded.
    refused: Option<BoxDynError>,
}

/// Runs the query on whichever seat it has, by the same call for both databases.
macro_rules! run {
    ($query:ident, $make:ident, $method:ident $(, $record:ty)?) => {{
        if let Some(refused) = $query.refused {
            return Err(sqlx::Error::Encode(refused).into());
        }
        let text = $query.text;
        match ($query.on, $query.arguments) {
            (On::Sqlite(seat), Arguments::Sqlite(arguments)) => {
                let query = sqlx::$make::<Sqlite, $($record,)? _>(text, arguments);
                match seat {
                    Seat::Pool(pool) => query.$method(pool).await?.into(),
                    Seat::Connection(connection) => query.$method(connection).await?.into(),
                }
            }
            (On::Postgres(seat), Arguments::Postgres(arguments)) => {
                let query = sqlx::$make::<Postgres, $($record,)? _>(text, arguments);
                match seat {
                    Seat::Pool(pool) => heard(query.$method(pool)).await?.into(),
                    Seat::Connection(connection) => heard(query.$method(connection)).await?.into(),
                }
            }
            _ => return Err(unavailable(std::io::Error::other("a statement of the other database"))),
        }
    }};
}

impl Query<'_> {
    /// The value of the next placeholder.
    pub(super) fn bind<'t>(mut self, value: impl Value<'t>) -> Self {
        if let Err(error) = self.arguments.add(value) {
            self.refused.get_or_insert(error);
        }
        self
    }

    /// Returns how many rows were touched.
    pub(super) async fn execute(self) -> Result<u64> {
        let touched: Touched = run!(self, query_with, execute);
        Ok(touched.0)
    }

    pub(super) async fn optional<T: Record>(self) -> Result<Option<T>> {
        Ok(run!(self, query_as_with, fetch_optional, T))
    }

    pub(super) async fn one<T: Record>(self) -> Result<T> {
        let row: Option<T> = self.optional().await?;
        row.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// The first column of the first row.
    pub(super) async fn value<T>(self) -> Result<Option<T>>
    where
        (T,): Record,
    {
        let row: Option<(T,)> = self.optional().await?;
        Ok(row.map(|(value,)| value))
    }

    /// The first column of every row.
    pub(super) async fn values<T>(self) -> Result<Vec<T>>
    where
        (T,): Record,
    {
        let rows: Vec<(T,)> = self.all().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    pub(super) async fn all<T: Record>(self) -> Result<Vec<T>> {
        Ok(run!(self, query_as_with, fetch_all, T))
    }
}

/// How many rows a statement touched.
struct Touched(u64);

impl From<sqlx::sqlite::SqliteQueryResult> for Touched {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

impl From<sqlx::postgres::PgQueryResult> for Touched {
    fn from(result: sqlx::postgres::PgQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

/// What comes of asking a server, within bounds: one that has vanished from the network says nothing at all.
pub(super) async fn heard<T>(asked: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    tokio::time::timeout(HEARD_WITHIN, asked)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

/// A statement that is put together while running. Placeholders are those of its database.
pub(super) struct Sql {
    text: String,
    arguments: Arguments,
    bound: usize,
    refused: Option<BoxDynError>,
}

impl Sql {
    pub(super) fn new(dialect: Dialect, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            arguments: Arguments::new(dialect),
            bound: 0,
            refused: None,
        }
    }

    /// Text of ours, never of a person.
    pub(super) fn push(&mut self, text: impl Display) -> &mut Self {
        let _ = write!(self.text, "{text}");
        self
    }

    /// A placeholder and its value.
    pub(super) fn push_bind<'t>(&mut self, value: impl Value<'t>) -> &mut Self {
        self.bound += 1;
        match self.arguments {
            // SQLite looks a numbered one up by walking through all of them.
            Arguments::Sqlite(_) => self.text.push('?'),
            Arguments::Postgres(_) => {
                let _ = write!(self.text, "${}", self.bound);
            }
        }
        if let Err(error) = self.arguments.add(value) {
            self.refused.get_or_insert(error);
        }
        self
    }

    /// What follows is separated by commas.
    pub(super) fn separated(&mut self) -> Separated<'_> {
        Separated {
            sql: self,
            begun: false,
        }
    }

    /// `VALUES` with a tuple for each row.
    pub(super) fn push_values<T>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        mut bind: impl FnMut(&mut Separated<'_>, T),
    ) -> &mut Self {
        self.text.push_str("VALUES ");
        for (place, row) in rows.into_iter().enumerate() {
            self.text.push_str(if place == 0 { "(" } else { ", (" });
            bind(&mut self.separated(), row);
            self.text.push(')');
        }
        self
    }

    #[cfg(test)]
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A list within a statement.
pub(super) struct Separated<'s> {
    sql: &'s mut Sql,
    begun: bool,
}

impl Separated<'_> {
    pub(super) fn push_bind<'t>(&mut self, value: impl Value<'t>) -> &mut Self {
        if self.begun {
            self.sql.text.push_str(", ");
        }
        self.begun = true;
        self.sql.push_bind(value);
        self
    }
}
