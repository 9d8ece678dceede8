//! From a leak to who is inside, with a million objects in memory: the model's areas over a town, the packs' own kinds and hours, the
//! census.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::{Context, ensure};
use geo::{Geometry, LineString, MultiPolygon, Polygon};
use helan_base::{
    Catalogue, Entry, Facts, Kinds, Presence, Record, RecordId, Value,
    inside::{CensusArea, Level, Origin, Question, When, counted, inside},
};
use helan_hazard::{
    Area,
    gas::{
        footprint::{Release, Site, Wind, release},
        level::Levels,
        source::{Opening, Source, State},
    },
    substance,
};
use helan_kernel::{AreaCode, Ms, Position, danger::on_map};

use crate::{
    measure::{Numbers, figure, percentile, timed},
    table::{Row, grouped},
};

/// Middle of the town, degrees.
const TOWN: (f64, f64) = (106.25, 38.48);
/// Half its side, degrees: some 14 km.
const HALF: f64 = 0.07;
/// West, south, width and height of the region in degrees.
const REGION: [f64; 4] = [104.3, 35.2, 3.3, 4.2];
/// The county that the objects belong to.
const COUNTY: AreaCode = AreaCode(640_104_000);
/// Of a thousand objects so many of a kind; the others are households with gas sets, each in a building.
const MIX: [(&str, u64); 9] = [
    ("residential-building", 60),
    ("industrial-enterprise", 20),
    ("crowded-place", 20),
    ("filling-station", 4),
    ("school", 4),
    ("hotel", 3),
    ("hazard-source", 2),
    ("nursing-home", 1),
    ("hospital", 1),
];
const BUILDINGS: &str = "residential-building";
const HOUSEHOLDS: &str = "household-gas-set";

fn in_town(numbers: &mut Numbers) -> (f64, f64) {
    let (lon, lat) = TOWN;
    (lon + HALF * (2.0 * numbers.part() - 1.0), lat + HALF * (2.0 * numbers.part() - 1.0))
}

/// A quarter of the objects stand in the town.
fn somewhere(numbers: &mut Numbers) -> (f64, f64) {
    if numbers.next().is_multiple_of(4) {
        return in_town(numbers);
    }
    let [west, south, width, height] = REGION;
    (west + width * numbers.part(), south + height * numbers.part())
}

/// Everything that is held in memory.
pub struct World {
    catalogue: Catalogue,
    facts: Facts,
    census: Vec<CensusArea>,
}

/// Objects of the packs' kinds; homes stand in buildings that have a place.
///
/// # Errors
/// When the packs cannot be read.
pub fn world(objects: u64) -> anyhow::Result<World> {
    let folder = helan_e2e::root().join("packs");
    let mut presence = Presence::default();
    let mut kinds = Vec::new();
    for pack in helan_protocol::pack::load(&folder)? {
        kinds.extend(pack.kinds);
        presence.hours.extend(pack.hours);
        presence.kinds.extend(pack.occupancy);
        presence.census = pack.census.unwrap_or(presence.census);
    }
    let kinds = Kinds::new(kinds)?;
    let facts = Facts::new(&kinds, Vec::new()).with_presence(presence);
    let mut facts = facts.map_err(anyhow::Error::msg)?;
    let mut numbers = Numbers(1);
    let mut entries = Vec::new();
    let mut buildings: Vec<(String, (f64, f64))> = Vec::new();
    for n in 0..objects {
        let mut rest = n % 1_000;
        let kind = MIX.iter().find(|(_, count)| {
            let own = rest < *count;
            rest = rest.saturating_sub(*count);
            own
        });
        let kind = kind.map_or(HOUSEHOLDS, |(kind, _)| *kind);
        let place = kinds.iter().position(|known| known.key == kind).context(kind)?;
        let of = kinds.get(kind).context(kind)?;
        let number = u16::try_from(place)?;
        let id = RecordId(i64::try_from(n)?);
        let key = format!("{kind}-{n}");
        let home = (kind == HOUSEHOLDS)
            .then(|| usize::try_from(numbers.next()).ok()?.checked_rem(buildings.len()))
            .flatten()
            .and_then(|at| buildings.get(at).cloned());
        let at = home.as_ref().map_or_else(|| somewhere(&mut numbers), |(_, at)| *at);
        let values = of.fields.iter().map(|field| match (&*field.key, &home) {
            ("building", Some((building, _))) => Value::Text(building.clone()),
            ("people_night" | "students" | "staff" | "usual_people" | "beds" | "residents", _) => {
                Value::Whole(i64::try_from(numbers.next() % 200).unwrap_or(0))
            }
            ("substance", _) => Value::Text("液氨".into()),
            ("quantity", _) => Value::Number(20.0),
            _ => Value::Empty,
        });
        let shape = Some(Geometry::Point(at.into()));
        let record = Record {
            key: key.clone(),
            name: key.clone(),
            area: COUNTY,
            address: String::new(),
            post: String::new(),
            shape: shape.clone(),
            values: values.collect(),
            synthetic: true,
        };
        facts.put(number, id, &record, Some(Ms(i64::try_from(n)?)));
        if kind == BUILDINGS {
            buildings.push((key.clone(), at));
        }
        entries.push(Entry { id, kind: number, area: COUNTY, name: key, shape });
    }
    facts.settle();
    let folder = folder.join("ningxia");
    let areas =
        helan_exchange::geojson_areas(&std::fs::read_to_string(folder.join("areas.geojson"))?)?;
    let people = std::fs::read_to_string(folder.join("census.csv"))?;
    let people: BTreeMap<u32, u64> = people.lines().skip(1).filter_map(census_line).collect();
    let census = areas.into_iter().filter_map(|area| {
        CensusArea::new(area.code, *people.get(&area.code.0)?, area.ground.as_ref()?)
    });
    Ok(World { catalogue: Catalogue::load(entries), facts, census: census.collect() })
}

