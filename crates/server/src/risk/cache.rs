//! What was reckoned for an area is kept until the data changes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Answers that are kept: as many as there are counties, cities and dangers looked at in a shift.
const KEPT: usize = 256;

/// What is asked: area, and which question about it.
type Question = (u32, usize);

/// Answers by question, each with the number of the data that it was reckoned from.
type Kept<T> = BTreeMap<Question, (u64, Arc<T>)>;

/// Answers that hold until the data changes.
#[derive(Debug)]
pub struct Cache<T> {
    kept: Mutex<Kept<T>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<T> Cache<T> {
    fn lock(&self) -> MutexGuard<'_, Kept<T>> {
        // Nothing that can fail runs under the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer for an area and a question, when the data is still the same.
    pub fn get(&self, question: Question, generation: u64) -> Option<Arc<T>> {
        let kept = self.lock();
        kept.get(&question).filter(|(of, _)| *of == generation).map(|(_, answer)| answer.clone())
    }

    /// Keeps an answer. When there are too many, all of old data go, then all.
    pub fn put(&self, question: Question, generation: u64, answer: Arc<T>) {
        let mut kept = self.lock();
        if kept.len() >= KEPT {
            kept.retain(|_, (of, _)| *of == generation);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(question, (generation, answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_until_the_data_changes() {
        let cache = Cache::default();
        cache.put((1, 0), 7, Arc::new("a"));
        assert_eq!(cache.get((1, 0), 7).as_deref(), Some(&"a"));
        assert_eq!(cache.get((1, 0), 8), None);
        assert_eq!(cache.get((1, 1), 7), None);
        for area in 0..2_000 {
            cache.put((area, 0), 8, Arc::new("b"));
        }
        assert!(cache.lock().len() <= KEPT);
    }
}
