//! The rows: what is measured, and the bars that `ops` is to clear.

use crate::subject::{Kind, Size};

/// One line of work that all subjects do.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) measure: Measure,
    pub(crate) bars: &'static [Bar],
}

/// How a row is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    /// Nanoseconds an operation, repeated in a loop: on one thread, and on two at once.
    Operation,
    /// Nanoseconds to write a family once.
    Encode(Size),
    /// Bytes by which the process grows as it writes a family of so many counters for the first time.
    EncodeMemory(usize),
    /// Bytes by which the process grows for each of so many counters.
    Memory(usize),
    /// Nanoseconds to make a series, 99.9th percentile, beside so many that are being written all the time.
    InsertWhileScraping(usize),
    /// Nanoseconds to find a series, the worst case, while others are made and so many are being written.
    LookupWhileInserting(usize),
    /// The cost of series that come and go, and of the threads that use them.
    Lifecycle(Lifecycle),
    /// Requests a second for `/metrics` with so many series.
    Http(usize),
    /// What a probe costs, and what it leaves behind.
    Health(Probe),
    /// What a thousand annotated functions cost to compile; minutes.
    CompileTime(Cost),
}

/// Measurements of the life cycle of series and threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    /// Nanoseconds to remove one of so many series, 99th percentile.
    Remove(usize),
    /// Nanoseconds of the longest look-up while some of so many series are removed.
    RemoveStall(usize),
    /// Nanoseconds of a scrape that removes so many idle series.
    Expire(usize),
    /// Nanoseconds of the longest look-up during such a scrape.
    ExpireStall(usize),
    /// The time of a scrape after so many threads have ended, as a factor.
    ScrapeAfterThreads(usize),
    /// The resident memory after so many threads have ended, as a factor.
    MemoryAfterThreads(usize),
    /// Bytes that native histograms take.
    NativeMemory { series: usize, threads: usize },
    /// Nanoseconds to read a native histogram that is written all the time, 99.9th percentile.
    NativeRead,
    /// Bytes by which the process grows over so many families that come and go.
    Registrations(u32),
    /// Bytes by which the process grows over so many series that come and go.
    Sessions(u32),
}

/// What is probed, and what is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Requests a second for `/healthz`.
    Rate,
    /// Nanoseconds that `/readyz` takes with a hundred quick checks, 99th percentile, if none ran twice at a time.
    Quick,
    /// Nanoseconds that `/readyz` takes with a check that hangs for ever, the worst case.
    Hung,
    /// Bytes by which a process grows over a million probes of checks that hang for ever, sent over connections that are
    /// kept, if it has no task and no thread more.
    HungGrowth,
    /// Nanoseconds that `/healthz` takes while all workers of the application spin, 99th percentile.
    Spinning,
}

/// What a compilation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    Check,
    /// That of each kind of body, under the attributes of `ops`.
    Bodies,
    Build,
    Text,
}

impl Measure {
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

    /// Whether more is better.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Measure::Http(_) | Measure::Health(Probe::Rate))
    }
}

/// What `ops` is to reach in a row.
pub(crate) struct Bar {
    pub(crate) threads: usize,
    pub(crate) against: Against,
    pub(crate) bound: f64,
}

