//! What dangers foretell is kept when it is said, and judged when its time has come: gas against the sensors around it, the wind
//! that it was made with against its station, ground against what people saw of it. How long people take to leave is kept with the
//! plan, and judged by the confirmation.
//!
//! Everything follows from what is stored: areas and all-clears from the engine or the history, readings from the history. So a restart
//! loses nothing of open incidents, and as each forecast is kept and each value judged once, it scores nothing twice. The moment is
//! handed in.

mod gas;
pub mod ground;
mod wind;

use std::time::Duration;

use helan_kernel::{Effect, Ms, PointId, Quality, command, danger::DangerArea};
use helan_store::{
    codec::chunk::Sample,
    desk::{Forecast, Foretold, Form},
};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    api::{Api, blocking, error::ApiError},
    serve::stopped,
};

/// How often it is looked whose time has come.
const EVERY: Duration = Duration::from_secs(10);
/// Looks from one pruning to the next: an hour.
const LOOKS: u32 = 360;
/// Readings come late over gateways that were cut off for a moment.
const LATE: Ms = Ms::seconds(60);
/// Values judged in one look: the rest waits for the next.
const AT_ONCE: usize = 500;
/// Readings of a point in ten minutes: ten a second.
const MOST_READINGS: usize = 6_000;
/// Seconds that a forecast of gas, and one step of the wind, speak of.
const STEP_S: f64 = 600.0;
const STEP: Ms = Ms::seconds(600);

/// The model of how long people take to leave.
const EVACUATION: &str = "evacuation";
/// What it foretells.
pub const CLEARANCE: &str = "clearance";
/// Until then somebody has confirmed that all are out, or nobody will.
const CONFIRMED_WITHIN_S: f64 = 24.0 * 3600.0;

/// Keeps and judges as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut committed = api.platform.committed();
    // What was made while nobody listened is looked up.
    let (mut missed, mut looks) = (true, 0_u32);
    loop {
        tokio::select! {
            _ = tick.tick() => {
                let done = async {
                    look(&api, api.platform.now(), missed).await?;
                    if looks.is_multiple_of(LOOKS) {
                        prune(&api).await?;
                    }
                    Ok::<(), ApiError>(())
                };
                match done.await {
                    Ok(()) => missed = false,
                    Err(error) => tracing::warn!(?error, "forecasts are not verified"),
                }
                looks = looks.wrapping_add(1);
            }
            turn = committed.recv() => match turn {
                Ok(turn) => {
                    for effect in &turn.effects {
                        let Effect::Danger(area) = effect else { continue };
                        if let Err(error) = foretell(&api, area).await {
                            tracing::warn!(?error, "a forecast is not kept");
                            missed = true;
                        }
                    }
                }
                Err(RecvError::Lagged(_)) => missed = true,
                Err(RecvError::Closed) => return,
            },
            () = stopped(&mut stopping) => return,
        }
    }
}

/// One look at a moment: judges whose time has come, and before it keeps what open dangers foretell if some of it was missed.
///
/// # Errors
/// When the node has stopped or the disk fails.
pub async fn look(api: &Api, now: Ms, missed: bool) -> Result<(), ApiError> {
    if missed {
        catch_up(api).await?;
    }
    judge(api, now).await
}

/// Keeps what every version of the open dangers foretold.
async fn catch_up(api: &Api) -> Result<(), ApiError> {
    let open = api.platform.ask(|engine| engine.dangers().areas().cloned().collect::<Vec<_>>());
    let open = open.await?;
    for area in &open {
        foretell(api, area).await?;
    }
    let mut incidents: Vec<_> = open.iter().map(|area| area.incident).collect();
    incidents.dedup();
    for incident in incidents {
        for area in api.history.dangers_of(incident).await? {
            foretell(api, &area).await?;
        }
    }
    Ok(())
}

async fn foretell(api: &Api, area: &DangerArea) -> Result<(), ApiError> {
    let mut made = gas::foretell(api, area).await?;
    made.extend(wind::foretell(api, area).await?);
    let desk = api.desk.clone();
    if !made.is_empty() {
        blocking(move || desk.keep_forecasts(&made)).await??;
    }
    ground::foretell(api, area).await
}

/// Judges what is due; what nothing was observed of is said to be so.
async fn judge(api: &Api, now: Ms) -> Result<(), ApiError> {
    let desk = api.desk.clone();
    let before = Ms(now.0.saturating_sub(LATE.0));
    let due = blocking(move || desk.due_forecasts(before, AT_ONCE)).await??;
    let mut judged = Vec::with_capacity(due.len());
    for due in due {
        let came = match &*due.forecast.what {
            gas::EXCEEDED => gas::came(api, &due).await?,
            wind::SPEED | wind::DIRECTION => wind::came(api, &due).await?,
            _ => None,
        };
        judged.push((due.forecast.id, due.value.ahead, came));
    }
    if !judged.is_empty() {
        let desk = api.desk.clone();
        blocking(move || desk.judge_forecasts(&judged)).await??;
    }
    ground::judge(api, None).await?;
    Ok(())
}

async fn prune(api: &Api) -> Result<(), ApiError> {
    let (desk, now) = (api.desk.clone(), api.platform.now());
    blocking(move || {
        desk.prune_forecasts(now)?;
        desk.prune_observed(now)
    })
    .await??;
    Ok(())
}

/// A forecast of an area, about something that a device measures; what it is about and its values are still to be said.
fn of_area(area: &DangerArea, model: &str, device: &str, inputs: serde_json::Value) -> Forecast {
    let notes: Vec<&str> = area.warnings.iter().map(|warning| &*warning.zh).collect();
    Forecast {
        id: 0,
        model: model.to_owned(),
        what: String::new(),
        form: Form::Figure,
        against: String::new(),
        incident: area.incident.0,
        version: area.version,
        detail: String::new(),
        device: device.to_owned(),
        area: area.area,
        at: area.made,
        drill: area.drill,
        unit: String::new(),
        step_s: STEP_S,
        before: None,
        inputs: inputs.to_string(),
        notes: notes.join("\n"),
        values: Vec::new(),
    }
}

/// How long people take to leave, as a plan says it; none when nobody leaves.
#[must_use]
pub fn clearance(incident: &command::Incident, at: Ms, cleared_s: f64) -> Option<Forecast> {
    let leaves = cleared_s.is_finite() && cleared_s > 0.0;
    let zones = incident.zones.len();
    leaves.then(|| Forecast {
        id: 0,
        model: EVACUATION.to_owned(),
        what: CLEARANCE.to_owned(),
        form: Form::Figure,
        // Nobody can say how long it takes from how it is now.
        against: String::new(),
        incident: incident.id.0,
        version: 0,
        detail: String::new(),
        device: String::new(),
        area: incident.area,
        at,
        drill: incident.drill,
        unit: "min".to_owned(),
        step_s: CONFIRMED_WITHIN_S,
        before: None,
        inputs: serde_json::json!({ "zones": zones, "place": incident.place }).to_string(),
        notes: String::new(),
        values: vec![Foretold::new(1, cleared_s / 60.0)],
    })
}

/// Readings of a point in a span (its first moment left out) that say something.
async fn readings(
    api: &Api,
    point: PointId,
    (after, until): (Ms, Ms),
    most: usize,
) -> Result<Vec<Sample>, ApiError> {
    let readings = api.history.readings(point, Ms(after.0.saturating_add(1)), until, most).await?;
    Ok(readings.into_iter().filter(|r| r.quality != Quality::Bad && r.value.is_finite()).collect())
}
