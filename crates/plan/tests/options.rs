//! Options side by side.

mod common;

use common::{ammonia, fact, library};
use helan_plan::{Facts, MAX_CHOICES, OptionKind, Sheltering, generate, options};

fn keys(facts: &Facts) -> Vec<String> {
    options(&library(), facts).choices.into_iter().map(|choice| choice.key).collect()
}

#[test]
fn every_option_says_what_it_brings_costs_and_risks() {
    let found = options(&library(), &ammonia());
    assert!((2..=MAX_CHOICES).contains(&found.choices.len()));
    for choice in &found.choices {
        assert!(!choice.effect.is_empty() && !choice.cost.is_empty() && !choice.who.is_empty());
        assert!(!choice.against.is_empty() && !choice.why.is_empty(), "{choice:?}");
        assert!(!choice.inputs.is_empty() || !choice.missing.is_empty(), "{choice:?}");
    }
    assert!(found.left_out.iter().all(|left| !left.why.is_empty()));
}

#[test]
fn the_numbers_decide_between_leaving_and_sheltering() {
    let mut facts = ammonia();
    facts.leaving_dose = Some(fact(0.7));
    facts.sheltering =
        Some(fact(Sheltering { people: Some(1_000), dose: Some(0.1), minutes: Some(90.0) }));
    assert_eq!(options(&library(), &facts).recommended.as_deref(), Some("shelter"));
    assert_eq!(generate(&library(), &facts).option.as_deref(), Some("shelter"));
    facts.leaving_dose = Some(fact(0.05));
    let found = options(&library(), &facts);
    assert_eq!(found.recommended.as_deref(), Some("evacuate"));
    let leave = found.choices.first().unwrap();
    assert!(leave.assumed.is_empty() && leave.why.zh.contains("1260人"), "{leave:?}");
}

#[test]
fn what_puts_people_in_danger_waits_for_the_roll_call() {
    let mut facts = ammonia();
    let before = options(&library(), &facts);
    for choice in before.choices.iter().filter(|choice| choice.exposes) {
        assert!(!choice.allowed_now, "{choice:?}");
        assert_ne!(before.recommended.as_ref(), Some(&choice.key));
        assert!(choice.why.zh.contains("清点"));
    }
    assert!(before.choices.iter().any(|choice| choice.exposes));
    facts.evacuated = Some(fact(true));
    let after = options(&library(), &facts);
    assert!(after.choices.iter().all(|choice| choice.allowed_now));
}

#[test]
fn waiting_is_shown_last_and_never_recommended() {
    let found = options(&library(), &Facts::default());
    let last = found.choices.last().unwrap();
    assert_eq!(last.kind, OptionKind::Wait);
    assert!(last.why.zh.contains("不推荐"));
    assert_eq!(found.recommended.as_deref(), Some("evacuate"));
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut facts = ammonia();
    facts.release.stopped = Some(fact(true));
    let found = options(&library(), &facts);
    let left = found.left_out.iter().find(|left| left.key == "stop-remote").unwrap();
    assert!(left.why.zh.contains("泄漏源是否已控制"), "{left:?}");
    assert!(!keys(&facts).contains(&"stop-remote".to_owned()));
}
