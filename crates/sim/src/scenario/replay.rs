//! What replays of real incidents measure beside the drills: how early people were told, what was refused for their sake, and
//! whether the file holds what a report needs.

use std::collections::BTreeMap;

use helan_kernel::Ms;
use serde_json::Value;

use super::{
    file::{Measure, Model, Scenario},
    measure::{
        Facts, What, is_final, is_protective, is_rule, items, names_it, number, share, span, text,
    },
};

/// The value of one of these measures.
pub(super) fn value(scenario: &Scenario, measure: &Measure, facts: &Facts) -> Option<f64> {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match measure.what {
        What::LeaveAfter => span(first_signal(facts)?, first_leave(facts)?),
        What::LeaveBefore => {
            let seconds = span(first_leave(facts)?, at(facts, measure.moment))?;
            Some(seconds * facts.speed / 60.0)
        }
        What::TaskRefused => {
            let asked = facts.tasks.get(&measure.of)?;
            let code = measure.words.first().map_or("people-first", String::as_str);
            Some(truth(asked.refused.as_deref() == Some(code)))
        }
        What::TaskGiven => {
            let asked = facts.tasks.get(&measure.of)?;
            let task = scenario.events.iter().filter_map(|e| e.task.as_ref());
            let task = task.into_iter().find(|task| task.key == measure.of)?;
            let told = facts.notices().filter(|n| text(n, "action") == "task");
            let told = told.into_iter().any(|n| words(n).contains(&task.text));
            Some(truth(asked.refused.is_none() && told))
        }
        What::Moved => facts.movements.get(&measure.of).map(|moved| f64::from(*moved)),
        What::Says => {
            let posts = scenario.posts.iter().filter(|p| p.role == measure.of);
            let names: Vec<&str> = posts.map(|p| p.name.as_str()).collect();
            let task = |n: &&Value| {
                text(n, "action") == "task" && names.iter().any(|name| names_it(n, name))
            };
            let said: Vec<&str> = facts.notices().filter(task).map(words).collect();
            let has = |word: &&String| said.iter().any(|said| said.contains(word.as_str()));
            share(measure.words.iter().filter(has).count(), measure.words.len())
        }
        What::ReportHas => {
            let texts: Vec<&str> = facts
                .reports
                .values()
                .filter_map(|report| report.pointer("/now/text").and_then(Value::as_str))
                .collect();
            let has = |word: &&String| texts.iter().any(|text| text.contains(word.as_str()));
            share(measure.words.iter().filter(has).count(), measure.words.len())
        }
        What::ReportAfter | What::LevelProposed | What::Clocks => reported(measure.what, facts),
        What::LeadTime => lead_time(scenario, measure.moment, facts),
        What::ForecastPairs => score(facts, &measure.of, "pairs"),
        What::ForecastSkill => score(facts, &measure.of, "skill"),
        What::UnreachedAfter => {
            let times: Option<Vec<Ms>> = facts.listed.values().copied().collect();
            Some(span(first_leave(facts)?, times?.into_iter().max()?)? / 60.0)
        }
        What::FalseHotspots => Some(f64::from(facts.false_hotspots)),
        What::OrderAfter => {
            let tasks = facts.notices().filter(|n| text(n, "action") == "task");
            let first = tasks.map(|n| Ms(number(n, "created"))).min()?;
            span(first_signal(facts)?, first)
        }
        What::CrewGap => {
            let looked = facts.crews.values().filter(|crews| number(crews, "checks") >= 2);
            let gaps = looked.filter_map(|crews| crews.get("longest_gap_s")?.as_f64());
            gaps.reduce(f64::max)
        }
        What::Told => told(scenario, measure, facts),
        What::BurntError => {
            let (said, burnt) = facts.burnt_m2?;
            (burnt > 0.0).then(|| (said / burnt - 1.0).abs() * 100.0)
        }
        What::Spoken => Some(f64::from(facts.spoken.get(&measure.of).copied().unwrap_or(0))),
        What::AlarmDelay => {
            let of = |a: &&Value| is_rule(text(a, "rule"), &measure.of);
            let alarm = facts.alarms.values().find(of)?;
            span(Ms(number(alarm, "since")), Ms(number(alarm, "raised")))
        }
        What::GradedAfter => {
            let seconds = span(first_signal(facts)?, facts.graded?)?;
            Some(seconds * facts.speed / 60.0)
        }
        What::RollCall => roll_call(scenario, facts),
        _ => None,
    }
}

