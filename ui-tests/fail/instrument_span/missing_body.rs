trait Shop {
    #[ops::instrument_span]
    #[ops::metric]
    fn open(&self);
}

fn main() {}
