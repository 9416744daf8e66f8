//! Health checks, Prometheus metrics, spans and an admin API with roles, registered at link time.
//!
//! Annotate functions and statics in any crate of the program; one line serves all of them:
//!
//! ```standalone_crate
//! use ops::{Counter, Outcome};
//!
//! /// Orders accepted.
//! #[ops::metric]
//! static ORDERS: Counter;
//!
//! /// Free space for the journal.
//! #[ops::health_check("disk", critical = false)]
//! fn disk() -> Outcome {
//!     Outcome::degraded("91 % full")
//! }
//!
//! /// Counted by outcome and timed, with the number of calls in flight.
//! #[ops::metric(name = "place_order")]
//! fn place_order(amount: u64) -> Result<u64, String> {
//!     ORDERS.inc();
//!     if amount == 0 { Err("nothing to order".to_owned()) } else { Ok(amount) }
//! }
//!
//! # #[cfg(not(feature = "server"))]
//! # fn main() {}
//! # #[cfg(feature = "server")]
//! #[tokio::main]
//! async fn main() -> Result<(), ops::MainError> {
//!     let server = ops::serve("127.0.0.1:0").await?; // on its own thread
//!
//!     assert_eq!(place_order(3), Ok(3));
//!     assert!(place_order(0).is_err());
//!     let text = ops::metrics().to_text(); // the body of `GET /metrics`
//!     assert!(text.contains("\norders_total 2\n"));
//!     assert!(text.contains("\nplace_order_total{outcome=\"error\"} 1\n"));
//!     assert_eq!(ops::health().check().await.status, ops::Status::Degraded);
//!
//!     server.shutdown().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Guide
//!
//! | to | see |
//! |---|---|
//! | count, time and observe | [metrics](guide::metrics), [`metric`](macro@metric), [`Counter`], [`Gauge`], [`Histogram`], [`Summary`] |
//! | label metrics, and bound their cardinality | [labels](guide::labels), [`Labels`](trait@Labels), [`LabelValue`](trait@LabelValue) |
//! | check health: liveness, readiness, startup | [health](guide::health), [`health_check`], [`Outcome`], [`Resource`] |
//! | record spans | [spans](guide::spans), [`instrument_span`], [`Span`], [`Observer`] |
//! | authenticate, authorize and audit; all endpoints; `opsctl` | [security](guide::security), `Api`, `rbac` |
//! | serve TLS | [tls](guide::tls), `Tls` |
//! | shut down gracefully | [shutdown](guide::shutdown), `Running::run` |
//! | deploy to Kubernetes | [kubernetes](guide::kubernetes) |
//! | annotate a library, and link everything | [libraries](guide::libraries), [`catalog`], [`link!`] |
//! | test | [testing](guide::testing) |
//! | understand an error, such as "cannot find `metric` in `ops`" in a module that imports `std::ops` | [troubleshooting](guide::troubleshooting) |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `server` (default) | health check runner, roles and permissions, admin API, `serve` |
//! | `tls` | `Tls`: TLS and client certificates, with the crypto provider of the program |
//! | `tls-ring`, `tls-aws-lc-rs` | `tls` with a crypto provider, for a program without one |
//! | `checks` | `checks`: ready-made checks of TCP ports, HTTP servers and disks |
//! | `certificate` | `checks::certificate`: a ready-made check of the expiry of a certificate |
//! | `tracing` | `trace::TracingObserver`: spans of annotated functions as `tracing` spans |
//! | `process` | metrics `process_*`: CPU, memory, file descriptors, threads (Linux) |
//! | `tokio` | `runtime::TokioMetrics`: workers, tasks and busy time of the runtime |
//! | `zstd` | scrapes compressed with zstd |
//! | `http` | outcomes of functions that return HTTP responses: 5xx are errors; part of `server` |
//!
//! Without default features, `ops` depends on neither tokio nor axum nor argon2. Library crates depend on `ops-core`, which has no
//! runtime and no server either.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Lets the crate's own examples and tests refer to it as its users do.
extern crate self as ops;

