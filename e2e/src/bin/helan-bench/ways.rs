//! Ways, ways out and who is sent: on a city's graph, beside OSRM and Valhalla on a small country's.

use std::{collections::BTreeSet, hint::black_box, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use helan_e2e::root;
use helan_exchange::{RoadRules, osm_roads};
use helan_route::{
    Block, Closures, EdgeId, Evacuation, Matrix, Need, Network, NodeId, Place, RoadGraph, Router,
    Shelter, Spot, Team, VehicleClass, Ways, assign, evacuate,
};
use serde_json::{Value, json};

use crate::{
    measure::{Numbers, figure, spans},
    table::{Row, grouped},
};

/// A large file that is not part of the project; none where it is missing.
fn shared(file: &str) -> Option<PathBuf> {
    let beside = root().join("../shared");
    let folder = std::env::var_os("HELAN_SHARED").map_or(beside, PathBuf::from);
    Some(folder.join(file)).filter(|path| path.is_file())
}

/// A row that says why nothing was measured.
fn skipped(what: &str, target: &str, why: &str) -> Row {
    let (ours, beside) = (format!("SKIP: {why}"), "–".into());
    Row { what: what.into(), target: target.into(), ours, beside, met: None }
}

const MISSING: &str = "the file is missing beside the project (set HELAN_SHARED)";

/// A graph with its size.
struct City {
    ways: Ways,
    nodes: u32,
}

impl City {
    fn new(graph: RoadGraph) -> anyhow::Result<Self> {
        let nodes = u32::try_from(graph.node_count())?;
        let network = Arc::new(Network::new(graph)?);
        Ok(Self { ways: Ways::new(&network, VehicleClass::car())?, nodes })
    }

    fn spot(&self, numbers: &mut Numbers) -> Spot {
        Spot::Node(NodeId(numbers.below(self.nodes)))
    }

    fn pairs(&self, count: u32) -> Vec<(Spot, Spot)> {
        let mut numbers = Numbers(3);
        (0..count).map(|_| (self.spot(&mut numbers), self.spot(&mut numbers))).collect()
    }

    /// Edges around a node, as a closed quarter has them.
    fn around(&self, node: NodeId, count: usize) -> Vec<EdgeId> {
        let graph = self.ways.network().graph();
        let mut queue = std::collections::VecDeque::from([node]);
        let mut seen = BTreeSet::from([node]);
        let mut edges = Vec::new();
        while let Some(at) = queue.pop_front().filter(|_| edges.len() < count) {
            for edge in graph.leaving(at) {
                edges.push(edge);
                if let Some(to) = graph.edge(edge).map(|edge| edge.to).filter(|to| seen.insert(*to))
                {
                    queue.push_back(to);
                }
            }
        }
        edges
    }
}

/// How much is asked.
#[derive(Clone, Copy)]
pub struct Size {
    /// Rounds; medians are shown.
    pub rounds: usize,
    /// Pairs of a round.
    pub pairs: u32,
}

/// All rows about ways.
///
/// # Errors
/// When something that is there cannot be used.
pub fn rows(size: Size) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    match shared("data/osm/bremen_time.gr") {
        Some(path) => {
            let city = City::new(RoadGraph::from_gr(&std::fs::read_to_string(path)?)?)?;
            rows.extend(bremen(city, size)?);
        }
        None => {
            rows.push(skipped("ways on Bremen", "p99 ≤ 15 µs", MISSING));
            rows.push(skipped("evacuation of 100 000 people", "≤ 1 s", MISSING));
        }
    }
    rows.extend(beside_peers(size)?);
    rows.push(dispatch(size)?);
    Ok(rows)
}

