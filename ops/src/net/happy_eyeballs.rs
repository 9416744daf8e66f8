//! Happy Eyeballs (RFC 8305): staggered connection attempts, of which the first success wins.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Connection Attempt Delay (RFC 8305, section 5): time until the next attempt starts.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to one of `addresses`, which are in the order preferred by the resolver.
///
/// Address families alternate. The next attempt starts when a pending one fails, or after 250 ms. When one succeeds, the others
/// are dropped. The caller applies a timeout to all attempts together. A tokio timer is required for more than one address only.
///
/// # Errors
/// The errors of all attempts.
pub(super) async fn connect_first<S, F>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> F) -> io::Result<S>
where
    F: Future<Output = io::Result<S>>,
{
    let mut untried = alternate(addresses).into_iter();
    let mut attempts = Vec::new();
    let mut failures = Vec::new();
    loop {
        match untried.next() {
            Some(address) => attempts.push(Attempt { address, connecting: Box::pin(connect(address)) }),
            None if attempts.is_empty() => return Err(failure(failures)),
            None => {}
        }
        let ended = std::future::poll_fn(|context| poll_first(&mut attempts, context));
        let ended = if untried.len() == 0 { Ok(ended.await) } else { tokio::time::timeout(ATTEMPT_DELAY, ended).await };
        match ended {
            Ok((_address, Ok(stream))) => return Ok(stream),
            Ok((address, Err(error))) => failures.push((address, error)),
            Err(_elapsed) => {}
        }
    }
}

struct Attempt<F> {
    address: SocketAddr,
    connecting: Pin<Box<F>>,
}

/// Removes the first of `attempts` that has completed and returns its result.
fn poll_first<F: Future>(attempts: &mut Vec<Attempt<F>>, context: &mut Context<'_>) -> Poll<(SocketAddr, F::Output)> {
    for index in 0..attempts.len() {
        if let Poll::Ready(output) = attempts[index].connecting.as_mut().poll(context) {
            return Poll::Ready((attempts.remove(index).address, output));
        }
    }
    Poll::Pending
}

/// Removes duplicates and interleaves the address families, starting with that of the first address.
fn alternate(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut seen = std::collections::HashSet::new();
    addresses.retain(|address| seen.insert(*address));
    let is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == is_v6);
    let mut ordered = Vec::with_capacity(preferred.len() + other.len());
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    loop {
        let pair = [preferred.next(), other.next()];
        if pair == [None, None] {
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}

/// Combines the errors of all attempts into one, whose kind is that of the last.
fn failure(mut failures: Vec<(SocketAddr, io::Error)>) -> io::Error {
    match failures.len() {
        0 => io::Error::new(io::ErrorKind::NotFound, "the host has no address"),
        1 => failures.remove(0).1,
        _ => {
            let kind = failures.last().map_or(io::ErrorKind::Other, |(_address, error)| error.kind());
            let messages: Vec<_> = failures.iter().map(|(address, error)| format!("{address}: {error}")).collect();
            io::Error::new(kind, messages.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use tokio::time::{Instant, sleep};

    const V6: [&str; 2] = ["[2001:db8::1]:80", "[2001:db8::2]:80"];
    const V4: [&str; 2] = ["192.0.2.1:80", "192.0.2.2:80"];

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// The outcome of a simulated attempt: it completes after a number of milliseconds, or never.
    #[derive(Clone, Copy)]
    enum Outcome {
        Never,
        Connected(u64),
        Refused(u64),
    }

    /// Connects to addresses with these outcomes.
    ///
    /// Returns the result, the elapsed time and the start of each attempt, in ms.
    async fn race(outcomes: &[(&str, Outcome)]) -> (Result<SocketAddr, String>, u128, Vec<(String, u128)>) {
        let started = Instant::now();
        let started_attempts = RefCell::new(Vec::new());
        let texts: Vec<_> = outcomes.iter().map(|(text, _)| *text).collect();
        let connected = connect_first(addresses(&texts), |address| {
            started_attempts.borrow_mut().push((address.to_string(), started.elapsed().as_millis()));
            let outcome = outcomes.iter().find(|(text, _)| address.to_string() == *text).unwrap().1;
            async move {
                match outcome {
                    Outcome::Never => std::future::pending().await,
                    Outcome::Connected(after) => sleep(Duration::from_millis(after)).await,
                    Outcome::Refused(after) => {
                        sleep(Duration::from_millis(after)).await;
                        return Err(io::ErrorKind::ConnectionRefused.into());
                    }
                }
                Ok(address)
            }
        });
        let connected = connected.await.map_err(|error: io::Error| error.to_string());
        (connected, started.elapsed().as_millis(), started_attempts.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn unresponsive_ipv6_address_costs_one_delay() {
        let (connected, elapsed, started_attempts) =
            race(&[(V6[0], Outcome::Never), (V4[0], Outcome::Connected(10))]).await;
        assert_eq!((connected.unwrap().to_string().as_str(), elapsed), (V4[0], 260));
        assert_eq!(started_attempts, [(V6[0].to_owned(), 0), (V4[0].to_owned(), 250)]);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_attempt_costs_no_delay_and_a_slow_one_may_still_win() {
        let (connected, elapsed, _) = race(&[(V6[0], Outcome::Refused(0)), (V4[0], Outcome::Connected(10))]).await;
        assert_eq!((connected.unwrap().to_string().as_str(), elapsed), (V4[0], 10));
        let (connected, elapsed, _) = race(&[(V6[0], Outcome::Connected(300)), (V4[0], Outcome::Never)]).await;
        assert_eq!((connected.unwrap().to_string().as_str(), elapsed), (V6[0], 300));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_staggered_and_families_alternate() {
        let outcomes =
            [(V6[0], Outcome::Never), (V6[1], Outcome::Never), (V4[0], Outcome::Never), (V4[1], Outcome::Connected(0))];
        let (connected, elapsed, started_attempts) = race(&outcomes).await;
        assert_eq!((connected.unwrap().to_string().as_str(), elapsed), (V4[1], 750));
        let expected = [(V6[0], 0), (V4[0], 250), (V6[1], 500), (V4[1], 750)];
        assert_eq!(started_attempts, expected.map(|(address, at)| (address.to_owned(), at)));
    }

    #[tokio::test(start_paused = true)]
    async fn reports_all_failures() {
        let (failed, _, _) = race(&[(V6[0], Outcome::Refused(0)), (V4[0], Outcome::Refused(5))]).await;
        assert_eq!(failed.unwrap_err(), format!("{}: connection refused, {}: connection refused", V6[0], V4[0]));
        assert_eq!(race(&[(V4[0], Outcome::Refused(0))]).await.0.unwrap_err(), "connection refused");
        assert_eq!(race(&[]).await.0.unwrap_err(), "the host has no address");
    }

    #[tokio::test(start_paused = true)]
    async fn one_deadline_bounds_all_attempts() {
        let outcomes = [(V6[0], Outcome::Never), (V4[0], Outcome::Never)];
        assert!(tokio::time::timeout(Duration::from_secs(2), race(&outcomes)).await.is_err());
    }

    #[test]
    fn tries_each_address_once() {
        assert_eq!(alternate(addresses(&[V4[0], V4[0], V6[0], V4[1]])), addresses(&[V4[0], V6[0], V4[1]]));
    }
}