#[cfg(all(fuzzing, feature = "server"))]
#[doc(hidden)]
pub mod __fuzz;
#[cfg(feature = "server")]
mod admin;
#[cfg(feature = "server")]
mod api;
#[cfg(feature = "server")]
pub mod audit;
mod build_info;
#[cfg(feature = "checks")]
pub mod checks;
pub mod cluster;
#[cfg(feature = "tls")]
mod crypto_provider;
#[cfg(any(feature = "server", feature = "tracing"))]
mod diagnostics;
pub mod error;
#[cfg(all(any(doc, doctest), feature = "server"))]
pub mod guide;
pub mod health;
#[cfg(any(feature = "server", feature = "tracing"))]
mod log;
pub mod metric;
#[cfg(all(test, feature = "server"))]
mod model_random;
#[cfg(feature = "server")]
pub mod net;
#[cfg(any(feature = "certificate", feature = "tls"))]
pub mod pem;
#[cfg(all(feature = "process", target_os = "linux"))]
mod process;
#[cfg(feature = "server")]
mod program;
#[cfg(feature = "server")]
pub mod rbac;
#[cfg(feature = "server")]
mod reload;
#[cfg(feature = "tokio")]
pub mod runtime;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "tls")]
pub mod tls;
pub mod trace;

#[doc(hidden)]
pub use ops_core::__private;
pub use ops_core::{build_info, default_duration_buckets, link, link_instrument};
pub use ops_core::{catalog, metrics, provide};
pub use ops_core::{clock, descriptor, exposition, linkage, name, registry, snapshot};

#[cfg(feature = "server")]
pub use admin::{Introspector, Limits};
#[cfg(feature = "server")]
pub use api::{Api, ApiBuilder};
pub use cluster::{Cluster, Member, StaticCluster};
pub use descriptor::CheckKind;
pub use error::MainError;
pub use health::{CheckContext, IntoOutcome, OptionalResource, Outcome, Resource, Status};
#[cfg(feature = "server")]
pub use health::{Health, Report};
pub use ops_core::metric::{
    Attr, Buckets, Counter, Gauge, Histogram, Info, LabelValue, Labels, StateSet, Summary, attr,
};
#[cfg(feature = "server")]
pub use program::health;
pub use registry::Metrics;
#[cfg(feature = "server")]
pub use serve::serve;
#[cfg(feature = "server")]
pub use server::{Address, Error, Running, Server, ShutdownSignal, Termination};
#[cfg(feature = "tls")]
pub use tls::Tls;
pub use trace::{Observer, Span, install_observer};

// The attributes are documented here, as `ops-macros` cannot run examples. Each example is a program of its own, as all
// declarations of a program share one registry.

