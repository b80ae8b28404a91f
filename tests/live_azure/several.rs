//! Many runs of the program, some of them at once.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs at once, of all tests: they wait for answers more than they work.
const AT_ONCE: usize = 12;

/// Works on all cases, some at once, and gathers what they say. One test at a time, so that no run is short of time.
pub(crate) fn gather<T: Send>(cases: Vec<T>, work: impl Fn(T) -> Vec<String> + Sync) -> Vec<String> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let queue = Mutex::new(cases.into_iter());
    let said = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().expect("no thread has failed").next() else { break };
                    let heard = work(case);
                    said.lock().expect("no thread has failed").extend(heard);
                }
            });
        }
    });
    let mut said = said.into_inner().expect("no thread has failed");
    said.sort();
    said
}

/// The same, of cases in each of which nothing must be wrong.
pub(crate) fn require_none<T: Send>(cases: Vec<T>, work: impl Fn(T) -> Vec<String> + Sync) {
    let problems = gather(cases, work);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
