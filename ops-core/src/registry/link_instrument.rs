//! Macros that register custom instruments at link time.

/// Registers a static that implements [`Instrument`](crate::metric::Instrument) at link time.
///
/// The arguments are the metric name, the help text and the path of the static. `#[metric]` registers the instruments of
/// this library; this macro registers custom ones, such as values read from the operating system.
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// use ops::descriptor::MetricKind;
/// use ops::metric::{Instrument, Part, Reader, Value};
///
/// #[derive(Debug)]
/// struct Cores;
///
/// impl Instrument for Cores {
///     fn parts(&self) -> Vec<Part> {
///         vec![Part::whole(MetricKind::Gauge, Vec::new())]
///     }
///
///     fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
///         series("", Value::Gauge(std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64)));
///     }
///
///     fn overflowed(&self) -> u64 {
///         0
///     }
/// }
///
/// static CORES: Cores = Cores;
/// ops::link_instrument!("machine_cores", "Processors that the program may use.", CORES);
///
/// # fn main() {
/// assert!(ops::metrics().to_text().contains("\nmachine_cores "));
/// # }
/// ```
#[macro_export]
macro_rules! link_instrument {
    ($name:expr, $help:expr, $instrument:path $(,)?) => {
        const _: () = {
            use $crate::__private::{Here, MetricDescriptor, MetricEntry, metric_element, metric_name};

            metric_element! {
                static ENTRY: MetricEntry = MetricEntry::new(
                    MetricDescriptor::new(
                        metric_name($name),
                        $help,
                        None,
                        Here.location(module_path!(), env!("CARGO_PKG_NAME")),
                    ),
                    &$instrument,
                );
            }
        };
    };
}

/// Registers the metric `build_info{package="..",version=".."} 1` for the package of the caller.
///
/// Call it once per program, next to `main`.
///
/// ```standalone_crate
/// # extern crate ops_core as ops;
/// ops::build_info!();
///
/// # fn main() {
/// assert!(ops::metrics().to_text().contains("\nbuild_info{package="));
/// # }
/// ```
#[macro_export]
macro_rules! build_info {
    () => {
        const _: () = {
            use $crate::__private::BuildInfo;

            static BUILD: BuildInfo = BuildInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

            $crate::link_instrument!("build", "Package and version of the program.", BUILD);

            $crate::__private::inventory::submit! {
                BuildInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            }
        };
    };
}
