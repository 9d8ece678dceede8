//! A made-up base database for demonstrations: as many objects of every kind as the plan says, spread as people live, the same
//! for the same seed. What it makes are files as a data steward would bring them, and they go in by the same door.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use helan_base::{Date, Field, Kind, ShapeKind, What};
use helan_kernel::Position;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::{
    api::Api,
    clock,
    random::Random,
    region::{
        areas::Areas,
        counties::{COUNTIES, County},
        person,
    },
};

/// Kind of the household gas sets.
const HOUSEHOLDS: &str = "household-gas-set";
/// Kind of the buildings that the households live in.
const BUILDINGS: &str = "residential-building";
/// Kind of the stores, and of what lies in them.
const STORES: (&str, &str) = ("relief-store", "stock-item");
/// Kinds whose objects are goods.
const GOODS: [&str; 2] = ["stock-item", "agreement-stock"];
/// Kind whose objects are the roads of the fact table.
const ROADS: &str = "road";
/// Part of the facts that nobody asked for and nobody filled in, as in real sheets.
const UNKNOWN: f64 = 0.3;
/// Objects that the counts of the plan add up to, about.
const PLANNED: u64 = 100_000;
/// How long one file may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What is made (packs/ningxia/demo.toml).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Objects of kinds that are not named.
    others: u64,
    count: BTreeMap<String, u64>,
    range: BTreeMap<String, (f64, f64)>,
    /// How often each choice of a field is made; fields that are not named choose evenly.
    choice: BTreeMap<String, BTreeMap<String, f64>>,
    follow: BTreeMap<String, (String, f64)>,
    words: BTreeMap<String, Vec<String>>,
    /// Goods: their facts belong together.
    goods: Vec<BTreeMap<String, String>>,
}

/// What is known of the region.
#[derive(Clone, Debug)]
pub struct Ground {
    plan: Plan,
    areas: Areas,
    /// Code and name of the townships by county.
    townships: BTreeMap<u32, Vec<(u32, String)>>,
    /// Kind → key, name, place, and how exact it is.
    places: BTreeMap<String, Vec<Known>>,
    roads: Vec<Road>,
}

#[derive(Clone, Debug, Deserialize)]
struct Known {
    id: String,
    kind: String,
    name: String,
    lon: f64,
    lat: f64,
    within_km: f64,
}

#[derive(Clone, Debug, Deserialize)]
struct Road {
    road: String,
    class: String,
    from: String,
    to: String,
    from_lon: f64,
    from_lat: f64,
    to_lon: f64,
    to_lat: f64,
}

#[derive(Deserialize)]
struct Township {
    code: u32,
    name: String,
}

impl Ground {
    /// Reads the files of a region (`packs/ningxia`).
    ///
    /// # Errors
    /// When one is missing or cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let text = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let mut townships: BTreeMap<u32, Vec<(u32, String)>> = BTreeMap::new();
        for Township { code, name } in rows(&text("townships.csv")?)? {
            townships.entry(code / 1000).or_default().push((code, name));
        }
        let mut places: BTreeMap<String, Vec<Known>> = BTreeMap::new();
        for place in rows::<Known>(&text("places.csv")?)? {
            places.entry(place.kind.clone()).or_default().push(place);
        }
        Ok(Self {
            plan: toml::from_str(&text("demo.toml")?).context("demo.toml")?,
            areas: Areas::read(&folder.join("areas.geojson"))?,
            townships,
            places,
            roads: rows(&text("roads.csv")?)?,
        })
    }
}

fn rows<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.collect::<Result<Vec<T>, _>>().context("a table of the region")
}

/// A file for one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Key of the kind.
    pub kind: String,
    /// Name of the file.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An object that is being made.
#[derive(Default)]
struct Object {
    key: String,
    name: String,
    area: Option<u32>,
    address: String,
    post: String,
    at: Position,
    /// More corners, of what is not a point.
    shape: Option<Json>,
    values: BTreeMap<String, String>,
}

