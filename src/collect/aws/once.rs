//! Answers that are asked for once, however many wait for them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// Answers by what they are about.
pub(super) struct Once<K, V> {
    answers: Mutex<BTreeMap<K, Arc<OnceCell<V>>>>,
}

impl<K: Ord, V: Clone> Once<K, V> {
    pub(super) fn new() -> Self {
        Self { answers: Mutex::default() }
    }

    /// The answer; who comes first asks, the others wait.
    pub(super) async fn get(&self, about: K, asked: impl Future<Output = V>) -> V {
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(about).or_default())
        };
        answer.get_or_init(|| asked).await.clone()
    }
}

impl<K, V> fmt::Debug for Once<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}
