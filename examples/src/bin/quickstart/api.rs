//! HTTP API of the service, an ordinary axum application.

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

/// The API, bound to its address.
#[derive(Debug)]
pub(crate) struct Api {
    listener: TcpListener,
    address: SocketAddr,
    routes: Router,
}

impl Api {
    /// Binds an API for the orders of `database` to `port` of 127.0.0.1.
    pub(crate) async fn bind(port: u16, database: Database) -> Result<Api, String> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| cannot_listen(port, &error))?;
        let address = listener.local_addr().map_err(|error| cannot_listen(port, &error))?;
        let routes =
            Router::new().route("/orders", post(place).get(list)).route("/orders/{id}", get(find)).with_state(database);
        Ok(Api { listener, address, routes })
    }

    /// Returns the address on which the API listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves requests until `shutdown` completes, then finishes the requests in flight.
    #[expect(clippy::disallowed_methods, reason = "an example on loopback needs no limits, which `axum::serve` lacks")]
    pub(crate) async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        axum::serve(self.listener, self.routes).with_graceful_shutdown(shutdown).await
    }
}

fn cannot_listen(port: u16, error: &io::Error) -> String {
    format!("cannot listen on `127.0.0.1:{port}`: {error}; choose another port with `--port`")
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
        None => Err(refusal(StatusCode::NOT_FOUND, &format!("order {id} does not exist"))),
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
        // Clients get no details. Operators see them in `/readyz` and in the metrics.
        refusal(StatusCode::INTERNAL_SERVER_ERROR, "the database failed; try again later")
    }
}

fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}