/// Makes the files, one kind after the other; `facilities` objects and `households` households.
pub struct Maker {
    ground: Ground,
    seed: u64,
    facilities: u64,
    households: u64,
    /// Buildings and stores that others refer to: key, area and place.
    homes: Vec<(String, Option<u32>, Position)>,
    stores: Vec<(String, Option<u32>, Position)>,
}

impl Maker {
    /// Makes nothing yet.
    #[must_use]
    pub const fn new(ground: Ground, seed: u64, facilities: u64, households: u64) -> Self {
        Self { ground, seed, facilities, households, homes: Vec::new(), stores: Vec::new() }
    }

    /// Kinds in an order in which what is referred to comes first.
    #[must_use]
    pub fn order(kinds: &[Kind]) -> Vec<&Kind> {
        let mut order: Vec<&Kind> = kinds.iter().collect();
        order.sort_by_key(|kind| {
            let first = kind.key == BUILDINGS || kind.key == STORES.0;
            (!first, kind.domain as u8, kind.key.clone())
        });
        order
    }

    /// The file of a kind.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sheet(&mut self, kind: &Kind) -> Result<Sheet> {
        let mut random = Random::of(self.seed, &kind.key);
        let mut objects: Vec<Object> = Vec::new();
        let known = self.ground.places.get(&kind.key).cloned().unwrap_or_default();
        for place in known {
            let at = Position { lon: place.lon, lat: place.lat };
            objects.push(Object {
                key: format!("place-{}", place.id),
                name: place.name,
                address: format!("位置精确到{}公里，仅供演示", place.within_km),
                at,
                shape: shape(kind.shape, at, &mut random),
                ..Object::default()
            });
        }
        if kind.key == ROADS {
            objects.extend(self.roads());
            // A town at the border has streets beyond it, which are no business of the region.
            let ours = |at: &Position| {
                COUNTIES.iter().any(|county| self.ground.areas.holds(county.code, *at))
            };
            let streets = streets(&self.ground.roads);
            objects.extend(streets.filter(|(_, line)| line.iter().all(ours)).map(|(o, _)| o));
        } else {
            let people: u64 = COUNTIES.iter().map(|c| u64::from(c.population)).sum();
            let (all, mut before, mut given) = (self.count(kind), 0, 0);
            for county in &COUNTIES {
                before += u64::from(county.population);
                // Cumulative shares, so that rounding never loses or adds one.
                let share = all * before / people - given;
                for n in 0..share {
                    objects.push(self.object(kind, county, given + n, &mut random));
                }
                given += share;
            }
        }
        for object in &mut objects {
            self.fill(kind, object, &mut random);
            let about = (object.key.clone(), object.area, object.at);
            if kind.key == BUILDINGS {
                self.homes.push(about);
            } else if kind.key == STORES.0 {
                self.stores.push(about);
            }
        }
        let rows = u64::try_from(objects.len())?;
        let lines = matches!(kind.shape, ShapeKind::Line | ShapeKind::Polygon);
        let (end, bytes) =
            if lines { ("geojson", geojson(&objects)?) } else { ("csv", table(kind, &objects)?) };
        let file = format!("demo-{}.{end}", kind.key);
        Ok(Sheet { kind: kind.key.clone(), file, rows, bytes })
    }

    fn count(&self, kind: &Kind) -> u64 {
        if kind.key == HOUSEHOLDS {
            return self.households;
        }
        let plan = &self.ground.plan;
        let planned = plan.count.get(&kind.key).copied().unwrap_or(plan.others);
        (planned * self.facilities).div_ceil(PLANNED)
    }

    fn roads(&self) -> impl Iterator<Item = Object> {
        self.ground.roads.iter().zip(1..).map(|(road, n)| Object {
            key: format!("demo-road-{n}"),
            name: format!("{} {}至{}", road.road, road.from, road.to),
            address: "示意直线，仅供演示".to_owned(),
            at: Position { lon: road.from_lon, lat: road.from_lat },
            shape: Some(json!({ "type": "LineString", "coordinates":
                [[road.from_lon, road.from_lat], [road.to_lon, road.to_lat]] })),
            values: BTreeMap::from([
                ("road_no".to_owned(), road.road.clone()),
                ("road_class".to_owned(), road.class.clone()),
                ("oneway".to_owned(), "否".to_owned()),
            ]),
            ..Object::default()
        })
    }

    fn object(&self, kind: &Kind, county: &County, n: u64, random: &mut Random) -> Object {
        let towns = self.ground.townships.get(&county.code);
        let town = towns.and_then(|towns| pick(towns, random));
        let (code, town) =
            town.map_or((county.code * 1000, county.name), |(c, t)| (*c, t.as_str()));
        let short = town.trim_end_matches(['街', '道', '镇', '乡']);
        let post = if random.chance(0.85) {
            format!("sim-{}-grid-worker", county.code)
        } else {
            String::new()
        };
        let mut object = Object {
            key: format!("demo-{}-{}", kind.key, n + 1),
            name: format!("{short}{}（示例{}）", kind.name.zh, n + 1),
            area: Some(code),
            address: format!("{}{town}示例路{}号", county.name, random.below(400) + 1),
            post,
            ..Object::default()
        };
        let home = match kind.key.as_str() {
            HOUSEHOLDS => pick(&self.homes, random),
            stock if stock == STORES.1 => pick(&self.stores, random),
            _ => None,
        };
        match home {
            Some((home, area, at)) => {
                (object.area, object.at) = (*area, *at);
                let field = if kind.key == HOUSEHOLDS { "building" } else { "store" };
                object.values.insert(field.to_owned(), home.clone());
            }
            None => {
                object.at = self.ground.areas.place(county.code, county.position(), random);
            }
        }
        object.shape = shape(kind.shape, object.at, random);
        object
    }

    /// Fills in the fields of an object.
    fn fill(&self, kind: &Kind, object: &mut Object, random: &mut Random) {
        if GOODS.contains(&kind.key.as_str())
            && let Some(goods) = pick(&self.ground.plan.goods, random)
        {
            object.values.extend(goods.clone());
            // Nobody keeps half a tent.
            object.values.insert("quantity".to_owned(), (random.below(500) + 5).to_string());
        }
        for field in &kind.fields {
            if object.values.contains_key(&field.key) {
                continue;
            }
            let value = match self.ground.plan.follow.get(&field.key) {
                Some((other, times)) => follow(object.values.get(other), *times),
                None => None,
            };
            let known = field.required || !random.chance(UNKNOWN);
            // Drawn in any case: another field that is known must not change all that follow.
            let made = self.value(kind, field, object, random);
            let value = value.or_else(|| known.then_some(made));
            object.values.extend(value.map(|value| (field.key.clone(), value)));
        }
    }

    fn value(&self, kind: &Kind, field: &Field, object: &Object, random: &mut Random) -> String {
        let plan = &self.ground.plan;
        let of_kind = plan.range.get(&format!("{}.{}", kind.key, field.key));
        let range = of_kind.or_else(|| plan.range.get(&field.key));
        match &field.what {
            What::Text { max } => {
                let words = plan.words.get(&field.key).and_then(|words| pick(words, random));
                let words = match (words, field.mask) {
                    (Some(words), _) => words.clone(),
                    (None, Some(_)) => person(random),
                    (None, None) if field.key == "flat" => {
                        format!(
                            "{}-{}0{}",
                            random.below(4) + 1,
                            random.below(6) + 1,
                            random.below(2) + 1
                        )
                    }
                    (None, None) => format!("示例{}{}", field.name.zh, random.below(90) + 10),
                };
                words.chars().take(*max).collect()
            }
            What::Number { min, max } => {
                let value = within(range, *min, *max, random);
                format!("{:.1}", value.clamp(*min, *max))
                    .parse::<f64>()
                    .unwrap_or(value)
                    .to_string()
            }
            What::Whole { min, max } => {
                #[expect(clippy::cast_precision_loss, reason = "limits of people and things")]
                let (least, most) = (*min as f64, *max as f64);
                within(range, least, most, random).round().to_string()
            }
            What::Flag => if random.chance(0.2) { "是" } else { "否" }.to_owned(),
            What::Date => date(&field.key, object, random).to_string(),
            // No subscriber's number begins with 0: nobody is called by mistake.
            What::Phone => format!("0951-0{:06}", random.below(1_000_000)),
            What::Choice { of } => {
                let evenly = pick(of, random).map(|choice| choice.key.clone()).unwrap_or_default();
                let own = plan.choice.get(&format!("{}.{}", kind.key, field.key));
                let weights = own.or_else(|| plan.choice.get(&field.key));
                let Some(weights) = weights else { return evenly };
                // Only those that the field knows: a kind may call its own choices otherwise.
                let known = || weights.iter().filter(|(key, _)| of.iter().any(|c| c.key == **key));
                let mut left = known().map(|(_, weight)| weight).sum::<f64>() * random.unit();
                let chosen = known().find(|(_, weight)| {
                    left -= **weight;
                    left < 0.0
                });
                chosen.map_or(evenly, |(key, _)| key.clone())
            }
        }
    }
}

