//! Floods of gullies, reckoned from the rain as it falls.
//!
//! A gully is a device of the profile [`GULLY`]; what its catchment is like stands in its attributes (`gully.area_km2`, `gully.way_m`,
//! `gully.slope`, `gully.curve_number`, `gully.threshold_m3_s`…). As soon as the rain gauges around have told a new step of rain, the
//! model `water-gully` is asked, and what it says reaches the node as readings of that device, like those of any other: ordinary
//! rules raise the alarm. Each forecast is kept with what the model was told, and judged later against the discharge that came.
//!
//! Time is counted in steps of the gauges. A drill may run faster than the clock: its steps come closer together, and are as long.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use helan_hazard::{
    Report, Value as Figure, catalogue,
    water::gully::{areal_mm, weights},
};
use helan_kernel::{
    AreaCode, Engine, Ms, PointId, Position, Quality, Reading,
    registry::{Device, Registry},
};
use helan_store::desk::{Forecast, Foretold, Form};

use crate::{
    api::{Api, error::ApiError},
    serve::stopped,
};

/// Profile of the devices that forecasts are told by.
pub const GULLY: &str = "gully-forecast";
/// The model.
pub const MODEL: &str = "water-gully";
/// Point of rain gauges: mm in the last step.
const RAIN: &str = "rain_10min";
/// Point of gauges in gullies: discharge.
const FLOW: &str = "flow";
/// Where the attributes of a gully begin.
const ATTRIBUTE: &str = "gully.";
/// Attribute that names the device which observes the gully.
const OBSERVED: &str = "observed_by";
/// Attribute: number of the gully, so that a rule can speak of one.
const NUMBER: &str = "number";
/// Attributes that are not told to the model.
const OWN: [&str; 2] = [OBSERVED, NUMBER];

/// How often it is looked whether a step of rain is complete.
const EVERY: Duration = Duration::from_millis(250);
/// Length of a step of rain: gauges report ten minutes each.
const STEP_SECONDS: i64 = 600;
const STEP_S: f64 = 600.0;
/// Steps that are looked back: twelve hours.
const LOOKED_BACK: usize = 72;
/// A pause of so many steps ends a rain: the ground drains, and older rain no longer counts.
const PAUSE: i64 = 12;
/// Steps for which the rain is taken to go on as in the last ones: half an hour, as radar nowcasts hold.
const GOES_ON: usize = 3;
/// Share of the present error of the model that is taken to last through a step: what the gauge in the gully shows corrects it.
const CARRIED: f64 = 0.8;
/// Steps that a forecast foretells: an hour.
const AHEAD: usize = 6;
/// Gauges of one gully: the nearest.
const GAUGES: usize = 12;
/// Gauges farther from the middle of a catchment than this say nothing of it.
const GAUGES_WITHIN_M: f64 = 15_000.0;
/// Gullies that are looked after at once: those of a region.
const MOST_GULLIES: usize = 500;
/// Minutes until the threshold, when it is not reached: as long as the point can say.
const NEVER_MIN: f64 = 1440.0;

/// What is known of a gully between two turns.
#[derive(Clone, Debug)]
struct Gully {
    key: String,
    area: AreaCode,
    drill: bool,
    attributes: BTreeMap<String, String>,
    points: Points,
    /// Gauges: point, distance.
    gauges: Vec<(PointId, f64)>,
    /// Newest reading of any of them.
    newest: Ms,
    observed: Option<PointId>,
}

/// Points of the device that says the forecast.
#[derive(Clone, Copy, Debug)]
struct Points {
    peak: PointId,
    ratio: PointId,
    lead: PointId,
    rain: PointId,
    number: PointId,
}

/// What was foretold last, by device: the newest reading then, and that seen at the look before this one.
#[derive(Debug, Default)]
struct Seen {
    done: BTreeMap<String, Ms>,
    waiting: BTreeMap<String, Ms>,
}

/// Foretells as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen = Seen::default();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = look(&api, &mut seen).await {
            tracing::warn!(?error, "no forecast of gullies");
        }
    }
}

