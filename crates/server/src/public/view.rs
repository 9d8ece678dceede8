//! What the public may know of an incident, gathered from the engine, the history and the base database.

use helan_base::Value;
use helan_kernel::{
    AreaCode, Engine, IncidentId, Ms, Position, Text,
    command::{Incident, IncidentState},
    danger::DangerArea,
    push::{self, Protective, Shape, Warning},
    registry::Bounds,
};
use helan_protocol::pack::card::Cards;
use helan_store::StoreError;

use super::ground::{self, Ring};
use crate::base::BaseData;

/// Shelters on a page: more than these nobody compares while leaving.
const SHELTERS: usize = 8;
/// Nearest shelters that are looked at: some are full, closed or inside the danger.
const SHELTERS_LOOKED_AT: usize = 40;
/// No shelter farther than this is named: nobody walks or is driven there first.
const SHELTER_WITHIN_M: f64 = 50_000.0;
/// Places to choose one's own from. About 40 bytes each: a tenth of what the page may weigh.
const PLACES: usize = 160;
/// Nearest places that are looked at.
const PLACES_LOOKED_AT: usize = 600;
/// Places are named at least this far around the danger.
const PLACES_WITHIN_M: f64 = 3_000.0;
/// …and so many times as far as the danger reaches.
const PLACES_BEYOND: f64 = 2.5;
/// Kinds of the base database that people name a place by; none of them is anybody's private matter.
const LANDMARKS: [&str; 9] = [
    "residential-building",
    "school",
    "hospital",
    "mall",
    "activity-centre",
    "nursing-home",
    "hotel",
    "crowded-place",
    "railway-station",
];
/// Kinds of facilities that people live in: of others the public page does not say where they stand.
const HOMES: [&str; 4] = ["apartment-block", "residential-area", "village", "community"];
/// Corners of all outlines of a page, about 35 bytes each: less than half of what it may weigh.
const CORNERS: usize = 1_200;
/// Outlines of a page. A danger in more pieces is shown as circles around them: too wide, never too narrow.
const RINGS: usize = 100;
/// Longest name of a place or shelter, in characters.
const NAME: usize = 40;
/// Zones on a page: levels of a few policies.
const ZONES: usize = 12;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The warning holds.
    Active,
    /// Its time ran out and nobody renewed or lifted it.
    Expired,
    /// The all-clear was given.
    Clear,
    /// The incident was closed.
    Closed,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Clear => "clear",
            Self::Closed => "closed",
        }
    }
}

/// A page, in both languages.
#[derive(Clone, Debug)]
pub struct View {
    /// Code of the page.
    pub code: String,
    /// Incident.
    pub incident: IncidentId,
    /// Area of the incident.
    pub area: AreaCode,
    /// Whether it belongs to a drill.
    pub drill: bool,
    /// How it stands.
    pub state: State,
    /// Headline of the warning.
    pub headline: Text,
    /// Where, in words.
    pub place: String,
    /// What was said last; only what is not said of a zone.
    pub instruction: Text,
    /// When anything of this changed.
    pub updated: Ms,
    /// Until when the warning holds.
    pub expires: Ms,
    /// Where the danger comes from.
    pub source: Option<Position>,
    /// The wind that the area was made with.
    pub wind: Option<Wind>,
    /// Whether the danger goes with the wind.
    pub drifts: bool,
    /// Zones, who must do most first.
    pub zones: Vec<Zone>,
    /// Key of the guidance card; empty when there is none.
    pub card: String,
    /// Shelters outside the danger, nearest first.
    pub shelters: Vec<Shelter>,
    /// Places to choose one's own from, nearest first.
    pub places: Vec<Place>,
}

/// A wind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wind {
    /// Where it comes from, degrees clockwise from north.
    pub from_deg: f64,
    /// Mean speed, m/s.
    pub speed_m_s: f64,
    /// When it was observed.
    pub at: Ms,
    /// Whether that is long ago.
    pub stale: bool,
}

/// A zone as the public hears of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// What people there shall do.
    pub action: Protective,
    /// Its name.
    pub name: Text,
    /// The words of the warning for it; empty when they cannot be told apart from others.
    pub words: Text,
    /// Where.
    pub reach: Reach,
}

