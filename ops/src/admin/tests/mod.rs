//! Tests across the layers of the admin API.

mod audited_mutations;
mod route_table;

pub(crate) use route_table::{RouteAccess, TableRow, table};
