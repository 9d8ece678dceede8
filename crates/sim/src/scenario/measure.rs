//! What a scenario measures, from what was sent, received and told by the server.

use std::collections::{BTreeMap, BTreeSet};

use helan_kernel::Ms;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    deed::{Asked, Called},
    file::{Measure, Scenario, Words},
    replay,
};

/// Kinds of measures. "The alarm" is the first alarm of the scenario's devices that belongs to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Seconds from the reading that confirmed the limit to the first command at device `of`.
    Action,
    /// Seconds from the reading that confirmed the limit (or from the end of a cut of the link, when that came later) to
    /// the alarm at the platform.
    PlatformAlarm,
    /// Commands that reached any actuator before gas really flowed: false actuations. What the platform or the site believes
    /// has no part in it.
    EarlyCommands,
    /// Most movements of one actuator.
    Movements,
    /// Commands of the platform's own to device `of`.
    PlatformCommands,
    /// Alarms of rule `of`.
    Alarms,
    /// Share of alarms with place, person, contact and picture, in %.
    FourItems,
    /// Share of the people in the danger area that were told to leave, in %.
    ToldToLeave,
    /// Share of the notices to leave whose words contain `of`, in %.
    LeaveSays,
    /// Notices to others that came before one to people who must leave.
    NotLeaveFirst,
    /// Share of the residents of the stair who were told what to do and whose notice is in a final state, in %.
    FinalState,
    /// Minutes from the reading that confirmed the limit until the last of them was.
    FinalMinutes,
    /// Share of the posts with role `of` that have a task, in %.
    Tasked,
    /// Share of the readings sent that the platform has, in %.
    Uploaded,
    /// Readings that the platform has twice, or that nobody sent.
    Doubled,
    /// Messages that the server refused.
    Refused,
    /// Attempts over channels that reach the public.
    PublicAttempts,
    /// Share of those who were told that got the all-clear, in %; anybody else who got it counts against it.
    AllClear,
    /// Seconds (world time) from the last reading above the mark of the all-clear to the all-clear.
    ClearAfter,
    /// 1 when every incident of the scenario is closed, else 0.
    Closed,
    /// %LEL in the worst room at the end.
    GasLeft,
    /// Highest %LEL of any room.
    GasPeak,
    /// Seconds from the first credible signal of the danger that people were told to leave to the first such notice. A
    /// signal is a call that was believed, or the reading that an alarm came of.
    LeaveAfter,
    /// Minutes (world time) from the first notice to leave to `moment`.
    LeaveBefore,
    /// 1 when task `of` was refused with the code in `words` (without one: because people come first), 0 when it was not.
    TaskRefused,
    /// 1 when task `of` was taken and its posts were told, else 0.
    TaskGiven,
    /// Movements of device `of`.
    Moved,
    /// Share of `words` that the tasks to posts with role `of` contain, in %.
    Says,
    /// Share of `words` that the reports of the incidents contain as they draft themselves, in %.
    ReportHas,
    /// Minutes (world time) from the opening of an incident that told people to leave to its first report, the slowest one.
    ReportAfter,
    /// Response level that the first report of an incident that told people to leave proposes, the lowest level of several.
    LevelProposed,
    /// Deadlines of reporting that such a first report has started, the fewest of several.
    Clocks,
    /// Median minutes (world time) from the alarm of a forecast to the highest discharge that came, over the gullies that
    /// answer rain no faster than `moment`. A gully without an alarm in time counts as 0.
    LeadTime,
    /// Forecasts of model `of` that could be judged by what came: pairs.
    ForecastPairs,
    /// Skill of model `of` against saying that all stays as it is.
    ForecastSkill,
    /// Minutes from the first notice to leave until everybody who had to leave had answered or stood by name on the list of
    /// those to be visited.
    UnreachedAfter,
    /// Texts that loudspeaker `of` said.
    Spoken,
    /// Incidents that came of hotspots of known sources.
    FalseHotspots,
    /// Seconds from the first credible signal to the first task of a post.
    OrderAfter,
    /// Longest time between two looks at the crews of a fire, seconds; none before there were two.
    CrewGap,
    /// Share of the people of building `of`, or of the post `of`, that were told something with all of `words`, in %.
    Told,
    /// How far the burnt area that the platform's model gives for the winds that were measured is from what burnt, in %.
    BurntError,
    /// Seconds from the reading to the first alarm of rule `of`.
    AlarmDelay,
    /// Minutes (world time) from the first credible signal to the response level that was set.
    GradedAfter,
    /// Share of the households with somebody who was told what to do of which everybody was told and is in a final state, in %.
    RollCall,
}

