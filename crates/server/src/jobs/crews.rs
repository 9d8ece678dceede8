//! Crews at wildfires: where each stands to the fire, looked at again and again, and who must get out at once.
//!
//! A crew is a post of the role [`ROLE`]; where it is, its tracker says, a device of the profile [`TRACKER`]. Nobody is sent in front of
//! the head or upslope of a
//! fire, whatever anybody orders: the model `wildfire-crew` looks an hour ahead, also for a wind that turns.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use helan_hazard::{HazardError, Value as Figure, catalogue};
use helan_kernel::{
    Engine, Event, IncidentId, Ms, Position, PostId, Quality, Text,
    danger::DangerArea,
    event::{Action, ActionKind, Actor},
    registry::{Device, Post},
};

use crate::{
    api::{Api, error::ApiError},
    serve::stopped,
};

/// Role of the posts that fight fires on the ground.
pub const ROLE: &str = "fire-crew";
/// Profile of what crews carry: points `lon` and `lat`.
pub const TRACKER: &str = "crew-tracker";
/// Attribute of a tracker: key of the post that carries it.
const CARRIED_BY: &str = "crew.post";
/// Model of the areas that crews are checked against.
pub const FIRE: &str = "wildfire";
/// The model that looks at places and ways.
const MODEL: &str = "wildfire-crew";
/// How often every crew is looked at: well below the two minutes in which a front may turn.
const EVERY: Duration = Duration::from_secs(10);
/// A crew in danger is told again as long as it stays there.
const AGAIN: Ms = Ms::seconds(120);
/// Crews farther from a fire have nothing to do with it.
const NEAR_M: f64 = 20_000.0;
/// How far ahead a look goes, seconds.
const AHEAD_S: f64 = 3_600.0;
/// Incidents whose checks are remembered, and crews of one.
const MOST: usize = 1_000;
/// Corners of a way.
pub const MOST_CORNERS: usize = 200;
/// What the crew model is told of a fire besides the wind.
const GROUND: [&str; 11] = [
    "fuel",
    "dead_1h",
    "dead_10h",
    "dead_100h",
    "herb",
    "wood",
    "canopy_cover",
    "canopy_m",
    "crown_ratio",
    "slope",
    "aspect_deg",
];

/// How a crew stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Crew {
    /// Key of the post.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Where it was.
    pub at: Position,
    /// How it stands to the fire.
    pub stands: Stands,
    /// When it was told to get out last.
    pub told: Option<Ms>,
}

/// How a place stands to a fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Out of its way.
    Clear,
    /// Upslope of it.
    Upslope,
    /// In its way if the wind turns.
    Turn,
    /// Ahead of it.
    Ahead,
    /// Where it has burnt.
    Burnt,
}

/// The checks of an incident's crews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checks {
    /// How many.
    pub count: u64,
    /// When the last one was.
    pub last: Ms,
    /// Longest time between two.
    pub longest_gap: Ms,
    /// The crews, as they stood then.
    pub crews: Vec<Crew>,
}

/// The checks of all incidents.
#[derive(Debug, Default)]
pub struct Crews(Mutex<BTreeMap<IncidentId, Checks>>);

impl Crews {
    /// The checks of an incident; none when nobody looked yet.
    #[must_use]
    pub fn of(&self, incident: IncidentId) -> Option<Checks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&incident).cloned()
    }

    fn note(&self, incident: IncidentId, now: Ms, crews: Vec<Crew>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let checks = all.entry(incident).or_default();
        if checks.count > 0 {
            checks.longest_gap = checks.longest_gap.max(now.since(checks.last));
        }
        checks.count += 1;
        checks.last = now;
        checks.crews = crews;
        while all.len() > MOST {
            all.pop_first();
        }
    }
}

/// How places stand to a fire. Nothing is known of the way between them: give its corners, and long legs in parts.
///
/// # Errors
/// When the model refuses: then nobody may be sent there.
pub fn stands(area: &DangerArea, places: &[Position]) -> Result<Vec<Stands>, HazardError> {
    let mut inputs: BTreeMap<String, Figure> = area
        .inputs
        .iter()
        .filter(|(name, _)| GROUND.contains(&name.as_str()))
        .map(|(name, input)| (name.clone(), input.into()))
        .collect();
    // Without a wind the fire may run anywhere: a wind of nothing spreads evenly.
    let (speed, from) = (area.air.wind_m_s.unwrap_or(0.0), area.air.wind_from_deg.unwrap_or(0.0));
    inputs.insert("winds".into(), Figure::Table(vec![vec![0.0, speed, from]]));
    inputs.insert("ahead_s".into(), Figure::Number(AHEAD_S));
    let way = places.iter().map(|place| {
        let (east, north) = metres(area.source, *place);
        vec![east, north]
    });
    inputs.insert("way".into(), Figure::Table(way.collect()));
    let report = catalogue::find(MODEL)?.answer(&inputs)?;
    let rows = report.outputs.iter().find(|output| output.name == "stands_and_arrival_s");
    let Some(Figure::Table(rows)) = rows.map(|output| &output.value) else {
        return Ok(Vec::new());
    };
    let word = |row: &Vec<f64>| match row.first().copied().unwrap_or_default() {
        code if code < 0.5 => Stands::Clear,
        code if code < 1.5 => Stands::Upslope,
        code if code < 2.5 => Stands::Turn,
        code if code < 3.5 => Stands::Ahead,
        _ => Stands::Burnt,
    };
    Ok(rows.iter().map(word).collect())
}