fn bremen(mut city: City, size: Size) -> anyhow::Result<Vec<Row>> {
    let arcs = figure(u64::try_from(city.ways.network().graph().edge_count())?);
    let of = format!("Bremen, {} edges", grouped(arcs));
    let open = one_to_one(&city.ways, &city.pairs(size.pairs), size.rounds);
    let mut rows = vec![Row {
        what: format!("one-to-one route, time only, {of}"),
        target: "p99 ≤ 15 µs".into(),
        ours: format!("p50 {:.1?}, p99 {:.1?}", open.0, open.1),
        beside: "–".into(),
        met: Some(open.1 <= Duration::from_micros(15)),
    }];
    rows.push(closed(&mut city, &of, size)?);
    let mut numbers = Numbers(5);
    let side = 50;
    let questions = (0..(size.pairs / 50).max(10)).map(|_| {
        let mut spots = || (0..side).map(|_| city.spot(&mut numbers)).collect::<Vec<Spot>>();
        (spots(), spots())
    });
    let questions: Vec<_> = questions.collect();
    let (half, p99) = matrices(&city.ways, &questions, size.rounds)?;
    rows.push(Row {
        what: format!("matrix 50 × 50, {of}"),
        target: "≤ 4.6 ms".into(),
        ours: format!("p50 {half:.2?}, p99 {p99:.2?}"),
        beside: "–".into(),
        met: Some(half <= Duration::from_micros(4_600)),
    });
    rows.push(evacuation(&city, size.rounds)?);
    Ok(rows)
}

fn one_to_one(ways: &Ways, pairs: &[(Spot, Spot)], rounds: usize) -> (Duration, Duration) {
    let mut router = Router::new(ways);
    let mut next = pairs.iter().cycle();
    spans(rounds, u32::try_from(pairs.len()).unwrap_or(u32::MAX), |_| {
        if let Some((from, to)) = next.next() {
            drop(black_box(router.time_ms(*from, *to)));
        }
    })
}

fn matrices(
    ways: &Ways,
    questions: &[(Vec<Spot>, Vec<Spot>)],
    rounds: usize,
) -> anyhow::Result<(Duration, Duration)> {
    let mut router = Router::new(ways);
    let mut next = questions.iter().cycle();
    let mut refused = None;
    let found = spans(rounds, u32::try_from(questions.len())?, |_| {
        if let Some((from, to)) = next.next()
            && let Err(error) = black_box(router.matrix(from, to))
        {
            refused = Some(error);
        }
    });
    refused.map_or(Ok(found), |error| Err(error.into()))
}

/// Roads close: how soon that is taken in, and how soon a way is found around it.
fn closed(city: &mut City, of: &str, size: Size) -> anyhow::Result<Row> {
    let mut told = Vec::new();
    let mut met = true;
    for count in [30, 300, 1_000] {
        let mut numbers = Numbers(11);
        let mut sets = Vec::new();
        for _ in 0..(size.pairs / 100).max(10) {
            let edges = city.around(NodeId(numbers.below(city.nodes)), count);
            let mut closures = Closures::default();
            closures.close_edges(city.ways.network(), "danger", &edges)?;
            sets.push(closures);
        }
        let ways = &mut city.ways;
        let mut next = sets.iter().cycle();
        let taken = spans(size.rounds, u32::try_from(sets.len())?, |_| {
            if let Some(closures) = next.next() {
                ways.set_closures(closures);
            }
        });
        if let Some(closures) = sets.first() {
            ways.set_closures(closures);
        }
        let asked = one_to_one(&city.ways, &city.pairs(size.pairs), size.rounds);
        city.ways.set_closures(&Closures::default());
        met = met && asked.1 <= Duration::from_millis(1);
        told.push(format!(
            "{count} edges: route p50 {:.1?}, p99 {:.1?} (taken in: p50 {:.1?}, p99 {:.1?})",
            asked.0, asked.1, taken.0, taken.1
        ));
    }
    Ok(Row {
        what: format!("one-to-one route after roads close, no rebuild, {of}"),
        target: "p99 ≤ 1 ms".into(),
        ours: told.join("; "),
        beside: "–".into(),
        met: Some(met),
    })
}

