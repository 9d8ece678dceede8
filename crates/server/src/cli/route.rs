//! `helan route`: questions to a road graph from the command line, as JSON in and JSON out.

use std::{io::Read, path::PathBuf, sync::Arc};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use helan_exchange::{RoadRules, closed_areas, demo_roads, osm_roads};
use helan_route::{
    Block, Building, Carrier, Closures, Evacuation, EvacuationPlan, Fleet, Link, Network, NodeId,
    Place, RoadGraph, Router, Shelter, Spot, Storeys, VehicleClass, Ways, evacuate,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Most bytes of a question or of a file with closed areas.
const MAX_JSON: u64 = 64 * 1024 * 1024;
/// How far the nearest road may be from a place, metres.
const NEAR_M: f64 = 1_000.0;

/// Which roads, who drives, and what is closed.
#[derive(Args)]
pub struct Route {
    /// Roads: an OpenStreetMap extract (.osm.pbf), a file of lines `a FROM TO MILLISECONDS` (.gr), or a table of straight roads
    /// like packs/ningxia/roads.csv (.csv). A building has no need of it.
    #[arg(long)]
    graph: Option<PathBuf>,
    /// Class of vehicles: car, fire-engine, ambulance, bus or foot.
    #[arg(long, default_value = "car")]
    class: String,
    /// GeoJSON file with polygons that nobody may enter; may be given several times.
    #[arg(long)]
    close: Vec<PathBuf>,
    /// File with the question; standard input when left out.
    #[arg(long, global = true)]
    input: Option<PathBuf>,
    #[command(subcommand)]
    question: Question,
}

/// A place is `{"lon": 106.2, "lat": 38.5}` or `{"node": 7}`.
#[derive(Clone, Copy, Subcommand)]
enum Question {
    /// The quickest way: `{"from": PLACE, "to": PLACE}`.
    One,
    /// Times between many: `{"from": [PLACE, …], "to": [PLACE, …]}`.
    Matrix,
    /// What is reached within some time: `{"from": PLACE, "limit_s": 600, "beside_m": 100}`.
    Isochrone,
    /// Who leaves when, by which way, to which shelter: `{"blocks": [{"key", "at", "by_car", "without_car", "cannot_walk"}],
    /// "shelters": [{"key", "at", "places"}], "fleets": [{"class", "may_enter", "carriers": [{"key", "at", "seats", "lifts"}]}],
    /// "people_per_car": 2.5, "walk_limit_s": 1800}`.
    Evacuate,
    /// How people get out of a building: `{"floors": 10, "stairs": 2, "exits": 2, "people": 300, "blocked": 1}` (stairs in smoke), or
    /// room by room `{"rooms": 4, "links": [{"key", "from", "to", "kind": "door" | "corridor" | "stairs", "riser_m", "tread_m", "length_m",
    /// "width_m"}], "people": [[ROOM, COUNT], …], "outside": [ROOM, …], "blocked": [KEY, …]}`.
    Building,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum House {
    Plain {
        #[serde(flatten)]
        storeys: Storeys,
        #[serde(default)]
        blocked: u32,
    },
    Rooms {
        rooms: u32,
        links: Vec<Link>,
        people: Vec<(u32, f64)>,
        outside: Vec<u32>,
        #[serde(default)]
        blocked: Vec<String>,
    },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Asked {
    Node { node: NodeId },
    Place(Place),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    from: Asked,
    to: Asked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    from: Vec<Asked>,
    to: Vec<Asked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    from: Asked,
    limit_s: f64,
    #[serde(default = "beside")]
    beside_m: f64,
}

const fn beside() -> f64 {
    100.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leave {
    blocks: Vec<LeavingBlock>,
    shelters: Vec<OpenShelter>,
    #[serde(default)]
    fleets: Vec<AskedFleet>,
    #[serde(default = "people_per_car")]
    people_per_car: f64,
    #[serde(default = "walk_limit")]
    walk_limit_s: f64,
}

const fn people_per_car() -> f64 {
    2.5
}

const fn walk_limit() -> f64 {
    1_800.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeavingBlock {
    key: String,
    at: Asked,
    #[serde(default)]
    by_car: f64,
    #[serde(default)]
    without_car: f64,
    #[serde(default)]
    cannot_walk: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenShelter {
    key: String,
    at: Asked,
    places: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedFleet {
    class: String,
    /// Under protection: closed areas do not hold for it.
    #[serde(default)]
    may_enter: bool,
    carriers: Vec<AskedCarrier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedCarrier {
    key: String,
    at: Asked,
    seats: u32,
    #[serde(default)]
    lifts: bool,
    #[serde(default)]
    free_s: f64,
    #[serde(default = "boarding")]
    boarding_s: f64,
}

const fn boarding() -> f64 {
    3.0
}

/// Answers the question.
///
/// # Errors
/// When a file cannot be read, the question makes no sense, or there is no answer.
pub fn run(asked: &Route) -> Result<String> {
    let text = match &asked.input {
        Some(path) => read(std::fs::File::open(path).with_context(|| path.display().to_string())?)?,
        None => read(std::io::stdin().lock())?,
    };
    let ground = || Ground::new(asked);
    let answer = match asked.question {
        Question::One => ground()?.one(&serde_json::from_str(&text)?)?,
        Question::Matrix => ground()?.matrix(&serde_json::from_str(&text)?)?,
        Question::Isochrone => ground()?.isochrone(&serde_json::from_str(&text)?)?,
        Question::Evacuate => ground()?.evacuate(&serde_json::from_str(&text)?)?,
        Question::Building => serde_json::to_value(building(serde_json::from_str(&text)?)?)?,
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&answer)?))
}

fn building(house: House) -> Result<EvacuationPlan> {
    Ok(match house {
        House::Plain { storeys, blocked } => storeys.out(blocked)?,
        House::Rooms { rooms, links, people, outside, blocked } => {
            let place = |key: &String| {
                let found = links.iter().position(|link| link.key == *key);
                found.with_context(|| format!("no link is called {key}"))
            };
            let blocked: Vec<usize> = blocked.iter().map(place).collect::<Result<_>>()?;
            Building::new(rooms, &links)?.empty(&people, &outside, &blocked)?
        }
    })
}

fn read(file: impl Read) -> Result<String> {
    let mut text = String::new();
    file.take(MAX_JSON + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= MAX_JSON, "more than {MAX_JSON} bytes");
    Ok(text)
}

/// The roads, and what is closed.
struct Ground {
    network: Arc<Network>,
    closures: Closures,
    ways: Ways,
}

impl Ground {
    fn new(asked: &Route) -> Result<Self> {
        let path = asked.graph.as_ref().context("which roads? (--graph)")?;
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let graph = match end {
            "pbf" => osm_roads(path, &RoadRules::default())?,
            "gr" => RoadGraph::from_gr(&std::fs::read_to_string(path)?)?,
            "csv" => demo_roads(std::fs::File::open(path)?)?,
            _ => bail!("{}: roads are .osm.pbf, .gr or .csv", path.display()),
        };
        let network = Arc::new(Network::new(graph)?);
        let mut closures = Closures::default();
        for file in &asked.close {
            let name = file.display().to_string();
            let json: Value = serde_json::from_str(&read(std::fs::File::open(file)?)?)?;
            for (number, area) in closed_areas(&json).context(name.clone())?.into_iter().enumerate()
            {
                closures.close_area(&network, &format!("{name}#{number}"), area)?;
            }
        }
        let ways = ways(&network, &asked.class, &closures)?;
        Ok(Self { network, closures, ways })
    }

    fn spot(&self, ways: &Ways, asked: Asked) -> Result<Spot> {
        Ok(match asked {
            Asked::Node { node } => Spot::Node(node),
            Asked::Place(place) => ways.snap(place, NEAR_M)?.spot,
        })
    }

    fn spots(&self, asked: &[Asked]) -> Result<Vec<Spot>> {
        asked.iter().map(|asked| self.spot(&self.ways, *asked)).collect()
    }

    fn one(&self, asked: &One) -> Result<Value> {
        let (from, to) = (self.spot(&self.ways, asked.from)?, self.spot(&self.ways, asked.to)?);
        let mut router = Router::new(&self.ways);
        let route = router.route(from, to)?;
        let line: Vec<[f64; 2]> = router.line(&route).iter().map(|at| [at.lon, at.lat]).collect();
        Ok(json!({
            "class": self.ways.class().key,
            "time_s": f64::from(route.time_ms) / 1_000.0,
            "length_m": route.length_m,
            "edges": route.edges,
            "line": { "type": "LineString", "coordinates": line },
        }))
    }

    fn matrix(&self, asked: &Many) -> Result<Value> {
        let (from, to) = (self.spots(&asked.from)?, self.spots(&asked.to)?);
        let matrix = Router::new(&self.ways).matrix(&from, &to)?;
        let seconds = |cell: &Option<u32>| cell.map(|ms| f64::from(ms) / 1_000.0);
        let rows = matrix.rows_ms.iter().map(|row| row.iter().map(seconds).collect());
        let rows: Vec<Vec<Option<f64>>> = rows.collect();
        Ok(json!({ "class": self.ways.class().key, "times_s": rows }))
    }

    fn isochrone(&self, asked: &Reach) -> Result<Value> {
        ensure!((0.0..=86_400.0).contains(&asked.limit_s), "limit_s must be from 0 to 86400");
        let from = self.spot(&self.ways, asked.from)?;
        let router = Router::new(&self.ways);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let reached = router.isochrone(from, (asked.limit_s * 1_000.0) as u32)?;
        let nodes: Vec<Value> = reached
            .nodes
            .iter()
            .map(|(node, ms)| json!({ "node": node, "time_s": f64::from(*ms) / 1_000.0 }))
            .collect();
        let land = match self.network.graph().has_places() {
            true => Some(router.land(&reached, asked.beside_m)?),
            false => None,
        };
        let ring = |ring: &Vec<Place>| -> Vec<[f64; 2]> {
            ring.iter().chain(ring.first()).map(|at| [at.lon, at.lat]).collect()
        };
        let land = land.map(|polygons| {
            let rings = polygons.iter().map(|rings| rings.iter().map(ring).collect());
            let rings: Vec<Vec<_>> = rings.collect();
            json!({ "type": "MultiPolygon", "coordinates": rings })
        });
        let edges: Vec<Value> = reached
            .edges
            .iter()
            .map(|(edge, (from, to))| json!({ "edge": edge, "from": from, "to": to }))
            .collect();
        Ok(json!({ "class": self.ways.class().key, "nodes": nodes, "edges": edges, "land": land }))
    }

    fn evacuate(&self, asked: &Leave) -> Result<Value> {
        let car = ways(&self.network, "car", &self.closures)?;
        let foot = ways(&self.network, "foot", &self.closures)?;
        let block = |block: &LeavingBlock| {
            Ok(Block {
                key: block.key.clone(),
                at: self.spot(&car, block.at)?,
                by_car: block.by_car,
                without_car: block.without_car,
                cannot_walk: block.cannot_walk,
            })
        };
        let blocks: Vec<Block> = asked.blocks.iter().map(block).collect::<Result<_>>()?;
        let shelter = |shelter: &OpenShelter| {
            let at = self.spot(&car, shelter.at)?;
            Ok(Shelter { key: shelter.key.clone(), at, places: shelter.places })
        };
        let shelters: Vec<Shelter> = asked.shelters.iter().map(shelter).collect::<Result<_>>()?;
        let fleet = |fleet: &AskedFleet| {
            let open = Closures::default();
            let closures = if fleet.may_enter { &open } else { &self.closures };
            let ways = ways(&self.network, &fleet.class, closures)?;
            let carrier = |carrier: &AskedCarrier| {
                Ok(Carrier {
                    key: carrier.key.clone(),
                    at: self.spot(&ways, carrier.at)?,
                    free_s: carrier.free_s,
                    seats: carrier.seats,
                    lifts: carrier.lifts,
                    boarding_s: carrier.boarding_s,
                })
            };
            let carriers: Vec<Carrier> =
                fleet.carriers.iter().map(carrier).collect::<Result<_>>()?;
            Ok((ways, carriers))
        };
        let fleets: Vec<(Ways, Vec<Carrier>)> =
            asked.fleets.iter().map(fleet).collect::<Result<_>>()?;
        let borrowed: Vec<Fleet<'_>> =
            fleets.iter().map(|(ways, carriers)| Fleet { ways, carriers }).collect();
        let plan = evacuate(&Evacuation {
            blocks: &blocks,
            shelters: &shelters,
            car: &car,
            foot: &foot,
            fleets: &borrowed,
            people_per_car: asked.people_per_car,
            walk_limit_s: asked.walk_limit_s,
            dislike_s: None,
            flow_s: None,
        })?;
        Ok(told(&plan, &blocks, &shelters))
    }
}

/// The plan, with keys beside numbers.
fn told(plan: &EvacuationPlan, blocks: &[Block], shelters: &[Shelter]) -> Value {
    let blocks: Vec<Value> = plan
        .blocks
        .iter()
        .zip(blocks)
        .map(|(told, block)| json!({ "key": block.key, "plan": told }))
        .collect();
    let shelters: Vec<Value> = plan
        .filled
        .iter()
        .zip(shelters)
        .map(|(filled, shelter)| json!({ "key": shelter.key, "people": filled, "places": shelter.places }))
        .collect();
    json!({
        "cleared_s": plan.cleared_s,
        "left": plan.left,
        "blocks": blocks,
        "shelters": shelters,
        "closed_shelters": plan.closed_shelters,
    })
}

fn ways(network: &Arc<Network>, class: &str, closures: &Closures) -> Result<Ways> {
    let known = VehicleClass::all();
    let names: Vec<String> = known.iter().map(|known| known.key.clone()).collect();
    let found = known.into_iter().find(|known| known.key == class);
    let found =
        found.with_context(|| format!("no class {class}; there are {}", names.join(", ")))?;
    let mut ways = Ways::new(network, found)?;
    ways.set_closures(closures);
    Ok(ways)
}
