#[ops::metric(name = "place", labels(tenant: ))]
fn no_type() {}

#[ops::metric(name = "place", labels(tenant = , zone = 1))]
fn no_value() {}

#[ops::metric(name = "place", labels(self.tenant))]
fn no_name() {}

#[ops::metric(name = )]
fn no_option() {}

#[ops::metric(;)]
fn no_sense() {}

#[ops::metric("place")]
fn no_key() {}

#[ops::metric(crate = "ops")]
fn no_path() {}

#[ops::instrument_span("a", "b", fields(= 1))]
fn no_field() {}

fn main() {}
