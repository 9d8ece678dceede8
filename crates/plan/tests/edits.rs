//! What people change stays, and what changes says why.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{NOW, ammonia, fact, library};
use helan_plan::{
    Change, Content, EditError, Facts, IssueError, Level, Ms, Part, Section, SourceKind, Text,
    Wind, Working, diff, generate,
};

fn content(text: &str) -> Content {
    Content { text: Text::same(text), who: Text::same("组"), within_min: Some(7) }
}

fn write(text: &str) -> Change {
    Change::Write { content: content(text) }
}

fn working(facts: &Facts) -> Working {
    Working::new(generate(&library(), facts))
}

fn line(working: &Working, id: &str) -> helan_plan::Shown {
    working.shown().into_iter().find(|shown| shown.line.id == id).unwrap()
}

#[test]
fn a_wind_that_turns_is_named_as_the_reason() {
    let facts = ammonia();
    let mut turned = facts.clone();
    let wind = Wind { from_deg: Some(180.0), speed_m_s: Some(3.2), stale: None };
    turned.wind = Some(helan_plan::Fact::new(wind, common::source(SourceKind::Reading, "s"), NOW));
    let library = library();
    let (old, new) = (generate(&library, &facts), generate(&library, &turned));
    let found = diff(&old, &new);
    assert!(found.added.is_empty() && found.removed.is_empty() && found.level.is_none());
    let order = found.changed.iter().find(|changed| changed.after.id == "protect-order").unwrap();
    assert_eq!(order.parts, [Part::Text]);
    let [why] = &order.why[..] else { panic!("{:?}", order.why) };
    assert_eq!(why.key, "wind.from_deg");
    assert_eq!(why.before.as_ref().unwrap().zh, "315");
    assert_eq!(why.after.as_ref().unwrap().zh, "180");
    assert!(found.summary().zh.starts_with("修改"), "{:?}", found.summary());
    assert!(diff(&old, &old).is_empty());
}

#[test]
fn a_block_that_comes_in_and_one_that_goes_say_why() {
    let facts = ammonia();
    let mut other = facts.clone();
    let blocks = other.blocks.as_mut().unwrap();
    blocks.rows[0].value.key = "east".into();
    let found = diff(&generate(&library(), &facts), &generate(&library(), &other));
    assert_eq!(found.added[0].line.id, "protect-leave/east");
    assert!(found.added[0].why.iter().any(|why| why.key.starts_with("blocks/east/")));
    assert_eq!(found.removed[0].line.id, "protect-leave/north");
    assert!(found.removed[0].why.iter().any(|why| why.after.is_none()));
}

#[test]
fn an_edit_survives_and_meets_the_new_text_as_a_conflict() {
    let facts = ammonia();
    let mut working = working(&facts);
    working.edit("measure", "ma", Ms(1), write("每5分钟检测")).unwrap();
    working.edit("protect-order", "ma", Ms(2), write("全员向西撤离")).unwrap();
    assert_eq!(working.edits[0].before.as_ref().unwrap().text.zh.chars().next(), Some('在'));
    let mut turned = facts;
    turned.wind.as_mut().unwrap().value.from_deg = Some(90.0);
    working.regenerate(generate(&library(), &turned));
    let kept = line(&working, "measure");
    assert_eq!(kept.line.text.zh, "每5分钟检测");
    assert_eq!(kept.edited, Some(("ma".to_owned(), Ms(1))));
    assert_eq!(kept.conflict, None, "only the person changed it");
    assert!(kept.line.deadline.unwrap().due.is_some());
    let both = line(&working, "protect-order");
    assert_eq!(both.line.text.zh, "全员向西撤离", "the person's words stay");
    let conflict = both.conflict.unwrap();
    assert!(conflict.base.unwrap().text.zh.contains("西北风"));
    assert!(conflict.generated.unwrap().text.zh.contains("东风"));
    assert_eq!(working.issue(None, "ma", "li", Ms(3)), Err(IssueError::Conflicts(1)));

    let mut mine = working.clone();
    mine.edit("protect-order", "bai", Ms(4), write("全员向西撤离")).unwrap();
    assert_eq!(line(&mine, "protect-order").conflict, None);
    working.edit("protect-order", "bai", Ms(4), Change::Take).unwrap();
    assert!(line(&working, "protect-order").line.text.zh.contains("东风"));
    assert_eq!(working.edits.len(), 3, "nothing is forgotten");
}