/// Streets of a town to each side of its middle.
const STREETS: i32 = 6;
/// From street to street, degrees: some 300 m at this latitude.
const APART: (f64, f64) = (0.0035, 0.0027);

/// A grid of streets around every end of a main road: towns have streets, and people leave by them.
fn streets(roads: &[Road]) -> impl Iterator<Item = (Object, Vec<Position>)> {
    let mut towns: BTreeMap<(i64, i64), (&str, Position)> = BTreeMap::new();
    for road in roads {
        for (name, lon, lat) in
            [(&road.from, road.from_lon, road.from_lat), (&road.to, road.to_lon, road.to_lat)]
        {
            #[expect(clippy::cast_possible_truncation, reason = "thousandths of degrees")]
            let cell = ((lon * 1000.0).round() as i64, (lat * 1000.0).round() as i64);
            towns.entry(cell).or_insert((name.as_str(), Position { lon, lat }));
        }
    }
    towns.into_iter().flat_map(|((east, north), (name, middle))| {
        (0..=1).flat_map(move |along| {
            (-STREETS..=STREETS).map(move |number| {
                let corner = |step: i32| {
                    let (x, y) = if along == 0 { (step, number) } else { (number, step) };
                    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
                    Position {
                        lon: round(middle.lon + f64::from(x) * APART.0),
                        lat: round(middle.lat + f64::from(y) * APART.1),
                    }
                };
                let places: Vec<Position> = (-STREETS..=STREETS).map(corner).collect();
                let line: Vec<Json> = places.iter().map(|at| json!([at.lon, at.lat])).collect();
                let (way, class) = if along == 0 { ("东西", "ew") } else { ("南北", "ns") };
                let main = if number % 3 == 0 { "urban-secondary" } else { "urban-branch" };
                let street = Object {
                    key: format!("demo-street-{east}-{north}-{class}{number}"),
                    name: format!("{name}{way}{}街", number + STREETS + 1),
                    address: "虚构街道，仅供演示".to_owned(),
                    at: middle,
                    shape: Some(json!({ "type": "LineString", "coordinates": line })),
                    values: BTreeMap::from([
                        ("road_class".to_owned(), main.to_owned()),
                        ("oneway".to_owned(), "否".to_owned()),
                    ]),
                    ..Object::default()
                };
                (street, places)
            })
        })
    })
}