async fn look(api: &Api, seen: &mut Seen) -> Result<(), ApiError> {
    for gully in api.platform.ask(gullies).await? {
        let newest = gully.newest;
        if newest == Ms(0) || seen.done.get(&gully.key).is_some_and(|done| *done >= newest) {
            continue;
        }
        // A step is complete when two looks see the same: the gauges speak one after another.
        if seen.waiting.insert(gully.key.clone(), newest) != Some(newest) {
            continue;
        }
        seen.done.insert(gully.key.clone(), newest);
        foretell(api, &gully).await?;
    }
    Ok(())
}

/// The gullies that can be foretold. Drills hear drill gauges alone, and what is real hears real ones.
fn gullies(engine: &Engine) -> Vec<Gully> {
    let registry = engine.registry();
    let Some(profile) = registry.profiles.find(GULLY) else { return Vec::new() };
    let of = |device: &&Device| device.profile.0 == profile;
    let found: Vec<&Device> = registry.devices.iter().map(|(_, d)| d).filter(of).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let gauges = gauges(registry);
    let gully = |device: &&Device| {
        let spec = &device.spec;
        let point = |name: &str| registry.point(device, name);
        let near: Vec<(PointId, f64)> = near(&gauges, spec.position, spec.drill);
        let newest = |(point, _): &(PointId, f64)| engine.watch().latest(*point).map(|l| l.at);
        let observed = spec.attributes.get(&format!("{ATTRIBUTE}{OBSERVED}"));
        let observed = observed.and_then(|key| {
            let device = registry.devices.by_key(key).filter(|d| d.spec.drill == spec.drill)?;
            registry.point(device, FLOW)
        });
        Some(Gully {
            key: device.key.to_string(),
            area: spec.area,
            drill: spec.drill,
            attributes: spec.attributes.clone(),
            points: Points {
                peak: point("peak_m3_s")?,
                ratio: point("ratio")?,
                lead: point("lead_min")?,
                rain: point("rain_mm")?,
                number: point("gully")?,
            },
            newest: near.iter().filter_map(newest).max().unwrap_or(Ms(0)),
            gauges: near,
            observed,
        })
    };
    found.iter().filter_map(gully).take(MOST_GULLIES).collect()
}

/// A rain gauge: where, its point, and whether it belongs to drills.
type Gauge = (Position, PointId, bool);

fn gauges(registry: &Registry) -> Vec<Gauge> {
    let profiles = registry.profiles.iter();
    let rains: BTreeSet<u32> = profiles
        .filter(|(_, p)| p.points.iter().any(|point| &*point.name == RAIN))
        .map(|(id, _)| id)
        .collect();
    let gauges = registry.devices.iter().map(|(_, device)| device);
    gauges
        .filter(|device| rains.contains(&device.profile.0))
        .filter_map(|device| {
            let place = device.spec.position.known()?;
            Some((place, registry.point(device, RAIN)?, device.spec.drill))
        })
        .collect()
}

/// The nearest gauges of a place with their distances.
fn near(gauges: &[Gauge], place: Position, drill: bool) -> Vec<(PointId, f64)> {
    let mut near: Vec<(PointId, f64)> = gauges
        .iter()
        .filter(|(.., of_drill)| *of_drill == drill)
        .map(|(at, point, _)| (*point, at.metres_to(place)))
        .filter(|(_, metres)| *metres <= GAUGES_WITHIN_M)
        .collect();
    near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    near.truncate(GAUGES);
    near
}