impl What {
    /// Unit of the value.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Action
            | Self::PlatformAlarm
            | Self::ClearAfter
            | Self::LeaveAfter
            | Self::OrderAfter
            | Self::CrewGap
            | Self::AlarmDelay => "s",
            Self::FinalMinutes
            | Self::LeaveBefore
            | Self::GradedAfter
            | Self::ReportAfter
            | Self::LeadTime
            | Self::UnreachedAfter => "min",
            Self::FourItems
            | Self::ToldToLeave
            | Self::LeaveSays
            | Self::FinalState
            | Self::Tasked
            | Self::Uploaded
            | Self::Says
            | Self::ReportHas
            | Self::RollCall
            | Self::Told
            | Self::BurntError
            | Self::AllClear => "%",
            Self::GasLeft | Self::GasPeak => "%LEL",
            Self::EarlyCommands
            | Self::Movements
            | Self::PlatformCommands
            | Self::Alarms
            | Self::NotLeaveFirst
            | Self::Doubled
            | Self::Refused
            | Self::PublicAttempts
            | Self::TaskRefused
            | Self::TaskGiven
            | Self::Moved
            | Self::LevelProposed
            | Self::Clocks
            | Self::ForecastPairs
            | Self::ForecastSkill
            | Self::Spoken
            | Self::FalseHotspots
            | Self::Closed => "1",
        }
    }
}

/// One line of a report.
#[derive(Clone, Debug, Serialize)]
pub struct Result {
    /// What was measured.
    pub what: What,
    /// About what.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// Name for people.
    pub name: Words,
    /// What came out; none when it did not happen at all.
    pub value: Option<f64>,
    /// Unit of it.
    pub unit: &'static str,
    /// What it must be.
    pub target: String,
    /// Whether it is.
    pub holds: bool,
}

/// Readings of one point, as sent or as stored.
pub type Series = Vec<(i64, f64)>;

/// What is known about a run. Moments are real ones.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Commands as they reached devices: device, name, moment.
    pub commands: Vec<(String, String, Ms)>,
    /// Movements of each device.
    pub movements: BTreeMap<String, u32>,
    /// World time against real time.
    pub speed: f64,
    /// When the world began.
    pub started: Ms,
    /// Calls that were written down, in their order.
    pub calls: Vec<Called>,
    /// Tasks that were asked for, by key.
    pub tasks: BTreeMap<String, Asked>,
    /// When it was confirmed that everybody is out.
    pub evacuated: Option<Ms>,
    /// When the response level was set.
    pub graded: Option<Ms>,
    /// When each notice to leave to a person had an answer, or a name that visits, by number; none as long as it has neither.
    pub listed: BTreeMap<u64, Option<Ms>>,
    /// What loudspeakers said, by device.
    pub spoken: BTreeMap<String, u32>,
    /// Incidents that came of hotspots of known sources.
    pub false_hotspots: u32,
    /// How crews were looked at, by incident.
    pub crews: BTreeMap<u64, Value>,
    /// Burnt area by the platform's model, and in the world, m².
    pub burnt_m2: Option<(f64, f64)>,
    /// Reports of incidents, by number.
    pub reports: BTreeMap<u64, Value>,
    /// Scores of models.
    pub scores: Vec<Value>,
    /// When gas began to flow.
    pub leak: Option<Ms>,
    /// When the uplink was cut (false) and restored (true).
    pub uplink: Vec<(Ms, bool)>,
    /// Refused messages.
    pub refused: u32,
    /// Sent by device and point.
    pub sent: BTreeMap<(String, String), Series>,
    /// Stored at the platform by device and point.
    pub stored: BTreeMap<(String, String), Series>,
    /// Alarms of the scenario's devices, as the API tells them, by number.
    pub alarms: BTreeMap<u64, Value>,
    /// Files of the incidents, as the API tells them, by number.
    pub incidents: BTreeMap<u64, Value>,
    /// %LEL in the worst room at the end.
    pub gas_left: f64,
    /// Highest %LEL.
    pub gas_peak: f64,
}

/// A member of a JSON object as text.
#[must_use]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A member of a JSON object as a whole number.
#[must_use]
pub fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// The members of an array in a JSON object.
pub fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Whether a notice needs nothing more.
#[must_use]
pub fn is_final(notice: &Value) -> bool {
    matches!(text(notice, "state"), "acknowledged" | "visited" | "unreachable")
}