fn pick<'a, T>(from: &'a [T], random: &mut Random) -> Option<&'a T> {
    let count = u64::try_from(from.len()).ok()?;
    from.get(usize::try_from(random.below(count)).ok()?)
}

fn follow(other: Option<&String>, times: f64) -> Option<String> {
    let other: f64 = other?.parse().ok()?;
    Some((other * times).round().to_string())
}

/// A figure within its plan, else low in what its field allows: most things are small.
fn within(plan: Option<&(f64, f64)>, min: f64, max: f64, random: &mut Random) -> f64 {
    let low = min.max(1.0).min(max);
    let (from, to) = plan.copied().unwrap_or((low, max.min(low * 50.0)));
    let (from, to) = (from.clamp(min, max), to.clamp(min, max));
    from + (to - from) * random.unit().powi(2)
}

/// A day; one on which something ends follows the one on which it began.
fn date(field: &str, object: &Object, random: &mut Random) -> Date {
    let day = |year: u64, random: &mut Random| {
        let year = i32::try_from(year).unwrap_or(2020);
        let month = u32::try_from(random.below(12)).unwrap_or(0) + 1;
        let of_month = u32::try_from(random.below(28)).unwrap_or(0) + 1;
        Date::of(year, month, of_month).unwrap_or(Date(20_000))
    };
    if let Some(begun) = field
        .strip_suffix("_expiry")
        .and_then(|what| object.values.get(&format!("{what}_installed")))
        .and_then(|begun| Date::read(begun))
    {
        let years = i32::try_from(random.below(4)).unwrap_or(0) + 3;
        return Date(begun.0 + years * 365);
    }
    let ends = ["until", "expiry"].iter().any(|word| field.contains(word));
    let year = if ends { 2026 + random.below(5) } else { 2018 + random.below(8) };
    day(year, random)
}

