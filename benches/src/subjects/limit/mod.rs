//! What the machine allows: as little work as gives the answer, by hand.
//!
//! None of it registers, describes, removes or bounds anything: the tables are fixed from the start, the blocks of cells
//! belong to threads that are never heard of again, and no reader ever asks for a moment at which a histogram is whole.

mod cells;
mod function;
mod table;
mod text;

use crate::subject::{Role, Subject, Variant};

pub(crate) const SUBJECT: Subject = Subject {
    name: "limit",
    role: Role::Limit,
    variants: &[
        Variant::new("counter_static", "load and store in the thread's shard of the counter", cells::shard),
        Variant::new("counter_static", "load and store by number in the thread's block", cells::numbered),
        Variant::new("counter_closed_labels", "load and store by number in the thread's block", cells::two_enums),
        Variant::new("counter_dynamic_labels_1", "fixed hash table, load and store", || table::look_up(1)),
        Variant::new("counter_dynamic_labels_100", "fixed hash table, load and store", || table::look_up(100)),
        Variant::new("counter_dynamic_labels_10000", "fixed hash table, load and store", || table::look_up(10_000)),
        Variant::new("histogram_11", "no branches, load and store in the thread's block", cells::buckets),
        Variant::new("histogram_native", "exponent and 3 bits of mantissa, load and store", cells::exponential),
        Variant::new("gauge_set", "one relaxed store", cells::store),
        Variant::new("fn_metric_sync", "cells of the thread, time-stamp counter", function::sync),
        Variant::new("fn_metric_async", "cells of the thread, time-stamp counter", function::asynchronous),
        Variant::new("fn_metric_async_10_awaits", "cells of the thread, time-stamp counter", function::ten_awaits),
        Variant::new("fn_span_no_observer", "duration alone, time-stamp counter", function::duration_only),
    ],
    exporter: Some(text::Lines::exporter),
};
