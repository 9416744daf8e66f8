ops::default_duration_buckets!([1.0, 2.0]);

fn main() {}