/// The ground of a site, or the run of a line, beginning at a place.
fn shape(kind: ShapeKind, at: Position, random: &mut Random) -> Option<Json> {
    match kind {
        ShapeKind::Point | ShapeKind::Any => None,
        ShapeKind::Line => {
            let (mut here, mut way) = (at, random.between(0.0, std::f64::consts::TAU));
            let mut corners = vec![json!([here.lon, here.lat])];
            for _ in 0..random.below(6) + 2 {
                way += random.between(-0.5, 0.5);
                let step = random.between(0.001, 0.006);
                here.lon = round(step.mul_add(way.cos(), here.lon));
                here.lat = round(step.mul_add(way.sin(), here.lat));
                corners.push(json!([here.lon, here.lat]));
            }
            Some(json!({ "type": "LineString", "coordinates": corners }))
        }
        ShapeKind::Polygon => {
            let (a, b) = (random.between(0.004, 0.02), random.between(0.004, 0.015));
            let corner =
                |x: f64, y: f64| json!([round(a.mul_add(x, at.lon)), round(b.mul_add(y, at.lat))]);
            let ring = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)];
            let ring: Vec<Json> = ring.into_iter().map(|(x, y)| corner(x, y)).collect();
            Some(json!({ "type": "Polygon", "coordinates": [ring] }))
        }
    }
}

/// To a decimetre.
fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn area(object: &Object) -> String {
    object.area.map(|code| format!("{code:09}")).unwrap_or_default()
}

fn table(kind: &Kind, objects: &[Object]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let common = ["key", "name", "area", "address", "post", "lon", "lat"];
    table.write_record(common.into_iter().chain(kind.fields.iter().map(|f| f.key.as_str())))?;
    for object in objects {
        let [lon, lat] = [object.at.lon, object.at.lat].map(|degrees| format!("{degrees:.6}"));
        let area = area(object);
        let common = [&object.key, &object.name, &area, &object.address, &object.post, &lon, &lat];
        let empty = String::new();
        let values = kind.fields.iter().map(|f| object.values.get(&f.key).unwrap_or(&empty));
        table.write_record(common.into_iter().chain(values))?;
    }
    Ok(table.into_inner()?)
}

