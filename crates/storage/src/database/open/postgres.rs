use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::database::Database;
use crate::database::announcements::Announcements;
use crate::database::failure::unavailable;
use crate::database::pools::Pools;
use crate::database::sql::heard;
use crate::{PostgresAddress, Result, StorageError};

static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The oldest major version that will do.
const OLDEST: i32 = 14;

/// How long a caller waits for a connection: a person's request should rather be refused.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// A connection that has been idle for longer is asked whether it is still there before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(2);

/// A connection is not used for longer than this: the server then gives its memory back.
const USED_FOR: Duration = Duration::from_mins(30);

/// What every connection asks of the server.
///
/// Nothing that we write takes long, so what does is stuck. A process that is stopped within a transaction would keep
/// the row of a job from whoever wants to take the job over.
///
/// Rows are found by their keys: a plan that was made while a table was small must not walk through it when it has
/// grown.
const SETTINGS: [(&str, &str); 6] = [
    ("statement_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// A ledger is worth nothing if the server answers before what was committed is on disk. Stronger settings than `on`
/// are left as they are.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') IN ('off', 'local')";

impl Database {
    /// Opens a database in PostgreSQL with so many connections at most, one of which listens.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_postgres(
        address: &PostgresAddress,
        connections: u32,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>> {
        Ok(Arc::new(
            Self::connect_to(address, connections, clock, false).await?,
        ))
    }

    /// The major version of the server, after logging in there. Nothing is changed.
    ///
    /// # Errors
    /// `TooOld`; `Unavailable` when it cannot be reached or does not let us in.
    pub async fn reach(address: &PostgresAddress) -> Result<i32> {
        let mut connection = heard(address.options().connect()).await?;
        let version = version(&mut connection).await?;
        connection.close().await?;
        Ok(version)
    }

    /// Whether the tables there are those of this version. Nothing is changed, where opening the database would.
    ///
    /// # Errors
    /// As [`Database::reach`].
    pub async fn is_up_to_date(address: &PostgresAddress) -> Result<bool> {
        let mut connection = heard(address.options().connect()).await?;
        let there = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
        let there: bool = heard(there.fetch_one(&mut connection)).await?;
        let latest: Option<i64> = if there {
            let latest = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success");
            heard(latest.fetch_one(&mut connection)).await?
        } else {
            None
        };
        connection.close().await?;
        Ok(latest == POSTGRES.iter().map(|migration| migration.version).max())
    }

    async fn connect_to(
        address: &PostgresAddress,
        connections: u32,
        clock: Arc<dyn Clock>,
        time_is_handed_in: bool,
    ) -> Result<Self> {
        let options = address
            .options()
            .application_name("gitlab-bulk")
            .statement_cache_capacity(200)
            .disable_statement_logging();
        bring_up_to_date(&options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(CONNECTED_WITHIN)
            .max_lifetime(USED_FOR)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(DURABLE).await.map(drop) })
            })
            .connect_lazy_with(options.options(SETTINGS));
        Ok(Self {
            announcements: Announcements::between(&pool, &clock),
            pools: Pools::Postgres(pool),
            clock,
            time_is_handed_in,
            _directory: None,
        })
    }

    /// A schema of its own on a PostgreSQL server, as the address of a database. For tests and trials: nobody removes
    /// it.
    ///
    /// # Errors
    /// `Unavailable` when the server cannot be reached or refuses.
    pub async fn make_schema(server: &str) -> Result<String> {
        let name = format!("gitlab_bulk_{}", uuid::Uuid::new_v4().simple());
        let mut connection = heard(PgConnectOptions::from_str(server)?.connect()).await?;
        let make = AssertSqlSafe(format!("CREATE SCHEMA {name}"));
        connection.execute(make).await?;
        connection.close().await?;
        let separator = if server.contains('?') { '&' } else { '?' };
        Ok(format!("{server}{separator}options[search_path]={name}"))
    }

    /// Opens a database in PostgreSQL whose leases run out by the clock that is handed in, not by the server's. For
    /// tests and trials.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_at_handed_time(address: &str, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        // Many tests run at once, and each needs few.
        let address = address.parse().map_err(unavailable)?;
        Ok(Arc::new(Self::connect_to(&address, 4, clock, true).await?))
    }
}

/// Asks the server who it is, and runs the migrations that it has not seen. One process does so at a time: the others
/// wait for its advisory lock, and then find nothing to do.
async fn bring_up_to_date(options: &PgConnectOptions) -> Result<()> {
    let mut connection = heard(options.connect()).await?;
    version(&mut connection).await?;
    // `run` would do, if the compiler could tell that its future may move between threads.
    POSTGRES
        .run_direct(None, &mut connection, false)
        .await
        .map_err(unavailable)?;
    connection.close().await?;
    Ok(())
}

/// The server's major version, if it is one that will do.
async fn version(connection: &mut PgConnection) -> Result<i32> {
    let asked = sqlx::query_scalar("SELECT current_setting('server_version_num')::int");
    let number: i32 = heard(asked.fetch_one(connection)).await?;
    let found = number / 10_000;
    if found < OLDEST {
        return Err(StorageError::TooOld {
            found,
            oldest: OLDEST,
        });
    }
    Ok(found)
}