/// Registers a static as a metric, or counts and times the calls of a function or method.
///
/// On an `impl` block, it applies to every method. Metrics are registered at link time and served from the start, at 0. A
/// dependency that is renamed in `Cargo.toml` (`operations = { package = "ops" }`) is resolved automatically; a crate that
/// re-exports this one sets `crate = path`. In a module that imports `std::ops`, write `#[::ops::metric]`.
///
/// Strings, numbers and durations in options are literals or constants, and are checked at compile time.
///
/// # On a static
/// The static has a type and no value. The metric is named after the identifier in lower case, then the unit, then `_total`
/// for a counter. The doc comment is its help text.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `name = "auth_time"` | name | the identifier |
/// | `utf8` | allows any UTF-8 name, such as `"auth.time"`, [escaped](name::Escaping) for scrapers that do not accept it | off |
/// | `unit = "bytes"` | unit: lowercase letters, digits and `_` | none |
/// | `buckets = [256, 1024]` | upper bounds of a histogram, strictly increasing | [`Buckets::SECONDS`] |
/// | `buckets = linear(start, width, count)` | bounds at equal distances | |
/// | `buckets = exponential(start, factor, count)` | bounds at equal ratios | |
/// | `buckets = BUCKETS` | a constant [`Buckets`], such as [`Buckets::NATIVE`] for a native (exponential) histogram | |
/// | `help = ".."` | help text | the doc comment |
/// | `max_series = 500` | maximum number of series of a dynamic label set; further ones are counted in the overflow series | 2,000 |
/// | `ttl = "1h"` | time after which an [idle](crate::metric::InstrumentOptions::ttl) series of a dynamic label set is removed | never |
///
/// ```standalone_crate
/// use ops::{Counter, Histogram};
///
/// /// Orders accepted.
/// #[ops::metric]
/// static ORDERS: Counter;
///
/// /// Size of an order on the wire.
/// #[ops::metric(unit = "bytes", buckets = [256, 1024, 4096])]
/// static ORDER_SIZE: Histogram;
///
/// ORDERS.inc();
/// ORDER_SIZE.observe(1000.0);
///
/// let text = ops::metrics().to_text();
/// assert!(text.contains("# HELP orders_total Orders accepted.\n"));
/// assert!(text.contains("\norders_total 1\n"));
/// assert!(text.contains("\norder_size_bytes_bucket{le=\"1024\"} 1\n"));
/// ```
///
/// # On a function
/// Counts calls by outcome, and records their durations and the number of calls in flight. The outcome is `ok`; `error` for an
/// `Err`, also behind an alias of `Result`, and for values whose [`ToCallOutcome`](metric::ToCallOutcome) says so; `panic`; or
/// `cancelled` for a future that is dropped before it completes.
///
/// With the feature `http`, which `server` enables, the status of a response decides: `http::StatusCode`, `http::Response<B>`,
/// axum's `Response`, tuples that begin with one of them, and `Ok` or `Err` of any of these. Server errors (5xx) are `error`;
/// all others, client errors (4xx) too, are `ok`. For `impl IntoResponse`, the type that the body returns is inspected. If that
/// is opaque too, the call counts as `ok`: call `.into_response()` on it. Implement [`ToCallOutcome`](metric::ToCallOutcome) for
/// error enums of the application.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `name = "place_order"` | families of its own: `place_order_total`, `_in_flight`, `_duration_seconds` | `function_calls_*` |
/// | `utf8` | allows any UTF-8 name, as for a static | off |
/// | `labels(channel, tenant = order.tenant, zone: Zone = zone)` | labels, evaluated once, before the body; with a type, the label is static and its series exist from the start | none |
/// | `result_labels(status = \|response\| response.status().as_u16())` | labels of the counter and the durations, computed from a reference to the returned value by a closure or a function | none |
/// | `max_series = 500`, `ttl = "1h"` | limits of a dynamic label set, as for a static; a series with a call in flight is kept | 2,000; never |
/// | `buckets = ..` | buckets of the durations, in seconds | [`default_duration_buckets!`], [`Metrics::set_default_duration_buckets`] or [`Buckets::SECONDS`] |
/// | `durations = false` | records no durations | `true` |
/// | `help = ".."` | description in the catalog | the doc comment |
/// | `none = "error"` | counts `None` as an error | `ok` |
/// | `error_if = path` | predicate on a reference to the value: `true` is an error | |
/// | `ok_if = path` | predicate on a reference to the value: `false` is an error | |
///
/// Without a name, the function joins `function_calls_total`, `function_calls_in_flight` and
/// `function_calls_duration_seconds`, with the labels `function` and `module`. `labels`, `result_labels`, `buckets`, `max_series`
/// and `ttl` require a name.
///
/// The counters of all outcomes and the durations of `ok` exist from the start, at 0: 19 samples with the default buckets. The
/// durations of another outcome appear with its first call. [`Buckets::NATIVE`] takes one histogram for scrapers that accept
/// native ones.
///
/// ```standalone_crate
/// #[ops::metric(name = "parse", labels(empty: bool = text.is_empty()))]
/// fn parse(text: &str) -> Result<u64, std::num::ParseIntError> {
///     text.parse()
/// }
///
/// assert_eq!(parse("7"), Ok(7));
/// assert!(parse("").is_err());
///
/// let text = ops::metrics().to_text();
/// assert!(text.contains("\nparse_total{empty=\"false\",outcome=\"ok\"} 1\n"));
/// assert!(text.contains("\nparse_total{empty=\"true\",outcome=\"error\"} 1\n"));
/// assert!(text.contains("\nparse_in_flight{empty=\"true\"} 0\n"));
/// ```
///
/// Result labels are known only after the call, such as the status of a response. Values are strings (also
/// borrowed from the returned value), integers, `bool`s, and enums with [`LabelValue`](trait@LabelValue). Calls that panic
/// or are canceled are counted without these labels, and so are calls whose value cannot be inspected, because
/// another function boxed the future and it cannot be boxed again.
///
/// Result labels make the label set dynamic. `max_series` bounds the series in which calls begin and, separately, the series
/// of the results.
///
/// ```standalone_crate
/// struct Response {
///     status: u16,
/// }
///
/// #[ops::metric(
///     name = "http_request",
///     labels(route),
///     result_labels(status = |response| response.status),
///     max_series = 500,
///     ttl = "1h"
/// )]
/// fn serve(route: &str, id: u64) -> Response {
///     Response { status: if id == 0 { 404 } else { 200 } }
/// }
///
/// assert_eq!((serve("/orders/{id}", 0).status, serve("/orders/{id}", 7).status), (404, 200));
/// let text = ops::metrics().to_text();
/// for status in [200, 404] {
///     let labels = format!("route=\"/orders/{{id}}\",status=\"{status}\",outcome=\"ok\"");
///     assert!(text.contains(&format!("\nhttp_request_total{{{labels}}} 1\n")));
///     assert!(text.contains(&format!("\nhttp_request_duration_seconds_count{{{labels}}} 1\n")));
/// }
/// assert!(text.contains("\nhttp_request_in_flight{route=\"/orders/{id}\"} 0\n"));
/// ```
///
/// `none`, `error_if` and `ok_if` are mutually exclusive.
///
/// ```standalone_crate
/// struct Response {
///     status: u16,
/// }
///
/// impl Response {
///     fn is_failure(&self) -> bool {
///         self.status >= 500
///     }
/// }
///
/// #[ops::metric(name = "respond", error_if = Response::is_failure)]
/// fn respond(status: u16) -> Response {
///     Response { status }
/// }
///
/// #[ops::metric(name = "find", none = "error")]
/// fn find(row: usize) -> Option<&'static str> {
///     ["first"].get(row).copied()
/// }
///
/// assert_eq!((respond(404).status, respond(503).status), (404, 503));
/// assert_eq!((find(0), find(7)), (Some("first"), None));
///
/// let text = ops::metrics().to_text();
/// for counted in ["respond", "find"] {
///     assert!(text.contains(&format!("\n{counted}_total{{outcome=\"ok\"}} 1\n")));
///     assert!(text.contains(&format!("\n{counted}_total{{outcome=\"error\"}} 1\n")));
/// }
/// ```
///
/// Functions keep their signature: generics, `impl Trait`, lifetimes, any receiver, `unsafe`, `extern "C"`, trait methods. A
/// `const fn` is rejected.
///
/// The body stays in place unless it may return early, by `return`, `?` or a macro that may contain one. Such a body is
/// moved into a closure that takes the arguments, or into an `async` block, so that its value can be inspected. Lints apply
/// there as well, except that clippy's `needless_pass_by_value` does not fire for arguments of the closure. In a
/// `#[track_caller]` function with such a body, `Location::caller()` is a location in the body itself.
///
/// # On a function that returns a future
/// The future is measured until it completes; one that is dropped before counts as `cancelled`.
///
/// | function | measured from |
/// |---|---|
/// | `async fn`; a body that consists of `async { .. }` or `Box::pin(async { .. })`, as below `#[async_trait]` | the first poll |
/// | any other body of `-> impl Future<Output = T>`, with no bounds other than `Send`, `Sync` and lifetimes | the call |
/// | any other body of `-> Pin<Box<dyn Future<Output = T>>>`, with or without `Send`, or of an alias of such a type whose name contains `Fut`, such as `BoxFuture<'_, T>` or `Self::Future` | the call |
///
/// A future that the function boxes itself, by `Box::pin(future)` or `future.boxed()` at its end or in a `return`, is
/// measured in that box. A future that another function boxed is boxed again if the return type mentions only types of the
/// standard library and paths, such as `Result<u8, crate::Error>`. Otherwise its output might not live long enough for a
/// second box, and the call is measured until the function returns: write `Box::pin(other(..))` to measure the future.
///
/// A function that returns a named future type or a stream keeps its return type, and is measured until it returns; the
/// stream may live as long as a connection. To measure the items of a stream, annotate the function that produces an item.
/// The order of `#[async_trait]` and this attribute does not matter.
///
/// ```standalone_crate
/// use std::future::{Future, ready};
///
/// #[ops::metric(name = "load")]
/// fn load(row: u8) -> impl Future<Output = Result<u8, String>> {
///     let row = if row > 9 { Err("no such row".to_owned()) } else { Ok(row) };
///     ready(row)
/// }
///
/// drop(load(1));
/// assert!(ops::metrics().to_text().contains("\nload_total{outcome=\"cancelled\"} 1\n"));
/// ```
///
/// # On an `impl` block
/// Measures every method with a body, as `Type::method`; a method outside an annotated block is named in the same way if its
/// signature contains `self` or `Self`. A method may have a `#[metric(..)]` with the options of a function. `#[metric(skip)]`
/// excludes it, which a `const fn` requires. On the block, `none`, `error_if` and `ok_if` are the defaults of its methods;
/// `none = "error"` applies to those that return an `Option`.
///
/// ```standalone_crate
/// struct Cart;
///
/// #[ops::metric]
/// impl Cart {
///     fn total(&self) -> u64 {
///         42
///     }
///
///     #[ops::metric(skip)]
///     const fn is_empty(&self) -> bool {
///         false
///     }
/// }
///
/// assert!(!Cart.is_empty());
/// assert_eq!(Cart.total(), 42);
/// assert!(ops::metrics().to_text().contains("function=\"Cart::total\""));
/// ```
///
/// # With other attributes
/// `#[metric]` and [`#[instrument_span]`](macro@crate::instrument_span) on one function share one wrapper: the first attribute
/// consumes the second, which is recognized by its path: `metric` alone, or with the path of the first attribute, the name of this
/// crate, or the path of `crate =`. An attribute `#[metric]` of another crate is left alone if it is written with its path.
#[doc(inline)]
pub use ops_core::facade::metric;