/// A place in metres east and north of another, as [`helan_kernel::danger::on_map`] turns them back.
fn metres(source: Position, place: Position) -> (f64, f64) {
    let narrow = source.lat.to_radians().cos();
    let [east, north] = [place.lon - source.lon, place.lat - source.lat];
    (east * Position::DEGREE_M * narrow, north * Position::DEGREE_M)
}

/// Whether somebody may go a way: no corner of it is in danger, and no place every fifty metres between them.
///
/// # Errors
/// When the model refuses.
pub fn may_go(area: &DangerArea, way: &[Position]) -> Result<bool, HazardError> {
    /// Places looked at on one leg, at most.
    const PARTS: u32 = 60;
    const LEG_M: f64 = 50.0;
    let mut places: Vec<Position> = way.first().copied().into_iter().collect();
    for pair in way.windows(2) {
        let [a, b] = pair else { continue };
        let parts = (1..=PARTS).find(|n| a.metres_to(*b) / f64::from(*n) <= LEG_M).unwrap_or(PARTS);
        for part in 1..=parts {
            let share = f64::from(part) / f64::from(parts);
            places.push(Position {
                lon: a.lon + (b.lon - a.lon) * share,
                lat: a.lat + (b.lat - a.lat) * share,
            });
        }
    }
    // What has burnt out is a refuge; getting there leads past the edge, which the places between show.
    Ok(stands(area, &places)?.iter().all(|stands| *stands == Stands::Clear))
}

/// Looks at crews as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = look(&api).await {
            tracing::warn!(?error, "crews are not looked at");
        }
    }
}

/// A fire with the crews near it.
type Fire = (DangerArea, Vec<(PostId, Post)>);

async fn look(api: &Api) -> Result<(), ApiError> {
    let now = api.platform.now();
    let fires: Vec<Fire> = api
        .platform
        .ask(move |engine| {
            let fires = engine.dangers().areas().filter(|area| area.model == FIRE);
            let fires: Vec<&DangerArea> = fires.take(MOST).collect();
            if fires.is_empty() {
                return Vec::new();
            }
            let trackers = trackers(engine);
            let crews: Vec<(PostId, Post)> = engine
                .registry()
                .posts_with(ROLE)
                .take(MOST)
                .map(|(id, post)| {
                    let position = trackers.get(post.key.as_str()).copied().or(post.position);
                    (id, Post { position, ..post.clone() })
                })
                .collect();
            let near = |area: &DangerArea| -> Vec<(PostId, Post)> {
                let close = |post: &Post| {
                    post.position.is_some_and(|at| at.metres_to(area.source) <= NEAR_M)
                };
                crews.iter().filter(|(_, post)| close(post)).cloned().collect()
            };
            // The area is made anew a little after the wind turns; crews cannot wait for that.
            let fresh = |area: &DangerArea| {
                let (registry, watch) = (engine.registry(), engine.watch());
                let air = engine.weather().at(now, registry, watch, area.source, area.drill);
                DangerArea { air, ..area.clone() }
            };
            fires.into_iter().map(|area| (fresh(area), near(area))).collect()
        })
        .await?;
    for (area, crews) in fires {
        check(api, &area, crews).await?;
    }
    Ok(())
}

/// Where trackers are, by the post that carries them.
fn trackers(engine: &Engine) -> BTreeMap<String, Position> {
    let registry = engine.registry();
    let Some(profile) = registry.profiles.find(TRACKER) else { return BTreeMap::new() };
    let trackers = registry.devices.iter().map(|(_, device)| device);
    let place = |device: &Device| {
        let value = |name: &str| {
            let latest = engine.watch().latest(registry.point(device, name)?)?;
            (latest.quality == Quality::Good).then_some(latest.value)
        };
        let place = Position { lon: value("lon")?, lat: value("lat")? }.known()?;
        Some((device.spec.attributes.get(CARRIED_BY)?.clone(), place))
    };
    trackers.filter(|device| device.profile.0 == profile).filter_map(place).collect()
}