/// Where a zone is, as the public may know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// Inside the building where it happened: in which part, whoever lives there was told.
    Building,
    /// A circle: middle and metres.
    Circle(Position, f64),
    /// Outlines.
    Rings(Vec<Ring>),
}

/// A shelter.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelter {
    /// Name.
    pub name: String,
    /// Address; may be empty.
    pub address: String,
    /// Where.
    pub at: Position,
    /// Places; none when unknown.
    pub capacity: Option<i64>,
    /// Whether it is step-free; none when unknown.
    pub accessible: Option<bool>,
    /// Whether it was opened already.
    pub open: bool,
}

/// A place that people know.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Where.
    pub at: Position,
    /// Whether it is worth a name on a small map: no ordinary house.
    pub landmark: bool,
}

/// What the engine and the history know of an incident.
#[derive(Clone, Debug)]
pub struct Known {
    /// The incident.
    pub incident: Incident,
    /// Its last warning.
    pub warning: Warning,
    /// How far its dangers reach now.
    pub dangers: Vec<DangerArea>,
    /// Facilities around, with their place.
    pub facilities: Vec<(String, Position)>,
}

/// What the engine knows of an open incident: the incident, and its dangers.
pub fn open(engine: &Engine, id: IncidentId) -> Option<(Incident, Vec<DangerArea>)> {
    let incident = engine.desk().incident(id)?.clone();
    Some((incident, engine.dangers().of(id).cloned().collect()))
}

/// Facilities around a place, as people name them.
pub fn facilities(engine: &Engine, around: Position) -> Vec<(String, Position)> {
    let near = engine.registry().facilities_near(Bounds::around(around, PLACES_WITHIN_M));
    let homes = near.filter(|(_, facility)| HOMES.contains(&&*facility.kind));
    let named = homes.filter_map(|(_, facility)| {
        let name = format!("{} {}", facility.address, facility.name).trim().to_owned();
        Some((name, facility.position.known()?)).filter(|(name, _)| !name.is_empty())
    });
    named.take(PLACES).collect()
}

/// Puts a page together. Reads the disk.
///
/// # Errors
/// When the base database cannot be read.
pub fn view(
    known: &Known,
    code: String,
    (base, cards): (&BaseData, &Cards),
    now: Ms,
) -> Result<View, StoreError> {
    let (incident, warning) = (&known.incident, &known.warning);
    let state = state(incident, warning, now);
    let card = cards.of_incident(&incident.kind, &incident.code);
    let active = matches!(state, State::Active | State::Expired);
    let danger = known.dangers.iter().max_by_key(|area| area.made).filter(|_| active);
    let source = danger.map(|area| area.source).or(incident.position);
    let source = source.or_else(|| warning.circle.map(|(centre, _)| centre));
    let zones = if active { zones(incident, warning, source) } else { Vec::new() };
    let made = danger.map_or(Ms(0), |area| area.made);
    let mut view = View {
        code,
        incident: incident.id,
        area: incident.area,
        drill: incident.drill || warning.drill,
        state,
        headline: warning.headline.clone(),
        place: warning.place.to_string(),
        instruction: warning.instruction.clone(),
        updated: warning.sent.max(made),
        expires: warning.expires,
        source,
        wind: danger.and_then(wind),
        drifts: card.is_some_and(|card| card.wind),
        zones,
        card: card.map_or(String::new(), |card| card.key.clone()),
        shelters: Vec::new(),
        places: Vec::new(),
    };
    // What every zone says of itself need not be said once more.
    if active && view.zones.iter().all(|zone| *zone.words.zh != *"") {
        view.instruction = Text::default();
    }
    if let Some(source) = source.filter(|_| active) {
        view.shelters = shelters(base, &view.zones, source)?;
        view.places = places(base, &known.facilities, &view.zones, source);
    }
    Ok(view)
}

fn state(incident: &Incident, warning: &Warning, now: Ms) -> State {
    if warning.cancel || incident.all_clear {
        State::Clear
    } else if incident.state == IncidentState::Closed {
        State::Closed
    } else if now > warning.expires {
        State::Expired
    } else {
        State::Active
    }
}

