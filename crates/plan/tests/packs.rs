//! The packs of the project, the chemical release first.

mod common;

use common::{ammonia, library};
use helan_plan::{Facts, Level, Section, generate, judge};

#[test]
fn a_plan_of_no_facts_protects_people_and_says_what_is_missing() {
    let plan = generate(&library(), &Facts::default());
    let first = plan.lines.first().unwrap();
    assert!(first.protective && first.section == Section::Protect, "{first:?}");
    assert!(plan.lines.iter().filter(|line| line.protective).count() >= 6);
    let harm = plan.lines.iter().find(|line| line.id == "harm").unwrap();
    assert!(harm.text.zh.contains("〔缺：死亡人数〕"), "{}", harm.text.zh);
    assert!(harm.missing.iter().any(|missing| missing.key == "harm.dead"));
    assert_eq!(plan.level, None);
}

#[test]
fn a_plan_of_an_ammonia_release_names_its_facts() {
    let plan = generate(&library(), &ammonia());
    assert_eq!(plan.title.zh, "宁东化工园区氨泄漏事故应急处置方案");
    assert_eq!(plan.level, Some(Level::II), "{:?}", plan.judgement);
    let first = plan.lines.first().unwrap();
    assert_eq!(first.id, "protect-order");
    assert!(
        first.text.zh.contains("1260人") && first.text.zh.contains("西北风"),
        "{}",
        first.text.zh
    );
    assert!(first.facts.iter().any(|used| used.source.reference == "station:54"), "{first:?}");
    let block = plan.lines.iter().find(|line| line.id == "protect-leave/north").unwrap();
    assert!(block.text.zh.contains("中心小学"), "{}", block.text.zh);
    for line in &plan.lines {
        assert!(line.clause.is_some() || !line.facts.is_empty(), "{} rests on nothing", line.id);
        assert!(!line.text.is_empty() && !line.who.is_empty(), "{line:?}");
    }
    let sections: Vec<Section> = plan.lines.iter().map(|line| line.section).collect();
    assert!(sections.is_sorted());
    assert!(Section::ALL.iter().all(|section| sections.contains(section)), "a section is empty");
}

#[test]
fn grades_of_order_493_include_their_lower_bound() {
    let library = library();
    for (dead, hurt, loss, level) in [
        (30, 0, 0.0, Level::I),
        (29, 0, 0.0, Level::II),
        (10, 0, 0.0, Level::II),
        (9, 0, 0.0, Level::III),
        (3, 0, 0.0, Level::III),
        (2, 0, 0.0, Level::IV),
        (0, 100, 0.0, Level::I),
        (0, 99, 0.0, Level::II),
        (0, 50, 0.0, Level::II),
        (0, 10, 0.0, Level::III),
        (0, 9, 0.0, Level::IV),
        (0, 0, 1e8, Level::I),
        (0, 0, 99_999_999.0, Level::II),
        (0, 0, 5e7, Level::II),
        (0, 0, 1e7, Level::III),
        (0, 0, 9_999_999.0, Level::IV),
    ] {
        let mut facts = Facts::default();
        facts.harm.dead = Some(common::fact(dead));
        facts.harm.hurt_serious = Some(common::fact(hurt));
        facts.harm.loss_yuan = Some(common::fact(loss));
        let judged = judge(&library, &facts);
        assert_eq!(judged.level, Some(level), "{dead} dead, {hurt} hurt, {loss} yuan");
        let because = &judged.because[0];
        assert!(because.clause.sure && because.clause.label.zh.contains("第三条"));
        assert!(!because.facts.is_empty());
    }
}

#[test]
fn every_kind_has_its_own_rules_options_and_lines() {
    let library = library();
    for pack in library.packs().iter().filter(|pack| !pack.for_every_kind()) {
        let mut facts = ammonia();
        facts.incident.kind = Some(common::fact(pack.plan.kinds[0].clone()));
        let plan = generate(&library, &facts);
        assert_ne!(plan.title, generate(&library, &Facts::default()).title, "{}", pack.plan.key);
        assert_eq!(plan.packs.last().map(|(key, _)| key.as_str()), Some(pack.plan.key.as_str()));
        let first = plan.lines.first().unwrap();
        assert_eq!(
            (first.id.as_str(), first.rule.split_once('/').unwrap().0),
            ("protect-order", pack.plan.key.as_str())
        );
        assert!(pack.level.len() >= 3 && pack.option.len() >= 2 && pack.line.len() >= 5);
        assert!(helan_plan::options(&library, &facts).choices.len() >= 3);
    }
    assert_eq!(library.packs().len(), 6);
}

#[test]
fn a_pack_that_takes_protection_away_is_refused() {
    let change = |change: fn(&mut helan_plan::PlanPack)| {
        let mut packs = common::packs();
        packs.iter_mut().for_each(change);
        helan_plan::Library::new(packs).unwrap_err().to_string()
    };
    let check = |error: String, part: &str| assert!(error.contains(part), "{error}");
    check(change(|pack| pack.line.retain(|line| !line.protective())), "no pack for every kind");
    check(change(|pack| pack.option.clear()), "always protects");
    check(
        change(|pack| {
            let kind = !pack.for_every_kind();
            for line in pack.line.iter_mut().filter(|line| kind && line.protective()) {
                line.section = Section::Action;
            }
        }),
        "takes the place",
    );
    check(
        change(|pack| {
            for line in pack.line.iter_mut().filter(|line| line.protective()) {
                line.levels = vec![Level::I];
            }
        }),
        "has no condition",
    );
    check(change(|pack| pack.plan.signed_by = pack.plan.author.clone()), "somebody else");
    check(change(|pack| pack.clause.clear()), "no clause");
}

#[test]
fn no_block_of_homes_is_left_out_because_there_are_many() {
    let mut facts = ammonia();
    let blocks = facts.blocks.as_mut().unwrap();
    let row = blocks.rows[0].clone();
    blocks.rows = (0..900)
        .map(|n| {
            let mut row = row.clone();
            row.value.key = format!("block {n}");
            row
        })
        .collect();
    let plan = generate(&library(), &facts);
    let own = |line: &&helan_plan::Line| line.id.contains("/block ");
    let told: Vec<_> = plan.lines.iter().filter(own).collect();
    assert_eq!(told.len(), 900);
    assert!(told.iter().all(|line| line.protective));
    assert!(plan.lines.iter().all(|line| !line.id.ends_with("/~")), "nothing is cut");
}
