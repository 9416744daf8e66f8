//! A state is always exported, so its label value cannot be absent or empty.

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

/// Operating mode.
#[ops::metric]
static MODE: ops::StateSet<Option<Mode>>;

/// Phase of the inventory.
#[ops::metric]
static PHASE: ops::StateSet<Phase>;

/// Location.
#[ops::metric]
static PLACE: ops::StateSet<&'static str>;

fn main() {}