fn wind(area: &DangerArea) -> Option<Wind> {
    Some(Wind {
        from_deg: area.air.wind_from_deg?,
        speed_m_s: area.air.wind_m_s?,
        at: area.air.at,
        stale: area.air.stale,
    })
}

/// Zones that people were told of, who must do most first. What is only for those with a task is not the public's.
fn zones(incident: &Incident, warning: &Warning, source: Option<Position>) -> Vec<Zone> {
    let told = |zone: &&push::Zone| {
        matches!(zone.action, Protective::Leave | Protective::Shelter | Protective::StayAway)
    };
    let lines = lines(&warning.instruction, incident.zones.len());
    let of_line = |at: usize| lines.get(at).cloned().unwrap_or_default();
    let rings: usize = incident.zones.iter().map(|zone| pieces(&zone.shape)).sum();
    let public = |(at, zone): (usize, &push::Zone)| Zone {
        action: zone.action,
        name: zone.name.clone(),
        words: of_line(at),
        reach: reach(&zone.shape, warning, (source, rings)),
    };
    let all = incident.zones.iter().enumerate().filter(|(_, zone)| told(zone));
    let mut zones: Vec<Zone> = all.map(public).collect();
    zones.sort_by_key(|zone| zone.action);
    zones.truncate(ZONES);
    zones
}

/// The words of a warning for each of its zones, when it has one line for each.
fn lines(instruction: &Text, zones: usize) -> Vec<Text> {
    let (zh, en): (Vec<&str>, Vec<&str>) =
        (instruction.zh.lines().collect(), instruction.en.lines().collect());
    if zh.len() != zones || en.len() != zones {
        return Vec::new();
    }
    zh.into_iter().zip(en).map(|(zh, en)| Text::new(untagged(zh), untagged(en))).collect()
}

/// Words without the tag that messages begin with (`【立即撤离】`, `[Leave now]`): the page says it in its own way, larger.
fn untagged(line: &str) -> &str {
    let after = |open: char, close: char| {
        let (tag, rest) = line.strip_prefix(open)?.split_once(close)?;
        Some(rest.trim_start()).filter(|rest| tag.chars().count() <= 16 && !rest.is_empty())
    };
    after('【', '】').or_else(|| after('[', ']')).unwrap_or(line)
}

/// Outlines of a shape.
const fn pieces(shape: &Shape) -> usize {
    match shape {
        Shape::Outline(rings) => rings.len(),
        Shape::Polygon(_) => 1,
        Shape::Room
        | Shape::Stair { .. }
        | Shape::Facility
        | Shape::Radius { .. }
        | Shape::Level { .. }
        | Shape::Circle { .. } => 0,
    }
}

/// Where a shape is. `all` counts the outlines of the page: they share its room.
fn reach(shape: &Shape, warning: &Warning, (source, all): (Option<Position>, usize)) -> Reach {
    let corners = (CORNERS / all.max(1)).clamp(12, ground::CORNERS);
    let rings = |rings: &[Vec<Position>]| {
        if all > RINGS {
            return around(rings);
        }
        Reach::Rings(rings.iter().map(|ring| ground::thin(ring, corners)).collect())
    };
    let middle = source.or_else(|| warning.circle.map(|(centre, _)| centre));
    let round = |centre: Option<Position>, metres: f64| match centre {
        Some(centre) => Reach::Circle(centre, metres),
        None => Reach::Building,
    };
    match shape {
        Shape::Room | Shape::Stair { .. } | Shape::Facility => Reach::Building,
        Shape::Radius { metres } => round(middle, *metres),
        Shape::Level { fallback_metres, .. } => round(middle, *fallback_metres),
        Shape::Circle { centre, metres } => Reach::Circle(*centre, *metres),
        Shape::Polygon(ring) => rings(std::slice::from_ref(ring)),
        Shape::Outline(outlines) => rings(outlines),
    }
}

