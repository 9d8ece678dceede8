//! People: whether and when they answer what they are told.

use std::sync::Arc;

use helan_kernel::Ms;

use crate::random::Random;

/// How somebody behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manner {
    /// How likely the person answers at all, 0 to 1.
    pub answers: f64,
    /// Mean time until the answer.
    pub delay: Ms,
    /// Whether the answer is a call for help: cannot leave unaided.
    pub needs_help: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { answers: 0.8, delay: Ms::seconds(30), needs_help: false }
    }
}

/// A virtual person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Key in the registry.
    pub key: Arc<str>,
    /// How the person behaves.
    pub manner: Manner,
    random: Random,
}

impl Person {
    /// A person.
    #[must_use]
    pub fn new(key: &str, manner: Manner, seed: u64) -> Self {
        Self { key: key.into(), manner, random: Random::of(seed, key) }
    }

    /// When the person will have answered what was told now; none when never.
    pub fn answers_at(&mut self, now: Ms) -> Option<Ms> {
        let answers = self.random.chance(self.manner.answers);
        let delay = self.after(self.manner.delay);
        answers.then(|| now.after(delay))
    }

    /// A delay around a mean: between a third of it and two and a half times as long.
    #[expect(clippy::cast_precision_loss, reason = "delays are minutes")]
    #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
    pub fn after(&mut self, mean: Ms) -> Ms {
        let spread = (0.5 * self.random.normal()).exp().clamp(0.33, 2.5);
        Ms((mean.0 as f64 * spread) as i64)
    }
}
