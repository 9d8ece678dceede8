//! Places of shelters that the plans of other incidents have given away.
//!
//! People go by what was issued: the newest issued plan of each other open incident counts until its all-clear, and for a shelter until
//! somebody has said, after its people were to have arrived, how many are there.

use std::collections::BTreeMap;

use helan_kernel::Ms;
use helan_store::StoreError;

use super::Question;
use crate::api::Api;

/// What other incidents' plans send where.
#[derive(Debug, Default)]
pub struct Promised {
    /// By the key of a shelter: how many people, and when the last of them have arrived.
    shelters: BTreeMap<String, Vec<(u32, Ms)>>,
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
            let Some(ways) = api.desk.plan_ways(other.id)? else { continue };
            promised.unknown = promised.unknown.saturating_sub(usize::from(other.near));
            for (shelter, people) in ways.shelters {
                promised.shelters.entry(shelter).or_default().push((people, ways.clear_at));
            }
        }
        Ok(promised)
    }

    /// Places of a shelter that are given away, whose record was last found right at this moment.
    pub fn at(&self, shelter: &str, checked: Ms) -> u32 {
        let all = self.shelters.get(shelter).into_iter().flatten();
        let known = |(_, clear_at): &&(u32, Ms)| checked <= *clear_at;
        all.filter(known).fold(0, |sum, (people, _)| sum.saturating_add(*people))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_holds_until_the_record_knows() {
        let shelters = [("school".to_owned(), vec![(80, Ms(10)), (u32::MAX, Ms(20))])].into();
        let promised = Promised { shelters, unknown: 0 };
        assert_eq!(promised.at("school", Ms(10)), u32::MAX, "more than there can be");
        assert_eq!(promised.at("school", Ms(21)), 0);
        assert_eq!(promised.at("hall", Ms(0)), 0);
        let one =
            Promised { shelters: [("school".to_owned(), vec![(80, Ms(10))])].into(), unknown: 0 };
        assert_eq!((one.at("school", Ms(10)), one.at("school", Ms(11))), (80, 0));
    }
}
