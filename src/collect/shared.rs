//! Answers that all targets of a run share: who comes first asks, the others take what was said.
//!
//! A failure that may pass (no connection, no time, too many requests) is shared by those who wait for it and then
//! forgotten, so that a target that is read later asks anew. Nobody waits for longer than its own time limit, whoever
//! asks.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use crate::evidence::MissingReason;

/// What can be shared: an answer, or a failure with its reason.
pub(super) trait Answered: Clone {
    /// Why it is no answer.
    fn failure(&self) -> Option<MissingReason>;
}

/// Answers by what they are about.
pub(super) struct Shared<K, V> {
    answers: Mutex<BTreeMap<K, Arc<OnceCell<V>>>>,
}

impl<K: Ord + Clone, V: Answered> Shared<K, V> {
    /// The answer, until a deadline. What is asked keeps to the deadline by itself.
    pub(super) async fn get(&self, about: K, deadline: Instant, asked: impl Future<Output = V>) -> V {
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(about.clone()).or_default())
        };
        let mut asked = pin!(asked);
        let mut own = false;
        let waiting = answer.get_or_init(|| {
            own = true;
            asked.as_mut()
        });
        let answered = timeout_at(deadline, waiting).await.cloned();
        match answered {
            Ok(answered) if !passes(&answered) => answered,
            Ok(answered) if own => {
                self.forget(&about, &answer);
                answered
            }
            // What was throttled or unreachable for another a moment ago is so for this one too.
            Ok(answered) if answered.failure() != Some(MissingReason::TimedOut) => answered,
            // The time of whoever asked was up, or one's own is.
            Ok(_) | Err(_) => asked.await,
        }
    }

    fn forget(&self, about: &K, answer: &Arc<OnceCell<V>>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.get(about).is_some_and(|known| Arc::ptr_eq(known, answer)) {
            answers.remove(about);
        }
    }
}

/// Whether an answer may be another one a moment later.
fn passes(answered: &impl Answered) -> bool {
    use MissingReason::{Throttled, TimedOut, Unreachable};
    matches!(answered.failure(), Some(Throttled | TimedOut | Unreachable))
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self { answers: Mutex::default() }
    }
}

impl<K, V> fmt::Debug for Shared<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    impl Answered for Result<u32, MissingReason> {
        fn failure(&self) -> Option<MissingReason> {
            self.as_ref().err().copied()
        }
    }

    type Numbers = Shared<&'static str, Result<u32, MissingReason>>;

    fn run<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn what_was_answered_is_not_asked_again() {
        run(async {
            let (numbers, asked) = (Numbers::default(), Cell::new(0));
            let ask = async |answer| {
                let asking = async {
                    asked.set(asked.get() + 1);
                    tokio::task::yield_now().await;
                    answer
                };
                numbers.get("a", later(), asking).await
            };
            assert_eq!(tokio::join!(ask(Ok(1)), ask(Ok(2))), (Ok(1), Ok(1)));
            assert_eq!(ask(Ok(3)).await, Ok(1));
            assert_eq!(asked.get(), 1);
            // That somebody may not is an answer.
            let denied = Err(MissingReason::Denied);
            assert_eq!(numbers.get("b", later(), async { denied }).await, denied);
            assert_eq!(numbers.get("b", later(), async { Ok(1) }).await, denied);
        });
    }

    #[test]
    fn what_may_pass_is_shared_by_those_who_wait_and_then_forgotten() {
        run(async {
            for reason in [MissingReason::Throttled, MissingReason::Unreachable] {
                let numbers = Numbers::default();
                let failing = || async {
                    tokio::task::yield_now().await;
                    Err(reason)
                };
                let both = tokio::join!(
                    numbers.get("a", later(), failing()),
                    numbers.get("a", later(), async { Ok(2) })
                );
                assert_eq!(both, (Err(reason), Err(reason)));
                assert_eq!(numbers.get("a", later(), async { Ok(3) }).await, Ok(3));
                assert_eq!(numbers.get("a", later(), failing()).await, Ok(3));
            }
        });
    }

    /// Whose time is up asks no more; who still has some asks for itself.
    #[test]
    fn nobody_is_bound_by_the_time_of_another() {
        run(async {
            let numbers = Numbers::default();
            let out_of_time = async {
                tokio::task::yield_now().await;
                Err(MissingReason::TimedOut)
            };
            let both = tokio::join!(
                numbers.get("a", later(), out_of_time),
                numbers.get("a", later(), async { Ok(2) })
            );
            assert_eq!(both, (Err(MissingReason::TimedOut), Ok(2)));
            // Somebody asks and gets no answer for long.
            let numbers = Numbers::default();
            let mut slow = pin!(numbers.get("a", later(), std::future::pending()));
            assert!(futures_util::poll!(slow.as_mut()).is_pending());
            let now = Instant::now();
            let timed_out = numbers.get("a", now, async { Err(MissingReason::TimedOut) }).await;
            assert_eq!(timed_out, Err(MissingReason::TimedOut));
        });
    }
}
