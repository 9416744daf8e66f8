//! Process metrics, named according to the Prometheus conventions.
//!
//! See <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>.

use crate::descriptor::MetricKind;
use crate::metric::{Instrument, Part, Reader, Value};
use procfs::process::{LimitValue, Process};

static PROCESS: ProcessMetrics = ProcessMetrics(FAMILIES);

ops_core::link_instrument!("process", "", PROCESS);

/// The process metrics, read from `/proc` at each scrape.
#[derive(Debug)]
struct ProcessMetrics(&'static [ProcessFamily]);

#[derive(Debug)]
struct ProcessFamily {
    suffix: &'static str,
    kind: MetricKind,
    unit: Option<&'static str>,
    help: &'static str,
    /// Reads the value; returns `None` if the system does not provide it.
    read: fn(&Process) -> Option<f64>,
}

const FAMILIES: &[ProcessFamily] = &[
    ProcessFamily {
        suffix: "_cpu",
        kind: MetricKind::Counter,
        unit: Some("seconds"),
        help: "Total user and system CPU time spent.",
        read: |process| {
            let stat = process.stat().ok()?;
            Some((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
        },
    },
    ProcessFamily {
        suffix: "_open_fds",
        kind: MetricKind::Gauge,
        unit: None,
        help: "Number of open file descriptors.",
        read: |process| Some(process.fd_count().ok()? as f64),
    },
    ProcessFamily {
        suffix: "_max_fds",
        kind: MetricKind::Gauge,
        unit: None,
        help: "Maximum number of open file descriptors.",
        read: |process| Some(limit(process.limits().ok()?.max_open_files.soft_limit)),
    },
    ProcessFamily {
        suffix: "_virtual_memory",
        kind: MetricKind::Gauge,
        unit: Some("bytes"),
        help: "Virtual memory size.",
        read: |process| Some(process.stat().ok()?.vsize as f64),
    },
    ProcessFamily {
        suffix: "_virtual_memory_max",
        kind: MetricKind::Gauge,
        unit: Some("bytes"),
        help: "Maximum virtual memory size.",
        read: |process| Some(limit(process.limits().ok()?.max_address_space.soft_limit)),
    },
    ProcessFamily {
        suffix: "_resident_memory",
        kind: MetricKind::Gauge,
        unit: Some("bytes"),
        help: "Resident memory size.",
        read: |process| Some((process.stat().ok()?.rss * procfs::page_size()) as f64),
    },
    ProcessFamily {
        suffix: "_heap",
        kind: MetricKind::Gauge,
        unit: Some("bytes"),
        help: "Data segment size, including heap and thread stacks.",
        read: |process| Some(process.statm().ok()?.data as f64 * procfs::page_size() as f64),
    },
    ProcessFamily {
        suffix: "_start_time",
        kind: MetricKind::Gauge,
        unit: Some("seconds"),
        help: "Start time of the process since the Unix epoch.",
        read: |process| {
            let ticks = process.stat().ok()?.starttime as f64;
            Some(procfs::boot_time_secs().ok()? as f64 + ticks / procfs::ticks_per_second() as f64)
        },
    },
    ProcessFamily {
        suffix: "_threads",
        kind: MetricKind::Gauge,
        unit: None,
        help: "Number of OS threads in the process.",
        read: |process| Some(process.stat().ok()?.num_threads as f64),
    },
];

fn limit(limit: LimitValue) -> f64 {
    match limit {
        LimitValue::Unlimited => f64::INFINITY,
        LimitValue::Value(value) => value as f64,
    }
}

impl Instrument for ProcessMetrics {
    fn parts(&self) -> Vec<Part> {
        let part = |family: &ProcessFamily| {
            let part = Part::new(family.suffix, family.kind).help(family.help);
            match family.unit {
                Some(unit) => part.unit(unit),
                None => part,
            }
        };
        self.0.iter().map(part).collect()
    }

    fn collect(&self, part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let Some(family) = self.0.get(part) else { return };
        let Some(value) = Process::myself().ok().and_then(|process| (family.read)(&process)) else { return };
        series(
            "",
            match family.kind {
                MetricKind::Counter => Value::float_counter(value),
                _ => Value::Gauge(value),
            },
        );
    }

    fn overflowed(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Metrics;

    #[test]
    fn exposes_the_conventional_process_metrics() {
        let metrics = Metrics::new();
        metrics.register("process", "", None, ProcessMetrics(FAMILIES)).unwrap();
        let text = metrics.to_text();
        let samples: Vec<(&str, f64)> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .map(|(name, value)| (name, value.parse().unwrap()))
            .collect();
        let names: Vec<_> = samples.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "process_cpu_seconds_total",
                "process_heap_bytes",
                "process_max_fds",
                "process_open_fds",
                "process_resident_memory_bytes",
                "process_start_time_seconds",
                "process_threads",
                "process_virtual_memory_bytes",
                "process_virtual_memory_max_bytes",
            ]
        );
        let value = |name| samples.iter().find(|(sample, _)| *sample == name).unwrap().1;
        assert!(value("process_open_fds") >= 3.0 && value("process_open_fds") <= value("process_max_fds"));
        assert!(value("process_resident_memory_bytes") > 1e6);
        assert!((1.0..value("process_virtual_memory_bytes")).contains(&value("process_heap_bytes")));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!((0.0..86_400.0).contains(&(now - value("process_start_time_seconds"))));
    }
}
