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
