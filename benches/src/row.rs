//! Definitions of all benchmark rows and of the performance targets of `ops`.

use crate::subject::{Kind, Size};

/// A benchmark: one operation that every subject performs.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Description printed by `--list`.
    pub(crate) about: &'static str,
    pub(crate) measure: Measure,
    pub(crate) targets: &'static [Target],
}

/// The quantity that a row measures, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    /// CPU time of one operation in a loop, on one thread and on two concurrent threads, in nanoseconds.
    Operation,
    /// CPU time to encode a family as text, in nanoseconds.
    Encode(Size),
    /// Peak memory growth during the first encoding of a family with this number of counters, in bytes.
    EncodeMemory(usize),
    /// Memory growth per series of a family with this number of counters, in bytes.
    Memory(usize),
    /// 99.9th percentile of the time to create a series during encoding, in nanoseconds.
    ///
    /// The parameter is the number of series that are encoded.
    InsertWhileScraping(usize),
    /// Longest lookup during encoding and creation of series, in nanoseconds.
    ///
    /// The parameter is the number of series that are encoded.
    LookupWhileInserting(usize),
    /// Cost of removing and expiring series, and of ended threads.
    Lifecycle(Lifecycle),
    /// Throughput of `GET /metrics` with this number of series, in requests per second.
    Http(usize),
    /// Latency, throughput and memory growth of health probes.
    Health(Probe),
    /// Compile time or code size of 1,000 annotated functions; takes minutes.
    CompileTime(Cost),
}

/// Measurements of the lifecycle of series and threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    /// 99th percentile of the time to remove one of this number of series, in nanoseconds.
    Remove(usize),
    /// Longest lookup while some of this number of series are removed, in nanoseconds.
    RemoveStall(usize),
    /// Duration of a scrape that expires this number of idle series, in nanoseconds.
    Expire(usize),
    /// Longest lookup during a scrape that expires this number of idle series, in nanoseconds.
    ExpireStall(usize),
    /// Scrape duration after this number of updating threads have ended, relative to idle threads.
    ScrapeAfterThreads(usize),
    /// Resident memory after this number of updating threads have ended, relative to idle threads.
    MemoryAfterThreads(usize),
    /// Memory of native histograms that several threads update, in bytes.
    NativeMemory { series: usize, threads: usize },
    /// 99.9th percentile of the time to read a native histogram during constant writes, in nanoseconds.
    NativeRead,
    /// Memory growth over this number of registrations and deregistrations of a family, in bytes.
    Registrations(u32),
    /// Memory growth over this number of creations and removals of a series, in bytes.
    Sessions(u32),
}

/// Measurements of health probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Throughput of `/healthz`, in requests per second.
    Rate,
    /// 99th percentile latency of `/readyz` with 100 fast checks, in nanoseconds.
    ///
    /// Valid only if no check ran concurrently with itself.
    Quick,
    /// Maximum latency of `/readyz` with a check that never completes, in nanoseconds.
    Hung,
    /// Memory growth over 1,000,000 probes of checks that never complete, in bytes.
    ///
    /// The probes are sent over persistent connections. Valid only if the number of tasks and threads does not grow.
    HungGrowth,
    /// 99th percentile latency of `/healthz` while the application blocks its runtime, in nanoseconds.
    Spinning,
}

/// Measurements of the compilation of annotated functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Time of `cargo check`.
    Check,
    /// Time of `cargo check` for each kind of function body, with the attributes of `ops`.
    Bodies,
    /// Time of `cargo build --release`.
    Build,
    /// Machine code per function.
    Text,
}

impl Measure {
    /// Returns the unit of the figures: `ns`, `bytes`, `times` or `requests/s`.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Measure::EncodeMemory(_) | Measure::Memory(_) | Measure::CompileTime(Cost::Text) => "bytes",
            Measure::Health(Probe::HungGrowth) => "bytes",
            Measure::Lifecycle(
                Lifecycle::NativeMemory { .. } | Lifecycle::Registrations(_) | Lifecycle::Sessions(_),
            ) => "bytes",
            Measure::Lifecycle(Lifecycle::ScrapeAfterThreads(_) | Lifecycle::MemoryAfterThreads(_)) => "times",
            Measure::Http(_) | Measure::Health(Probe::Rate) => "requests/s",
            _ => "ns",
        }
    }

    /// Returns `true` if a higher figure is better.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Measure::Http(_) | Measure::Health(Probe::Rate))
    }
}

