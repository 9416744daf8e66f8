//! Reference: one atomic counter shared by all threads, the basis of most libraries.

use crate::subject::{Operation, Role, Subject, Variant};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) const SUBJECT: Subject = Subject {
    name: "shared atomic",
    role: Role::Reference,
    variants: &[Variant::new("counter_static", "fetch_add", counter_static)],
    exporter: None,
};

fn counter_static() -> Operation {
    static TOTAL: AtomicU64 = AtomicU64::new(0);
    Operation::new(|_| TOTAL.fetch_add(1, Relaxed))
}
