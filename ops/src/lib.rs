//! Health checks, Prometheus metrics, spans and an admin API with roles, found at link time.
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
//! /// Room left for the journal.
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
//!     let server = ops::serve("127.0.0.1:0").await?; // on a thread of its own
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
//! | understand an error, such as "cannot find `metric` in `ops`" beside `std::ops` | [troubleshooting](guide::troubleshooting) |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `server` (default) | the runner of health checks, roles and permissions, the admin API, `serve` |
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
//! Without default features, `ops` has neither tokio nor axum nor argon2; so has `ops-core`, which library crates depend on.
#![cfg_attr(docsrs, feature(doc_cfg))]

// So that the crate's own examples and tests can name it as its users do.
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

// The attributes, documented here so that the examples can run; each example is a program of its own, as what the
// attributes declare is one set a program.

/// Counts and times: a static, a function, or every method of an `impl` block.
///
/// What it declares is found by the linker and served from the start, at 0. Where a manifest gives this crate another
/// name (`operations = { package = "ops" }`) the attributes find it; where it is only re-exported, every one of them takes
/// `crate = path`. A module that imports `std::ops` writes `#[::ops::metric]`: without `::`, the name is that of the import.
///
/// A text, a number or a duration in an option is a literal or a constant: both are checked at compile time.
///
/// # On a static
/// The static has a type and no value. Its name is the identifier in lower case, then the unit, then `_total` for a
/// counter; its help is the doc comment.
///
/// | option | what it sets |
/// |---|---|
/// | `name = "auth_time"` | the name, in place of the identifier |
/// | `utf8` | a name of any characters, as `"auth.time"`: scrapers that read no such names are shown it escaped ([`Escaping`](name::Escaping)) |
/// | `unit = "bytes"` | what is measured: lower-case letters, digits and `_` |
/// | `buckets = [256, 1024]` | the upper bounds of a histogram, in rising order |
/// | `buckets = linear(start, width, count)` | bounds at equal distances |
/// | `buckets = exponential(start, factor, count)` | bounds at equal ratios |
/// | `buckets = BUCKETS` | a constant [`Buckets`], as [`Buckets::NATIVE`] for native (exponential) ones |
/// | `help = ".."` | the help, in place of the doc comment |
/// | `max_series = 500` | the largest number of series of a dynamic label set; further ones are counted in the overflow series: 2,000 |
/// | `ttl = "1h"` | the time to live of a series of a dynamic label set: one that is idle for as long is removed ([when it is idle](crate::metric::InstrumentOptions::ttl)): never |
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
/// Counts its calls by outcome, times them and says how many are running. The outcome is `ok`; `error` where the value is
/// an `Err`, also behind an alias of `Result`, or says so itself ([`ToCallOutcome`](metric::ToCallOutcome)); `panic`; or `cancelled`, where a
/// future is dropped before its end.
///
/// With the feature `http`, which `server` enables, responses say so by their status: `http::StatusCode`, `http::Response<B>`, the
/// `Response` of axum, tuples that begin with one of them, and an `Ok` or an `Err` of any of these. A server error (5xx)
/// is an `error`; anything else, also a client error (4xx), is `ok`. An `impl IntoResponse` is seen as the type that the body
/// returns; if that is opaque too, as what another function returns as `impl IntoResponse`, it counts as `ok`: call
/// `.into_response()` on it. An error enum of the application implements [`ToCallOutcome`](metric::ToCallOutcome).
///
/// | option | what it sets |
/// |---|---|
/// | `name = "place_order"` | families of its own: `place_order_total`, `_in_flight`, `_duration_seconds` |
/// | `utf8` | a name of any characters, as above |
/// | `labels(channel, tenant = order.tenant, zone: Zone = zone)` | labels, evaluated once and before the body. Where the type is named its values are known, and all series are there from the start |
/// | `result_labels(status = \|response\| response.status().as_u16())` | further labels of the counter and of the durations, computed from a reference to the returned value by a closure or a function |
/// | `max_series = 500` | the largest number of series of a dynamic label set, as above |
/// | `ttl = "1h"` | the time to live of a series of a dynamic label set, as above; a series with a running call stays |
/// | `buckets = ..` | the buckets of its durations, in seconds; otherwise those of [`default_duration_buckets!`] or [`Metrics::set_default_duration_buckets`], or else [`Buckets::SECONDS`] |
/// | `durations = false` | counters and the number of running calls alone |
/// | `help = ".."` | what the catalogue says of it, in place of the doc comment |
/// | `none = "error"` | a `None` is an error |
/// | `error_if = path` | what is an error: `path` is a function that takes a reference to the value and gives a `bool` |
/// | `ok_if = path` | what is not |
///
/// Without a name it joins `function_calls_total` and its like, told apart by the labels `function` and `module`; `labels`,
/// `result_labels`, `buckets`, `max_series` and `ttl` then have no place.
///
/// A series starts with the counters of all outcomes and the durations of `ok`, at 0; the durations of another outcome appear
/// with its first call, and stay. That is 19 samples with the default buckets. [`Buckets::NATIVE`] are one histogram where a
/// scraper takes native ones.
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
/// Labels of results are for what is known only afterwards, as the status of a response. Their values are those of any label:
/// strings, also borrowed from the value, integers, `bool`s, enums with [`LabelValue`](trait@LabelValue). Their series appear
/// with the first call that returns the value. A call that panics or is cancelled returned nothing, so it is counted
/// without these labels, and so is one whose value cannot be seen: of a future that another function boxed and that
/// cannot be boxed again.
///
/// Such labels make the label set dynamic: `max_series` bounds the series in which calls begin, and apart from them the
/// series of the results.
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
/// `none`, `error_if` and `ok_if` exclude each other.
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
/// Functions keep their signature: generics, `impl Trait`, lifetimes, any receiver, `unsafe`, `extern "C"`, methods of
/// traits. A `const fn` is refused.
///
/// The body stays where it is written. Only one that may leave before its end, with a `return`, a `?` or a macro that may hold
/// one, is put into a closure that takes the arguments, or into an `async` block, so that its value can be looked at. Lints
/// see the body there as well, but for one: to clippy's `needless_pass_by_value` an argument that a closure takes is needed.
/// And in such a body of a `#[track_caller]` function, `Location::caller()` gives a place in the body itself.
///
/// # On a function that returns a future
/// What is measured is the future, until it ends; a future that is dropped before is `cancelled`.
///
/// | function | from |
/// |---|---|
/// | `async fn`; a body that is nothing but `async { .. }` or `Box::pin(async { .. })`, as below `#[async_trait]` | the first poll |
/// | any other body of `-> impl Future<Output = T>`, with at most `Send`, `Sync` and lifetimes beside it | the call |
/// | any other body of `-> Pin<Box<dyn Future<Output = T>>>`, with or without `Send`, or of another name of such a box that has `Fut` in it, as `BoxFuture<'_, T>` or `Self::Future` | the call |
///
/// A future that the function boxes itself, with `Box::pin(future)` or `future.boxed()` at its end or in a `return`, is measured
/// in its box. One that another function boxed is boxed once more if the return type mentions only types of the standard library
/// and of paths, as `Result<u8, crate::Error>`. Otherwise its output might not live as long as a second box has to, and the call
/// is measured until the function returns: write `Box::pin(other(..))` to measure the future.
///
/// A function that returns a future type of its own, or a stream, keeps its return type and so is measured until it has
/// returned: that is when its call ends, while the stream may go on for as long as a connection does. To measure what a
/// stream yields, annotate the function that makes an item. `#[async_trait]` may stand above or below.
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
/// Every method with a body is measured, as `Type::method`, as is a method that is annotated alone and has a `self` or a `Self` in its
/// signature. A method takes the options of a function in a
/// `#[metric(..)]` of its own; `#[metric(skip)]` leaves it out, as it has to a `const fn`. On the block, `none`, `error_if`
/// and `ok_if` are for all methods that do not say; `none = "error"` there is for those that return an `Option`.
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
/// # Beside other attributes
/// `#[metric]` and [`#[instrument_span]`](macro@crate::instrument_span) on one function make one wrapper: the one that
/// stands first takes the other. It knows it by its path: `metric` alone, or after what the first was written with, after
/// the name of this crate, or after what `crate =` says. An attribute `#[metric]` of another crate is left alone if it is
/// written with its path.
#[doc(inline)]
pub use ops_core::facade::metric;

