//! Lints fire on user code inside annotated functions, so that each expectation is fulfilled.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, unfulfilled_lint_expectations)]
#![forbid(unsafe_code)]

#[ops::metric]
#[ops::instrument_span]
#[expect(dead_code, reason = "unused function")]
fn unused() {}

#[ops::metric]
#[expect(dead_code, reason = "unused function")]
async fn unused_async() {
    std::future::ready(()).await;
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unused_variables, reason = "unused value")]
fn ignores_argument(argument: u8) {}

#[ops::instrument_span]
#[ops::metric]
#[expect(unused_variables, reason = "unused value")]
async fn ignores_argument_async(argument: u8) {
    let local = std::future::ready(1).await;
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unused_mut, reason = "never mutated")]
fn mut_argument(mut argument: u8) -> u8 {
    argument
}

#[ops::metric]
#[expect(unused_mut, reason = "never mutated")]
async fn mut_argument_async(mut argument: u8) -> u8 {
    std::future::ready(()).await;
    argument
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unused_assignments, reason = "unused value")]
fn unused_assignment(mut argument: u8) -> u8 {
    let before = argument;
    argument = 7;
    before
}

#[ops::metric]
#[ops::instrument_span]
#[expect(unreachable_code, reason = "code after a return")]
fn code_after_return() -> u8 {
    return 1;
    2
}

#[ops::metric]
#[expect(unused_must_use, reason = "unused result")]
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
#[expect(non_snake_case, reason = "camel-case name")]
fn CamelCase(Argument: u8) -> u8 {
    Argument
}

struct Cart(Vec<u8>);

#[ops::metric]
impl Cart {
    #[expect(dead_code, reason = "unused function")]
    fn unused() {}

    #[expect(unused_variables, reason = "unused value")]
    #[ops::instrument_span]
    async fn ignores_argument(&self, argument: u8) {
        std::future::ready(()).await;
    }

    #[expect(clippy::needless_return, reason = "under test")]
    fn len(&self) -> usize {
        return self.0.len();
    }

    #[expect(clippy::manual_map, clippy::option_if_let_else, reason = "under test")]
    fn first(&self) -> Option<u8> {
        match self.0.first() {
            Some(first) => Some(first + 1),
            None => None,
        }
    }
}

#[ops::metric]
#[expect(clippy::let_and_return, reason = "under test")]
fn let_and_return_value() -> u8 {
    let byte = 1;
    byte
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::needless_return, reason = "under test")]
fn needless_return_value() -> u8 {
    return 1;
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::needless_return, reason = "under test")]
async fn needless_return_async() -> u8 {
    return std::future::ready(1).await;
}

#[ops::metric]
#[expect(clippy::print_stdout, reason = "under test")]
fn prints_to_stdout() {
    println!();
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::too_many_arguments, reason = "under test")]
fn takes_many(a1: u8, b2: u8, c3: u8, d4: u8, e5: u8, f6: u8, g7: u8, h8: u8) -> u8 {
    a1 ^ b2 ^ c3 ^ d4 ^ e5 ^ f6 ^ g7 ^ h8
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::unused_async, reason = "under test")]
async fn async_without_await(number: u8) -> Option<u8> {
    if number == 0 {
        return None;
    }
    Some(number)
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::needless_pass_by_value, reason = "under test")]
fn argument_by_value(text: String) -> usize {
    text.len()
}

#[ops::metric]
#[ops::instrument_span]
#[expect(clippy::question_mark, reason = "under test")]
fn manual_question_mark(number: Option<u8>) -> Option<u8> {
    let Some(number) = number else {
        return None;
    };
    Some(number / 2)
}

#[ops::metric]
#[expect(clippy::semicolon_if_nothing_returned, reason = "under test")]
fn missing_semicolon(numbers: &mut Vec<u8>) {
    numbers.clear()
}

#[ops::instrument_span]
#[expect(unreachable_code, reason = "code after a diverging call")]
fn code_after_exit() -> u8 {
    std::process::exit(1);
    2
}

#[must_use]
async fn must_use_output() -> u8 {
    std::future::ready(1).await
}

#[ops::instrument_span]
#[expect(unused_must_use, reason = "unused output of a `must_use` function")]
async fn drops_output() {
    must_use_output().await;
    std::future::ready(Ok::<u8, u8>(1)).await;
}

#[ops::metric]
#[ops::instrument_span]
async fn drops_outputs_with_separate_expectations() {
    #[expect(unused_must_use, reason = "unused output of a `must_use` function")]
    must_use_output().await;
    #[expect(unused_must_use, reason = "unused output of a `must_use` type")]
    std::future::ready(Ok::<u8, u8>(1)).await;
    (std::future::ready(())).await;
}

fn main() {
    drop((drops_output(), drops_outputs_with_separate_expectations()));
    argument_by_value(String::new());
    let _ = manual_question_mark(None);
    missing_semicolon(&mut Vec::new());
    let _: fn() -> u8 = code_after_exit;
    drop(async_without_await(1));
    ignores_argument(1);
    mut_argument(1);
    unused_assignment(1);
    code_after_return();
    drops_a_result();
    let _ = (ignores_argument_async(1), mut_argument_async(1));
    #[expect(unused_must_use, reason = "the attribute is kept")]
    {
        must_be_used();
    }
    #[expect(deprecated, reason = "the attribute is kept")]
    deprecated();
    let _ = (CamelCase(1), let_and_return_value(), needless_return_value());
    drop(needless_return_async());
    takes_many(1, 2, 3, 4, 5, 6, 7, 8);
    prints_to_stdout();
    let cart = Cart(Vec::new());
    drop(cart.ignores_argument(1));
    assert_eq!((cart.len(), cart.first()), (0, None));
}
