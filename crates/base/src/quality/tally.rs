//! Adding up, and the one formula of the score.

use helan_kernel::Ms;

use super::{Aspect, FlawKind, Flaws, Verdict};

/// What a score is made of: small enough to be kept for every day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Records.
    pub records: u64,
    /// How much of what is asked is answered: thousandths of all records together.
    pub filled: u64,
    /// Records with a flaw of each aspect, in the order of [`Aspect::ALL`]. Completeness is not scored by it.
    pub flawed: [u64; 6],
}

impl Marks {
    /// Takes others in.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.filled += other.filled;
        for (own, more) in self.flawed.iter_mut().zip(other.flawed) {
            *own += more;
        }
    }

    /// One aspect, 0 (bad) to 100; none when there are no records. Completeness: the part of the questions that is answered, a
    /// required one counting four times an optional one. Every other: the part of the records without a flaw of it.
    #[must_use]
    pub fn of(&self, aspect: Aspect) -> Option<f64> {
        if self.records == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "records are far below 2^53")]
        let share = |part: u64, whole: u64| 100.0 * part as f64 / whole as f64;
        Some(match aspect {
            Aspect::Completeness => share(self.filled, 1000 * self.records),
            other => {
                let flawed = self.flawed.get(other as usize).copied().unwrap_or(0);
                share(self.records.saturating_sub(flawed), self.records)
            }
        })
    }

    /// The score, 0 (bad) to 100: the aspects by their weights. None when there are no records.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        let parts = Aspect::ALL
            .into_iter()
            .map(|aspect| Some(self.of(aspect)? * f64::from(aspect.weight()) / 100.0));
        parts.sum()
    }
}

/// Many verdicts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What the score is made of.
    pub marks: Marks,
    /// Records with each flaw, in the order of [`FlawKind::ALL`].
    pub flaws: [u64; 15],
    /// When one of them was changed last.
    pub newest: Ms,
}

impl Tally {
    /// Takes a record in.
    pub fn count(&mut self, verdict: &Verdict, changed_at: Ms) {
        self.marks.records += 1;
        self.marks.filled += u64::from(verdict.filled);
        self.newest = self.newest.max(changed_at);
        self.flawed(Flaws::default(), verdict.kinds());
    }

    /// Takes in flaws of a record that was counted with others.
    pub fn flawed(&mut self, known: Flaws, more: Flaws) {
        for (flaw, count) in FlawKind::ALL.into_iter().zip(&mut self.flaws) {
            *count += u64::from(more.has(flaw) && !known.has(flaw));
        }
        let has = |flaws: Flaws, aspect| flaws.iter().any(|flaw| flaw.aspect() == aspect);
        for (aspect, count) in Aspect::ALL.into_iter().zip(&mut self.marks.flawed) {
            *count += u64::from(has(more, aspect) && !has(known, aspect));
        }
    }

    /// Takes others in.
    pub fn add(&mut self, other: &Self) {
        self.marks.add(&other.marks);
        for (own, more) in self.flaws.iter_mut().zip(other.flaws) {
            *own += more;
        }
        self.newest = self.newest.max(other.newest);
    }

    /// Records with a flaw.
    #[must_use]
    pub fn with(&self, flaw: FlawKind) -> u64 {
        self.flaws.get(flaw as usize).copied().unwrap_or(0)
    }

    /// The score; see [`Marks::score`].
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.marks.score()
    }
}
