//! The first report of an incident 首报: drafted from what is known, so that nobody types again what the platform has.
//!
//! The level is the one that the packs of plans propose, the deadlines are those of their lines about reports; both say which
//! clause they follow. Start at [`draft`].

use helan_kernel::{
    Ms,
    command::{Incident, TimelineEntry, TimelineSource},
    push::{Notice, NoticeState, Protective},
    registry::{Party, Registry},
};
use helan_plan::{
    Facility, FacilityKind, Fact, Facts, Lang, Level, Library, Line, Listed, Ms as PlanMs,
    PeopleIn, Section, Source, SourceKind, Text, generate,
};
use serde::{Deserialize, Serialize};

/// Lines of the course of events in a report: it is read at a glance, the file has all.
const MOST_LINES: usize = 60;
/// Kinds of facilities where many people are.
const CROWDED: [&str; 6] = ["restaurant", "mall", "market", "scenic-spot", "cinema", "hotel"];
/// A line of a plan about losses counts as one about reports.
const LOSSES: &str = "general/loss-report";

/// A deadline of reporting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Line of the plan that it comes from.
    pub id: String,
    /// What is to be reported, to whom.
    pub text: Text,
    /// Who reports.
    pub who: Text,
    /// Until when, ms UTC.
    pub due: i64,
    /// The clause; empty when none.
    pub clause: Text,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Number of the incident.
    pub incident: u64,
    /// When it was drafted, ms UTC.
    pub made: i64,
    /// The level that the facts ask for: 1 (highest) to 4; none when no rule holds.
    pub level: Option<u8>,
    /// Why, a line for each rule that holds.
    pub because: Vec<Text>,
    /// Deadlines of reporting, the first one first.
    pub clocks: Vec<Clock>,
    /// The report, in Chinese as officials write it.
    pub text: String,
}

/// What a report is drafted from.
#[derive(Clone, Debug)]
pub struct Known {
    /// The incident.
    pub incident: Incident,
    /// Its timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Its notices.
    pub notices: Vec<Notice>,
    /// Facilities that were told or in which people were told: key, kind, name.
    pub facilities: Vec<(String, String, String)>,
}

impl Known {
    /// The facilities that notices speak of.
    #[must_use]
    pub fn facilities(registry: &Registry, notices: &[Notice]) -> Vec<(String, String, String)> {
        let key = |notice: &Notice| match notice.party {
            Party::Facility(id) => registry.facilities.get(id.index()).map(|f| f.key.clone()),
            Party::Person(id) => registry.people.get(id.index()).map(|p| p.facility.clone()),
            Party::Post(id) => registry.posts.get(id.index()).map(|p| p.facility.clone()),
        };
        let warned = notices.iter().filter(|n| n.action < Protective::Task);
        let keys: std::collections::BTreeSet<String> = warned.filter_map(key).collect();
        let known = keys.iter().filter_map(|key| registry.facilities.by_key(key));
        known.map(|f| (f.key.clone(), f.kind.clone(), f.name.clone())).collect()
    }

    /// How many people were told to do something, and how many of them are known to be safe, or not to be reached.
    fn people(&self, action: Protective) -> (usize, usize, usize) {
        let told = self
            .notices
            .iter()
            .filter(|n| n.action == action && !matches!(n.party, Party::Facility(_)));
        let (mut all, mut safe, mut lost) = (0, 0, 0);
        for notice in told {
            all += 1;
            match notice.state {
                NoticeState::Acknowledged | NoticeState::Visited => safe += 1,
                NoticeState::Unreachable | NoticeState::Visiting => lost += 1,
                NoticeState::Targeted
                | NoticeState::Sent
                | NoticeState::Delivered
                | NoticeState::Read
                | NoticeState::NeedsHelp
                | NoticeState::Failed => {}
            }
        }
        (all, safe, lost)
    }
}

/// Which report of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first one 首报.
    First,
    /// A later one 续报.
    Later,
}

/// Drafts the report as things are at a moment.
#[must_use]
pub fn draft(known: &Known, plans: &Library, now: Ms, which: Which) -> Draft {
    let plan = generate(plans, &facts(known, now));
    let judgement = &plan.judgement;
    let because = judgement.because.iter().map(|b| b.text.clone()).collect();
    let mut clocks: Vec<Clock> = plan.lines.iter().filter_map(clock).collect();
    clocks.sort_by_key(|clock| clock.due);
    let mut draft = Draft {
        incident: known.incident.id.0,
        made: now.0,
        level: judgement.level.map(|level| match level {
            Level::I => 1,
            Level::II => 2,
            Level::III => 3,
            Level::IV => 4,
        }),
        because,
        clocks,
        text: String::new(),
    };
    draft.text = text(known, &draft, now, which);
    draft
}