/// Makes a span of each call of a function or a method.
///
/// Its durations are served as `NAME_duration_seconds`, the dots of the name as `_`, in the buckets of
/// [`default_duration_buckets!`] or [`Metrics::set_default_duration_buckets`], or else [`Buckets::SECONDS`]; an [`Observer`] that
/// is installed is told of each span. In the body, also after an `.await`, [`Span::current`] is this
/// span. An `Err` that has a `Display` is the error of the span.
///
/// | option | what it sets |
/// |---|---|
/// | `"order.place"`, first | the name; without it, that of the function |
/// | `fields(order.id = id, tenant = tenant)` | attributes: strings, numbers, `bool`s |
/// | `fields(total = %total, items = ?items)` | by `Display`, by `Debug`; `fields(%total, ?items)` for short |
/// | `fields(secret(token))` | as `[redacted]`: the value is never recorded. A bare `token` is refused |
/// | `none`, `error_if`, `ok_if` | what counts as an error, as for [`metric`](macro@crate::metric); on a function with both attributes, one of them says so |
///
/// Nothing but what is named in `fields` is recorded, and they are evaluated only if an observer is installed. Together
/// with [`metric`](macro@crate::metric), in either order, there is one wrapper around the body.
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

/// Makes a function a health check of the program, wherever in the program it is.
///
/// The function is `async` or returns a future, or it may block: then it runs on a thread for that. Its arguments are filled by their type,
/// [`Resource<T>`](crate::Resource) or [`CheckContext`], by value or by reference, and it returns what
/// [`IntoOutcome`] is for: `()`, `bool`, `Option<T>`, `Result<T, E>` or an
/// [`Outcome`].
///
/// | option | what it sets | otherwise |
/// |---|---|---|
/// | `"db"`, first | the name: `[a-z0-9][a-z0-9_.-]*`, at most 64 bytes | that of the function |
/// | `kind = "liveness"` | what it decides about: `readiness`, `liveness`, `startup` | `readiness` |
/// | `kinds("readiness", "startup")` | several of them | |
/// | `timeout = "500ms"` | how long it may take: a whole number and `ms`, `s`, `m` or `h`, or a constant `Duration` | 2 s |
/// | `critical = false` | a failure only degrades | `true` |
/// | `interval = "10s"` | makes it periodic: it runs by itself at this interval, and probes only read its last result; one older than three intervals is stale | it runs when a probe asks |
/// | `failure_threshold = 3` | the consecutive failed runs before it has failed; a success resets the count | 1 |
/// | `success_threshold = 2` | the consecutive successful runs before it has recovered; a failure resets the count | 1 |
/// | `initial = "healthy"` | what it is until enough runs have said something | `unknown` |
/// | `grace = "30s"` | for so long after the start, until it has passed once, it does not fail liveness | none |
/// | `groups("storage")` | groups that it is in, to be asked for at `/readyz/storage` | none |
/// | `tags("storage")` | words to find it by | none |
///
/// The function itself stays as it is, to be called in a test. A check is not generic and has no `self`. It may stand in a
/// module or in the body of another function; in an `impl` block it is found if the block has the attribute too:
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

/// A set of labels: one label a field, called like the field.
///
/// A field is a string, an integer, a `bool`, an `Option` of such, or an enum with `#[derive(LabelValue)]`.
///
/// | option on a field | what it does |
/// |---|---|
/// | `#[label("zone")]`, `#[label(rename = "zone")]` | another name |
/// | `#[label(flatten)]` | the field is itself a set of labels, which join these |
/// | `#[label(skip)]` | the field is no label |
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

/// A closed set of values of a label: the variants of an enum, in snake case or as `#[label("..")]` says.
///
/// By itself it is also a set of one label, called like the enum in snake case or as `#[label("..")]` on it says.
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
