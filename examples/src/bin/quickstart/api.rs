//! The HTTP API of the service. Nothing here knows of `ops`.

use crate::orders::{self, NewOrder, Order, OrderError};
use crate::storage::{Database, StorageError};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The API while it serves.
#[derive(Debug)]
pub(crate) struct RunningApi {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

/// Serves the orders of `database` on `port` of 127.0.0.1.
#[expect(
    clippy::disallowed_methods,
    reason = "an example on loopback needs none of the limits that `axum::serve` lacks"
)]
pub(crate) async fn start(port: u16, database: Database) -> Result<RunningApi, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| cannot_listen(port, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(port, &error))?;
    let routes =
        Router::new().route("/orders", post(place).get(list)).route("/orders/{id}", get(find)).with_state(database);
    let (stop, stopped) = oneshot::channel();
    let ended = async { stopped.await.unwrap_or_default() };
    let server = tokio::spawn(axum::serve(listener, routes).with_graceful_shutdown(ended).into_future());
    Ok(RunningApi { address, stop, server })
}

impl RunningApi {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and waits for those that are under way.
    pub(crate) async fn stop(self) -> io::Result<()> {
        // A server that has ended already has no use for the word.
        let _ = self.stop.send(());
        self.server.await?
    }
}

fn cannot_listen(port: u16, error: &io::Error) -> String {
    format!("cannot listen on 127.0.0.1:{port}: {error}: choose another port with --port")
}

async fn place(
    State(database): State<Database>,
    Json(order): Json<NewOrder>,
) -> Result<(StatusCode, Json<Order>), OrderError> {
    Ok((StatusCode::CREATED, Json(orders::place(&database, order).await?)))
}

async fn find(State(database): State<Database>, Path(id): Path<i64>) -> Result<Json<Order>, Response> {
    match database.find(id).await.map_err(StorageError::into_response)? {
        Some(order) => Ok(Json(order)),
        None => Err(refusal(StatusCode::NOT_FOUND, &format!("there is no order {id}"))),
    }
}

async fn list(State(database): State<Database>) -> Result<Json<Vec<Order>>, StorageError> {
    Ok(Json(database.latest().await?))
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        match self {
            OrderError::NothingOrdered => refusal(StatusCode::UNPROCESSABLE_ENTITY, &self.to_string()),
            OrderError::Storage(error) => error.into_response(),
        }
    }
}

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        // What exactly failed is for the operators, who see it in `/readyz` and in the metrics.
        refusal(StatusCode::INTERNAL_SERVER_ERROR, "the database failed: try again later")
    }
}

fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}