/// One forecast: asks the model, tells the node, keeps it, and notes what came of earlier ones.
async fn foretell(api: &Api, gully: &Gully) -> Result<(), ApiError> {
    let span = Ms::seconds(STEP_SECONDS * i64::try_from(LOOKED_BACK).unwrap_or(i64::MAX));
    let from = Ms(gully.newest.0.saturating_sub(span.0));
    let mut series = Vec::with_capacity(gully.gauges.len());
    for (point, _) in &gully.gauges {
        let readings = api.history.readings(*point, from, gully.newest, MOST_READINGS).await?;
        let good = readings.iter().filter(|r| r.quality == Quality::Good);
        series.push(good.map(|r| (r.at, r.value)).collect::<Vec<_>>());
    }
    let steps = Steps::of(&series);
    let rain = rain(gully, &steps, &series);
    let observed = match gully.observed {
        Some(point) => {
            let readings = api.history.readings(point, from, gully.newest, MOST_READINGS).await?;
            let good = readings.iter().filter(|r| r.quality == Quality::Good);
            steps.values(&good.map(|r| (r.at, r.value)).collect::<Vec<_>>())
        }
        None => vec![None; steps.0.len()],
    };
    let now = observed.last().copied().flatten();
    let Some(outlook) = Outlook::reckon(gully, &rain, now) else { return Ok(()) };
    let reading = |point, value| Reading { point, at: gully.newest, value, quality: Quality::Good };
    let points = gully.points;
    let readings = vec![
        // The number comes first: rules ask for it together with what follows.
        reading(points.number, number(&gully.attributes, NUMBER).unwrap_or(0.0)),
        reading(points.rain, rain.iter().flatten().sum()),
        reading(points.peak, outlook.peak_m3_s),
        reading(points.lead, outlook.lead_min),
        reading(points.ratio, outlook.ratio),
    ];
    api.platform.read(readings).await?;
    let forecast = outlook.forecast(gully, &rain, now);
    let desk = api.desk.clone();
    let key = gully.key.clone();
    crate::api::blocking(move || {
        desk.keep_forecast(&forecast)?;
        for (id, at) in desk.open_forecasts(&key, from)? {
            for (ahead, value) in steps.after(at, &observed) {
                desk.came(id, ahead, value)?;
            }
        }
        Ok::<(), helan_store::StoreError>(())
    })
    .await??;
    Ok(())
}

/// Readings of one gauge that are looked through: one a minute for the span, with room for drills.
const MOST_READINGS: usize = 2_000;

/// The steps of a rain: moments at which gauges spoke, oldest first, since the last long pause.
#[derive(Clone, Debug)]
struct Steps(Vec<Ms>);

impl Steps {
    fn of(series: &[Vec<(Ms, f64)>]) -> Self {
        let length = Self::length(series);
        let moments: BTreeSet<Ms> = series.iter().flatten().map(|(at, _)| *at).collect();
        let mut steps: Vec<Ms> = Vec::new();
        for at in moments {
            match steps.last_mut() {
                // The gauges of one step speak within half of it.
                Some(last) if at.since(*last).0 * 2 <= length => *last = at,
                _ => steps.push(at),
            }
        }
        let pause = |pair: &[Ms]| match pair {
            [a, b] => b.since(*a).0 > PAUSE * length,
            _ => false,
        };
        let begin = steps.windows(2).rposition(pause).map_or(0, |at| at + 1);
        let begin = begin.max(steps.len().saturating_sub(LOOKED_BACK));
        Self(steps.split_off(begin))
    }

    /// How far apart steps are: as gauges are set, or closer in a drill that runs faster than the clock.
    fn length(series: &[Vec<(Ms, f64)>]) -> i64 {
        let gaps = |one: &Vec<(Ms, f64)>| {
            one.iter().zip(one.iter().skip(1)).map(|(a, b)| b.0.since(a.0).0).collect::<Vec<_>>()
        };
        let mut gaps: Vec<i64> = series.iter().flat_map(gaps).collect();
        gaps.sort_unstable();
        let middle = gaps.get(gaps.len() / 2).copied();
        middle.unwrap_or(STEP_SECONDS * 1000).min(STEP_SECONDS * 1000)
    }

    /// The value of a series in each step: the last one that belongs to it.
    fn values(&self, series: &[(Ms, f64)]) -> Vec<Option<f64>> {
        let before = std::iter::once(None).chain(self.0.iter().map(|at| Some(*at)));
        let spans = before.zip(&self.0);
        let value = |(after, until): (Option<Ms>, &Ms)| {
            let within = |at: Ms| after.is_none_or(|after| at > after) && at <= *until;
            series.iter().rev().find(|(at, _)| within(*at)).map(|(_, value)| *value)
        };
        spans.map(value).collect()
    }