fn clock(line: &Line) -> Option<Clock> {
    let reports = line.section == Section::Report || line.rule == LOSSES;
    let due = line.deadline.and_then(|deadline| deadline.due).filter(|_| reports)?;
    Some(Clock {
        id: line.id.clone(),
        text: line.text.clone(),
        who: line.who.clone(),
        due: due.0,
        clause: line.clause.as_ref().map(|clause| clause.label.clone()).unwrap_or_default(),
    })
}

/// What packs of plans may ask.
fn facts(known: &Known, now: Ms) -> Facts {
    let incident = &known.incident;
    let at = PlanMs(incident.changed.0);
    let reference = incident.id.0.to_string();
    let source = Source::new(
        SourceKind::Row,
        format!("incident {reference}"),
        Text::new(format!("事件{reference}"), format!("incident {reference}")),
    );
    let name = Text::new(incident.name.zh.clone(), incident.name.en.clone());
    let place = Text::same(incident.place.to_string());
    let mut facts = Facts { now: PlanMs(now.0), ..Facts::default() };
    facts.incident.kind = Some(Fact::new(incident.kind.to_string(), source.clone(), at));
    facts.incident.name = Some(Fact::new(name, source.clone(), at));
    facts.incident.place = Some(Fact::new(place, source.clone(), at));
    facts.incident.opened = Some(Fact::new(PlanMs(incident.opened.0), source.clone(), at));
    facts.incident.drill = Some(Fact::new(incident.drill, source.clone(), at));
    facts.evacuated = Some(Fact::new(incident.evacuated.is_some(), source.clone(), at));
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let people = |rank: u32, action, zh: &str, en: &str| {
        let (all, ..) = known.people(action);
        let people = PeopleIn {
            zone: en.to_owned(),
            name: Text::new(zh, en),
            rank,
            count: Some(count(all)),
            ..PeopleIn::default()
        };
        Fact::new(people, source.clone(), at)
    };
    let inside = vec![
        people(1, Protective::Leave, "立即撤离区", "leave now"),
        people(2, Protective::Shelter, "就地避险区", "shelter"),
    ];
    facts.people = Some(Listed { rows: inside, source: source.clone(), at });
    let facility = |(key, kind, name): &(String, String, String)| {
        let crowded = CROWDED.contains(&kind.as_str());
        let kind = match kind.as_str() {
            "school" | "kindergarten" => FacilityKind::School,
            "hospital" | "nursing-home" => FacilityKind::Hospital,
            _ if crowded => FacilityKind::Crowded,
            _ => FacilityKind::Other,
        };
        let name = Text::same(name.clone());
        Fact::new(
            Facility { key: key.clone(), name, kind, ..Facility::default() },
            Source::new(SourceKind::Row, format!("facility {key}"), Text::same(key.clone())),
            at,
        )
    };
    let rows = known.facilities.iter().map(facility).collect();
    facts.facilities = Some(Listed { rows, source, at });
    facts
}

fn text(known: &Known, draft: &Draft, now: Ms, which: Which) -> String {
    let incident = &known.incident;
    let clock = |at: Ms| PlanMs(at.0).moment().zh;
    let mut lines = vec![format!(
        "{}关于{}{}的情况报告（{}）",
        if incident.drill { "【演练】" } else { "" },
        incident.place,
        incident.name.zh,
        match which {
            Which::First => "首报",
            Which::Later => "续报",
        }
    )];
    lines.push(format!("报告时间：{}", clock(now)));
    lines.push(format!(
        "一、时间和地点：{}接报，{}发生{}，行政区划{}。",
        clock(incident.opened),
        incident.place,
        incident.name.zh,
        incident.area.0
    ));
    lines.push("二、接报和经过：".to_owned());
    let course = known.timeline.iter().filter(|line| tells(line));
    let count = course.clone().count();
    for line in course.take(MOST_LINES) {
        lines.push(format!("　{}　{}", clock(line.happened), line.text.zh));
    }
    if count > MOST_LINES {
        lines.push(format!("　另有{}条见事件档案。", count - MOST_LINES));
    }
    lines.push(format!("三、人员：{}", people(known)));
    lines.push(format!("四、任务：{}", tasks(known)));
    let level = |level: Option<u8>| match level {
        Some(1) => "一级",
        Some(2) => "二级",
        Some(3) => "三级",
        Some(4) => "四级",
        _ => "未定",
    };
    let because: Vec<&str> = draft.because.iter().map(|why| why.get(Lang::Zh)).collect();
    lines.push(format!(
        "五、研判：建议{}响应（{}）；已定{}响应。",
        level(draft.level),
        because.join("；"),
        level(incident.grade)
    ));
    lines.push("六、报送时限：".to_owned());
    for due in &draft.clocks {
        let (text, who) = (due.text.get(Lang::Zh), due.who.get(Lang::Zh));
        lines.push(format!("　{}前　{who}：{text}", clock(Ms(due.due))));
    }
    lines.push("伤亡、失联和损失：待核实。".to_owned());
    lines.join("\n")
}

