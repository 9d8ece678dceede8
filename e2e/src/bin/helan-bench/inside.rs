//! Who is inside a plume over a town, with a million objects in memory: the packs' own kinds and hours, three levels, the census.

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
use helan_kernel::{AreaCode, Ms, Position};

use crate::{
    measure::{figure, percentile, timed},
    table::{Row, grouped},
};

/// Questions that are asked.
const QUESTIONS: u64 = 2_000;
/// Length of the plume of each level, worst first, m; a third as broad.
const LENGTHS: [f64; 3] = [600.0, 1_200.0, 2_000.0];
/// Corners of a ring.
const CORNERS: u32 = 120;
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

/// Numbers without pattern, the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn part(&mut self) -> f64 {
        figure(self.next() >> 11) / figure(1 << 53)
    }

    fn in_town(&mut self) -> (f64, f64) {
        let (lon, lat) = TOWN;
        (lon + HALF * (2.0 * self.part() - 1.0), lat + HALF * (2.0 * self.part() - 1.0))
    }

    /// A quarter of the objects stand in the town.
    fn place(&mut self) -> (f64, f64) {
        if self.next().is_multiple_of(4) {
            return self.in_town();
        }
        let [west, south, width, height] = REGION;
        (west + width * self.part(), south + height * self.part())
    }
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
        let at = home.as_ref().map_or_else(|| numbers.place(), |(_, at)| *at);
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

/// A plume from a place: an ellipse that begins there.
fn plume((lon, lat): (f64, f64), length: f64, bearing: f64) -> MultiPolygon {
    /// Metres of a degree of latitude.
    const DEGREE: f64 = 111_195.08;
    let (sin, cos) = bearing.sin_cos();
    let corner = |n: u32| {
        let angle = f64::from(n) / f64::from(CORNERS) * std::f64::consts::TAU;
        let (along, across) = (length / 2.0 * (1.0 + angle.cos()), length / 6.0 * angle.sin());
        let (east, north) = (along * sin + across * cos, along * cos - across * sin);
        (lon + east / (DEGREE * lat.to_radians().cos()), lat + north / DEGREE)
    };
    let ring: Vec<(f64, f64)> = (0..CORNERS).map(corner).collect();
    MultiPolygon::new(vec![Polygon::new(LineString::from(ring), Vec::new())])
}

/// Asks who is inside plumes over the town: spans in order, and people and objects of all of them.
///
/// # Errors
/// When a question has no answer.
pub fn measure(world: &World, questions: u64) -> anyhow::Result<(Vec<Duration>, f64, u64)> {
    let counted = counted(&world.facts);
    let live = HashMap::new();
    let mut numbers = Numbers(2);
    let (mut spans, mut people, mut objects) = (Vec::new(), 0.0, 0);
    for _ in 0..questions {
        let at = numbers.in_town();
        let bearing = numbers.part() * std::f64::consts::TAU;
        let level =
            |length: f64| Level { key: length.to_string(), ground: plume(at, length, bearing) };
        let levels = LENGTHS.map(level);
        let hour = usize::try_from(numbers.next() % 24)?;
        let question = Question {
            levels: &levels,
            when: When { hour, weekend: false },
            now: Ms(0),
            area: AreaCode::ALL,
            sees_people: true,
            origin: Some(Origin { at: Position { lon: at.0, lat: at.1 }, record: None }),
            arrival: Some(&|metres, _| Some(metres / 2.0)),
            live: &live,
            moving: &[],
            fresh: Ms(600_000),
            census: &world.census,
            counted: &counted,
        };
        let (span, found) = timed(|| inside(&world.catalogue, &world.facts, &question));
        let found = found?;
        spans.push(span);
        people += found.total.now.expected;
        objects += found.total.shares.iter().map(|share| share.objects).sum::<u64>();
    }
    spans.sort_unstable();
    Ok((spans, people, objects))
}

/// People and facilities inside plumes of 2 km with three levels.
///
/// # Errors
/// When the packs cannot be read.
pub fn rows(objects: u64) -> anyhow::Result<Vec<Row>> {
    let world = world(objects)?;
    let (spans, people, found) = measure(&world, QUESTIONS)?;
    ensure!(people > 0.0 && found > 0, "nobody was found");
    let (p50, p99) = (percentile(&spans, 50), percentile(&spans, 99));
    Ok(vec![Row {
        what: format!(
            "people by hour and facilities inside a plume of 2 km over a town, three levels, {} objects",
            grouped(figure(objects))
        ),
        target: "p99 ≤ 5 ms with the footprint".into(),
        ours: format!(
            "p50 {p50:.1?}, p99 {p99:.1?}; on average {:.0} people of {} registers",
            people / figure(QUESTIONS),
            found / QUESTIONS
        ),
        beside: "–".into(),
        met: Some(p99 <= Duration::from_millis(5)),
    }])
}
