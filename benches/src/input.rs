//! Deterministic inputs: every subject of a row receives the same labels and values in the same order.

use std::sync::LazyLock;

/// Number of inputs before the sequence repeats; a power of two.
const LENGTH: usize = 1 << 14;

/// Upper bounds of the classic histogram buckets, in seconds.
pub(crate) const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Label sets of a method and a status, in an order that defeats branch prediction and prefetching.
pub(crate) struct Requests {
    methods: Vec<&'static str>,
    order: Vec<(u16, u16)>,
}

impl Requests {
    /// Creates `series` label sets; `series` must be a square number.
    pub(crate) fn of(series: usize) -> &'static Requests {
        let side = series.isqrt();
        let mut random = Random::new();
        let methods = (0..side).map(|n| if n == 0 { "GET".to_owned() } else { format!("M{n:02}") });
        let methods = methods.map(|method| &*method.leak()).collect();
        let order = (0..LENGTH).map(|_| (random.below(side), 100 + random.below(side))).collect();
        Box::leak(Box::new(Requests { methods, order }))
    }

    /// Returns the labels for iteration `at`.
    #[inline(always)]
    pub(crate) fn at(&self, at: usize) -> (&'static str, u16) {
        let (method, status) = self.order[at % LENGTH];
        (self.methods[usize::from(method)], status)
    }

    /// Returns every label set once.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, u16)> {
        let side = self.methods.len() as u16;
        self.methods.iter().flat_map(move |method| (100..100 + side).map(|status| (*method, status)))
    }
}

/// Durations from 0.1 ms to 16 s with a log-uniform distribution, in seconds.
static SECONDS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let mut random = Random::new();
    (0..LENGTH).map(|_| 10_f64.powf(-4.0 + 5.2 * random.fraction())).collect()
});

/// Durations to observe in histograms.
#[derive(Clone, Copy)]
pub(crate) struct Durations(&'static [f64]);

impl Durations {
    pub(crate) fn new() -> Self {
        Durations(&SECONDS)
    }

    /// Returns the duration for iteration `at`, in seconds.
    #[inline(always)]
    pub(crate) fn at(self, at: usize) -> f64 {
        self.0[at % LENGTH]
    }

    /// Returns all durations in nanoseconds.
    pub(crate) fn nanoseconds() -> &'static [u64; LENGTH] {
        let nanoseconds: Box<[u64; LENGTH]> = Box::new(std::array::from_fn(|at| (SECONDS[at] * 1e9) as u64));
        Box::leak(nanoseconds)
    }
}

/// Labels and values of a family of any size, with ten statuses per route.
pub(crate) mod route {
    const STATUSES: [u16; 10] = [200, 201, 204, 301, 304, 400, 404, 409, 500, 503];

    /// Observations of each histogram series, in seconds.
    pub(crate) const OBSERVATIONS: [f64; 5] = [0.0011, 0.0123, 0.07, 0.3, 4.2];

    /// Returns the route of a series.
    pub(crate) fn route(series: usize) -> String {
        format!("/api/v1/r{}", series / 10)
    }

    /// Returns the status of a series.
    pub(crate) fn status(series: usize) -> u16 {
        STATUSES[series % 10]
    }

    /// Returns the value of the counter of a series.
    pub(crate) fn total(series: usize) -> u64 {
        (series as u64 * 7919) % 1_000_000
    }
}

/// Xorshift generator with a fixed seed, so that every run uses the same inputs.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Random(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> u16 {
        (self.next() % limit as u64) as u16
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