/// Lines of the timeline that belong into a report: not those about single recipients and commands.
fn tells(line: &TimelineEntry) -> bool {
    match line.source {
        TimelineSource::Alarm(_)
        | TimelineSource::Run(_)
        | TimelineSource::Warning
        | TimelineSource::Call
        | TimelineSource::Person
        | TimelineSource::Platform
        | TimelineSource::Command(_) => true,
        TimelineSource::Notice(_) => false,
    }
}

fn people(known: &Known) -> String {
    let of = [
        (Protective::Leave, "通知撤离"),
        (Protective::Shelter, "通知就地避险"),
        (Protective::StayAway, "通知勿靠近"),
    ];
    let told = of.iter().filter_map(|(action, zh)| {
        let (all, safe, lost) = known.people(*action);
        (all > 0).then(|| format!("{zh}{all}人，已确认安全{safe}人，未联系上{lost}人"))
    });
    let told: Vec<String> = told.collect();
    let out = match &known.incident.evacuated {
        Some(by) => format!("；{}确认应撤人员已全部撤出", by.name),
        None => String::new(),
    };
    if told.is_empty() {
        "尚未通知人员。".to_owned()
    } else {
        format!("{}{out}。", told.join("；"))
    }
}

fn tasks(known: &Known) -> String {
    let mut tasks: Vec<String> = Vec::new();
    for notice in known.notices.iter().filter(|n| n.action == Protective::Task) {
        let task = format!("{}：{}", notice.name, notice.text.zh.replace('\n', " "));
        if !tasks.contains(&task) {
            tasks.push(task);
        }
    }
    if tasks.is_empty() { "无。".to_owned() } else { format!("\n　{}", tasks.join("\n　")) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use helan_kernel::{AreaCode, IncidentId, Text as Words, command::IncidentState};

    use super::*;

    fn incident() -> Incident {
        Incident {
            id: IncidentId(7),
            kind: "gas-leak".into(),
            code: "12P12".into(),
            name: Words::new("燃气泄漏", "Gas leak"),
            place: "演练街18号".into(),
            area: AreaCode(640_104_000),
            position: None,
            state: IncidentState::Taken,
            grade: None,
            opened: Ms(1_795_392_000_000),
            changed: Ms(1_795_392_000_000),
            last_joined: Ms(1_795_392_000_000),
            alarms: Vec::new(),
            active: 0,
            calls: 1,
            taken_by: None,
            escalated: 0,
            zones: Arc::from([]),
            all_clear: false,
            clear_asked: None,
            evacuated: None,
            reason: String::new(),
            drill: true,
        }
    }

    #[test]
    fn a_report_proposes_a_level_and_starts_the_clocks() {
        let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let library = helan_protocol::pack::plan::load(&packs).unwrap();
        let line = TimelineEntry {
            incident: IncidentId(7),
            line: 1,
            at: Ms(1_795_392_000_000),
            happened: Ms(1_795_392_000_000),
            source: TimelineSource::Call,
            text: Words::new("过路市民来电：有液化气味", "a citizen smells gas"),
            by: None,
        };
        let mut known = Known {
            incident: incident(),
            timeline: vec![line],
            notices: Vec::new(),
            facilities: Vec::new(),
        };
        let now = Ms(1_795_392_060_000);
        let plain = draft(&known, &library, now, Which::First);
        assert_eq!(plain.level, Some(4), "{:?}", plain.because);
        let hour = 3_600_000;
        let due: Vec<i64> = plain.clocks.iter().map(|c| c.due - 1_795_392_000_000).collect();
        assert_eq!(due, [hour, 2 * hour, 3 * hour]);
        for fact in ["【演练】", "演练街18号", "过路市民来电：有液化气味", "1小时内"]
        {
            assert!(plain.text.contains(fact), "{fact}: {}", plain.text);
        }
        known.facilities.push(("shop".into(), "restaurant".into(), "烧烤店".into()));
        assert_eq!(draft(&known, &library, now, Which::First).level, Some(3), "a crowded place");
    }
}
