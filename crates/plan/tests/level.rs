//! The response level rises at once and falls slowly.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::{NOW, ammonia, fact, library};
use helan_plan::{Facts, Level, Ms, Proposal, Standing, judge};

const MINUTE: i64 = 60_000;

fn at(facts: &Facts, minutes: i64) -> Facts {
    Facts { now: Ms(NOW.0 + minutes * MINUTE), ..facts.clone() }
}

fn with_people(count: u64) -> Facts {
    let mut facts = ammonia();
    facts.facilities = None;
    let rows = &mut facts.people.as_mut().unwrap().rows;
    rows.truncate(1);
    rows[0].value.count = Some(count);
    facts
}

#[test]
fn a_higher_level_is_proposed_at_once_with_its_reason() {
    let library = library();
    let mut standing = Standing::default();
    let facts = ammonia();
    let Proposal::Raise { to, why, automatic } = standing.follow(&library, &facts) else {
        panic!()
    };
    assert_eq!((to, automatic), (Level::II, false));
    assert_eq!(why.len(), 1);
    assert_eq!(why[0].rule, "gas-release/people-ii");
    assert!(why[0].text.zh.contains("1260人"), "{:?}", why[0]);
    assert!(!why[0].clause.sure, "an example says so");
    assert!(why[0].facts.iter().any(|used| used.key == "people.inside"));
    standing.decide(Some(to), "li", NOW);
    assert_eq!(standing.follow(&library, &at(&facts, 1)), Proposal::Keep);
    let mut worse = at(&facts, 2);
    worse.harm.dead = Some(fact(30));
    assert!(matches!(standing.follow(&library, &worse), Proposal::Raise { to: Level::I, .. }));
}

#[test]
fn the_lowest_level_starts_by_itself() {
    let mut facts = Facts { now: NOW, ..Facts::default() };
    facts.incident.opened = Some(fact(NOW));
    let proposal = Standing::default().follow(&library(), &facts);
    assert!(matches!(proposal, Proposal::Raise { to: Level::IV, automatic: true, .. }));
}

#[test]
fn a_lower_level_waits_until_its_rule_has_not_held_for_long_enough() {
    let library = library();
    let mut standing = Standing::default();
    assert!(matches!(
        standing.follow(&library, &with_people(1_200)),
        Proposal::Raise { to: Level::II, .. }
    ));
    standing.decide(Some(Level::II), "li", NOW);
    // Below the limit of the rule, above that of its release.
    assert_eq!(standing.follow(&library, &at(&with_people(900), 60)), Proposal::Keep);
    let waits = standing.follow(&library, &at(&with_people(300), 70));
    let until = Ms(NOW.0 + 90 * MINUTE);
    assert_eq!(waits, Proposal::Wait { to: Some(Level::III), until });
    // Once more above the limit of its release: the time begins anew.
    assert_eq!(standing.follow(&library, &at(&with_people(900), 80)), Proposal::Keep);
    assert!(matches!(
        standing.follow(&library, &at(&with_people(300), 109)),
        Proposal::Wait { .. }
    ));
    let proposal = standing.follow(&library, &at(&with_people(300), 110));
    let Proposal::Lower { to, why } = &proposal else { panic!("{proposal:?}") };
    assert_eq!(*to, Some(Level::III));
    assert!(why.iter().any(|released| released.rule == "gas-release/people-ii"), "{why:?}");
    assert_eq!(standing.level, Some(Level::II), "a person decides");
    standing.decide(*to, "li", Ms(NOW.0 + 111 * MINUTE));
    assert_eq!(standing.follow(&library, &at(&with_people(300), 112)), Proposal::Keep);
}

#[test]
fn what_is_no_longer_known_does_not_lower_the_level() {
    let library = library();
    let mut standing = Standing::default();
    let known = with_people(1_200);
    assert!(matches!(standing.follow(&library, &known), Proposal::Raise { .. }));
    standing.decide(Some(Level::II), "li", NOW);
    let unknown = Facts { people: None, ..at(&known, 600) };
    assert_eq!(standing.follow(&library, &unknown), Proposal::Keep);
}

#[test]
fn a_persons_higher_level_is_not_questioned_at_once() {
    let library = library();
    let facts = with_people(10);
    let mut standing = Standing::default();
    standing.decide(Some(Level::I), "li", NOW);
    assert!(matches!(standing.follow(&library, &at(&facts, 10)), Proposal::Wait { .. }));
    let proposal = standing.follow(&library, &at(&facts, 31));
    assert!(matches!(proposal, Proposal::Lower { to: Some(Level::IV), .. }), "{proposal:?}");
}

#[test]
fn rules_that_wait_for_a_fact_say_which() {
    let judged = judge(&library(), &ammonia());
    let open = judged.open.iter().find(|open| open.rule == "general/order493-i").unwrap();
    assert_eq!(open.level, Level::I);
    assert!(open.missing.iter().any(|name| name.zh == "死亡人数"), "{open:?}");
    assert!(judged.open.iter().all(|open| open.level.is_above(Level::II)), "only what is higher");
}

#[test]
fn when_the_danger_is_over_the_end_is_proposed_and_nothing_begins_anew() {
    let library = library();
    let mut facts = Facts { now: NOW, ..Facts::default() };
    facts.incident.opened = Some(fact(NOW));
    let mut standing = Standing::default();
    assert!(matches!(standing.follow(&library, &facts), Proposal::Raise { to: Level::IV, .. }));
    standing.decide(Some(Level::IV), "auto", NOW);
    assert_eq!(standing.follow(&library, &at(&facts, 60)), Proposal::Keep);
    facts.incident.over = Some(fact(true));
    assert!(matches!(standing.follow(&library, &at(&facts, 61)), Proposal::Wait { to: None, .. }));
    let proposal = standing.follow(&library, &at(&facts, 95));
    assert!(matches!(proposal, Proposal::Lower { to: None, .. }), "{proposal:?}");
    standing.decide(None, "li", Ms(NOW.0 + 96 * MINUTE));
    assert_eq!(standing.follow(&library, &at(&facts, 97)), Proposal::Keep);
}
