//! The [gRPC health checking protocol] for [`ops`], as a service for [`tonic`] servers.
//!
//! The service is `grpc.health.v1.Health`. It reports the status of [`Health`] to Kubernetes probes, load balancers and
//! gRPC clients.
//!
//! ```
//! use ops::Health;
//! use std::sync::Arc;
//! use tokio::net::TcpListener;
//! use tokio_stream::wrappers::TcpListenerStream;
//! use tonic::transport::{Endpoint, Server};
//! use tonic_health::pb::HealthCheckRequest;
//! use tonic_health::pb::health_check_response::ServingStatus;
//! use tonic_health::pb::health_client::HealthClient;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let health = Arc::new(Health::new()); // in a service: `ops::health().clone()`
//! health.register("db", |_context| async {});
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("http://{}", listener.local_addr()?);
//! let server = Server::builder().add_service(ops_grpc::health_service(health));
//! tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
//!
//! let mut client = HealthClient::new(Endpoint::from_shared(url)?.connect().await?);
//! let response = client.check(HealthCheckRequest { service: "db".to_owned() }).await?;
//! assert_eq!(response.into_inner().status(), ServingStatus::Serving);
//! # Ok(())
//! # }
//! ```
//!
//! # Services
//! | service | status |
//! |---|---|
//! | `""` | the readiness of the program |
//! | the name of a check or group | the status of the check or group |
//! | a name mapped by [`HealthService::service`], such as `orders.v1.OrderService` | the worst status of its checks and groups |
//! | any other | `Check` fails with `NOT_FOUND`; `Watch` sends `SERVICE_UNKNOWN` until a check of this name is registered |
//!
//! Every known service is `NOT_SERVING` while the program drains.
//!
//! # Versions
//! Types of `tonic` are part of this crate's API, so each version of it depends on one version of `tonic`: 0.1 on `tonic`
//! 0.14.
//!
//! [gRPC health checking protocol]: https://github.com/grpc/grpc/blob/master/doc/health-checking.md

use ops::health::Report;
use ops::{CheckKind, Health};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{self, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// Maximum time that a call waits for checks before it uses their last results.
const PROBE_BUDGET: Duration = Duration::from_millis(800);

/// Maximum interval between probes of a watched service; a status change causes one immediately.
const WATCH_INTERVAL: Duration = Duration::from_secs(5);

/// Returns the service `grpc.health.v1.Health`, which reports the status of `health`.
///
/// Add it to a server with `tonic::transport::Server::add_service`. `Check` runs the checks like a readiness probe and
/// responds within 800 ms, with the last results of checks that take longer. `Watch` sends the current status, then
/// every change. Checks run on the server's runtime.
///
/// # Examples
/// ```
/// let service = ops_grpc::health_service(ops::health().clone());
/// // tonic::transport::Server::builder().add_service(service)
/// # drop(service);
/// ```
pub fn health_service(health: impl Into<Arc<Health>>) -> HealthServer<HealthService> {
    HealthService::new(health).into_server()
}

/// Implementation of `grpc.health.v1.Health`, created by [`health_service`].
///
/// Clients request a service by its full gRPC name, which is not a valid check name; [`service`](Self::service) maps it.
///
/// ```
/// use ops_grpc::HealthService;
///
/// let service = HealthService::new(ops::health().clone())
///     .service("orders.v1.OrderService", ["db", "queue"])
///     .into_server();
/// # drop(service);
/// ```
#[derive(Debug)]
pub struct HealthService {
    health: Arc<Health>,
    services: BTreeMap<String, BTreeSet<String>>,
}

impl HealthService {
    /// Creates a service that reports the status of `health`.
    pub fn new(health: impl Into<Arc<Health>>) -> HealthService {
        HealthService { health: health.into(), services: BTreeMap::new() }
    }

    /// Maps the gRPC service `name` to checks and groups. Repeated calls for a service add to its mapping.
    ///
    /// The service is `SERVING` while all of them are, and unknown while one of them does not exist. Without checks and
    /// groups, it is `SERVING` unless the program drains.
    #[must_use]
    pub fn service(
        mut self,
        name: impl Into<String>,
        parts: impl IntoIterator<Item = impl Into<String>>,
    ) -> HealthService {
        self.services.entry(name.into()).or_default().extend(parts.into_iter().map(Into::into));
        self
    }

    /// Returns the service for `tonic::transport::Server::add_service`.
    pub fn into_server(self) -> HealthServer<HealthService> {
        HealthServer::new(self)
    }

    /// Resolves `service`: the checks and groups mapped to it, or the check or group of this name.
    fn target(&self, service: String) -> Target {
        match self.services.get(&service) {
            Some(parts) => Target::Parts(parts.clone()),
            None if service.is_empty() => Target::Program,
            None => Target::Parts(BTreeSet::from([service])),
        }
    }
}

/// The checks that determine the status of a gRPC service.
#[derive(Debug)]
enum Target {
    /// The readiness checks of the program.
    Program,
    /// The names of checks and groups.
    Parts(BTreeSet<String>),
}

#[tonic::async_trait]
impl health_server::Health for HealthService {
    type WatchStream = ReceiverStream<Result<HealthCheckResponse, Status>>;

    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let target = self.target(request.into_inner().service);
        match serving_status(&self.health, &target).await {
            ServingStatus::ServiceUnknown => {
                Err(Status::not_found("unknown service: no health check or group has this name"))
            }
            status => Ok(Response::new(response(status))),
        }
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let (sender, receiver) = channel(1);
        tokio::spawn(watch(self.health.clone(), self.target(request.into_inner().service), sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

/// Sends the status of `target`, then every change until the client cancels the call.
async fn watch(health: Arc<Health>, target: Target, sender: Sender<Result<HealthCheckResponse, Status>>) {
    let mut changes = health.changes();
    let mut sent = None;
    loop {
        let status = serving_status(&health, &target).await;
        if sent != Some(status) && sender.send(Ok(response(status))).await.is_err() {
            return;
        }
        sent = Some(status);
        tokio::select! {
            () = sender.closed() => return,
            _changed_or_elapsed = timeout(WATCH_INTERVAL, changes.next()) => {}
        }
    }
}

async fn serving_status(health: &Arc<Health>, target: &Target) -> ServingStatus {
    let parts = match target {
        Target::Program => return status_of(&health.probe(CheckKind::Readiness, PROBE_BUDGET).await),
        Target::Parts(parts) => parts,
    };
    // Probed concurrently, because each may take the whole budget.
    let mut probes = JoinSet::new();
    for part in parts.clone() {
        let health = health.clone();
        probes.spawn(async move { health.probe_part(&part, PROBE_BUDGET).await });
    }
    let mut status = if health.is_draining() { ServingStatus::NotServing } else { ServingStatus::Serving };
    while let Some(report) = probes.join_next().await {
        match report {
            Ok(None) => return ServingStatus::ServiceUnknown,
            Ok(Some(report)) if report.status.is_serving() => {}
            Ok(Some(_)) | Err(_) => status = ServingStatus::NotServing,
        }
    }
    status
}

fn status_of(report: &Report) -> ServingStatus {
    if report.status.is_serving() { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
