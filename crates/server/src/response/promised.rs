//! Places of shelters that the plans of other incidents have given away.
//!
//! People go by what was issued: the newest issued plan of each other open incident counts until its all-clear. Until its people were
//! to have arrived they come on top of those whom the record of a shelter counts: who is written down before that counts twice, which
//! leaves too little room rather than too much. After that the record tells, where it counts no fewer than were expected: it may have been
//! touched for another reason.

use std::collections::BTreeMap;

use helan_kernel::Ms;
use helan_store::{StoreError, desk::Going};

use super::Question;
use crate::api::Api;

/// What other incidents' plans send where.
#[derive(Debug, Default)]
pub struct Promised {
    /// By the key of a shelter: who goes there, and when the last of them have arrived.
    shelters: BTreeMap<String, Vec<(Going, Ms)>>,
    /// Number of the newest version of each of those plans, by incident.
    pub known: BTreeMap<u64, u32>,
    /// Other dangers near, of which nobody knows where their people go.
    pub unknown: usize,
}

impl Promised {
    /// What the plans of the other incidents of a question send where.
    ///
    /// # Errors
    /// When the plans cannot be read.
    pub fn of(api: &Api, question: &Question) -> Result<Self, StoreError> {
        let mut promised = Self { unknown: question.others, ..Self::default() };
        for other in &question.beside {
            let Some((number, ways)) = api.desk.plan_ways(other.id)? else { continue };
            promised.known.insert(other.id, number);
            promised.unknown = promised.unknown.saturating_sub(usize::from(other.near));
            for (shelter, going) in ways.shelters {
                promised.shelters.entry(shelter).or_default().push((going, ways.clear_at));
            }
        }
        Ok(promised)
    }

    /// How many more people than its record counts are expected in a shelter.
    pub fn at(&self, shelter: &str, counted: u32, now: Ms) -> u32 {
        let all = self.shelters.get(shelter).into_iter().flatten();
        let mut coming = 0_u32;
        let mut come = 0_u32;
        for (going, clear_at) in all {
            if now <= *clear_at {
                coming = coming.saturating_add(going.people);
            } else {
                come = come.max(going.before.saturating_add(going.people));
            }
        }
        come.saturating_sub(counted).saturating_add(coming)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(all: &[(u32, u32, i64)]) -> Promised {
        let going = |(before, people, at): &(u32, u32, i64)| {
            (Going { people: *people, before: *before }, Ms(*at))
        };
        let shelters = [("school".to_owned(), all.iter().map(going).collect())].into();
        Promised { shelters, ..Promised::default() }
    }

    #[test]
    fn a_promise_holds_until_the_record_counts_who_came() {
        let one = promised(&[(20, 80, 10)]);
        assert_eq!(one.at("hall", 0, Ms(0)), 0);
        assert_eq!(one.at("school", 20, Ms(10)), 80, "on their way");
        assert_eq!(one.at("school", 50, Ms(10)), 80, "nobody knows who of them is written down");
        assert_eq!(one.at("school", 20, Ms(11)), 80, "nobody has written down who came");
        assert_eq!(one.at("school", 90, Ms(11)), 10);
        assert_eq!(one.at("school", 120, Ms(11)), 0, "more came");
    }

    #[test]
    fn promises_of_many_add_up() {
        // The second was reckoned when the first was known.
        let two = promised(&[(20, 80, 10), (100, 50, 20)]);
        assert_eq!(two.at("school", 20, Ms(5)), 130);
        assert_eq!(two.at("school", 100, Ms(15)), 50);
        assert_eq!(two.at("school", 20, Ms(25)), 130, "still nobody has written down who came");
        assert_eq!(two.at("school", 150, Ms(25)), 0);
        let many = promised(&[(0, u32::MAX, 10), (0, 80, 20)]);
        assert_eq!(many.at("school", 0, Ms(0)), u32::MAX, "more than there can be");
    }
}