    /// What was observed so many steps after a moment, of those that a forecast made then foretold.
    fn after(&self, at: Ms, observed: &[Option<f64>]) -> Vec<(u32, f64)> {
        let first = self.0.partition_point(|step| *step <= at);
        let later = observed.iter().skip(first).take(AHEAD).zip(1_u32..);
        later.filter_map(|(value, ahead)| Some((ahead, (*value)?))).collect()
    }
}

/// Rain over the catchment by steps; nothing where no gauge spoke.
fn rain(gully: &Gully, steps: &Steps, series: &[Vec<(Ms, f64)>]) -> Vec<Option<f64>> {
    let values: Vec<Vec<Option<f64>>> = series.iter().map(|one| steps.values(one)).collect();
    let distances: Vec<f64> = gully.gauges.iter().map(|(_, metres)| *metres).collect();
    let weights = weights(&distances);
    let gauges: Vec<(f64, &[Option<f64>])> =
        weights.into_iter().zip(values.iter().map(Vec::as_slice)).collect();
    areal_mm(&gauges).unwrap_or_default()
}

/// What the model says of a gully.
#[derive(Clone, Debug)]
struct Outlook {
    peak_m3_s: f64,
    ratio: f64,
    lead_min: f64,
    inputs: BTreeMap<String, Figure>,
    /// Discharge by steps, corrected by the present error of the model and as it says it.
    values: Vec<(f64, f64)>,
    notes: Vec<String>,
}

impl Outlook {
    /// Asks the model; none when it refuses, which is said in the log.
    fn reckon(gully: &Gully, rain: &[Option<f64>], observed: Option<f64>) -> Option<Self> {
        let silent = rain.iter().filter(|depth| depth.is_none()).count();
        let mut depths: Vec<f64> = rain.iter().map(|depth| depth.unwrap_or(0.0)).collect();
        let known = depths.len();
        if known == 0 {
            return None;
        }
        let last: Vec<f64> = depths.iter().rev().take(GOES_ON).copied().collect();
        let rate = last.iter().sum::<f64>() / count(last.len());
        depths.extend(std::iter::repeat_n(rate, GOES_ON));
        let mut inputs: BTreeMap<String, Figure> = BTreeMap::new();
        for (name, value) in &gully.attributes {
            let Some(name) = name.strip_prefix(ATTRIBUTE).filter(|name| !OWN.contains(name)) else {
                continue;
            };
            let figure = match value.trim().parse() {
                Ok(number) => Figure::Number(number),
                Err(_) => Figure::Word(value.clone()),
            };
            inputs.insert(name.to_owned(), figure);
        }
        inputs.insert("rain_mm".into(), Figure::List(depths));
        inputs.insert("step_s".into(), Figure::Number(STEP_S));
        let report = match catalogue::find(MODEL).and_then(|model| model.answer(&inputs)) {
            Ok(report) => report,
            Err(error) => {
                tracing::warn!(gully = gully.key, %error, "the model does not answer");
                return None;
            }
        };
        let flow = discharge(&report);
        let threshold = number(&gully.attributes, "threshold_m3_s").unwrap_or(f64::MAX);
        // What is past is known better by the gauge in the gully: only what comes counts.
        let error = observed.zip(flow.get(known - 1)).map_or(0.0, |(seen, said)| seen - said);
        let ahead: Vec<f64> = flow.into_iter().skip(known).collect();
        let corrected: Vec<f64> = corrected(&ahead, error).collect();
        // People are warned by whichever says more.
        let worse: Vec<f64> = ahead.iter().zip(&corrected).map(|(a, b)| a.max(*b)).collect();
        let peak_m3_s = worse.iter().copied().fold(0.0, f64::max);
        let lead = worse.iter().position(|q| *q >= threshold);
        let mut notes: Vec<String> =
            report.warnings.iter().map(|warning| warning.text.zh.to_string()).collect();
        if silent > 0 {
            notes.push(format!("{silent}个时段无雨量站报数，按无雨计，预报可能偏小"));
        }
        Some(Self {
            peak_m3_s,
            ratio: peak_m3_s / threshold,
            lead_min: lead.map_or(NEVER_MIN, |steps| count(steps) * STEP_S / 60.0),
            inputs,
            values: corrected.into_iter().zip(ahead).take(AHEAD).collect(),
            notes,
        })
    }