/// A performance target for `ops` in a row.
pub(crate) struct Target {
    /// Number of threads of the measurement to which the target applies.
    pub(crate) threads: usize,
    pub(crate) comparison: Comparison,
    pub(crate) bound: f64,
}

/// The comparison that the bound of a [`Target`] limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    /// Minimum advantage over the best peer, as a factor.
    BestPeer,
    /// Minimum advantage over this subject, as a factor.
    Subject(&'static str),
    /// Maximum cost relative to the limit, as a factor.
    Limit,
    /// Maximum cost relative to this subject, as a factor.
    SubjectCost(&'static str),
    /// Maximum cost relative to the cost of `ops` in this row, as a factor.
    Row(&'static str),
    /// Maximum cost in the unit of the row.
    Absolute,
}

const fn target(threads: usize, comparison: Comparison, bound: f64) -> Target {
    Target { threads, comparison, bound }
}

const fn counters(series: usize) -> Measure {
    Measure::Encode(Size { kind: Kind::Counter, series })
}

const DYNAMIC: &[Target] = &[target(1, Comparison::BestPeer, 1.2), target(2, Comparison::BestPeer, 3.0)];
const ENCODE_COUNTERS: &[Target] = &[target(1, Comparison::BestPeer, 4.0), target(1, Comparison::Limit, 3.0)];
const FUNCTION: &[Target] = &[
    target(1, Comparison::Limit, 1.3),
    target(2, Comparison::Limit, 1.3),
    target(1, Comparison::Subject("prometheus"), 1.6),
    target(1, Comparison::Subject("autometrics"), 3.0),
    target(2, Comparison::Subject("prometheus"), 4.0),
    target(2, Comparison::Subject("autometrics"), 6.0),
];
const COMPILE: &[Target] = &[target(1, Comparison::SubjectCost("fastrace"), 1.0)];

/// All rows, in execution order.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "counter_static",
        about: "increment a counter without labels",
        measure: Measure::Operation,
        targets: &[
            target(1, Comparison::BestPeer, 2.0),
            target(2, Comparison::BestPeer, 2.5),
            target(2, Comparison::Subject("shared atomic"), 8.0),
            target(1, Comparison::Limit, 1.5),
            target(2, Comparison::Limit, 1.5),
        ],
    },
    Row {
        name: "counter_closed_labels",
        about: "increment a counter with a static label set: two labels with enum values",
        measure: Measure::Operation,
        targets: &[
            target(1, Comparison::BestPeer, 1.5),
            target(2, Comparison::BestPeer, 2.5),
            target(1, Comparison::Limit, 2.0),
            target(2, Comparison::Limit, 2.0),
        ],
    },
    Row {
        name: "counter_dynamic_labels_1",
        about: "look up a counter by a string and a number, and increment it; 1 series",
        measure: Measure::Operation,
        targets: DYNAMIC,
    },
    Row {
        name: "counter_dynamic_labels_100",
        about: "look up a counter by a string and a number, and increment it; 100 series in random order",
        measure: Measure::Operation,
        targets: DYNAMIC,
    },
    Row {
        name: "counter_dynamic_labels_10000",
        about: "look up a counter by a string and a number, and increment it; 10,000 series in random order",
        measure: Measure::Operation,
        targets: DYNAMIC,
    },
    Row {
        name: "histogram_11",
        about: "observe a duration in a histogram with 11 buckets",
        measure: Measure::Operation,
        targets: &[
            target(1, Comparison::BestPeer, 1.4),
            target(2, Comparison::BestPeer, 4.0),
            target(1, Comparison::Limit, 1.4),
            target(2, Comparison::Limit, 1.4),
        ],
    },
    Row {
        name: "histogram_native",
        about: "observe a duration in a histogram with exponential buckets",
        measure: Measure::Operation,
        targets: &[
            target(1, Comparison::BestPeer, 2.5),
            target(2, Comparison::BestPeer, 8.0),
            target(1, Comparison::Limit, 1.6),
            target(2, Comparison::Limit, 1.6),
        ],
    },
    Row {
        name: "gauge_set",
        about: "set a gauge to the iteration number; float gauges interpret it as bits",
        measure: Measure::Operation,
        // Parity with the best peer, with a margin for noise.
        targets: &[target(1, Comparison::BestPeer, 0.9), target(1, Comparison::Limit, 1.5)],
    },
    Row {
        name: "fn_metric_sync",
        about: "count and time a function call, and track calls in flight",
        measure: Measure::Operation,
        targets: FUNCTION,
    },
    Row {
        name: "fn_metric_async",
        about: "count, time and track calls in flight of an async function that awaits a ready future",
        measure: Measure::Operation,
        targets: FUNCTION,
    },
    Row {
        name: "fn_metric_async_10_awaits",
        about: "count, time and track calls in flight of an async function that returns `Pending` ten times",
        measure: Measure::Operation,
        targets: &[target(1, Comparison::Limit, 1.3), target(1, Comparison::Row("fn_metric_async"), 1.1)],
    },
    Row {
        name: "fn_span_no_observer",
        about: "call a function with a span, without an observer or subscriber",
        measure: Measure::Operation,
        targets: &[target(1, Comparison::Limit, 1.3)],
    },
    Row {
        name: "encode_counters_1000",
        about: "encode 1,000 counter series with two labels as sorted text",
        measure: counters(1_000),
        targets: ENCODE_COUNTERS,
    },
    Row {
        name: "encode_counters_100000",
        about: "encode 100,000 counter series with two labels as sorted text",
        measure: counters(100_000),
        targets: ENCODE_COUNTERS,
    },
    Row {
        name: "encode_counters_1000000",
        about: "encode 1,000,000 counter series with two labels as sorted text",
        measure: counters(1_000_000),
        targets: ENCODE_COUNTERS,
    },
    Row {
        name: "encode_histograms_10000",
        about: "encode 10,000 histogram series with 11 buckets as sorted text",
        measure: Measure::Encode(Size { kind: Kind::Histogram, series: 10_000 }),
        targets: &[target(1, Comparison::BestPeer, 3.0), target(1, Comparison::Limit, 3.0)],
    },
    Row {
        name: "encode_memory_growth_1000000",
        about: "peak memory growth during the first encoding of 1,000,000 counter series",
        measure: Measure::EncodeMemory(1_000_000),
        targets: &[target(1, Comparison::Absolute, 1_048_576.0)],
    },
    Row {
        name: "memory_per_series",
        about: "memory per series, for 100,000 counter series with two labels",
        measure: Measure::Memory(100_000),
        targets: &[target(1, Comparison::Absolute, 110.0)],
    },
    Row {
        name: "insert_while_scraping",
        about: "create a series while 100,000 series are being encoded, 99.9th percentile",
        measure: Measure::InsertWhileScraping(100_000),
        targets: &[target(1, Comparison::Absolute, 100_000.0)],
    },
    Row {
        name: "lookup_while_inserting",
        about: "longest lookup while 100,000 series are being encoded and one is created every 5 ms",
        measure: Measure::LookupWhileInserting(100_000),
        targets: &[target(1, Comparison::Absolute, 1_000_000.0)],
    },
    Row {
        name: "remove_100000",
        about: "remove one of 100,000 series, 99th percentile",
        measure: Measure::Lifecycle(Lifecycle::Remove(100_000)),
        targets: &[target(1, Comparison::Absolute, 20_000.0)],
    },
    Row {
        name: "remove_stall_100000",
        about: "longest lookup while 1,000 of 100,000 series are removed and recreated; best of 20 rounds",
        measure: Measure::Lifecycle(Lifecycle::RemoveStall(100_000)),
        targets: &[target(1, Comparison::Absolute, 100_000.0)],
    },
    Row {
        name: "expire_100000",
        about: "duration of a scrape that expires 100,000 idle series",
        measure: Measure::Lifecycle(Lifecycle::Expire(100_000)),
        targets: &[target(1, Comparison::Absolute, 50e6)],
    },
    Row {
        name: "expire_stall_100000",
        about: "longest lookup during a scrape that expires 100,000 idle series; best of 20 rounds",
        measure: Measure::Lifecycle(Lifecycle::ExpireStall(100_000)),
        targets: &[target(1, Comparison::Absolute, 1e6)],
    },
    Row {
        name: "scrape_after_threads_5000",
        about: "scrape duration of 1,000 series after 5,000 threads updated all of them and ended, relative to idle threads",
        measure: Measure::Lifecycle(Lifecycle::ScrapeAfterThreads(5_000)),
        targets: &[target(1, Comparison::Absolute, 1.2)],
    },
    Row {
        name: "memory_after_threads_5000",
        about: "resident memory after 5,000 threads updated 1,000 series and ended, relative to idle threads",
        measure: Measure::Lifecycle(Lifecycle::MemoryAfterThreads(5_000)),
        targets: &[target(1, Comparison::Absolute, 1.1)],
    },
    Row {
        name: "memory_native_2000x64",
        about: "memory of a native histogram with 2,000 series, updated by 64 threads with values over 5 octaves",
        measure: Measure::Lifecycle(Lifecycle::NativeMemory { series: 2_000, threads: 64 }),
        targets: &[target(1, Comparison::Absolute, 64.0 * 1_048_576.0)],
    },
    Row {
        name: "read_native_while_observing",
        about: "read the count of a native histogram while a thread writes it, 99.9th percentile",
        measure: Measure::Lifecycle(Lifecycle::NativeRead),
        targets: &[target(1, Comparison::Absolute, 100_000.0)],
    },
    Row {
        name: "register_growth_10000000",
        about: "memory growth while 10,000,000 families are registered, updated and deregistered",
        measure: Measure::Lifecycle(Lifecycle::Registrations(10_000_000)),
        targets: &[target(1, Comparison::Absolute, 1_048_576.0)],
    },
    Row {
        name: "session_growth_1000000",
        about: "memory growth while 1,000,000 native histogram series are created, updated and removed",
        measure: Measure::Lifecycle(Lifecycle::Sessions(1_000_000)),
        targets: &[target(1, Comparison::Absolute, 1_048_576.0)],
    },
    Row {
        name: "http_metrics_1000",
        about: "GET /metrics with 1,000 counter series over 32 connections",
        measure: Measure::Http(1_000),
        targets: &[target(1, Comparison::Subject("prometheus"), 5.0)],
    },
    Row {
        name: "health_healthz",
        about: "GET /healthz, wrk -t1 -c32; the limit is bare hyper on one thread",
        measure: Measure::Health(Probe::Rate),
        targets: &[target(1, Comparison::Subject("limit"), 0.85)],
    },
    Row {
        name: "health_readyz_100",
        about: "GET /readyz with 100 fast checks over 32 connections, 99th percentile",
        measure: Measure::Health(Probe::Quick),
        targets: &[target(1, Comparison::Absolute, 50e6)],
    },
    Row {
        name: "health_readyz_hung",
        about: "GET /readyz with a check that never completes over 32 connections, maximum",
        measure: Measure::Health(Probe::Hung),
        // `probe_budget` defaults to 800 ms.
        targets: &[target(1, Comparison::Absolute, 850e6)],
    },
    Row {
        name: "health_hung_growth",
        about: "memory growth over 1,000,000 GET /readyz with checks that never complete, over 32 connections",
        measure: Measure::Health(Probe::HungGrowth),
        targets: &[target(1, Comparison::Absolute, 1_048_576.0)],
    },
    Row {
        name: "health_spinning",
        about: "GET /healthz while all runtime workers of the application are blocked, over 32 connections, 99th percentile",
        measure: Measure::Health(Probe::Spinning),
        targets: &[target(1, Comparison::Absolute, 100e6)],
    },
    Row {
        name: "compile_time_check",
        about: "`cargo check` of 1,000 annotated functions",
        measure: Measure::CompileTime(Cost::Check),
        targets: COMPILE,
    },
    Row {
        name: "compile_time_bodies",
        about: "`cargo check` of 1,000 annotated functions, by kind of body: tail expression, guard clause, early exit",
        measure: Measure::CompileTime(Cost::Bodies),
        targets: &[],
    },
    Row {
        name: "compile_time_build",
        about: "`cargo build --release` of 1,000 annotated functions",
        measure: Measure::CompileTime(Cost::Build),
        targets: COMPILE,
    },
    Row {
        name: "compile_time_text",
        about: "machine code per annotated function, in excess of the plain function",
        measure: Measure::CompileTime(Cost::Text),
        targets: COMPILE,
    },
];
