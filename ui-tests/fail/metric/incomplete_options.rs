#[ops::metric(name = "place", labels(tenant: ))]
fn missing_type() {}

#[ops::metric(name = "place", labels(tenant = , zone = 1))]
fn missing_value() {}

#[ops::metric(name = "place", labels(self.tenant))]
fn path_as_label() {}

#[ops::metric(name = )]
fn missing_option_value() {}

#[ops::metric(;)]
fn punctuation() {}

#[ops::metric("place")]
fn missing_key() {}

#[ops::metric(crate = "ops")]
fn crate_is_string() {}

#[ops::instrument_span("a", "b", fields(= 1))]
fn missing_field_name() {}

fn main() {}
