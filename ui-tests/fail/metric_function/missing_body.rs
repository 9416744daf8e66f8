trait Shop {
    #[ops::metric]
    #[ops::instrument_span]
    fn open(&self);
}

fn main() {}
