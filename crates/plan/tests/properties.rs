//! What holds for all facts.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::{collections::BTreeSet, sync::LazyLock};

use common::{ammonia, fact, library};
use helan_plan::{
    Change, Content, Facts, Level, Library, MAX_CHOICES, OptionKind, Section, Text, Working, diff,
    generate, judge, options,
};
use proptest::prelude::*;

static LIBRARY: LazyLock<Library> = LazyLock::new(library);

const KINDS: [&str; 7] = [
    "ammonia-leak",
    "gas-explosion",
    "flash-flood",
    "wildfire",
    "earthquake",
    "gas-release",
    "something-else",
];

/// Number of facts that [`some`] may take away.
const PARTS: usize = 20;

/// The ammonia release as any kind of incident, without those facts whose bit is not set, and with this harm.
fn some(kind: usize, bits: u32, harm: (u64, u64, f64), people: u64) -> Facts {
    let mut facts = ammonia();
    facts.incident.kind = Some(fact(KINDS[kind % KINDS.len()].to_owned()));
    facts.people.as_mut().unwrap().rows[0].value.count = Some(people);
    facts.harm.dead = Some(fact(harm.0));
    facts.harm.hurt_serious = Some(fact(harm.1));
    facts.harm.loss_yuan = Some(fact(harm.2));
    facts.leaving_dose = Some(fact(harm.2 / 1e9));
    facts.evacuated = Some(fact(true));
    let takes: [fn(&mut Facts); PARTS] = [
        |f| f.incident.kind = None,
        |f| f.incident.opened = None,
        |f| f.substance = None,
        |f| f.release.stopped = None,
        |f| f.wind = None,
        |f| f.zones = None,
        |f| f.people = None,
        |f| f.facilities = None,
        |f| f.secondary = None,
        |f| f.roads = None,
        |f| f.blocks = None,
        |f| f.teams = None,
        |f| f.vehicles = None,
        |f| f.beds = None,
        |f| f.stock = None,
        |f| f.harm.dead = None,
        |f| f.harm.hurt_serious = None,
        |f| f.harm.loss_yuan = None,
        |f| f.leaving_dose = None,
        |f| f.evacuated = None,
    ];
    for (number, take) in takes.iter().enumerate() {
        if bits & (1 << number) == 0 {
            take(&mut facts);
        }
    }
    facts
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let harm = (0..200_u64, 0..200_u64, prop_oneof![0.0..3e8, Just(f64::NAN), Just(-1.0)]);
    (0..KINDS.len(), any::<u32>(), harm, 0..20_000_u64)
        .prop_map(|(kind, bits, harm, people)| some(kind, bits, harm, people))
}

fn protective(facts: &Facts) -> BTreeSet<String> {
    let lines = generate(&LIBRARY, facts).lines.into_iter();
    // By the rule: the rows of a list that becomes known take the place of the line that said that it is not.
    lines
        .filter(|line| line.protective)
        .map(|line| line.rule.split_once('/').unwrap().1.to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_facts_give_the_same(facts in any_facts()) {
        let copy = facts.clone();
        let plan = generate(&LIBRARY, &facts);
        prop_assert_eq!(&plan, &generate(&LIBRARY, &copy));
        prop_assert_eq!(judge(&LIBRARY, &facts), judge(&LIBRARY, &copy));
        prop_assert_eq!(options(&LIBRARY, &facts), options(&LIBRARY, &copy));
        prop_assert!(diff(&plan, &plan).is_empty());
    }

    #[test]
    fn what_protects_people_comes_first_and_is_always_there(facts in any_facts()) {
        let plan = generate(&LIBRARY, &facts);
        let lines = &plan.lines;
        let last = lines.iter().rposition(|line| line.protective).unwrap();
        prop_assert!(lines[..=last].iter().all(|line| line.protective));
        let ids: BTreeSet<_> = lines.iter().map(|line| &line.id).collect();
        prop_assert_eq!(ids.len(), lines.len(), "an id is there twice");
        let found = options(&LIBRARY, &facts);
        prop_assert!((2..=MAX_CHOICES).contains(&found.choices.len()));
        let recommended = found.choices.iter().find(|c| Some(&c.key) == found.recommended.as_ref()).unwrap();
        prop_assert!(recommended.kind == OptionKind::Protect && !recommended.exposes);
    }

    #[test]
    fn a_fact_more_never_takes_protection_away(
        kind in 0..KINDS.len(), bits in any::<u32>(), more in 0..PARTS, dead in 0..50_u64,
    ) {
        let before = some(kind, bits, (dead, 3, 1e6), 500);
        let after = some(kind, bits | 1 << more, (dead, 3, 1e6), 500);
        let (before, after) = (protective(&before), protective(&after));
        prop_assert!(before.is_subset(&after), "{:?}", before.difference(&after));
    }

    #[test]
    fn more_harm_never_asks_for_less(
        kind in 0..KINDS.len(), bits in any::<u32>(), dead in 0..50_u64, hurt in 0..150_u64,
        loss in 0.0..2e8_f64, more in (0..50_u64, 0..150_u64, 0.0..2e8_f64), people in 0..20_000_u64,
    ) {
        let level = |harm, people| judge(&LIBRARY, &some(kind, bits, harm, people)).level;
        let rank = |level: Option<Level>| level.map_or(9, |level| level as u8);
        let less = rank(level((dead, hurt, loss), people));
        let worse = (dead + more.0, hurt + more.1, loss + more.2);
        prop_assert!(rank(level(worse, people)) <= less);
        prop_assert!(rank(level((dead, hurt, loss), people + more.0)) <= less);
    }

    #[test]
    fn edits_survive_whatever_the_facts_become(
        before in any_facts(), after in any_facts(), seed in any::<prop::sample::Index>(),
    ) {
        let mut working = Working::new(generate(&LIBRARY, &before));
        let lines = &working.generated.lines;
        let id = lines[seed.index(lines.len())].id.clone();
        let own = Content { text: Text::same("本人改写"), who: Text::same("某岗位"), within_min: Some(3) };
        working.edit(&id, "ma", common::NOW, Change::Write { content: own.clone() }).unwrap();
        let add = Change::Add { section: Section::Support, priority: 5, content: own };
        working.edit("own", "ma", common::NOW, add).unwrap();
        let gone = working.generated.lines.iter().find(|l| !l.protective && l.id != id).unwrap().id.clone();
        working.edit(&gone, "ma", common::NOW, Change::Remove).unwrap();
        working.regenerate(generate(&LIBRARY, &after));
        let plan = working.plan();
        for id in [id.as_str(), "own"] {
            let line = plan.lines.iter().find(|line| line.id == id).unwrap();
            prop_assert_eq!(line.text.zh.as_str(), "本人改写");
        }
        prop_assert!(plan.lines.iter().all(|line| line.id != gone));
        prop_assert!(plan.lines[0].protective);
        prop_assert_eq!(working.edits.len(), 3);
        // Back to the old facts: the same as if nothing had been.
        let mut back = working.clone();
        back.regenerate(generate(&LIBRARY, &before));
        prop_assert!(back.conflicts().is_empty());
    }
}