/// Records each call of a function or method as a span.
///
/// Durations are served as `NAME_duration_seconds`, with `_` for the dots of the name, in the buckets of
/// [`default_duration_buckets!`] or [`Metrics::set_default_duration_buckets`], else [`Buckets::SECONDS`]. Installed
/// [`Observer`]s receive every span. In the body, also after an `.await`, [`Span::current`] is this span. An `Err` that
/// implements `Display` is recorded as the error of the span.
///
/// | option | meaning |
/// |---|---|
/// | `"order.place"`, first | name; default: the name of the function |
/// | `fields(order.id = id, tenant = tenant)` | attributes: strings, numbers, `bool`s |
/// | `fields(total = %total, items = ?items)` | attributes by `Display` or `Debug`; short form: `fields(%total, ?items)` |
/// | `fields(secret(token))` | recorded as `[redacted]`, never the value; a bare `token` is rejected |
/// | `none`, `error_if`, `ok_if` | values that count as errors, as for [`metric`](macro@crate::metric); with both attributes, on one of them |
///
/// Arguments are recorded only if they are listed in `fields`, which is evaluated only while an observer is installed.
/// Together with [`metric`](macro@crate::metric), in either order, there is one wrapper around the body.
///
/// ```standalone_crate
/// #[ops::instrument_span("order.place", fields(order.id = id))]
/// fn place(id: u64) -> u64 {
///     ops::Span::current().set_attr(ops::attr("priced", true));
///     id
/// }
///
/// assert_eq!(place(7), 7);
/// assert!(ops::metrics().to_text().contains("\norder_place_duration_seconds_count 1\n"));
/// ```
#[doc(inline)]
pub use ops_core::facade::instrument_span;

