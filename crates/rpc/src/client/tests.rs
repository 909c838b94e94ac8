use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, Describe, ErrorCode, ManualClock, Timestamp};
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tonic::Status;

use super::single_flight::SingleFlight;
use super::{Repeat, Retries, RetryListener, RetryPolicy, ServerAddress};
use crate::error::ClientError;

fn retries(clock: &Arc<ManualClock>) -> Retries {
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    Retries::new(RetryPolicy::default(), clock, SmallRng::seed_from_u64(1))
}

/// Fails with this status for ever. Every try takes a second of the clock; says how many there were.
async fn tries(status: fn() -> Status, repeat: Repeat) -> (u32, ClientError) {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let count = AtomicU32::new(0);
    let error = retries(&clock)
        .retry(repeat, |_tries_before| {
            count.fetch_add(1, Ordering::Relaxed);
            clock.advance(Duration::from_secs(1));
            async { Err::<(), _>(ClientError::from(status())) }
        })
        .await
        .expect_err("every try fails");
    (count.into_inner(), error)
}

#[tokio::test(start_paused = true)]
async fn what_would_fail_again_is_not_repeated() {
    let (count, error) = tries(|| Status::not_found("x"), Repeat::Always).await;
    assert_eq!((count, error.attempts()), (1, 1));
    let (count, _error) = tries(|| Status::internal("x"), Repeat::Always).await;
    assert_eq!(count, 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_worker_is_not_asked_again() {
    let (count, _error) = tries(|| Status::resource_exhausted("x"), Repeat::Always).await;
    assert_eq!(count, 1);
}

#[tokio::test(start_paused = true)]
async fn an_unavailable_server_is_asked_until_the_time_is_over() {
    let (count, error) = tries(|| Status::unavailable("x"), Repeat::Always).await;
    // A second per try, and two minutes altogether.
    assert!((117..=120).contains(&count), "{count} tries");
    assert_eq!(error.attempts(), count);
    assert_eq!(error.code(), ErrorCode::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_taken_effect_is_repeated_only_if_that_is_harmless() {
    let (count, _error) = tries(|| Status::unavailable("x"), Repeat::IfUnchanged).await;
    assert_eq!(count, 1);
    // The server refuses such a call before it looks at it.
    let (count, _error) = tries(|| Status::unauthenticated(""), Repeat::IfUnchanged).await;
    assert!(count > 100);
}

/// Notes what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<(String, Duration)>>);

impl RetryListener for Notes {
    fn is_waiting(&self, error: &ClientError, at_most: Duration) {
        self.0.lock().push((error.to_string(), at_most));
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_second_is_told_once() {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    for (tries, told) in [
        (3, vec![]),
        (30, vec![("x".to_owned(), Duration::from_millis(119_200))]),
    ] {
        let notes = Arc::new(Notes::default());
        let listener: Arc<dyn RetryListener> = Arc::<Notes>::clone(&notes);
        let retries = retries(&clock).told_to(listener);
        let called = retries.retry(Repeat::Always, |tries_before| {
            clock.advance(Duration::from_millis(200));
            async move {
                match tries_before {
                    count if count == tries => Ok(()),
                    _ => Err(ClientError::from(Status::unavailable("x"))),
                }
            }
        });
        called.await.expect("the last try succeeds");
        assert_eq!(*notes.0.lock(), told);
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_to_the_limit_and_differ() {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let started = tokio::time::Instant::now();
    let mut at = Vec::new();
    retries(&clock)
        .retry(Repeat::Always, |tries_before| {
            at.push(started.elapsed().as_millis());
            async move {
                match tries_before {
                    12 => Ok(()),
                    _ => Err(ClientError::from(Status::unavailable("x"))),
                }
            }
        })
        .await
        .expect("the last try succeeds");
    let pauses: Vec<u128> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((25..=52).contains(&pauses[0]), "{pauses:?}");
    assert!((100..=202).contains(&pauses[2]), "{pauses:?}");
    assert!(
        pauses[7..]
            .iter()
            .all(|pause| (1_500..=3_002).contains(pause))
    );
    assert_ne!(pauses[8], pauses[9]);
}

#[test]
fn an_address_of_the_sixth_version_stands_in_brackets() {
    assert_eq!(ServerAddress::new("::1", 7).to_string(), "[::1]:7");
    assert_eq!(ServerAddress::new("m1", 19998).to_string(), "m1:19998");
}

#[tokio::test]
async fn a_crowd_shares_one_attempt_and_its_failure() {
    let (flight, attempts) = (SingleFlight::<u32>::new(), AtomicU32::new(0));
    let one = || {
        flight.find_or_make(
            |_| true,
            || async {
                tokio::task::yield_now().await;
                attempts.fetch_add(1, Ordering::Relaxed);
                Err(ClientError::from(Status::unavailable("nobody listens")))
            },
        )
    };
    let outcomes = futures::future::join_all((0..50).map(|_| one())).await;
    let told = |outcome: Result<u32, ClientError>| {
        outcome.is_err_and(|error| error.to_string() == "nobody listens")
    };
    assert!(outcomes.into_iter().all(told));
    assert_eq!(attempts.load(Ordering::Relaxed), 1);
    assert!(one().await.is_err());
    assert_eq!(attempts.load(Ordering::Relaxed), 2, "a newcomer tries anew");
}

#[tokio::test]
async fn a_value_serves_all_until_it_is_discarded() {
    let flight = SingleFlight::new();
    let make = |value| flight.find_or_make(|_| true, move || async move { Ok(value) });
    assert_eq!(make(1).await.ok(), Some(1));
    assert_eq!(make(2).await.ok(), Some(1));
    flight.discard(|value| *value == 7);
    assert_eq!(make(3).await.ok(), Some(1), "it was another one");
    flight.discard(|value| *value == 1);
    assert_eq!(make(4).await.ok(), Some(4));
    let better = flight.find_or_make(|value| *value > 4, || async { Ok(5) });
    assert_eq!(better.await.ok(), Some(5));
}
