//! Items that a `macro_rules!` makes, from fragments of every kind.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(clippy::must_use_candidate, reason = "they are about what is written here, not about what is made of it")]
#![forbid(unsafe_code)]

macro_rules! counted {
    ($(#[$attribute:meta])* $vis:vis fn $name:ident($argument:ident: $ty:ty) -> $returned:ty $body:block, $label:expr, $span:literal) => {
        $(#[$attribute])*
        #[ops::metric(name = $span, labels(size = $label))]
        #[ops::instrument_span($span, fields(argument = $argument, size = ?$label))]
        $vis fn $name($argument: $ty) -> $returned $body
    };
}

counted! {
    /// Doubles.
    pub fn double(number: u64) -> u64 { number * 2 }, 1 + 2, "double"
}

macro_rules! instruments {
    ($($name:ident: $ty:ty = $unit:literal),*) => {
        $(
            /// Made by a macro.
            #[ops::metric(unit = $unit)]
            static $name: $ty;
        )*
    };
}

instruments!(RECEIVED: ops::Counter = "bytes", WAITED: ops::Histogram = "seconds");

macro_rules! checks {
    ($($name:ident => $returned:ty),*) => {
        $(
            #[ops::health_check]
            fn $name(_context: ops::CheckContext) -> $returned {
                Default::default()
            }
        )*
    };
}

checks!(queue => (), journal => bool);

macro_rules! methods {
    ($ty:ty { $($name:ident)* }) => {
        #[ops::metric]
        impl $ty {
            $(
                fn $name(&self) -> &'static str {
                    stringify!($name)
                }
            )*
        }
    };
}

struct Cart;

methods!(Cart { total items });

fn main() {
    assert_eq!(double(21), 42);
    RECEIVED.inc();
    WAITED.observe(0.1);
    assert_eq!((Cart.total(), Cart.items()), ("total", "items"));
}