    fn forecast(&self, gully: &Gully, rain: &[Option<f64>], before: Option<f64>) -> Forecast {
        let inputs = serde_json::json!({ "inputs": self.inputs, "fallen_mm": rain });
        let values = self.values.iter().zip(1_u32..);
        Forecast {
            id: 0,
            model: MODEL.to_owned(),
            what: "discharge".to_owned(),
            form: Form::Figure,
            against: "persistence".to_owned(),
            incident: 0,
            version: 0,
            detail: String::new(),
            device: gully.key.clone(),
            area: gully.area,
            at: gully.newest,
            drill: gully.drill,
            unit: "m3/s".to_owned(),
            step_s: STEP_S,
            before,
            inputs: inputs.to_string(),
            notes: self.notes.join("\n"),
            values: values
                .map(|((foretold, said), ahead)| Foretold {
                    low: Some(foretold.min(*said)),
                    high: Some(foretold.max(*said)),
                    ..Foretold::new(ahead, *foretold)
                })
                .collect(),
        }
    }
}

/// A forecast corrected by the error that the model has now, which fades from step to step.
fn corrected(ahead: &[f64], error: f64) -> impl Iterator<Item = f64> {
    let errors = std::iter::successors(Some(error * CARRIED), |error| Some(error * CARRIED));
    ahead.iter().zip(errors).map(|(said, error)| (said + error).max(0.0))
}

fn discharge(report: &Report) -> Vec<f64> {
    let list = report.outputs.iter().find(|output| output.name == "discharge_m3_s");
    match list.map(|output| &output.value) {
        Some(Figure::List(values)) => values.clone(),
        _ => Vec::new(),
    }
}

fn number(attributes: &BTreeMap<String, String>, name: &str) -> Option<f64> {
    attributes.get(&format!("{ATTRIBUTE}{name}"))?.trim().parse().ok()
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(moments: &[i64]) -> Vec<(Ms, f64)> {
        moments.iter().zip(0_i32..).map(|(at, value)| (Ms(*at), f64::from(value))).collect()
    }

    #[test]
    fn gauges_that_speak_one_after_another_tell_one_step() {
        let minute = 60_000;
        let gauges = [
            series(&[0, 10 * minute, 20 * minute]),
            series(&[minute, 11 * minute, 21 * minute]),
            series(&[2 * minute, 22 * minute]),
        ];
        let steps = Steps::of(&gauges);
        assert_eq!(steps.0, [Ms(2 * minute), Ms(11 * minute), Ms(22 * minute)]);
        assert_eq!(steps.values(&gauges[2]), [Some(0.0), None, Some(1.0)]);
    }

    #[test]
    fn a_long_pause_ends_a_rain_and_a_drill_may_be_faster_than_the_clock() {
        let second = 1_000;
        let drill = series(&[0, 2 * second, 4 * second, 600 * second, 602 * second, 604 * second]);
        let steps = Steps::of(&[drill]);
        assert_eq!(steps.0, [Ms(600 * second), Ms(602 * second), Ms(604 * second)]);
        assert!(Steps::of(&[]).0.is_empty());
    }

    #[test]
    fn the_present_error_fades_from_step_to_step() {
        let values: Vec<f64> = corrected(&[10.0, 10.0, 1.0], -5.0).collect();
        assert!((values[0] - 6.0).abs() < 1e-9 && (values[1] - 6.8).abs() < 1e-9, "{values:?}");
        assert!(values[2].abs() < 1e-9, "never below nothing: {values:?}");
    }

    #[test]
    fn what_came_is_counted_in_steps_after_the_forecast() {
        let steps = Steps((0..4).map(|step| Ms(step * 600_000)).collect());
        let observed = [Some(1.0), Some(2.0), None, Some(4.0)];
        assert_eq!(steps.after(Ms(0), &observed), [(1, 2.0), (3, 4.0)]);
        assert!(steps.after(Ms(4 * 600_000), &observed).is_empty());
    }
}
