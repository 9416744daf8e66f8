//! Embedded SQLite database of orders.

use crate::orders::{Channel, NewOrder, Order};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::{JoinError, spawn_blocking};

/// Handle of the database. Clones share one connection.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
    directory: Arc<Path>,
}

// On an `impl` block, `metric` records calls and durations of every method, such as
// `function_calls_total{function="Database::insert",..}`.
#[ops::metric]
impl Database {
    pub(crate) async fn ping(&self) -> Result<(), StorageError> {
        self.run(|connection| connection.query_row("SELECT 1", [], |_| Ok(()))).await
    }

    #[ops::instrument_span("storage.insert")]
    pub(crate) async fn insert(&self, order: NewOrder) -> Result<Order, StorageError> {
        self.run(move |connection| {
            let NewOrder { item, quantity, channel } = order;
            let insert = "INSERT INTO orders (item, quantity, channel) VALUES (?1, ?2, ?3)";
            connection.execute(insert, params![item, quantity, channel])?;
            Ok(Order { id: connection.last_insert_rowid(), item, quantity, channel })
        })
        .await
    }

    pub(crate) async fn find(&self, id: i64) -> Result<Option<Order>, StorageError> {
        self.run(move |connection| {
            let query = "SELECT id, item, quantity, channel FROM orders WHERE id = ?1";
            connection.query_row(query, [id], read_order).optional()
        })
        .await
    }

    pub(crate) async fn latest(&self) -> Result<Vec<Order>, StorageError> {
        self.run(|connection| {
            let query = "SELECT id, item, quantity, channel FROM orders ORDER BY id DESC LIMIT 100";
            connection.prepare(query)?.query_map([], read_order)?.collect()
        })
        .await
    }

    pub(crate) async fn integrity_problems(&self) -> Result<Vec<String>, StorageError> {
        self.run(|connection| {
            let lines: rusqlite::Result<Vec<String>> =
                connection.prepare("PRAGMA quick_check(10)")?.query_map([], |row| row.get(0))?.collect();
            Ok(lines?.into_iter().filter(|line| line != "ok").collect())
        })
        .await
    }

    #[ops::metric(skip)]
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Database {
    /// Creates a database in `directory`.
    pub(crate) async fn open(directory: &Path) -> Result<Self, StorageError> {
        let directory: Arc<Path> = directory.into();
        let file = directory.join("orders.db");
        let connection = spawn_blocking(move || {
            let connection = Connection::open(file)?;
            connection.execute_batch(
                "CREATE TABLE orders (
                    id INTEGER PRIMARY KEY, item TEXT NOT NULL, quantity INTEGER NOT NULL, channel TEXT NOT NULL
                )",
            )?;
            Ok::<_, StorageError>(connection)
        })
        .await??;
        Ok(Database { connection: Arc::new(Mutex::new(connection)), directory })
    }

    /// Runs a query on a blocking thread, because SQLite does blocking I/O.
    async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let connection = self.connection.clone();
        let result = spawn_blocking(move || query(&connection.lock().unwrap_or_else(PoisonError::into_inner))).await?;
        Ok(result?)
    }
}

fn read_order(row: &Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order { id: row.get(0)?, item: row.get(1)?, quantity: row.get(2)?, channel: row.get(3)? })
}

impl ToSql for Channel {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Channel::Web => "web",
            Channel::Shop => "shop",
        }))
    }
}

impl FromSql for Channel {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "web" => Ok(Channel::Web),
            "shop" => Ok(Channel::Shop),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// Errors of the database.
#[derive(Debug)]
pub(crate) enum StorageError {
    Sqlite(rusqlite::Error),
    /// The query panicked, or the runtime has shut down.
    NotRun(JoinError),
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        StorageError::Sqlite(error)
    }
}

impl From<JoinError> for StorageError {
    fn from(error: JoinError) -> Self {
        StorageError::NotRun(error)
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageError::Sqlite(error) => write!(f, "the database failed: {error}"),
            StorageError::NotRun(error) => write!(f, "the query did not complete: {error}"),
        }
    }
}

impl std::error::Error for StorageError {}
