//! The connections to the one database or the other.

pub(super) mod sqlite;

use sqlx::{Postgres, Sqlite};

use super::sql::{Dialect, On, Query, Seat, Sql, Twins, heard};
use crate::Result;

#[derive(Debug)]
pub(super) enum Pools {
    Sqlite(sqlite::Pools),
    Postgres(sqlx::PgPool),
}

impl Pools {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A transaction. Dropped without `commit`, it is rolled back.
    ///
    /// In SQLite it holds the database's write lock from its beginning. In PostgreSQL it holds what it has touched:
    /// whatever it reads and then relies on has to be the row of the job that it has written first.
    pub(super) async fn write(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(pools) => Ok(Transaction::Sqlite(pools.write().await?)),
            Self::Postgres(pool) => Ok(Transaction::Postgres(heard(pool.begin()).await?)),
        }
    }

    /// For single statements that write.
    pub(super) fn writer(&self) -> On<'_> {
        match self {
            Self::Sqlite(pools) => On::Sqlite(Seat::Pool(pools.writer())),
            Self::Postgres(pool) => On::Postgres(Seat::Pool(pool)),
        }
    }

    /// For single statements that read.
    pub(super) fn readers(&self) -> On<'_> {
        match self {
            Self::Sqlite(pools) => On::Sqlite(Seat::Pool(pools.readers())),
            Self::Postgres(pool) => On::Postgres(Seat::Pool(pool)),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pools) => pools.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

const TAKE_TURNS: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/// Statements that are put together one after the other.
pub(super) type Statements<'i> = Box<dyn Iterator<Item = Result<Sql>> + Send + 'i>;

/// Statements that take effect together.
#[derive(Debug)]
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    pub(super) fn on(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(transaction) => On::Sqlite(Seat::Connection(&mut **transaction)),
            Self::Postgres(transaction) => On::Postgres(Seat::Connection(&mut **transaction)),
        }
    }

    /// Keeps other transactions out that take turns for the same purpose, to the end of this one. In SQLite all
    /// transactions do.
    pub(super) async fn take_turns(&mut self, purpose: &str) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query(TAKE_TURNS).bind(purpose).execute().await?;
        }
        Ok(())
    }

    /// A fixed statement, its values to be bound.
    pub(super) fn query(&mut self, text: impl Into<Twins>) -> Query<'_> {
        self.on().query(text)
    }

    /// A statement that was put together.
    pub(super) fn run(&mut self, sql: Sql) -> Query<'_> {
        self.on().run(sql)
    }

    /// Runs statements in their order. While the database does one, the next is put together.
    pub(super) async fn run_all(&mut self, mut statements: Statements<'_>) -> Result<()> {
        let mut next = statements.next();
        while let Some(sql) = next {
            let under_way = self.run(sql?).execute();
            // The database has it before the next is begun with.
            let (done, after) = tokio::join!(biased; under_way, async { statements.next() });
            done?;
            next = after;
        }
        Ok(())
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.commit().await?),
            Self::Postgres(transaction) => Ok(heard(transaction.commit()).await?),
        }
    }
}
