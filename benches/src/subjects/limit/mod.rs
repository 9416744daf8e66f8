//! The limit: hand-written implementations with the minimum work for each row.
//!
//! They support no registration, description, removal or cardinality limit. Tables have a fixed size, cells of ended threads are
//! leaked, and histograms have no consistent snapshot.

mod cells;
mod function;
mod table;
mod text;

use crate::subject::{Role, Subject, Variant};

pub(crate) const SUBJECT: Subject = Subject {
    name: "limit",
    role: Role::Limit,
    variants: &[
        Variant::new("counter_static", "load and store in a per-thread shard", cells::shard),
        Variant::new("counter_static", "load and store by index in a thread-local block", cells::numbered),
        Variant::new("counter_closed_labels", "load and store by index in a thread-local block", cells::two_enums),
        Variant::new("counter_dynamic_labels_1", "fixed hash table, load and store", || table::look_up(1)),
        Variant::new("counter_dynamic_labels_100", "fixed hash table, load and store", || table::look_up(100)),
        Variant::new("counter_dynamic_labels_10000", "fixed hash table, load and store", || table::look_up(10_000)),
        Variant::new("histogram_11", "branchless, load and store in a thread-local block", cells::buckets),
        Variant::new("histogram_native", "exponent and 3 mantissa bits, load and store", cells::exponential),
        Variant::new("gauge_set", "one relaxed store", cells::store),
        Variant::new("fn_metric_sync", "thread-local cells, time-stamp counter", function::sync),
        Variant::new("fn_metric_async", "thread-local cells, time-stamp counter", function::asynchronous),
        Variant::new("fn_metric_async_10_awaits", "thread-local cells, time-stamp counter", function::ten_awaits),
        Variant::new("fn_span_no_observer", "duration only, time-stamp counter", function::duration_only),
    ],
    exporter: Some(text::Lines::exporter),
};
