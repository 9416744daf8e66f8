//! A small service with `ops` beside it.

fn main() {}