/// Registers a function as a health check.
///
/// The function is `async`, returns a future, or blocks; a blocking check runs on a thread of its own. Each argument is a
/// [`Resource<T>`](crate::Resource) or a [`CheckContext`], by value or by reference. The return type implements [`IntoOutcome`]:
/// `()`, `bool`, `Option<T>`, `Result<T, E>` or [`Outcome`].
///
/// | option | meaning | default |
/// |---|---|---|
/// | `"db"`, first | name: `[a-z0-9][a-z0-9_.-]*`, at most 64 bytes | the name of the function |
/// | `kind = "liveness"` | `readiness`, `liveness` or `startup` | `readiness` |
/// | `kinds("readiness", "startup")` | several kinds | |
/// | `timeout = "500ms"` | timeout of a run: an integer and `ms`, `s`, `m` or `h`, or a constant `Duration` | 2 s |
/// | `critical = false` | a failure only degrades the report | `true` |
/// | `interval = "10s"` | runs the check periodically; probes read the last result, which is stale after three intervals | runs when a probe asks |
/// | `failure_threshold = 3` | consecutive failed runs until the check has failed; a success resets the count | 1 |
/// | `success_threshold = 2` | consecutive successful runs until it has recovered; a failure resets the count | 1 |
/// | `initial = "healthy"` | status until enough runs have completed | `unknown` |
/// | `grace = "30s"` | time after the start, until the first success, in which a failure does not fail liveness | none |
/// | `groups("storage")` | groups, served at `/readyz/storage` | none |
/// | `tags("storage")` | tags to filter `/admin/health?tag=storage` by | none |
///
/// The function itself is unchanged and can be called in a test. A check cannot be generic or take `self`. It may be declared in
/// a module or in the body of another function; in an `impl` block, the block needs the attribute too:
///
/// ```standalone_crate
/// struct Pool;
///
/// #[ops::health_check]
/// impl Pool {
///     #[ops::health_check("pool")]
///     fn has_room(pool: &ops::Resource<Self>) -> bool {
///         pool.connections() < 10
///     }
///
///     fn connections(&self) -> usize {
///         3
///     }
/// }
///
/// # #[cfg(feature = "server")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// ops::provide(Pool);
/// assert!(ops::health().check().await.checks["pool"].ok);
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
///
/// ```standalone_crate
/// struct Pool;
///
/// impl Pool {
///     async fn ping(&self) -> Result<(), std::io::Error> {
///         Ok(())
///     }
/// }
///
/// /// Reaches the orders database.
/// #[ops::health_check("db", timeout = "500ms", tags("storage"))]
/// async fn database(pool: ops::Resource<Pool>) -> Result<(), std::io::Error> {
///     pool.ping().await
/// }
///
/// # #[cfg(feature = "server")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// ops::provide(Pool);
/// assert!(ops::health().check().await.checks["db"].ok);
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
#[doc(inline)]
pub use ops_core::facade::health_check;