/// 100 000 people of 200 blocks to 40 shelters.
fn evacuation(city: &City, rounds: usize) -> anyhow::Result<Row> {
    let mut numbers = Numbers(13);
    let block = |n: u32| Block {
        key: n.to_string(),
        at: city.spot(&mut numbers),
        by_car: 400.0,
        without_car: 100.0,
        cannot_walk: 0.0,
    };
    let blocks: Vec<Block> = (0..200).map(block).collect();
    let shelter =
        |n: u32| Shelter { key: n.to_string(), at: city.spot(&mut numbers), places: 3_000.0 };
    let shelters: Vec<Shelter> = (0..40).map(shelter).collect();
    let ask = Evacuation {
        blocks: &blocks,
        shelters: &shelters,
        car: &city.ways,
        foot: &city.ways,
        fleets: &[],
        people_per_car: 2.5,
        walk_limit_s: 3_600.0,
        dislike_s: None,
        flow_s: None,
    };
    let plan = evacuate(&ask)?;
    ensure!(plan.blocks.iter().any(|block| !block.streams.is_empty()), "nobody gets away");
    let (half, _) = spans(rounds, 3, |_| drop(black_box(evacuate(&ask))));
    Ok(Row {
        what: "evacuation plan, 100 000 people of 200 blocks to 40 shelters, Bremen".into(),
        target: "≤ 1 s".into(),
        ours: format!(
            "p50 {half:.2?}; cleared after {:.0} min, {:.0} people left",
            plan.cleared_s / 60.0,
            plan.left
        ),
        beside: "–".into(),
        met: Some(half <= Duration::from_secs(1)),
    })
}

/// 50 needs of 10 incidents against 200 teams.
fn dispatch(size: Size) -> anyhow::Result<Row> {
    let need = |n: u32| Need {
        key: n.to_string(),
        capability: (n % 5).to_string(),
        units: 1 + n % 7,
        priority: 1 + n % 4,
        latest_ms: Some(2_400_000),
    };
    let team = |n: u32| Team {
        key: n.to_string(),
        can: [(n % 5).to_string(), (n % 3).to_string()].into(),
        units: 1 + n % 3,
    };
    let needs: Vec<Need> = (0..50).map(need).collect();
    let teams: Vec<Team> = (0..200).map(team).collect();
    let cell = |t: u32, n: u32| Some((t * 7_919 + n * 104_729) % 3_600_000);
    let rows_ms = (0..200).map(|t| (0..50).map(|n| cell(t, n)).collect()).collect();
    let times = Matrix { rows_ms };
    let found = assign(&needs, &teams, &times, None)?;
    let calls = (size.pairs / 100).clamp(10, 100);
    let (half, p99) = spans(size.rounds, calls, |_| {
        drop(black_box(assign(black_box(&needs), &teams, &times, None)));
    });
    let sent: u32 = found.sent.iter().map(|sent| sent.units).sum();
    Ok(Row {
        what: "dispatch: 50 needs against 200 teams, the best assignment".into(),
        target: "≤ 50 ms".into(),
        ours: format!("p50 {half:.2?}, p99 {p99:.2?}; {sent} units sent"),
        beside: "–".into(),
        met: Some(p99 <= Duration::from_millis(50)),
    })
}

/// Liechtenstein: the same places asked of OSRM and Valhalla, each with its own profile of a car.
fn beside_peers(size: Size) -> anyhow::Result<Vec<Row>> {
    const ROUTES: &str = "one-to-one by coordinates, Liechtenstein, time only";
    const TABLES: &str = "matrix 50 × 50 by coordinates, Liechtenstein";
    let Some(extract) = shared("data/osm/liechtenstein-latest.osm.pbf") else {
        return Ok(vec![skipped(ROUTES, "beside OSRM and Valhalla", MISSING)]);
    };
    let city = City::new(osm_roads(&extract, &RoadRules::default())?)?;
    let places = corners(&city, (size.pairs / 10).clamp(100, 1_000))?;
    let ours = by_coordinates(&city, &places, size.rounds)?;
    let peers = peers(&extract, &places, size.rounds)?;
    let beside = |figure: &str| match &peers {
        Ok(peers) => {
            let words = ["osrm", "valhalla"].map(|name| {
                let of = |part: &str| {
                    peers.pointer(&format!("/{name}/{figure}/{part}")).and_then(Value::as_f64)
                };
                match of("p50_us").zip(of("p99_us")) {
                    Some((half, p99)) => {
                        format!("{name} p50 {:.2} ms, p99 {:.2} ms", half / 1e3, p99 / 1e3)
                    }
                    None => format!("SKIP {name}: {}", said(peers, name)),
                }
            });
            words.join("; ")
        }
        Err(why) => format!("SKIP: {why}"),
    };
    let row = |what: &str, figure: &str, (half, p99): (Duration, Duration), found: String| Row {
        what: what.into(),
        target: "beside OSRM and Valhalla".into(),
        ours: format!("p50 {half:.1?}, p99 {p99:.1?}{found}"),
        beside: beside(figure),
        met: None,
    };
    let agree = |name: &str| {
        let peers = peers.as_ref().ok()?;
        let seconds = peers.pointer(&format!("/{name}/seconds"))?.as_array()?;
        let both = ours.seconds.iter().zip(seconds);
        let ratio =
            both.filter_map(|(own, peer)| Some((*own)? / peer.as_f64().filter(|s| *s > 0.0)?));
        Some(format!("{name} {:.2}", crate::measure::median(ratio.collect())))
    };
    let agree: Vec<String> = ["osrm", "valhalla"].iter().filter_map(|name| agree(name)).collect();
    let found = format!(
        "; {} of {} pairs; travel time as a share of the peer's, median: {}",
        ours.seconds.iter().flatten().count(),
        ours.seconds.len(),
        if agree.is_empty() { "–".to_owned() } else { agree.join(", ") }
    );
    Ok(vec![
        row(ROUTES, "route", ours.route, found),
        row(TABLES, "table", ours.table, String::new()),
    ])
}

