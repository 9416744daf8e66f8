//! A state is never left out of a scrape.

#[derive(ops::LabelValue, Clone, Copy)]
enum Mode {
    On,
    Off,
}

#[derive(ops::LabelValue, Clone, Copy)]
enum Phase {
    #[label("")]
    Unknown,
    Known,
}

/// What the shop does.
#[ops::metric]
static MODE: ops::StateSet<Option<Mode>>;

/// What the shop knows.
#[ops::metric]
static PHASE: ops::StateSet<Phase>;

/// Where it is.
#[ops::metric]
static PLACE: ops::StateSet<&'static str>;

fn main() {}
