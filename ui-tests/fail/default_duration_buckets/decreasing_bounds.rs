ops::default_duration_buckets!(ops::Buckets::list(&[2.0, 1.0]));

fn main() {}