fn said(peers: &Value, name: &str) -> String {
    let why = peers.pointer(&format!("/{name}/why")).and_then(Value::as_str);
    why.unwrap_or("it gave no figure").to_owned()
}

/// Corners of roads, as places.
fn corners(city: &City, count: u32) -> anyhow::Result<Vec<Place>> {
    let mut numbers = Numbers(17);
    let graph = city.ways.network().graph();
    let one = |_| graph.place(NodeId(numbers.below(city.nodes))).context("a node without a place");
    (0..2 * count).map(one).collect()
}

struct Own {
    route: (Duration, Duration),
    table: (Duration, Duration),
    seconds: Vec<Option<f64>>,
}

/// How far a road may be from a place, m.
const NEAR_M: f64 = 500.0;
const SIDE: usize = 50;

fn by_coordinates(city: &City, places: &[Place], rounds: usize) -> anyhow::Result<Own> {
    let mut router = Router::new(&city.ways);
    let pairs: Vec<(Place, Place)> =
        places.chunks_exact(2).filter_map(|two| Some((*two.first()?, *two.last()?))).collect();
    let snap = |place: Place| city.ways.snap(place, NEAR_M).map(|snap| snap.spot);
    let mut time = |(from, to): (Place, Place)| router.time_ms(snap(from)?, snap(to)?);
    let seconds = pairs.iter().map(|pair| Some(f64::from(time(*pair).ok()?) / 1e3)).collect();
    let mut next = pairs.iter().cycle();
    let route = spans(rounds, u32::try_from(pairs.len())?, |_| {
        if let Some(pair) = next.next() {
            drop(black_box(time(*pair)));
        }
    });
    let mut router = Router::new(&city.ways);
    let mut tables = places.chunks_exact(2 * SIDE).cycle();
    let table = spans(rounds, 20, |_| {
        let Some((from, to)) = tables.next().and_then(|part| part.split_at_checked(SIDE)) else {
            return;
        };
        let spots = |places: &[Place]| {
            places.iter().map(|place| snap(*place)).collect::<Result<Vec<_>, _>>()
        };
        if let (Ok(from), Ok(to)) = (spots(from), spots(to)) {
            drop(black_box(router.matrix(&from, &to)));
        }
    });
    Ok(Own { route, table, seconds })
}

/// The peers' figures, or why there are none.
fn peers(
    extract: &std::path::Path,
    places: &[Place],
    rounds: usize,
) -> anyhow::Result<Result<Value, String>> {
    let python = root().join("target/bench/peers/bin/python");
    if !python.is_file() {
        return Ok(Err(
            "no Python ≥ 3.12 with osrm-bindings and pyvalhalla: ./dev setup bench".into()
        ));
    }
    let work = tempfile::tempdir_in(root().join("target"))?;
    let question = work.path().join("places.json");
    let list: Vec<[f64; 2]> = places.iter().map(|place| [place.lon, place.lat]).collect();
    let asked = json!({ "places": list, "rounds": rounds, "side": SIDE });
    std::fs::write(&question, asked.to_string())?;
    let output = std::process::Command::new(python)
        .arg(root().join("e2e/bench/route_peers.py"))
        .args([extract, work.path(), &question])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let error = String::from_utf8_lossy(&output.stderr);
    Ok(line.ok_or_else(|| error.lines().last().unwrap_or("it printed nothing").to_owned()))
}