/// Whether a notice tells people in danger what to do.
#[must_use]
pub fn is_protective(notice: &Value) -> bool {
    matches!(text(notice, "action"), "leave" | "shelter" | "stay-away")
}

/// Whether a key is the name of a rule, with or without its pack before it.
#[must_use]
pub fn is_rule(key: &str, name: &str) -> bool {
    key == name || key.rsplit_once('/').is_some_and(|(_, last)| last == name)
}

impl Facts {
    /// The first alarm with an incident; of those that told people to leave, when there is one.
    fn alarm(&self) -> Option<&Value> {
        let incident = |a: &Value| a.get("incident").and_then(Value::as_u64);
        let told = |a: &&Value| incident(a).is_some_and(|id| self.told_to_leave(id));
        let any = || self.alarms.values().find(|a| incident(a).is_some());
        self.alarms.values().find(told).or_else(any)
    }

    /// Whether an incident told somebody to leave.
    pub(super) fn told_to_leave(&self, incident: u64) -> bool {
        let file = self.incidents.get(&incident);
        file.is_some_and(|file| items(file, "notices").any(|n| text(n, "action") == "leave"))
    }

    /// The moment of the reading that confirmed the limit.
    fn confirmed(&self) -> Option<Ms> {
        self.alarm().map(|alarm| Ms(number(alarm, "since")))
    }

    pub(super) fn notices(&self) -> impl Iterator<Item = &Value> {
        self.incidents.values().flat_map(|file| items(file, "notices"))
    }

    /// When the link was there for the alarm: at its reading, or when a cut that held then ended.
    fn linked(&self, at: Ms) -> Ms {
        let cut = self.uplink.iter().rev().find(|(when, _)| *when <= at).is_some_and(|(_, up)| !up);
        let back = self.uplink.iter().find(|(when, up)| *up && *when > at).map(|(when, _)| *when);
        if cut { back.unwrap_or(at) } else { at }
    }
}