fn geojson(objects: &[Object]) -> Result<Vec<u8>> {
    let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[");
    for (object, n) in objects.iter().zip(0_u64..) {
        let mut properties: BTreeMap<&str, &str> =
            object.values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let area = area(object);
        properties.extend([
            ("key", object.key.as_str()),
            ("name", &object.name),
            ("area", &area),
            ("address", &object.address),
            ("post", &object.post),
        ]);
        let point = json!({ "type": "Point", "coordinates": [object.at.lon, object.at.lat] });
        let geometry = object.shape.as_ref().unwrap_or(&point);
        let feature = json!({ "type": "Feature", "properties": properties, "geometry": geometry });
        write!(text, "{}{feature}", if n == 0 { "" } else { "," })?;
    }
    text.push_str("]}");
    Ok(text.into_bytes())
}

/// Brings the files to a server, one after the other. What is there already is not doubled.
///
/// # Errors
/// When the server cannot be reached or refuses, or a file has rows that it does not take.
pub async fn bring(maker: &mut Maker, kinds: &[Kind], api: &Api) -> Result<u64> {
    let mut all = 0;
    for kind in Maker::order(kinds) {
        let sheet = maker.sheet(kind)?;
        if sheet.rows == 0 {
            continue;
        }
        let path = format!("/base/imports?kind={}&file={}&synthetic=true", sheet.kind, sheet.file);
        let import = api.send_file(&path, sheet.bytes).await?;
        let id = import.get("id").and_then(Json::as_u64).context("the import has no number")?;
        let path = format!("/base/imports/{id}");
        let checked = until(api, &path, "checked").await?;
        if checked.get("bad") != Some(&json!(0)) {
            let first = checked.get("first").cloned().unwrap_or_default();
            bail!("{}: rows that are not taken: {first}", sheet.file);
        }
        api.post(&format!("{path}/load"), &json!({})).await?;
        until(api, &path, "loaded").await?;
        all += sheet.rows;
        tracing::info!(kind = sheet.kind, rows = sheet.rows, all, "brought");
    }
    take_over(api).await?;
    Ok(all)
}

/// Opens the stock ledger with the goods that were brought; what it has already is not doubled.
async fn take_over(api: &Api) -> Result<()> {
    let (mut after, mut all) = (Json::Null, 0);
    loop {
        let part = api.post("/stock/take-over", &json!({ "after": after })).await?;
        all += part.get("taken").and_then(Json::as_u64).context("no number of goods")?;
        after = part.get("next").cloned().unwrap_or_default();
        if after.is_null() {
            tracing::info!(lots = all, "stock ledger opened");
            return Ok(());
        }
    }
}

async fn until(api: &Api, path: &str, state: &str) -> Result<Json> {
    let begin = clock::instant();
    while begin.elapsed() < PATIENCE {
        let import = api.get(path).await?;
        match import.get("state").and_then(Json::as_str) {
            Some(now) if now == state => return Ok(import),
            Some("checking" | "loading") => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => bail!("{path}: {import}"),
        }
    }
    bail!("{path} did not become {state}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn packs() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
    }

    fn kinds() -> Vec<Kind> {
        let packs = helan_protocol::pack::load(&packs()).unwrap();
        packs.into_iter().flat_map(|pack| pack.kinds).collect()
    }

    fn sheets(seed: u64) -> HashMap<String, Sheet> {
        let ground = Ground::read(&packs().join("ningxia")).unwrap();
        let mut maker = Maker::new(ground, seed, 2_000, 500);
        let kinds = kinds();
        let order = Maker::order(&kinds);
        order.into_iter().map(|k| (k.key.clone(), maker.sheet(k).unwrap())).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_region_with_every_kind_in_it() {
        let once = sheets(1);
        assert_eq!(once, sheets(1));
        assert_ne!(once, sheets(2));
        assert!(once.values().all(|sheet| sheet.rows > 0));
        assert_eq!(once.len(), kinds().len());
        assert_eq!(once.get(HOUSEHOLDS).unwrap().rows, 500);
        // The streets of the towns come on top of what is asked for: ways out need all of them.
        let asked = |kind: &str| kind != HOUSEHOLDS && kind != ROADS;
        let facilities: u64 =
            once.iter().filter(|(kind, _)| asked(kind)).map(|(_, sheet)| sheet.rows).sum();
        assert!((1_900..2_400).contains(&facilities), "{facilities}");
        let streets = once.get(ROADS).unwrap().rows;
        assert!((500..2_000).contains(&streets), "{streets}");
    }

    #[test]
    fn goods_have_codes_that_the_ledger_takes() {
        let sheets = sheets(1);
        let sheet = sheets.get(STORES.1).unwrap();
        let mut rows = csv::Reader::from_reader(sheet.bytes.as_slice());
        let heads = rows.headers().unwrap().clone();
        let column = heads.iter().position(|head| head == "code").unwrap();
        for row in rows.records() {
            let row = row.unwrap();
            assert!(helan_base::stock::is_code(&row[column]), "{row:?}");
        }
    }
}
