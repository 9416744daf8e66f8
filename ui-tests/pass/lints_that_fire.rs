//! No lint is silenced: each of these fires on what the user wrote, and so each expectation is fulfilled.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, unfulfilled_lint_expectations)]
#![forbid(unsafe_code)]

#[ops::metric]
#[ops::instrument_span]
#[expect(dead_code, reason = "nobody calls it")]
fn unused() {}

#[ops::metric]
#[expect(dead_code, reason = "nobody calls it")]
async fn unused_in_time() {
    std::future::ready(()).await;
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unused_variables, reason = "nothing reads it")]
fn ignores(argument: u8) {}

#[ops::instrument_span]
#[ops::metric]
#[expect(unused_variables, reason = "nothing reads it")]
async fn ignores_in_time(argument: u8) {
    let local = std::future::ready(1).await;
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unused_mut, reason = "nothing changes it")]
fn never_changes(mut argument: u8) -> u8 {
    argument
}

#[ops::metric]
#[expect(unused_mut, reason = "nothing changes it")]
async fn never_changes_in_time(mut argument: u8) -> u8 {
    std::future::ready(()).await;
    argument
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unused_assignments, reason = "nothing reads it")]
fn assigns_in_vain(mut argument: u8) -> u8 {
    let before = argument;
    argument = 7;
    before
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unreachable_code, reason = "it returns before")]
fn goes_on() -> u8 {
    return 1;
    2
}

#[ops::metric]
#[expect(unused_must_use, reason = "it drops a result")]
fn drops_a_result() {
    std::fs::remove_file("/nonexistent");
}

#[ops::metric]
#[ops::instrument_span]
#[must_use]
fn must_be_used() -> u8 {
    1
}

#[ops::metric]
#[ops::instrument_span]
#[deprecated]
fn deprecated() {}

#[ops::metric]
#[ops::instrument_span]
#[expect(non_snake_case, reason = "it is called so")]
fn CamelCase(Argument: u8) -> u8 {
    Argument
}

struct Cart(Vec<u8>);

#[ops::metric]
impl Cart {
    #[expect(dead_code, reason = "nobody calls it")]
    fn unused() {}

    #[expect(unused_variables, reason = "nothing reads it")]
    #[ops::instrument_span]
    async fn ignores(&self, argument: u8) {
        std::future::ready(()).await;
    }

    #[expect(clippy::needless_return, reason = "it is written so")]
    fn len(&self) -> usize {
        return self.0.len();
    }

    #[expect(clippy::manual_map, clippy::option_if_let_else, reason = "it is written so")]
    fn first(&self) -> Option<u8> {
        match self.0.first() {
            Some(first) => Some(first + 1),
            None => None,
        }
    }
}

#[ops::metric]
#[expect(clippy::let_and_return, reason = "it is written so")]
fn lets_and_returns() -> u8 {
    let byte = 1;
    byte
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::needless_return, reason = "it is written so")]
fn needlessly_returns() -> u8 {
    return 1;
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::needless_return, reason = "it is written so")]
async fn needlessly_returns_in_time() -> u8 {
    return std::future::ready(1).await;
}

#[ops::metric]
#[expect(clippy::print_stdout, reason = "it prints")]
fn prints() {
    println!();
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::too_many_arguments, reason = "it is written so")]
fn takes_many(a1: u8, b2: u8, c3: u8, d4: u8, e5: u8, f6: u8, g7: u8, h8: u8) -> u8 {
    a1 ^ b2 ^ c3 ^ d4 ^ e5 ^ f6 ^ g7 ^ h8
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::unused_async, reason = "it is written so")]
async fn awaits_nothing(number: u8) -> Option<u8> {
    if number == 0 {
        return None;
    }
    Some(number)
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::needless_pass_by_value, reason = "it is written so")]
fn takes_what_it_reads(text: String) -> usize {
    text.len()
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::question_mark, reason = "it is written so")]
fn asks_by_hand(number: Option<u8>) -> Option<u8> {
    let Some(number) = number else {
        return None;
    };
    Some(number / 2)
}

#[ops::metric]
#[expect(clippy::semicolon_if_nothing_returned, reason = "it is written so")]
fn ends_without_a_semicolon(numbers: &mut Vec<u8>) {
    numbers.clear()
}

#[ops::instrument_span]
#[expect(unreachable_code, reason = "it ends before")]
fn ends_before() -> u8 {
    std::process::exit(1);
    2
}

#[must_use]
async fn output_of_use() -> u8 {
    std::future::ready(1).await
}

#[ops::instrument_span]
#[expect(unused_must_use, reason = "it drops what the function says is of use")]
async fn drops_an_output() {
    output_of_use().await;
    std::future::ready(Ok::<u8, u8>(1)).await;
}

#[ops::metric]
#[ops::instrument_span]
async fn drops_outputs_one_by_one() {
    #[expect(unused_must_use, reason = "the function says that it is of use")]
    output_of_use().await;
    #[expect(unused_must_use, reason = "the type says that it is of use")]
    std::future::ready(Ok::<u8, u8>(1)).await;
    (std::future::ready(())).await;
}

fn main() {
    drop((drops_an_output(), drops_outputs_one_by_one()));
    takes_what_it_reads(String::new());
    let _ = asks_by_hand(None);
    ends_without_a_semicolon(&mut Vec::new());
    let _: fn() -> u8 = ends_before;
    drop(awaits_nothing(1));
    ignores(1);
    never_changes(1);
    assigns_in_vain(1);
    goes_on();
    drops_a_result();
    let _ = (ignores_in_time(1), never_changes_in_time(1));
    #[expect(unused_must_use, reason = "the attribute is kept")]
    {
        must_be_used();
    }
    #[expect(deprecated, reason = "the attribute is kept")]
    deprecated();
    let _ = (CamelCase(1), lets_and_returns(), needlessly_returns());
    drop(needlessly_returns_in_time());
    takes_many(1, 2, 3, 4, 5, 6, 7, 8);
    prints();
    let cart = Cart(Vec::new());
    drop(cart.ignores(1));
    assert_eq!((cart.len(), cart.first()), (0, None));
}