/// The value of a measure.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts and spans are small")]
pub fn value(scenario: &Scenario, measure: &Measure, facts: &Facts) -> Option<f64> {
    let count = |n: usize| Some(n as f64);
    match measure.what {
        What::Action => {
            let confirmed = facts.confirmed()?;
            let first = facts.commands.iter().find(|(device, ..)| *device == measure.of)?;
            span(confirmed, first.2)
        }
        What::PlatformAlarm => {
            let raised = Ms(number(facts.alarm()?, "raised"));
            span(facts.linked(facts.confirmed()?), raised)
        }
        What::EarlyCommands => {
            let leak = facts.leak.unwrap_or(Ms::MAX);
            count(facts.commands.iter().filter(|(.., at)| *at < leak).count())
        }
        What::Movements => Some(f64::from(facts.movements.values().copied().max().unwrap_or(0))),
        What::PlatformCommands => {
            let commands = facts.incidents.values().flat_map(|f| items(f, "commands"));
            count(commands.filter(|c| text(c, "device") == measure.of).count())
        }
        What::Alarms => {
            let of = |a: &&Value| is_rule(text(a, "rule"), &measure.of);
            count(facts.alarms.values().filter(of).count())
        }
        What::FourItems => {
            let whole = |a: &&Value| items(a, "missing").next().is_none();
            share(facts.alarms.values().filter(whole).count(), facts.alarms.len())
        }
        What::ToldToLeave | What::FinalState | What::FinalMinutes => {
            people(scenario, measure, facts)
        }
        What::LeaveSays => {
            let leave: Vec<&Value> =
                facts.notices().filter(|n| text(n, "action") == "leave").collect();
            let says = leave.iter().filter(|n| {
                let words = n.pointer("/text/zh").and_then(Value::as_str);
                words.is_some_and(|words| words.contains(&measure.of))
            });
            share(says.count(), leave.len())
        }
        What::ClearAfter => clear_after(scenario, facts),
        What::NotLeaveFirst => {
            let told = |leave: bool| {
                facts
                    .notices()
                    .filter(move |n| (text(n, "action") == "leave") == leave)
                    .filter(|n| text(n, "action") != "all-clear")
            };
            let last = told(true).map(|n| number(n, "id")).max()?;
            // Later alarms of the same incident may tell further people: only the first round is compared.
            let first = told(true).map(|n| number(n, "created")).min()?;
            let before = |n: &&Value| number(n, "id") < last && number(n, "created") == first;
            count(told(false).filter(before).count())
        }
        What::Tasked => {
            let posts = scenario.posts.iter().filter(|p| p.role == measure.of);
            let names: Vec<&str> = posts.map(|p| p.name.as_str()).collect();
            let has = |n: &&&str| {
                let task = |t: &Value| text(t, "action") == "task" && names_it(t, n);
                facts.notices().any(task)
            };
            share(names.iter().filter(has).count(), names.len())
        }
        What::Uploaded => {
            let all: usize = facts.sent.values().map(Vec::len).sum();
            let stored = facts.sent.iter().map(|(point, sent)| {
                let stored = facts.stored.get(point).map_or(&[][..], Vec::as_slice);
                let known: BTreeSet<(i64, u64)> = stored.iter().map(bits).collect();
                sent.iter().filter(|reading| known.contains(&bits(reading))).count()
            });
            share(stored.sum(), all)
        }
        What::Doubled => {
            let surplus = facts.stored.iter().map(|(point, stored)| {
                let sent = facts.sent.get(point).map_or(&[][..], Vec::as_slice);
                let mut left: BTreeSet<(i64, u64)> = sent.iter().map(bits).collect();
                stored.iter().filter(|reading| !left.remove(&bits(reading))).count()
            });
            count(surplus.sum())
        }
        What::Refused => Some(f64::from(facts.refused)),
        What::PublicAttempts => {
            let receipts = facts.notices().flat_map(|n| items(n, "receipts"));
            let public = |r: &&Value| {
                matches!(text(r, "channel"), "sms" | "webhook" | "cap")
                    && text(r, "state") != "failed"
            };
            let documents = facts.incidents.values().flat_map(|f| items(f, "warnings"));
            let documents = documents.filter(|w| w.get("document").is_some_and(|d| !d.is_null()));
            count(receipts.filter(public).count() + documents.count())
        }
        What::AllClear => all_clear(facts),
        What::Closed => {
            let closed =
                |f: &Value| f.get("incident").is_some_and(|i| text(i, "state") == "closed");
            let all = !facts.incidents.is_empty() && facts.incidents.values().all(closed);
            Some(f64::from(u8::from(all)))
        }
        What::GasLeft => Some(facts.gas_left),
        What::GasPeak => Some(facts.gas_peak),
        What::LeaveAfter
        | What::LeaveBefore
        | What::TaskRefused
        | What::TaskGiven
        | What::Moved
        | What::Says
        | What::ReportHas
        | What::ReportAfter
        | What::LevelProposed
        | What::Clocks
        | What::LeadTime
        | What::ForecastPairs
        | What::ForecastSkill
        | What::UnreachedAfter
        | What::Spoken
        | What::FalseHotspots
        | What::OrderAfter
        | What::CrewGap
        | What::Told
        | What::BurntError
        | What::AlarmDelay
        | What::GradedAfter
        | What::RollCall => replay::value(scenario, measure, facts),
    }
}

/// Seconds from one moment to another; none when the second came first: then it was not caused by the first.
#[expect(clippy::cast_precision_loss, reason = "spans are minutes")]
pub(super) fn span(from: Ms, to: Ms) -> Option<f64> {
    (to >= from).then(|| to.since(from).0 as f64 / 1000.0)
}

/// Readings are compared bit by bit.
fn bits(reading: &(i64, f64)) -> (i64, u64) {
    (reading.0, reading.1.to_bits())
}

/// A share in %; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

/// Whether a notice is to the recipient of this name.
pub(super) fn names_it(notice: &Value, name: &str) -> bool {
    text(notice, "name").contains(name)
}

/// People on the stair of the alarm, at most so many floors from it.
fn residents<'a>(scenario: &'a Scenario, alarm: &Value, floors: i32) -> Vec<&'a str> {
    let key = alarm.get("place").map_or("", |p| text(p, "device"));
    let Some(device) = scenario.devices.iter().find(|d| d.key == key) else { return Vec::new() };
    let near = |p: &&super::file::Person| {
        p.facility == device.facility
            && p.stair == device.stair
            && p.floor.abs_diff(device.floor) <= floors.unsigned_abs()
    };
    scenario.people.iter().filter(near).map(|p| p.name.as_str()).collect()
}

