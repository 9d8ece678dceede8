//! Who is inside a danger area, of what the server holds: records, live counts of the engine, the census.

use std::{collections::HashMap, sync::Arc};

use helan_base::{
    RecordId,
    inside::{Inside, InsideError, Level, Live, Moving, Origin, Question, When},
};
use helan_kernel::{AreaCode, Engine, Ms, Quality, registry::Profile};
use helan_node::Closed;

use crate::{
    api::{Api, blocking},
    forces::RECORD,
    response::away::whole,
};

pub use helan_base::inside::Facility as Place;

/// Age at which a count of people no longer holds: a hall fills and empties in less than an hour.
pub const FRESH: Ms = Ms::seconds(10 * 60);
/// China's time is eight hours ahead of UTC.
const AHEAD: Ms = Ms::seconds(8 * 3600);
/// Objects whose counters are asked for: well below a millisecond of the engine's time.
const MOST_ASKED: usize = 2_000;
/// Devices of one object that are looked through.
const MOST_DEVICES: usize = 500;

/// What is asked.
#[derive(Clone)]
pub struct Ask {
    /// The ground, worst level first.
    pub levels: Vec<Level>,
    /// The moment; none: now.
    pub at: Option<Ms>,
    /// The caller's area.
    pub area: AreaCode,
    /// Whether the caller may see people.
    pub sees_people: bool,
    /// Where it comes from.
    pub origin: Option<Origin>,
    /// Whether forces that are on the way count. Those who are sent there are none of whom others must get out.
    pub forces: bool,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Keys of the levels.
    pub levels: Vec<String>,
    /// The moment.
    pub at: Ms,
    /// Its hour.
    pub when: When,
    /// Who and what.
    pub inside: Inside,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The area encloses nothing, or is none.
    #[error(transparent)]
    Area(#[from] InsideError),
    /// The node has stopped, or the server stops.
    #[error("stopping")]
    Stopping,
}

impl From<Closed> for AskError {
    fn from(_: Closed) -> Self {
        Self::Stopping
    }
}

/// Who and what is inside, with the counters as they are now.
///
/// # Errors
/// When the area encloses nothing, or the server stops.
pub async fn inside(api: &Api, ask: Ask) -> Result<Answer, AskError> {
    let (shared, first) = (api.clone(), ask.clone());
    let keys = blocking(move || {
        let none = HashMap::new();
        asked(&shared, &first, (&none, &[]), |question, shared| {
            let facts = shared.risks.facts();
            helan_base::inside::keys(&shared.base.catalogue(), &facts, question, MOST_ASKED)
        })
    });
    let keys = keys.await.map_err(|_stopping| AskError::Stopping)??;
    let area = ask.area;
    let live = match keys.is_empty() {
        true => HashMap::new(),
        false => api.platform.ask(move |engine| counts(engine, area, &keys)).await?,
    };
    let shared = api.clone();
    let answer = blocking(move || {
        let moving = if ask.forces { moving(&shared, ask.area) } else { Vec::new() };
        asked(&shared, &ask, (&live, &moving), |question, shared| {
            let facts = shared.risks.facts();
            let inside = helan_base::inside::inside(&shared.base.catalogue(), &facts, question)?;
            let levels = question.levels.iter().map(|level| level.key.clone()).collect();
            Ok(Answer { levels, at: question.now, when: question.when, inside })
        })
    });
    answer.await.map_err(|_stopping| AskError::Stopping)?
}

fn asked<T>(
    api: &Api,
    ask: &Ask,
    (live, moving): (&HashMap<RecordId, Live>, &[Moving]),
    answer: impl FnOnce(&Question<'_>, &Api) -> Result<T, InsideError>,
) -> Result<T, AskError> {
    let now = ask.at.unwrap_or_else(|| api.platform.now());
    let counted = api.risks.counted();
    let question = Question {
        levels: &ask.levels,
        when: When::of(now, AHEAD),
        now,
        area: ask.area,
        sees_people: ask.sees_people,
        origin: ask.origin,
        live,
        moving,
        fresh: FRESH,
        census: api.base.census(),
        counted: &counted,
    };
    Ok(answer(&question, api)?)
}

/// What moves: forces of an area that said where they are, or of which somebody did. Where their record has them at home they are not
/// on the way, and counted as what stands there.
fn moving(api: &Api, area: AreaCode) -> Vec<Moving> {
    let said = api.desk.force_states().map(|all| all.values().any(|force| force.place.is_some()));
    let listed = match said {
        Ok(false) => return Vec::new(),
        Ok(true) => api.forces.list(&api.base, &api.desk, area, None),
        Err(error) => Err(error),
    };
    let forces = match listed {
        Ok(forces) => forces,
        Err(error) => {
            // Everybody else is counted all the same.
            tracing::warn!(%error, "forces on the way are not counted");
            return Vec::new();
        }
    };
    let forces = forces.into_iter().filter_map(|force| {
        let place = force.place.filter(|place| place.source != RECORD)?;
        Some(Moving {
            key: force.facts.force.key.into(),
            name: force.facts.name.into(),
            area: force.facts.area,
            at: place.at,
            seen: place.seen,
            people: force.facts.staff.map(whole),
        })
    });
    forces.collect()
}

/// What the counters of some objects say: the points `people`, or with the unit `people`, of the devices of the facility with the
/// object's key. Of several the sum, as old as the oldest.
fn counts(
    engine: &Engine,
    area: AreaCode,
    keys: &[(RecordId, Arc<str>)],
) -> HashMap<RecordId, Live> {
    let registry = engine.registry();
    let mut all: HashMap<RecordId, Live> = HashMap::new();
    for (record, key) in keys {
        for id in registry.devices_in(key).iter().take(MOST_DEVICES) {
            let Some(device) = registry.device(*id) else { continue };
            if device.spec.drill || !area.contains(device.spec.area) {
                continue;
            }
            let Some(profile) = registry.profile_of(device) else { continue };
            for name in points(profile) {
                let latest = registry.point(device, name).and_then(|p| engine.watch().latest(p));
                let Some(latest) = latest.filter(|latest| latest.quality != Quality::Bad) else {
                    continue;
                };
                let new = Live { people: latest.value.max(0.0), at: latest.at };
                all.entry(*record)
                    .and_modify(|live| {
                        live.people += new.people;
                        live.at = live.at.min(new.at);
                    })
                    .or_insert(new);
            }
        }
    }
    all
}

fn points(profile: &Profile) -> impl Iterator<Item = &str> {
    let counts = profile.points.iter().filter(|p| &*p.name == "people" || p.unit == "people");
    counts.map(|point| &*point.name)
}