/// What first reports say. Of several the worst; none when one is missing.
#[expect(clippy::cast_precision_loss, reason = "spans are hours, levels and deadlines few")]
fn reported(what: What, facts: &Facts) -> Option<f64> {
    let told = facts.incidents.keys().filter(|id| facts.told_to_leave(**id));
    let one = |id: &u64| -> Option<f64> {
        let opened = number(facts.incidents.get(id)?.get("incident")?, "opened");
        let first = facts.reports.get(id)?.get("first").filter(|first| !first.is_null())?;
        match what {
            What::ReportAfter => {
                let made = Ms(number(first, "made"));
                Some(span(Ms(opened), made)? * facts.speed / 60.0)
            }
            What::LevelProposed => first.get("level").and_then(Value::as_f64),
            _ => Some(items(first, "clocks").count() as f64),
        }
    };
    let values: Vec<f64> = told.map(one).collect::<Option<_>>()?;
    let worst = if what == What::Clocks { f64::min } else { f64::max };
    values.into_iter().reduce(worst)
}

/// A figure of the score of a model.
fn score(facts: &Facts, model: &str, figure: &str) -> Option<f64> {
    let score = facts.scores.iter().find(|score| text(score, "model") == model)?;
    score.get(figure).and_then(Value::as_f64)
}

/// The median of the lead times of the gullies that are slow enough.
#[expect(clippy::cast_precision_loss, reason = "spans are hours")]
fn lead_time(scenario: &Scenario, slowest: Ms, facts: &Facts) -> Option<f64> {
    let slow = scenario.gullies.iter().filter(|gully| gully.response >= slowest);
    let mut leads: Vec<f64> = slow
        .map(|gully| {
            let of = |model: Model| {
                let devices = scenario.devices.iter();
                devices.filter(move |d| d.model == model && d.gully == gully.key).map(|d| &d.key)
            };
            let flow = of(Model::GullyGauge)
                .filter_map(|key| facts.sent.get(&(key.clone(), "flow".to_owned())))
                .flatten();
            let peak = flow.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| *at)?;
            let forecasts: Vec<&String> = of(Model::Terminal).collect();
            let alarm = facts
                .alarms
                .values()
                .filter(|alarm| forecasts.iter().any(|key| *key == text(alarm, "device")));
            let raised = alarm.map(|alarm| number(alarm, "raised")).min()?;
            Some((peak - raised) as f64 * facts.speed / 60_000.0)
        })
        .map(|lead| lead.unwrap_or(0.0))
        .collect();
    leads.sort_by(f64::total_cmp);
    leads.get(leads.len() / 2).copied()
}

/// Who of a building, or which post, was told something with all of the words.
fn told(scenario: &Scenario, measure: &Measure, facts: &Facts) -> Option<f64> {
    let people = scenario.people.iter().filter(|p| p.facility == measure.of);
    let posts = scenario.posts.iter().filter(|p| p.key == measure.of);
    let names: Vec<&str> =
        people.map(|p| p.name.as_str()).chain(posts.map(|p| p.name.as_str())).collect();
    let has = |name: &&&str| {
        let mut said = facts.notices().filter(|n| names_it(n, name)).map(words);
        said.any(|said| measure.words.iter().all(|word| said.contains(word.as_str())))
    };
    share(names.iter().filter(has).count(), names.len())
}

/// The words of a notice.
fn words(notice: &Value) -> &str {
    notice.pointer("/text/zh").and_then(Value::as_str).unwrap_or_default()
}

/// When a moment of the world was, in real time.
#[expect(clippy::cast_precision_loss, reason = "spans are hours")]
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
fn at(facts: &Facts, moment: Ms) -> Ms {
    facts.started.after(Ms((moment.0 as f64 / facts.speed) as i64))
}

fn first_leave(facts: &Facts) -> Option<Ms> {
    let leave = facts.notices().filter(|n| text(n, "action") == "leave");
    leave.map(|n| Ms(number(n, "created"))).min()
}

/// The first sign of a danger that people were told to leave for.
fn first_signal(facts: &Facts) -> Option<Ms> {
    let calls = facts.calls.iter();
    let calls = calls.filter(|call| call.credible && facts.told_to_leave(call.incident));
    let of = |alarm: &Value| alarm.get("incident").and_then(Value::as_u64);
    let told = |alarm: &&Value| of(alarm).is_some_and(|id| facts.told_to_leave(id));
    let alarms = facts.alarms.values().filter(told);
    calls.map(|call| call.at).chain(alarms.map(|alarm| Ms(number(alarm, "since")))).min()
}

/// Households are the people of one room of one building.
fn roll_call(scenario: &Scenario, facts: &Facts) -> Option<f64> {
    let mut households: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for person in &scenario.people {
        households.entry((&person.facility, &person.room)).or_default().push(&person.name);
    }
    let state = |name: &str| {
        let told = facts.notices().filter(|n| is_protective(n) && names_it(n, name));
        // Whoever was told twice is where the last notice says.
        told.last().map(is_final)
    };
    let counted: Vec<Vec<Option<bool>>> =
        households.values().map(|names| names.iter().map(|name| state(name)).collect()).collect();
    let told: Vec<_> = counted.iter().filter(|home| home.iter().any(Option::is_some)).collect();
    let whole = told.iter().filter(|home| home.iter().all(|state| *state == Some(true)));
    share(whole.count(), told.len())
}
