//! Tests of logins across the cache, the backoff and the queue.

use super::*;
use crate::rbac::{Cost, Policy};
use std::sync::atomic::Ordering::SeqCst;

/// Serializes the tests that read [`VERIFICATIONS`].
static COUNTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn policy() -> Policy {
    let policy = Policy::with_cost(Cost::fastest_for_tests());
    policy.add_user("alice", &[]);
    policy.set_password("alice", "s3cr3t").unwrap();
    policy.add_user("no-password", &[]);
    policy
}

fn logins() -> Logins {
    Logins::new(&Limits::default()).unwrap()
}

fn peer(last: u8) -> ClientAddr {
    ClientAddr::new([192, 0, 2, last].into())
}

async fn login(logins: &Logins, policy: &Policy, user: &str, password: &str, last: u8) -> Result<(), LoginError> {
    logins.check(&policy.snapshot(), user, password.to_owned().into(), peer(last)).await
}

#[tokio::test]
async fn successful_login_is_cached_until_the_policy_changes() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    let before = VERIFICATIONS.load(SeqCst);
    for _ in 0..10 {
        assert_eq!(login(&logins, &policy, "alice", "s3cr3t", 1).await, Ok(()));
    }
    assert_eq!(VERIFICATIONS.load(SeqCst) - before, 1);
    policy.set_password("alice", "another").unwrap();
    assert_eq!(login(&logins, &policy, "alice", "s3cr3t", 1).await, Err(LoginError::InvalidCredentials));
    policy.remove_user("alice");
    assert_eq!(login(&logins, &policy, "alice", "another", 1).await, Err(LoginError::InvalidCredentials));
}

#[tokio::test]
#[ignore = "needs a release build: `cargo test --release -p ops --lib -- --ignored cached_login`"]
async fn cached_login_takes_less_than_20_microseconds() {
    let (policy, logins) = (policy(), logins());
    login(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    let started = Instant::now();
    for _ in 0..10_000 {
        login(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    }
    let each = started.elapsed() / 10_000;
    println!("{each:?} each");
    assert!(each < Duration::from_micros(20), "{each:?}");
}

/// Response times do not reveal which users exist.
#[tokio::test]
#[ignore = "verifies 600 passwords at full cost: `cargo test --release -p ops --lib -- --ignored take_the_same_time`"]
async fn known_and_unknown_names_take_the_same_time() {
    const PAIRS: usize = 300;
    let policy = Policy::new();
    policy.add_user("alice", &[]);
    policy.set_password("alice", "s3cr3t").unwrap();
    let logins =
        Logins::new(&Limits::default().login_failure_threshold(1000).login_failure_threshold_per_address(1000))
            .unwrap();
    let mut times = [Vec::new(), Vec::new()];
    for attempt in 0..PAIRS {
        for (user, times) in ["alice", "ghost"].iter().zip(&mut times) {
            let started = Instant::now();
            let refusal = login(&logins, &policy, user, &format!("wrong {attempt}"), 1).await;
            times.push(started.elapsed());
            assert_eq!(refusal, Err(LoginError::InvalidCredentials));
        }
    }
    let [known, unknown] = &mut times;
    // Probability that a known user is slower than an unknown one: 0.5 if the distributions are equal.
    let slower = known.iter().map(|known| unknown.iter().filter(|unknown| known > *unknown).count()).sum::<usize>();
    let share = slower as f64 / (PAIRS * PAIRS) as f64;
    known.sort();
    unknown.sort();
    let [known, unknown] = [known[PAIRS / 2], unknown[PAIRS / 2]];
    assert!(known.abs_diff(unknown) <= known / 20, "{known:?} {unknown:?}");
    assert!((0.4..=0.6).contains(&share), "{share}");
}

#[tokio::test]
async fn failed_login_costs_one_verification_for_any_user() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    let long = "x".repeat(1024);
    let users = ["alice", "no-password", "ghost", "\u{0}ghost", "zoë"];
    for (attempt, (user, password)) in
        users.iter().flat_map(|user| ["wrong", "", &long].map(|password| (user, password))).enumerate()
    {
        let before = VERIFICATIONS.load(SeqCst);
        assert_eq!(login(&logins, &policy, user, password, attempt as u8).await, Err(LoginError::InvalidCredentials));
        assert_eq!(VERIFICATIONS.load(SeqCst) - before, 1, "{user} {password}");
    }
}

#[tokio::test]
async fn known_and_unknown_users_get_the_same_results() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    let mut results = Vec::new();
    for user in ["alice", "ghost"] {
        let mut attempts = Vec::new();
        for attempt in 0..8 {
            attempts.push(match login(&logins, &policy, user, &format!("wrong {attempt}"), attempt).await {
                Err(LoginError::Throttled(wait)) => format!("wait {}", wait.as_secs_f64().ceil()),
                other => format!("{other:?}"),
            });
        }
        results.push(attempts);
    }
    let wrong = "Err(InvalidCredentials)";
    assert_eq!(results[0], [wrong, wrong, wrong, wrong, wrong, "wait 1", "wait 1", "wait 1"]);
    assert_eq!(results[0], results[1]);
}