/// Those who must leave live at most one floor from the alarm; everybody of the stair has to end in a final state.
fn people(scenario: &Scenario, measure: &Measure, facts: &Facts) -> Option<f64> {
    let alarm = facts.alarm()?;
    let told = |name: &str, all: bool| {
        let fits = |n: &&Value| if all { is_protective(n) } else { text(n, "action") == "leave" };
        facts.notices().find(|n| fits(n) && names_it(n, name))
    };
    if measure.what == What::ToldToLeave {
        let names = residents(scenario, alarm, 1);
        return share(names.iter().filter(|name| told(name, false).is_some()).count(), names.len());
    }
    let names = residents(scenario, alarm, i32::MAX);
    let done: Vec<&Value> =
        names.iter().filter_map(|name| told(name, true)).filter(|n| is_final(n)).collect();
    if measure.what == What::FinalState {
        return share(done.len(), names.len());
    }
    let last = done.iter().map(|n| number(n, "changed")).max()?;
    // As long as one of them is missing there is no last one.
    let all = done.len() == names.len();
    all.then(|| span(facts.confirmed()?, Ms(last)).map(|seconds| seconds / 60.0)).flatten()
}

/// World seconds from the last reading above the mark to the first notice of the all-clear.
fn clear_after(scenario: &Scenario, facts: &Facts) -> Option<f64> {
    let cleared = facts.notices().filter(|n| text(n, "action") == "all-clear");
    let cleared = cleared.map(|n| number(n, "created")).min()?;
    let is_gas = |key: &str, point: &str| {
        scenario.devices.iter().any(|d| d.key == key && d.gas_point() == Some(point))
    };
    let gas = facts.sent.iter().filter(|((device, point), _)| is_gas(device, point));
    let above = gas.flat_map(|(_, series)| series).filter(|r| r.1 >= scenario.duty.clear_below);
    // A reading above it after the all-clear makes the span negative: none.
    let last =
        above.map(|(at, _)| *at).filter(|at| facts.leak.is_some_and(|l| *at >= l.0)).max()?;
    span(Ms(last), Ms(cleared)).map(|seconds| seconds * facts.speed)
}

fn all_clear(facts: &Facts) -> Option<f64> {
    let is_clear = |n: &&Value| text(n, "action") == "all-clear";
    // Whoever is sent after it, to those who do not answer it, was never told of the danger.
    let newest = facts.notices().filter(is_clear).map(|n| number(n, "id")).max();
    let before = |n: &&Value| newest.is_none_or(|newest| number(n, "id") <= newest);
    let set = |clear: bool| -> BTreeSet<(&str, &str)> {
        facts
            .notices()
            .filter(before)
            .filter(|n| is_clear(n) == clear)
            .map(|n| (text(n, "party"), text(n, "name")))
            .collect()
    };
    let (told, cleared) = (set(false), set(true));
    let right = told.intersection(&cleared).count();
    share(right, told.union(&cleared).count())
}

/// All measures of a scenario with their verdicts.
#[must_use]
pub fn verdicts(scenario: &Scenario, facts: &Facts) -> Vec<Result> {
    let one = |measure: &Measure| {
        let value = value(scenario, measure, facts);
        let (target, holds) = match (measure.at_most, measure.at_least) {
            (Some(most), _) => (format!("≤ {most}"), value.is_some_and(|v| v <= most)),
            (None, Some(least)) => (format!("≥ {least}"), value.is_some_and(|v| v >= least)),
            (None, None) => (String::new(), false),
        };
        Result {
            what: measure.what,
            of: measure.of.clone(),
            name: measure.name.clone(),
            value,
            unit: measure.what.unit(),
            target,
            holds,
        }
    };
    scenario.measures.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(notices: &[(u64, &str, &str)]) -> Facts {
        let notice =
            |(id, name, action)| json!({ "id": id, "party": "p", "name": name, "action": action });
        let notices: Vec<Value> = notices.iter().copied().map(notice).collect();
        let incidents = BTreeMap::from([(1, json!({ "notices": notices }))]);
        Facts { incidents, ..Facts::default() }
    }

    #[test]
    fn the_all_clear_goes_to_those_who_were_told_before_it() {
        let check = |notices: &[(u64, &str, &str)], expected: f64| {
            assert_eq!(all_clear(&facts(notices)), Some(expected), "{notices:?}");
        };
        let (a, b) = ((1, "Ding", "leave"), (2, "Ha", "leave"));
        check(&[a, b, (3, "Ding", "all-clear"), (4, "Ha", "all-clear")], 100.0);
        check(&[a, b, (3, "Ding", "all-clear")], 50.0);
        check(&[a, (3, "Ding", "all-clear"), (4, "Na", "all-clear")], 50.0);
        // The visitor of somebody who does not answer the all-clear.
        check(&[a, (3, "Ding", "all-clear"), (4, "Wang", "task")], 100.0);
        check(&[a, b], 0.0);
    }
}
