//! `grpc.health.v1` over TCP: a tonic server and the client of `tonic-health`.

use ops::Health;
use ops_grpc::HealthService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Serves `health` and returns a connected client.
async fn client(health: &Arc<Health>) -> HealthClient<Channel> {
    client_of(HealthService::new(health.clone())).await
}

async fn client_of(service: HealthService) -> HealthClient<Channel> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound listener"));
    let server = Server::builder().add_service(service.into_server());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let endpoint = Endpoint::from_shared(url).expect("a valid URL");
    HealthClient::new(endpoint.connect().await.expect("a server that accepts"))
}

fn request_for(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

/// `db` is healthy and in the group `storage`; `queue` is unhealthy.
fn health() -> Arc<Health> {
    let health = Health::new();
    health.register("db", |_context| async {});
    health.register("queue", |_context| async { false });
    health.group("storage", ["db"]);
    Arc::new(health)
}

#[tokio::test]
async fn check_reports_the_program_a_check_or_a_group() {
    let health = health();
    let mut client = client(&health).await;
    for (service, status) in [
        ("", ServingStatus::NotServing),
        ("db", ServingStatus::Serving),
        ("queue", ServingStatus::NotServing),
        ("storage", ServingStatus::Serving),
    ] {
        assert_eq!(client.check(request_for(service)).await.unwrap().into_inner().status(), status, "{service:?}");
    }
    assert_eq!(client.check(request_for("tape")).await.unwrap_err().code(), Code::NotFound);
    health.register("queue", |_context| async {});
    assert_eq!(client.check(request_for("")).await.unwrap().into_inner().status(), ServingStatus::Serving);
    health.drain();
    assert_eq!(client.check(request_for("")).await.unwrap().into_inner().status(), ServingStatus::NotServing);
}

#[tokio::test]
async fn watch_sends_the_current_status_and_every_change() {
    let health = health();
    let mut client = client(&health).await;
    let mut program = client.watch(request_for("")).await.unwrap().into_inner();
    let mut tape = client.watch(request_for("tape")).await.unwrap().into_inner();
    let next = async |stream: &mut tonic::Streaming<tonic_health::pb::HealthCheckResponse>| {
        timeout(Duration::from_secs(60), stream.message()).await.unwrap().unwrap().unwrap().status()
    };
    assert_eq!(next(&mut program).await, ServingStatus::NotServing);
    assert_eq!(next(&mut tape).await, ServingStatus::ServiceUnknown);
    health.register("queue", |_context| async {});
    health.register("tape", |_context| async {});
    health.check().await;
    assert_eq!(next(&mut program).await, ServingStatus::Serving);
    assert_eq!(next(&mut tape).await, ServingStatus::Serving);
    health.drain();
    assert_eq!(next(&mut program).await, ServingStatus::NotServing);
    health.undrain();
    assert_eq!(next(&mut program).await, ServingStatus::Serving);
}

#[tokio::test]
async fn maps_grpc_services_to_checks_and_groups() {
    let health = health();
    let service = HealthService::new(health.clone())
        .service("orders.v1.OrderService", ["db", "queue"])
        .service("stock.v1.StockService", ["storage"])
        .service("tape.v1.TapeService", ["db", "tape"])
        .service("echo.v1.EchoService", [""; 0]);
    let mut client = client_of(service).await;
    for (service, status) in [
        ("orders.v1.OrderService", ServingStatus::NotServing),
        ("stock.v1.StockService", ServingStatus::Serving),
        ("echo.v1.EchoService", ServingStatus::Serving),
    ] {
        assert_eq!(client.check(request_for(service)).await.unwrap().into_inner().status(), status, "{service:?}");
    }
    for unknown in ["tape.v1.TapeService", "orders.v1.orderservice", "orders.v2.OrderService"] {
        assert_eq!(client.check(request_for(unknown)).await.unwrap_err().code(), Code::NotFound, "{unknown}");
    }
    let mut orders = client.watch(request_for("orders.v1.OrderService")).await.unwrap().into_inner();
    assert_eq!(orders.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    health.register("queue", |_context| async {});
    health.check().await;
    assert_eq!(orders.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    health.drain();
    for service in ["orders.v1.OrderService", "echo.v1.EchoService"] {
        let status = client.check(request_for(service)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::NotServing, "{service:?}");
    }
}