#[tokio::test]
async fn cached_logins_are_not_throttled() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    login(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    for attempt in 0..5 {
        assert_eq!(
            login(&logins, &policy, "alice", &format!("wrong {attempt}"), 2).await,
            Err(LoginError::InvalidCredentials)
        );
    }
    assert!(matches!(login(&logins, &policy, "alice", "wrong", 3).await, Err(LoginError::Throttled(_))));
    assert_eq!(login(&logins, &policy, "alice", "s3cr3t", 2).await, Ok(()), "cached");
    let before = VERIFICATIONS.load(SeqCst);
    policy.add_user("bob", &[]);
    assert!(
        matches!(login(&logins, &policy, "alice", "s3cr3t", 1).await, Err(LoginError::Throttled(_))),
        "the policy has a new generation"
    );
    assert_eq!(VERIFICATIONS.load(SeqCst), before);
}

/// Keeps the single thread of `logins` busy until the returned sender is dropped.
async fn hold(logins: &Logins) -> std::sync::mpsc::Sender<()> {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let key = logins.keys.of("", "", &format!("{:?}", Instant::now()), 0);
    let work = Box::new(move || {
        let _ = started.send(());
        released.recv().map_err(|_dropped| LoginError::QueueFull)
    });
    // Kept until the check has started: an abandoned check is not run.
    let result = logins.queue.submit(PasswordCheck { key, peer: peer(250), failures: 0, work }).unwrap();
    has_started.await.unwrap();
    drop(result);
    release
}

fn logins_of_one_thread() -> Logins {
    Logins::new(&Limits::default().max_concurrent_logins(1)).unwrap()
}

/// A client must not avoid throttling by sending each attempt twice and closing the first connection.
#[tokio::test]
async fn failed_login_is_counted_after_its_first_waiter_disconnects() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins_of_one_thread());
    for attempt in 0..5 {
        let password = format!("wrong {attempt}");
        let held = hold(&logins).await;
        let mut both = [(); 2].map(|()| Box::pin(login(&logins, &policy, "alice", &password, 1)));
        for attempt in &mut both {
            let polled = std::future::poll_fn(|context| std::task::Poll::Ready(attempt.as_mut().poll(context)));
            assert!(polled.await.is_pending(), "queued");
        }
        let [first, second] = both;
        drop(first);
        drop(held);
        assert_eq!(second.await, Err(LoginError::InvalidCredentials));
    }
    assert!(matches!(login(&logins, &policy, "alice", "wrong", 1).await, Err(LoginError::Throttled(_))));
}

#[tokio::test]
async fn concurrent_logins_are_throttled_like_sequential_ones() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (Arc::new(policy()), Arc::new(logins_of_one_thread()));
    let before = VERIFICATIONS.load(SeqCst);
    let held = hold(&logins).await;
    let mut attempts = tokio::task::JoinSet::new();
    for attempt in 0..20 {
        let (policy, logins) = (policy.clone(), logins.clone());
        attempts.spawn(async move { login(&logins, &policy, "alice", &format!("wrong {attempt}"), attempt).await });
    }
    // The runtime has one thread, so yielding once lets every task queue its check.
    tokio::task::yield_now().await;
    drop(held);
    let results = attempts.join_all().await;
    let wrong = results.iter().filter(|result| **result == Err(LoginError::InvalidCredentials)).count();
    assert_eq!((wrong, VERIFICATIONS.load(SeqCst) - before), (5, 5), "{results:?}");
}

#[tokio::test]
async fn throttles_an_address_that_fails_with_many_user_names() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    for attempt in 0..20 {
        assert_eq!(
            login(&logins, &policy, &format!("user{attempt}"), "wrong", 1).await,
            Err(LoginError::InvalidCredentials)
        );
    }
    assert!(matches!(login(&logins, &policy, "another", "wrong", 1).await, Err(LoginError::Throttled(_))));
    assert_eq!(login(&logins, &policy, "alice", "s3cr3t", 2).await, Ok(()), "another address");
}

#[tokio::test]
async fn failed_logins_do_not_evict_cached_ones() {
    let _counting = COUNTING.lock().await;
    let (policy, logins) = (policy(), logins());
    login(&logins, &policy, "alice", "s3cr3t", 1).await.unwrap();
    for attempt in 0..10_000 {
        let _ = login(&logins, &policy, &format!("user{attempt}"), "wrong", (attempt % 250) as u8).await;
    }
    let before = VERIFICATIONS.load(SeqCst);
    assert_eq!(login(&logins, &policy, "alice", "s3cr3t", 1).await, Ok(()));
    assert_eq!(VERIFICATIONS.load(SeqCst), before);
}