/// The circle around outlines.
fn around(rings: &[Vec<Position>]) -> Reach {
    let points = || rings.iter().flatten();
    let Some(first) = points().next() else { return Reach::Building };
    let (mut low, mut high) = (*first, *first);
    for p in points() {
        low = Position { lon: low.lon.min(p.lon), lat: low.lat.min(p.lat) };
        high = Position { lon: high.lon.max(p.lon), lat: high.lat.max(p.lat) };
    }
    let middle =
        Position { lon: f64::midpoint(low.lon, high.lon), lat: f64::midpoint(low.lat, high.lat) };
    Reach::Circle(middle, points().map(|p| middle.metres_to(*p)).fold(0.0, f64::max))
}

impl Zone {
    /// Whether it holds a place for sure or within the rounding of its outline. Buildings are not places on the map.
    #[must_use]
    pub fn holds(&self, at: Position) -> bool {
        match &self.reach {
            Reach::Building => false,
            Reach::Circle(centre, metres) => centre.metres_to(at) <= *metres,
            Reach::Rings(rings) => rings.iter().any(|ring| ring.holds(at)),
        }
    }

    /// Farthest point from a place: metres and position.
    #[must_use]
    pub fn farthest(&self, from: Position) -> Option<(f64, Position)> {
        match &self.reach {
            Reach::Building => None,
            Reach::Circle(centre, metres) => Some((from.metres_to(*centre) + metres, *centre)),
            Reach::Rings(rings) => {
                let points = rings.iter().flat_map(|ring| &ring.points);
                points.map(|at| (from.metres_to(*at), *at)).max_by(|a, b| a.0.total_cmp(&b.0))
            }
        }
    }
}

impl Zone {
    /// How far it reaches when it does so all around a place, as far one way as another within a tenth; metres.
    pub fn around(&self, from: Position) -> Option<f64> {
        let Reach::Rings(rings) = &self.reach else { return None };
        let [ring] = rings.as_slice() else { return None };
        // The middles of its sides, too: a square has its corners equally far away.
        let next = ring.points.iter().cycle().skip(1);
        let middles = ring.points.iter().zip(next).map(|(a, b)| Position {
            lon: f64::midpoint(a.lon, b.lon),
            lat: f64::midpoint(a.lat, b.lat),
        });
        let far = ring.points.iter().copied().chain(middles).map(|at| from.metres_to(at));
        let (least, most) =
            far.fold((f64::INFINITY, 0.0_f64), |(least, most), m| (least.min(m), most.max(m)));
        (self.holds(from) && least >= 0.9 * most).then_some(most)
    }
}

/// How far the zones reach from the source.
fn reaches_m(zones: &[Zone], source: Position) -> f64 {
    zones.iter().filter_map(|zone| zone.farthest(source)).fold(0.0, |most, (m, _)| most.max(m))
}

fn shelters(base: &BaseData, zones: &[Zone], source: Position) -> Result<Vec<Shelter>, StoreError> {
    let Some(number) = base.number("shelter") else { return Ok(Vec::new()) };
    let Some(kind) = base.kind(number) else { return Ok(Vec::new()) };
    let found = base.catalogue().nearest(source, SHELTERS_LOOKED_AT, |kind, _| kind == number);
    let mut shelters = Vec::new();
    for near in found.iter().filter(|near| near.metres <= SHELTER_WITHIN_M) {
        let at = base.catalogue().place_of(near.id);
        let Some(at) = at.filter(|at| !zones.iter().any(|zone| zone.holds(*at))) else { continue };
        let Some(stored) = base.read().get_by_id(&kind.key, near.id)? else { continue };
        let record = stored.record;
        let field = |key: &str| {
            let place = kind.fields.iter().position(|field| field.key == key)?;
            record.values.get(place)
        };
        let is = |word: &str| matches!(field("state"), Some(Value::Text(state)) if state == word);
        if is("closed") || is("full") {
            continue;
        }
        let capacity = match field("capacity") {
            Some(Value::Whole(places)) => Some(*places),
            _ => None,
        };
        let accessible = match field("accessible") {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        };
        let open = is("open");
        let (name, address) = (short(&record.name), short(&record.address));
        shelters.push(Shelter { name, address, at, capacity, accessible, open });
        if shelters.len() >= SHELTERS {
            break;
        }
    }
    Ok(shelters)
}