/// Derives [`Labels`](trait@Labels), with one label per field.
///
/// A field is a string, an integer, a `bool`, an enum with `#[derive(LabelValue)]`, or an `Option` of one of these.
///
/// | attribute of a field | effect |
/// |---|---|
/// | `#[label("zone")]`, `#[label(rename = "zone")]` | renames the label |
/// | `#[label(flatten)]` | inserts the labels of a nested label set |
/// | `#[label(skip)]` | leaves the field out |
///
/// ```standalone_crate
/// #[derive(ops::Labels)]
/// struct Order<'a> {
///     tenant: &'a str,
///     #[label(rename = "zone")]
///     shelf: u8,
///     #[label(skip)]
///     total: u64,
/// }
///
/// /// Orders accepted.
/// #[ops::metric]
/// static ORDERS: ops::Counter<Order<'static>>;
///
/// let order = Order { tenant: "acme", shelf: 3, total: 42 };
/// ORDERS.with(&order).add(order.total);
/// assert!(ops::metrics().to_text().contains("\norders_total{tenant=\"acme\",zone=\"3\"} 42\n"));
/// ```
#[doc(inline)]
pub use ops_core::facade::Labels;

/// Derives [`LabelValue`](trait@LabelValue) for an enum: the values of a static label.
///
/// Values are the variants in snake case, or as `#[label("..")]` names them. The enum alone is a label set of one label,
/// named after the enum in snake case or by `#[label("..")]` on the enum.
///
/// ```standalone_crate
/// #[derive(ops::LabelValue, Clone, Copy)]
/// enum Channel {
///     Web,
///     #[label("point-of-sale")]
///     PointOfSale,
/// }
///
/// /// Refunds.
/// #[ops::metric]
/// static REFUNDS: ops::Counter<Channel>;
///
/// REFUNDS.with(&Channel::PointOfSale).inc();
///
/// let text = ops::metrics().to_text();
/// assert!(text.contains("\nrefunds_total{channel=\"point-of-sale\"} 1\n"));
/// assert!(text.contains("\nrefunds_total{channel=\"web\"} 0\n"), "from the start");
/// # let _ = Channel::Web;
/// ```
#[doc(inline)]
pub use ops_core::facade::LabelValue;

/// Compiles the examples of the README.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
