//! What the machine allows: as little work as gives the answer, by hand.
//!
//! None of it registers, describes, removes or bounds anything: the tables are fixed from the start, the blocks of cells
//! belong to threads that are never heard of again, and no reader ever asks for a moment at which a histogram is whole.

mod cells;
mod function;
mod table;
mod text;

use crate::subject::{Role, Subject, Way};

pub(crate) const SUBJECT: Subject = Subject {
    name: "limit",
    role: Role::Limit,
    ways: &[
        Way::new("counter_static", "load and store in the thread's shard of the counter", cells::shard),
        Way::new("counter_static", "load and store by number in the thread's block", cells::numbered),
        Way::new("counter_closed_labels", "load and store by number in the thread's block", cells::two_enums),
        Way::new("counter_dynamic_labels_1", "fixed hash table, load and store", || table::look_up(1)),
        Way::new("counter_dynamic_labels_100", "fixed hash table, load and store", || table::look_up(100)),
        Way::new("counter_dynamic_labels_10000", "fixed hash table, load and store", || table::look_up(10_000)),
        Way::new("histogram_11", "no branches, load and store in the thread's block", cells::buckets),
        Way::new("histogram_native", "exponent and 3 bits of mantissa, load and store", cells::exponential),
        Way::new("gauge_set", "one relaxed store", cells::store),
        Way::new("fn_metric_sync", "cells of the thread, time-stamp counter", function::sync),
        Way::new("fn_metric_async", "cells of the thread, time-stamp counter", function::asynchronous),
        Way::new("fn_metric_async_10_awaits", "cells of the thread, time-stamp counter", function::ten_awaits),
        Way::new("fn_span_no_observer", "duration alone, time-stamp counter", function::duration_only),
    ],
    exporter: Some(text::Lines::exporter),
};
