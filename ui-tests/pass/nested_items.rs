//! Items and nested annotated functions in annotated bodies, under `clippy::items_after_statements`.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::items_after_statements)]
#![forbid(unsafe_code)]

use std::future::ready;

#[ops::metric]
#[ops::instrument_span]
fn plain() -> u8 {
    #[ops::metric]
    #[ops::instrument_span]
    fn inner() -> u8 {
        const SEVEN: u8 = 7;
        SEVEN
    }

    inner()
}

#[ops::metric]
#[ops::instrument_span]
fn with_an_early_exit(mut number: u8) -> Result<u8, std::num::ParseIntError> {
    #[ops::metric]
    #[ops::instrument_span]
    fn inner(mut number: u8) -> Result<u8, std::num::ParseIntError> {
        use std::str::FromStr;

        number += u8::from_str("1")?;
        Ok(number)
    }

    number += inner(number)?;
    Ok(number)
}

#[ops::metric]
#[ops::instrument_span]
fn with_a_guard_clause(number: u8) -> Result<u8, u8> {
    struct Limit(u8);

    if number > Limit(7).0 {
        return Err(number);
    }
    Ok(number)
}

#[ops::metric]
#[ops::instrument_span]
async fn asynchronous(mut number: u8) -> Result<u8, std::num::ParseIntError> {
    #[ops::metric]
    #[ops::instrument_span]
    async fn inner(number: u8) -> Result<u8, std::num::ParseIntError> {
        enum Step {
            One = 1,
        }

        Ok(ready("1").await.parse::<u8>()? + number + Step::One as u8)
    }

    number += inner(number).await?;
    Ok(number)
}

#[ops::metric]
#[ops::instrument_span]
async fn awaiting() -> u8 {
    #[ops::metric]
    async fn inner() -> u8 {
        ready(7).await
    }

    inner().await
}

#[ops::metric]
#[ops::instrument_span]
fn opaque(mut number: u8) -> impl Future<Output = u8> {
    const fn inner(number: u8) -> u8 {
        number + 1
    }

    number += inner(number);
    async move { inner(number) }
}

#[ops::metric]
#[ops::instrument_span]
fn boxed(number: u8) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
    #[ops::metric]
    fn inner(number: u8) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
        static ONE: u8 = 1;

        Box::pin(ready(number + ONE))
    }

    if number > 1 {
        return inner(number);
    }
    Box::pin(ready(number))
}

#[ops::metric]
#[ops::instrument_span]
fn closure(by: u8) -> impl Fn(&u8) -> u8 {
    #[ops::metric]
    fn inner(number: u8) -> u8 {
        number * 2
    }

    move |&number| inner(number) + by
}

#[ops::metric]
#[ops::instrument_span]
fn never() -> ! {
    #[ops::metric]
    fn inner() -> u8 {
        7
    }

    std::process::exit(i32::from(inner() - 7))
}

fn main() {
    assert_eq!((plain(), with_an_early_exit(1), with_a_guard_clause(8)), (7, Ok(3), Err(8)));
    drop((asynchronous(1), awaiting(), opaque(1), boxed(1)));
    assert_eq!(closure(1)(&2), 5);
    never();
}
