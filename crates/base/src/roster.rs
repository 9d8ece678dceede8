//! Rosters: who holds a post from when to when, where nobody does, and where several do.

use helan_kernel::Ms;

/// A time in which somebody holds a post: from the first moment up to the last, which belongs to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first moment.
    pub from: Ms,
    /// The first moment after it.
    pub until: Ms,
}

impl Span {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn holds(self, at: Ms) -> bool {
        self.from <= at && at < self.until
    }
}

/// The times within a window in which nobody holds the post, in order.
#[must_use]
pub fn gaps(shifts: &[Span], window: Span) -> Vec<Span> {
    let mut shifts = shifts.to_vec();
    shifts.sort_unstable();
    let mut gaps = Vec::new();
    let mut covered = window.from;
    for shift in shifts {
        if shift.from >= window.until {
            break;
        }
        if shift.from > covered {
            gaps.push(Span { from: covered, until: shift.from });
        }
        covered = covered.max(shift.until);
    }
    if covered < window.until {
        gaps.push(Span { from: covered, until: window.until });
    }
    gaps
}

/// The times within a window in which more than one holds the post, in order; times that touch are one.
#[must_use]
pub fn overlaps(shifts: &[Span], window: Span) -> Vec<Span> {
    let mut shifts = shifts.to_vec();
    shifts.sort_unstable();
    let mut overlaps: Vec<Span> = Vec::new();
    let mut covered = window.from;
    for shift in shifts {
        let from = shift.from.max(window.from);
        let until = shift.until.min(covered).min(window.until);
        if from < until {
            match overlaps.last_mut() {
                Some(last) if last.until >= from => last.until = last.until.max(until),
                _ => overlaps.push(Span { from, until }),
            }
        }
        covered = covered.max(shift.until);
    }
    overlaps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(from: i64, until: i64) -> Span {
        Span { from: Ms(from), until: Ms(until) }
    }

    #[test]
    fn gaps_and_overlaps_are_shown() {
        let window = span(0, 100);
        let shifts = [span(40, 60), span(-10, 20), span(55, 70), span(70, 90)];
        assert_eq!(gaps(&shifts, window), [span(20, 40), span(90, 100)]);
        assert_eq!(overlaps(&shifts, window), [span(55, 60)]);
        assert_eq!(gaps(&[], window), [window]);
        assert_eq!(overlaps(&[span(0, 9), span(0, 9), span(0, 9)], window), [span(0, 9)]);
        assert!(gaps(&[span(-5, 500)], window).is_empty());
    }

    proptest! {
        #[test]
        fn every_moment_counts_as_it_is(
            shifts in prop::collection::vec((-20_i64..120, 1_i64..50), 0..12)
        ) {
            let shifts: Vec<Span> = shifts.into_iter().map(|(from, long)| span(from, from + long)).collect();
            let window = span(0, 100);
            let (gaps, overlaps) = (gaps(&shifts, window), overlaps(&shifts, window));
            for at in (0..100).map(Ms) {
                let holders = shifts.iter().filter(|shift| shift.holds(at)).count();
                prop_assert_eq!(gaps.iter().any(|gap| gap.holds(at)), holders == 0);
                prop_assert_eq!(overlaps.iter().any(|overlap| overlap.holds(at)), holders > 1);
            }
        }
    }
}
