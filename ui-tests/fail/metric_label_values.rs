struct Tenant;

#[ops::metric(name = "place", labels(tenant = Tenant, tenant = 1, size: Tenant = Tenant))]
fn duplicate() {}

#[ops::metric(name = "move", labels(tenant = Tenant))]
fn unwritable() {}

#[ops::metric(name = "sell", labels(tenant: Tenant = Tenant))]
fn unknown() {}

fn main() {}