/// What the bound of a [`Bar`] is measured against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Against {
    /// So many times as good as the best peer, at least.
    BestPeer,
    /// So many times as good as this subject, at least.
    Subject(&'static str),
    /// So many times what the limit costs, at most.
    Limit,
    /// So many times what this subject costs, at most.
    AtMost(&'static str),
    /// So many times what `ops` costs in this row, at most.
    Row(&'static str),
    /// This much in the unit of the row, at most.
    Nothing,
}

const fn bar(threads: usize, against: Against, bound: f64) -> Bar {
    Bar { threads, against, bound }
}

const fn counters(series: usize) -> Measure {
    Measure::Encode(Size { kind: Kind::Counter, series })
}

const DYNAMIC: &[Bar] = &[bar(1, Against::BestPeer, 1.2), bar(2, Against::BestPeer, 3.0)];
const ENCODE_COUNTERS: &[Bar] = &[bar(1, Against::BestPeer, 4.0), bar(1, Against::Limit, 3.0)];
const FUNCTION: &[Bar] = &[
    bar(1, Against::Limit, 1.3),
    bar(2, Against::Limit, 1.3),
    bar(1, Against::Subject("prometheus"), 1.6),
    bar(1, Against::Subject("autometrics"), 3.0),
    bar(2, Against::Subject("prometheus"), 4.0),
    bar(2, Against::Subject("autometrics"), 6.0),
];
const COMPILE: &[Bar] = &[bar(1, Against::AtMost("fastrace"), 1.0)];

/// All rows, in the order in which they run.
pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "counter_static",
        about: "add 1 to a counter without labels",
        measure: Measure::Operation,
        bars: &[
            bar(1, Against::BestPeer, 2.0),
            bar(2, Against::BestPeer, 2.5),
            bar(2, Against::Subject("shared atomic"), 8.0),
            bar(1, Against::Limit, 1.5),
            bar(2, Against::Limit, 1.5),
        ],
    },
    Row {
        name: "counter_closed_labels",
        about: "add 1 to a counter with two labels whose values are enums",
        measure: Measure::Operation,
        bars: &[
            bar(1, Against::BestPeer, 1.5),
            bar(2, Against::BestPeer, 2.5),
            bar(1, Against::Limit, 2.0),
            bar(2, Against::Limit, 2.0),
        ],
    },
    Row {
        name: "counter_dynamic_labels_1",
        about: "find a counter by a string and a number, and add 1; 1 series",
        measure: Measure::Operation,
        bars: DYNAMIC,
    },
    Row {
        name: "counter_dynamic_labels_100",
        about: "the same; 100 series, in random order",
        measure: Measure::Operation,
        bars: DYNAMIC,
    },
    Row {
        name: "counter_dynamic_labels_10000",
        about: "the same; 10,000 series, in random order",
        measure: Measure::Operation,
        bars: DYNAMIC,
    },
    Row {
        name: "histogram_11",
        about: "observe a duration in a histogram of 11 buckets",
        measure: Measure::Operation,
        bars: &[
            bar(1, Against::BestPeer, 1.4),
            bar(2, Against::BestPeer, 4.0),
            bar(1, Against::Limit, 1.4),
            bar(2, Against::Limit, 1.4),
        ],
    },
    Row {
        name: "histogram_native",
        about: "observe a duration in a histogram of exponential buckets",
        measure: Measure::Operation,
        bars: &[
            bar(1, Against::BestPeer, 2.5),
            bar(2, Against::BestPeer, 8.0),
            bar(1, Against::Limit, 1.6),
            bar(2, Against::Limit, 1.6),
        ],
    },
    Row {
        name: "gauge_set",
        about: "set a gauge to the number of the repetition (of a float: to these bits)",
        measure: Measure::Operation,
        // As fast as the best; the rest is noise.
        bars: &[bar(1, Against::BestPeer, 0.9), bar(1, Against::Limit, 1.5)],
    },
    Row {
        name: "fn_metric_sync",
        about: "count, time and track one call of a function",
        measure: Measure::Operation,
        bars: FUNCTION,
    },
    Row {
        name: "fn_metric_async",
        about: "the same for an async function that awaits what is ready",
        measure: Measure::Operation,
        bars: FUNCTION,
    },
    Row {
        name: "fn_metric_async_10_awaits",
        about: "the same for one that is pending ten times",
        measure: Measure::Operation,
        bars: &[bar(1, Against::Limit, 1.3), bar(1, Against::Row("fn_metric_async"), 1.1)],
    },
    Row {
        name: "fn_span_no_observer",
        about: "a span around one call of a function, nobody watching",
        measure: Measure::Operation,
        bars: &[bar(1, Against::Limit, 1.3)],
    },
    Row {
        name: "encode_counters_1000",
        about: "write 1,000 counters of two labels as text, sorted",
        measure: counters(1_000),
        bars: ENCODE_COUNTERS,
    },
    Row {
        name: "encode_counters_100000",
        about: "the same; 100,000",
        measure: counters(100_000),
        bars: ENCODE_COUNTERS,
    },
    Row {
        name: "encode_counters_1000000",
        about: "the same; 1,000,000",
        measure: counters(1_000_000),
        bars: ENCODE_COUNTERS,
    },
    Row {
        name: "encode_histograms_10000",
        about: "write 10,000 histograms of 11 buckets as text, sorted",
        measure: Measure::Encode(Size { kind: Kind::Histogram, series: 10_000 }),
        bars: &[bar(1, Against::BestPeer, 3.0), bar(1, Against::Limit, 3.0)],
    },
    Row {
        name: "encode_memory_growth_1000000",
        about: "by how much the process grows as it first writes 1,000,000 counters",
        measure: Measure::EncodeMemory(1_000_000),
        bars: &[bar(1, Against::Nothing, 1_048_576.0)],
    },
    Row {
        name: "memory_per_series",
        about: "what each of 100,000 counters of two labels takes",
        measure: Measure::Memory(100_000),
        bars: &[bar(1, Against::Nothing, 110.0)],
    },
    Row {
        name: "insert_while_scraping",
        about: "make a series beside 100,000 that are being written, 99.9th percentile",
        measure: Measure::InsertWhileScraping(100_000),
        bars: &[bar(1, Against::Nothing, 100_000.0)],
    },
    Row {
        name: "lookup_while_inserting",
        about: "find one of 100,000 that are being written, a new one every 5 ms; the worst",
        measure: Measure::LookupWhileInserting(100_000),
        bars: &[bar(1, Against::Nothing, 1_000_000.0)],
    },
    Row {
        name: "remove_100000",
        about: "remove one of 100,000 series, 99th percentile",
        measure: Measure::Lifecycle(Lifecycle::Remove(100_000)),
        bars: &[bar(1, Against::Nothing, 20_000.0)],
    },
    Row {
        name: "remove_stall_100000",
        about: "the longest look-up while 1,000 of 100,000 series are removed and created again; the best of 20 rounds",
        measure: Measure::Lifecycle(Lifecycle::RemoveStall(100_000)),
        bars: &[bar(1, Against::Nothing, 100_000.0)],
    },
    Row {
        name: "expire_100000",
        about: "a scrape that removes 100,000 idle series",
        measure: Measure::Lifecycle(Lifecycle::Expire(100_000)),
        bars: &[bar(1, Against::Nothing, 50e6)],
    },
    Row {
        name: "expire_stall_100000",
        about: "the longest look-up during such a scrape; the best of 20 rounds",
        measure: Measure::Lifecycle(Lifecycle::ExpireStall(100_000)),
        bars: &[bar(1, Against::Nothing, 1e6)],
    },
    Row {
        name: "scrape_after_threads_5000",
        about: "time of a scrape of 1,000 series after 5,000 threads updated them all and ended, as a factor",
        measure: Measure::Lifecycle(Lifecycle::ScrapeAfterThreads(5_000)),
        bars: &[bar(1, Against::Nothing, 1.2)],
    },
    Row {
        name: "memory_after_threads_5000",
        about: "resident memory after that, as a factor",
        measure: Measure::Lifecycle(Lifecycle::MemoryAfterThreads(5_000)),
        bars: &[bar(1, Against::Nothing, 1.1)],
    },
    Row {
        name: "memory_native_2000x64",
        about: "what 2,000 series of a native histogram take that 64 threads use, with latencies over 5 octaves",
        measure: Measure::Lifecycle(Lifecycle::NativeMemory { series: 2_000, threads: 64 }),
        bars: &[bar(1, Against::Nothing, 64.0 * 1_048_576.0)],
    },
    Row {
        name: "read_native_while_observing",
        about: "read the count of a native histogram that a thread writes all the time, 99.9th percentile",
        measure: Measure::Lifecycle(Lifecycle::NativeRead),
        bars: &[bar(1, Against::Nothing, 100_000.0)],
    },
    Row {
        name: "register_growth_10000000",
        about: "by how much the process grows over 10,000,000 families that are registered, used and deregistered",
        measure: Measure::Lifecycle(Lifecycle::Registrations(10_000_000)),
        bars: &[bar(1, Against::Nothing, 1_048_576.0)],
    },
    Row {
        name: "session_growth_1000000",
        about: "by how much the process grows over 1,000,000 native series that are created, used and removed",
        measure: Measure::Lifecycle(Lifecycle::Sessions(1_000_000)),
        bars: &[bar(1, Against::Nothing, 1_048_576.0)],
    },
    Row {
        name: "http_metrics_1000",
        about: "GET /metrics with 1,000 counters, over 32 connections",
        measure: Measure::Http(1_000),
        bars: &[bar(1, Against::Subject("prometheus"), 5.0)],
    },
    Row {
        name: "health_healthz",
        about: "GET /healthz, wrk -t1 -c32; the limit is bare hyper on one thread",
        measure: Measure::Health(Probe::Rate),
        bars: &[bar(1, Against::Subject("limit"), 0.85)],
    },
    Row {
        name: "health_readyz_100",
        about: "GET /readyz with 100 quick checks, over 32 connections, 99th percentile",
        measure: Measure::Health(Probe::Quick),
        bars: &[bar(1, Against::Nothing, 50e6)],
    },
    Row {
        name: "health_readyz_hung",
        about: "GET /readyz with a check that hangs for ever, over 32 connections; the worst",
        measure: Measure::Health(Probe::Hung),
        // The budget of a probe is 800 ms.
        bars: &[bar(1, Against::Nothing, 850e6)],
    },
    Row {
        name: "health_hung_growth",
        about: "by how much the process grows over 1,000,000 GET /readyz of checks that hang for ever, over 32 connections",
        measure: Measure::Health(Probe::HungGrowth),
        bars: &[bar(1, Against::Nothing, 1_048_576.0)],
    },
    Row {
        name: "health_spinning",
        about: "GET /healthz while all workers of the application spin, over 32 connections, 99th percentile",
        measure: Measure::Health(Probe::Spinning),
        bars: &[bar(1, Against::Nothing, 100e6)],
    },
    Row {
        name: "compile_time_check",
        about: "`cargo check` of 1,000 annotated functions",
        measure: Measure::CompileTime(Cost::Check),
        bars: COMPILE,
    },
    Row {
        name: "compile_time_bodies",
        about: "`cargo check` of 1,000 annotated functions: what guard clauses and early exits cost",
        measure: Measure::CompileTime(Cost::Bodies),
        bars: &[],
    },
    Row {
        name: "compile_time_build",
        about: "`cargo build --release` of them",
        measure: Measure::CompileTime(Cost::Build),
        bars: COMPILE,
    },
    Row {
        name: "compile_time_text",
        about: "machine code a function, over that of the plain function",
        measure: Measure::CompileTime(Cost::Text),
        bars: COMPILE,
    },
];