async fn check(api: &Api, area: &DangerArea, posts: Vec<(PostId, Post)>) -> Result<(), ApiError> {
    let now = api.platform.now();
    let before = api.crews.of(area.incident).unwrap_or_default();
    let told: BTreeMap<&str, Ms> =
        before.crews.iter().filter_map(|crew| Some((crew.key.as_str(), crew.told?))).collect();
    let places: Vec<Position> = posts.iter().filter_map(|(_, post)| post.position).collect();
    let found = match stands(area, &places) {
        Ok(found) => found,
        Err(error) => {
            // Nobody knows: everybody is told to get out.
            tracing::warn!(%error, "crews cannot be looked at, all are called back");
            vec![Stands::Ahead; places.len()]
        }
    };
    let mut crews = Vec::with_capacity(posts.len());
    let mut out = BTreeSet::new();
    for ((id, post), stands) in posts.iter().zip(found) {
        let mut last = told.get(post.key.as_str()).copied();
        let due = last.is_none_or(|last| now.since(last) >= AGAIN);
        if matches!(stands, Stands::Ahead | Stands::Turn | Stands::Upslope) && due {
            out.insert(*id);
            last = Some(now);
        }
        let Some(at) = post.position else { continue };
        let (key, name) = (post.key.clone(), post.name.clone());
        crews.push(Crew { key, name, at, stands, told: last });
    }
    api.crews.note(area.incident, now, crews);
    if !out.is_empty() {
        let kind = ActionKind::SendTask {
            incident: area.incident,
            posts: out.into_iter().collect(),
            text: retreat(),
            // It leads out of the danger, not into it.
            on_site: false,
            uncounted: 0,
        };
        let by = Actor { account: "platform".into(), name: "".into() };
        let action = Action { by, reason: String::new(), kind };
        api.platform.act(Event::Action(Box::new(action))).await?;
    }
    Ok(())
}

fn retreat() -> Text {
    Text::new(
        "【立即撤离】火头将到达或风向一变即可到达你队位置。立即沿已勘定路线撤到火烧迹地或下风侧以外的安全区，清点人数后报告；不得翻越上坡。",
        "[Get out now] The head of the fire will reach your place, or would if the wind turns. Go back by the way that \
         was looked at, to burnt ground or out of the wind's way, count your people and \
         report; do not climb the slope.",
    )
}

#[cfg(test)]
mod tests {
    use helan_kernel::{danger::Input, weather::Air};

    use super::*;

    const HERE: Position = Position { lon: 105.6, lat: 36.5 };

    fn fire() -> DangerArea {
        let inputs = [("fuel", 2.0), ("slope", 0.0), ("wind_m_s", 8.0)];
        let inputs = inputs.map(|(name, value)| (name.to_owned(), Input::Number(value)));
        DangerArea {
            version: 1,
            model: FIRE.into(),
            inputs: inputs.into(),
            air: Air { wind_m_s: Some(8.0), wind_from_deg: Some(270.0), ..Air::default() },
            ..DangerArea::unknown(IncidentId(1), "wildfire/fire".into(), HERE)
        }
    }

    #[test]
    fn nobody_goes_in_front_of_the_head() {
        let fire = fire();
        let place = |east: f64, north: f64| Position {
            lon: fire.source.lon + east / Position::DEGREE_M / fire.source.lat.to_radians().cos(),
            lat: fire.source.lat + north / Position::DEGREE_M,
        };
        let found = stands(&fire, &[place(600.0, 0.0), place(-3000.0, 0.0)]).unwrap();
        assert_eq!(found, [Stands::Ahead, Stands::Clear]);
        let behind = [place(-3000.0, 0.0), place(-2000.0, 500.0)];
        assert!(may_go(&fire, &behind).unwrap());
        let through = [place(500.0, -4000.0), place(500.0, 4000.0)];
        assert!(!may_go(&fire, &through).unwrap(), "the way between the corners counts");
        assert!(may_go(&fire, &[]).is_err(), "no way is no answer");
    }

    #[test]
    fn the_longest_gap_between_checks_is_kept() {
        let crews = Crews::default();
        for at in [10, 20, 50, 55] {
            crews.note(IncidentId(1), Ms::seconds(at), Vec::new());
        }
        let checks = crews.of(IncidentId(1)).unwrap();
        assert_eq!((checks.count, checks.longest_gap), (4, Ms::seconds(30)));
        assert_eq!(crews.of(IncidentId(2)), None);
    }
}