#[test]
fn parts_that_only_the_facts_change_follow_them() {
    let facts = ammonia();
    let mut working = working(&facts);
    let mut own = Content::of(&line(&working, "protect-order").line);
    own.who = Text::same("我");
    working.edit("protect-order", "ma", Ms(1), Change::Write { content: own }).unwrap();
    let mut turned = facts;
    turned.wind.as_mut().unwrap().value.from_deg = Some(90.0);
    working.regenerate(generate(&library(), &turned));
    let shown = line(&working, "protect-order");
    assert!(shown.line.text.zh.contains("东风") && shown.line.who.zh == "我");
    assert_eq!(shown.conflict, None);
}

#[test]
fn lines_come_and_go_by_hand_but_those_that_protect_stay() {
    let facts = ammonia();
    let mut working = working(&facts);
    assert_eq!(
        working.edit("protect-order", "ma", Ms(1), Change::Remove),
        Err(EditError::Protective)
    );
    assert_eq!(working.edit("nothing", "ma", Ms(1), Change::Remove), Err(EditError::Unknown));
    assert_eq!(working.edit("measure", "ma", Ms(1), write("  ")), Err(EditError::Content));
    working.edit("measure", "ma", Ms(1), Change::Remove).unwrap();
    let add =
        Change::Add { section: Section::Action, priority: 1, content: content("派无人机") };
    working.edit("drone", "ma", Ms(2), add.clone()).unwrap();
    assert_eq!(working.edit("drone", "ma", Ms(3), add), Err(EditError::Exists));
    working.regenerate(generate(&library(), &facts));
    let plan = working.plan();
    assert!(plan.lines.iter().all(|line| line.id != "measure"));
    assert!(line(&working, "measure").removed);
    assert!(plan.lines.iter().any(|line| line.id == "drone" && line.text.zh == "派无人机"));

    // A line of one's own that protects people stays, too, whichever way it is taken out; another one goes.
    let protect =
        Change::Add { section: Section::Protect, priority: 1, content: content("叫醒邻居") };
    working.edit("neighbours", "ma", Ms(4), protect).unwrap();
    for change in [Change::Remove, Change::Take] {
        let refused = working.edit("neighbours", "li", Ms(5), change);
        assert_eq!(refused, Err(EditError::Protective));
    }
    assert!(working.plan().lines.iter().any(|line| line.id == "neighbours"));
    working.edit("drone", "ma", Ms(6), Change::Take).unwrap();
    assert!(working.plan().lines.iter().all(|line| line.id != "drone"));
}

#[test]
fn a_line_whose_ground_is_gone_stays_as_a_conflict() {
    let facts = ammonia();
    let mut working = working(&facts);
    working.edit("protect-leave/north", "ma", Ms(1), write("北区先走")).unwrap();
    let mut other = facts;
    other.blocks.as_mut().unwrap().rows.remove(0);
    working.regenerate(generate(&library(), &other));
    let shown = line(&working, "protect-leave/north");
    assert!(shown.conflict.is_some_and(|conflict| conflict.generated.is_none()));
    assert_eq!(shown.line.section, Section::Protect);
    working.edit("protect-leave/north", "ma", Ms(2), Change::Take).unwrap();
    assert!(working.conflicts().is_empty());
}

#[test]
fn at_high_levels_somebody_else_approves() {
    let facts = ammonia();
    let mut working = working(&facts);
    assert_eq!(working.generated.level, Some(Level::II));
    working.edit("measure", "ma", Ms(1), write("每5分钟检测")).unwrap();
    let issue = |asked, approved| working.issue(None, asked, approved, Ms(2));
    assert_eq!(issue("li", "li"), Err(IssueError::SecondPerson));
    assert_eq!(issue("li", "ma"), Err(IssueError::SecondPerson), "an editor");
    assert_eq!(issue("li", ""), Err(IssueError::SecondPerson));
    let first = issue("li", "bai").unwrap();
    assert_eq!((first.number, first.summary.zh.as_str()), (1, "首次印发"));
    assert_eq!(working.issue(Some(&first), "li", "bai", Ms(3)), Err(IssueError::Unchanged));
    let mut worse = facts;
    worse.harm.dead = Some(fact(31));
    working.regenerate(generate(&library(), &worse));
    let second = working.issue(Some(&first), "li", "bai", Ms(4)).unwrap();
    assert_eq!(second.number, 2);
    assert_eq!(second.diff.level, Some((Some(Level::II), Some(Level::I))));
    assert!(second.summary.zh.contains("由II级调整为I级"), "{:?}", second.summary);
    let mut low = Facts::default();
    low.incident.opened = Some(fact(NOW));
    let low = Working::new(generate(&library(), &low));
    assert!(low.issue(None, "li", "li", Ms(5)).is_ok(), "level IV");
}