/// A name that fits on the page.
fn short(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

fn places(
    base: &BaseData,
    facilities: &[(String, Position)],
    zones: &[Zone],
    source: Position,
) -> Vec<Place> {
    let within = (reaches_m(zones, source) * PLACES_BEYOND).max(PLACES_WITHIN_M);
    let known = |kind: u16| {
        let kind = base.kind(kind)?;
        let plain = !kind.private_name && !kind.private_place;
        (plain && LANDMARKS.contains(&&*kind.key)).then_some(kind.key != "residential-building")
    };
    let catalogue = base.catalogue();
    let found = catalogue.nearest(source, PLACES_LOOKED_AT, |kind, _| known(kind).is_some());
    let named = found.iter().filter(|near| near.metres <= within).filter_map(|near| {
        let name = catalogue.name_of(near.id)?.trim().to_owned();
        let at = catalogue.place_of(near.id)?;
        Some(Place { name, at, landmark: known(near.kind)? })
    });
    let own = facilities.iter().filter(|(_, at)| source.metres_to(*at) <= within);
    let own = own.map(|(name, at)| Place { name: name.clone(), at: *at, landmark: false });
    let mut places: Vec<Place> = own.chain(named).filter(|place| !place.name.is_empty()).collect();
    places.iter_mut().for_each(|place| place.name = short(&place.name));
    places.sort_by(|a, b| source.metres_to(a.at).total_cmp(&source.metres_to(b.at)));
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|place| seen.insert(place.name.clone()));
    places.truncate(PLACES);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_share_the_room_of_the_page_and_leave_nobody_out() {
        let ring = |n: u32| -> Vec<Position> {
            let corner = |at: u32| {
                let angle = f64::from(at) / 500.0 * std::f64::consts::TAU;
                let lon = 106.0 + f64::from(n) * 0.01 + 0.003 * angle.cos();
                Position { lon, lat: 38.0 + 0.003 * angle.sin() }
            };
            (0..=500).map(|at| corner(at % 500)).collect()
        };
        for count in [1, 9, 40, 100, 101, 3_000] {
            let rings: Vec<_> = (0..count).map(ring).collect();
            let all = rings.len();
            let warning = warning();
            let reach = reach(&Shape::Outline(rings.clone()), &warning, (None, all));
            if let Reach::Rings(thin) = &reach {
                let corners: usize = thin.iter().map(|ring| ring.points.len()).sum();
                assert!(corners <= CORNERS, "{count}: {corners}");
            }
            assert_eq!(matches!(reach, Reach::Circle(..)), all > RINGS, "{count}");
            let zone = Zone {
                action: Protective::Leave,
                name: Text::default(),
                words: Text::default(),
                reach,
            };
            let spots = rings.iter().take(120).flat_map(|ring| ring.iter().step_by(7));
            assert!(spots.clone().all(|at| zone.holds(*at)), "{count}");
        }
    }

    #[test]
    fn each_zone_gets_its_words_without_their_tag() {
        let text = Text::new("【立即撤离】快走。\n关窗。", "[Leave now] Go.\nClose windows.");
        let told = lines(&text, 2);
        assert_eq!(told, [Text::new("快走。", "Go."), Text::new("关窗。", "Close windows.")]);
        assert!(lines(&text, 3).is_empty(), "words that cannot be told apart belong to no zone");
        let check = |line: &str, expected: &str| assert_eq!(untagged(line), expected);
        check("【只有标签】", "【只有标签】");
        check("【没有结束", "【没有结束");
        check("前【中】后", "前【中】后");
        check("", "");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(short("校"), "校");
        let cut = short(&"校".repeat(500));
        assert!(cut.chars().count() == NAME && cut.ends_with('…'), "{cut}");
    }

    fn warning() -> Warning {
        Warning {
            incident: IncidentId(1),
            sequence: 1,
            cancel: false,
            sent: Ms(0),
            earlier: Vec::new(),
            expires: Ms(1),
            cap: push::CapRule {
                category: String::new(),
                urgency: String::new(),
                severity: String::new(),
                certainty: String::new(),
                expires: Ms(1),
            },
            event: Text::default(),
            code: String::new(),
            headline: Text::default(),
            instruction: Text::default(),
            place: "".into(),
            area: AreaCode(0),
            circle: None,
            polygons: Vec::new(),
            drill: false,
        }
    }
}