fn census_line(line: &str) -> Option<(u32, u64)> {
    let mut cells = line.split(',');
    let code = cells.next()?.parse().ok()?;
    Some((code, cells.nth(2)?.parse().ok()?))
}

/// A leak of ammonia into the open.
pub struct Leak {
    /// What it is called in the table.
    what: &'static str,
    source: Source,
}

/// A small leak, and the one that the chemical pack takes when nobody wrote down more.
#[must_use]
pub fn leaks() -> [Leak; 2] {
    let rate = Source::Rate { rate_kg_s: 0.5, duration_s: None, state: State::Usual };
    let opening = Opening { diameter_m: 0.025, below_liquid: true, pipe_m: 0.0, head_m: 0.0 };
    let tank =
        Source::Vessel { mass_kg: 30_000.0, temperature_k: None, pressure_pa: None, opening };
    [
        Leak { what: "ammonia, 0.5 kg/s", source: rate },
        Leak { what: "ammonia, 30 t behind a hole of 25 mm", source: tank },
    ]
}

/// The areas of a leak, the worst first.
fn levels(leak: &Leak, (lon, lat): (f64, f64), from_deg: f64) -> anyhow::Result<(Vec<Level>, f64)> {
    let case = Release {
        substance: substance::find("ammonia")?,
        source: leak.source,
        height_m: 1.0,
        levels: Levels::Usual,
    };
    let wind =
        Wind::Known { speed_m_s: 3.0, from_deg, sigma_deg: None, age_s: 0.0, height_m: 10.0 };
    let footprint = release(&case, &wind, &Site::default())?;
    let reach = footprint.areas.iter().map(|area| area.reach_m).fold(0.0, f64::max);
    let level = |area: &Area| {
        let area = on_map(Position { lon, lat }, area);
        let ring = |ring: Vec<Position>| {
            let line: LineString = ring.iter().map(|at| (at.lon, at.lat)).collect();
            Polygon::new(line, Vec::new())
        };
        Level {
            ground: MultiPolygon::new(area.rings.into_iter().map(ring).collect()),
            key: area.level,
        }
    };
    Ok((footprint.areas.iter().map(level).collect(), reach))
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Spans of footprint and of footprint and answer, in order.
    spans: Vec<Duration>,
    people: f64,
    objects: u64,
    reach_m: f64,
}

/// Asks who is inside the areas of leaks in the town.
///
/// # Errors
/// When a question has no answer.
pub fn measure(world: &World, leak: &Leak, questions: u64) -> anyhow::Result<Found> {
    let counted = counted(&world.facts);
    let live = HashMap::new();
    let mut numbers = Numbers(2);
    let mut all = Found::default();
    for _ in 0..questions {
        let at = in_town(&mut numbers);
        let from_deg = numbers.part() * 360.0;
        let (first, drawn) = timed(|| levels(leak, at, from_deg));
        let (levels, reach_m) = drawn?;
        let hour = usize::try_from(numbers.next() % 24)?;
        let question = Question {
            levels: &levels,
            when: When { hour, weekend: false },
            now: Ms(0),
            area: AreaCode::ALL,
            sees_people: true,
            origin: Some(Origin { at: Position { lon: at.0, lat: at.1 }, record: None }),
            live: &live,
            moving: &[],
            fresh: Ms(600_000),
            census: &world.census,
            counted: &counted,
        };
        let (span, found) = timed(|| inside(&world.catalogue, &world.facts, &question));
        let found = found?;
        all.spans.push(first + span);
        all.people += found.total.now.expected;
        all.objects += found.total.shares.iter().map(|share| share.objects).sum::<u64>();
        all.reach_m = reach_m;
    }
    all.spans.sort_unstable();
    Ok(all)
}

/// Footprint, people and facilities inside.
///
/// # Errors
/// When the packs cannot be read.
pub fn rows(objects: u64, questions: u64) -> anyhow::Result<Vec<Row>> {
    let world = world(objects)?;
    let row = |leak: &Leak| {
        let found = measure(&world, leak, questions)?;
        ensure!(found.people > 0.0 && found.objects > 0, "nobody was found");
        let (p50, p99) = (percentile(&found.spans, 50), percentile(&found.spans, 99));
        Ok(Row {
            what: format!(
                "footprint, people by hour and facilities inside: {} over a town, {} objects",
                leak.what,
                grouped(figure(objects))
            ),
            target: "p99 ≤ 5 ms".into(),
            ours: format!(
                "p50 {p50:.1?}, p99 {p99:.1?}; reach {:.1} km, on average {:.0} people of {} registers",
                found.reach_m / 1000.0,
                found.people / figure(questions),
                found.objects / questions
            ),
            beside: "–".into(),
            met: Some(p99 <= Duration::from_millis(5)),
        })
    };
    leaks().iter().map(row).collect()
}
