//! Health for gRPC clients and balancers: `grpc.health.v1`, for servers of tonic.

use crate::descriptor::CheckKind;
use crate::health::{Health, Report};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health as Service, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// How long a call waits for the checks before it answers with the last known results.
const BUDGET: Duration = Duration::from_millis(800);

/// How often the checks are asked for someone who watches, if nothing changes meanwhile.
const PERIOD: Duration = Duration::from_secs(5);

/// The service `grpc.health.v1.Health`, which answers with what `health` knows, to be added to a server of tonic.
///
/// The service `""` is readiness, which is off while the program drains; any other is the check or the group of that name.
/// `Check` asks as a readiness probe does, and `Watch` tells each change at once. Checks run on the runtime that the calls
/// come in on.
///
/// ```
/// let service = ops::grpc_health(ops::health().clone());
/// // tonic::transport::Server::builder().add_service(service)
/// # drop(service);
/// ```
pub fn grpc_health(health: Arc<Health>) -> HealthServer<GrpcHealth> {
    HealthServer::new(GrpcHealth { health })
}

/// What is behind [`grpc_health`].
#[derive(Debug)]
pub struct GrpcHealth {
    health: Arc<Health>,
}

#[tonic::async_trait]
impl Service for GrpcHealth {
    type WatchStream = ReceiverStream<Result<HealthCheckResponse, Status>>;

    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        match serving(&self.health, &service).await {
            ServingStatus::ServiceUnknown => Err(Status::not_found("there is no check and no group of this name")),
            status => Ok(Response::new(answer(status))),
        }
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let (sender, receiver) = channel(1);
        tokio::spawn(watch(self.health.clone(), request.into_inner().service, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

/// Tells what `service` is, and then what it becomes, for as long as someone listens.
async fn watch(health: Arc<Health>, service: String, sender: Sender<Result<HealthCheckResponse, Status>>) {
    let mut changes = health.changes();
    let mut told = None;
    loop {
        let status = serving(&health, &service).await;
        if told != Some(status) && sender.send(Ok(answer(status))).await.is_err() {
            return;
        }
        told = Some(status);
        tokio::select! {
            () = sender.closed() => return,
            _changed_or_elapsed = timeout(PERIOD, changes.next()) => {}
        }
    }
}

async fn serving(health: &Health, service: &str) -> ServingStatus {
    let runtime = Handle::current();
    let report = match service {
        "" => Some(health.probe(CheckKind::Readiness, BUDGET, &runtime).await),
        name => health.probe_part(name, BUDGET, &runtime).await,
    };
    match report {
        Some(Report { status, .. }) if status.is_serving() => ServingStatus::Serving,
        Some(_) => ServingStatus::NotServing,
        None => ServingStatus::ServiceUnknown,
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
