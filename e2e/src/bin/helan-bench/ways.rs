//! Roads: routes, matrices, closures, evacuation and dispatch over Bremen, and routes over Liechtenstein beside OSRM and Valhalla.

use std::{
    collections::{BTreeSet, VecDeque},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use helan_e2e::root;
use helan_exchange::{RoadRules, osm_roads};
use helan_route::{
    Block, Closures, EdgeId, Evacuation, Matrix, Need, Network, NodeId, Place, RoadGraph, Router,
    Shelter, Spot, Team, VehicleClass, Ways, assign, evacuate,
};
use serde_json::Value;

use crate::{
    measure::{percentile, timed},
    table::Row,
};

const ROUTES: u32 = 20_000;
const TABLES: u32 = 200;
/// Edges of a closed area: a few streets, and a whole quarter.
const CLOSED: [usize; 2] = [30, 300];

/// The shared folder, which has the graphs.
fn shared(file: &str) -> Option<PathBuf> {
    let beside = root().join("../shared");
    let folder = std::env::var_os("HELAN_SHARED").map_or(beside, PathBuf::from);
    Some(folder.join("data/osm").join(file)).filter(|path| path.is_file())
}

/// All rows; none for graphs that are missing.
pub fn rows(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    if let Some(file) = shared("bremen_time.gr") {
        rows.extend(bremen(&std::fs::read_to_string(file)?)?);
    }
    if let Some(file) = shared("liechtenstein-latest.osm.pbf") {
        rows.extend(liechtenstein(&file, folder)?);
    }
    Ok(rows)
}

fn row(what: &str, target: Option<Duration>, mut times: Vec<Duration>) -> Row {
    times.sort_unstable();
    let (p50, p99) = (percentile(&times, 50), percentile(&times, 99));
    Row {
        what: what.to_owned(),
        target: target.map_or_else(|| "–".to_owned(), |target| format!("p99 ≤ {target:?}")),
        ours: format!("p50 {p50:.1?}, p99 {p99:.1?}"),
        beside: "–".to_owned(),
        met: target.map(|target| p99 <= target),
    }
}

fn micros(micros: u64) -> Option<Duration> {
    Some(Duration::from_micros(micros))
}

/// A node without pattern, the same in every run (Knuth's multiplicative hash).
fn spot(network: &Network, n: u32) -> Spot {
    let nodes = u32::try_from(network.graph().node_count()).unwrap_or(u32::MAX);
    Spot::Node(NodeId(n.wrapping_mul(2_654_435_761) % nodes.max(1)))
}

fn bremen(text: &str) -> anyhow::Result<Vec<Row>> {
    let (built, network) = timed(|| RoadGraph::from_gr(text).and_then(Network::new));
    let network = Arc::new(network?);
    let mut ways = Ways::new(&network, VehicleClass::car())?;
    let mut rows = vec![row("Bremen: from the text to the first question", None, vec![built])];
    rows.push(row("Bremen: route time, one to one", micros(15), one_to_one(&ways)));
    let table = |n: u32| -> anyhow::Result<Duration> {
        let spots = |first: u32| (0..50).map(|k| spot(&network, n * 100 + first + k)).collect();
        let (from, to): (Vec<Spot>, Vec<Spot>) = (spots(0), spots(50));
        let mut router = Router::new(&ways);
        let (time, matrix) = timed(|| router.matrix(&from, &to));
        matrix?;
        Ok(time)
    };
    let tables = (0..TABLES).map(table).collect::<Result<_, _>>()?;
    rows.push(row("Bremen: matrix 50 × 50", micros(4_600), tables));
    for size in CLOSED {
        rows.push(closing(&network, &mut ways, size)?);
    }
    rows.push(evacuation(&network)?);
    rows.push(dispatch()?);
    Ok(rows)
}

fn one_to_one(ways: &Ways) -> Vec<Duration> {
    let mut router = Router::new(ways);
    let pair = |n| (spot(ways.network(), n), spot(ways.network(), n + 7_777_777));
    (0..ROUTES)
        .map(|n| {
            let (from, to) = pair(n);
            timed(|| router.time_ms(from, to).ok()).0
        })
        .collect()
}

/// Closing the roads around a node and the first route after it, together.
fn closing(network: &Arc<Network>, ways: &mut Ways, size: usize) -> anyhow::Result<Row> {
    let mut times = Vec::new();
    for n in 0..200 {
        let shut = around(network, n, size);
        let mut closures = Closures::default();
        closures.close_edges(network, "area", &shut)?;
        let (time, _) = timed(|| {
            ways.set_closures(&closures);
            Router::new(ways).time_ms(spot(network, n + 1), spot(network, n + 2)).ok()
        });
        times.push(time);
        ways.set_closures(&Closures::default());
    }
    Ok(row(
        &format!("Bremen: {size} edges close, and the first route after it"),
        micros(1_000),
        times,
    ))
}

/// Edges around a node.
fn around(network: &Network, n: u32, size: usize) -> Vec<EdgeId> {
    let Spot::Node(start) = spot(network, n) else { return Vec::new() };
    let (mut queue, mut seen) = (VecDeque::from([start]), BTreeSet::from([start]));
    let mut edges = Vec::new();
    while let Some(node) = queue.pop_front().filter(|_| edges.len() < size) {
        for edge in network.graph().leaving(node) {
            edges.push(edge);
            let to = network.graph().edge(edge).map(|edge| edge.to);
            queue.extend(to.filter(|to| seen.insert(*to)));
        }
    }
    edges
}

fn evacuation(network: &Arc<Network>) -> anyhow::Result<Row> {
    let (car, foot) =
        (Ways::new(network, VehicleClass::car())?, Ways::new(network, VehicleClass::foot())?);
    let block = |n: u32| Block {
        key: n.to_string(),
        at: spot(network, n * 3 + 1),
        by_car: 400.0,
        without_car: 100.0,
        cannot_walk: 0.0,
    };
    let shelter = |n: u32| Shelter {
        key: n.to_string(),
        at: spot(network, n * 7 + 100_000),
        places: 3_000.0,
    };
    let (blocks, shelters): (Vec<Block>, Vec<Shelter>) =
        ((0..200).map(block).collect(), (0..40).map(shelter).collect());
    let ask = Evacuation {
        blocks: &blocks,
        shelters: &shelters,
        car: &car,
        foot: &foot,
        fleets: &[],
        people_per_car: 2.5,
        walk_limit_s: 3_600.0,
        dislike_s: None,
        flow_s: None,
    };
    let mut times = Vec::new();
    for _ in 0..11 {
        let (time, plan) = timed(|| evacuate(&ask));
        plan?;
        times.push(time);
    }
    Ok(row(
        "Bremen: evacuation of 100 000 people, 200 blocks, 40 shelters",
        micros(1_000_000),
        times,
    ))
}

fn dispatch() -> anyhow::Result<Row> {
    let need = |n: u32| Need {
        key: n.to_string(),
        capability: (n % 5).to_string(),
        units: 1 + n % 7,
        priority: 1 + n % 4,
        latest_ms: None,
    };
    let team = |n: u32| Team {
        key: n.to_string(),
        can: [(n % 5).to_string(), (n % 3).to_string()].into(),
        units: 1 + n % 3,
    };
    let (needs, teams): (Vec<Need>, Vec<Team>) =
        ((0..50).map(need).collect(), (0..200).map(team).collect());
    let cell = |t: u32, n: u32| Some((t * 7_919 + n * 104_729) % 3_600_000);
    let rows_ms = (0..200).map(|t| (0..50).map(|n| cell(t, n)).collect()).collect();
    let matrix = Matrix { rows_ms };
    let mut times = Vec::new();
    for _ in 0..101 {
        let (time, plan) = timed(|| assign(&needs, &teams, &matrix, None));
        plan?;
        times.push(time);
    }
    Ok(row("dispatch of 50 needs and 200 teams", micros(50_000), times))
}

/// Routes and tables between the same places as the peers, which run inside a Python of their own.
fn liechtenstein(file: &Path, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let network = Arc::new(Network::new(osm_roads(file, &RoadRules::default())?)?);
    let ways = Ways::new(&network, VehicleClass::car())?;
    let pairs: Vec<(Place, Place)> = (0..500)
        .filter_map(|n| {
            let place = |n| network.place(spot(&network, n));
            Some((place(n)?, place(n + 5_000)?))
        })
        .collect();
    let snap = |place| ways.snap(place, 1_000.0).map(|snap| snap.spot);
    let mut router = Router::new(&ways);
    let mut routes = Vec::new();
    for (from, to) in &pairs {
        // As the peers: from places, with the line.
        let (time, _) = timed(|| {
            let route = router.route(snap(*from)?, snap(*to)?)?;
            Ok::<_, helan_route::RouteError>(router.line(&route))
        });
        routes.push(time);
    }
    let mut tables = Vec::new();
    for part in pairs.chunks(50) {
        let (time, matrix) = timed(|| {
            let from = part.iter().map(|(from, _)| snap(*from)).collect::<Result<Vec<_>, _>>()?;
            let to = part.iter().map(|(_, to)| snap(*to)).collect::<Result<Vec<_>, _>>()?;
            router.matrix(&from, &to)
        });
        matrix?;
        tables.push(time);
    }
    let mut rows = vec![
        row("Liechtenstein: route from place to place", None, routes),
        row("Liechtenstein: matrix 50 × 50 from places", None, tables),
    ];
    let beside = peers(file, &pairs, folder);
    let beside = beside.unwrap_or_else(|error| [format!("not measured: {error}"), "–".to_owned()]);
    for (row, beside) in rows.iter_mut().zip(beside) {
        row.beside = beside;
    }
    Ok(rows)
}

/// What OSRM and Valhalla need for a route and for a table.
fn peers(file: &Path, pairs: &[(Place, Place)], folder: &Path) -> anyhow::Result<[String; 2]> {
    let python = root().join(".venv-routes/bin/python");
    ensure!(python.is_file(), "no Python 3.12 with osrm-bindings and pyvalhalla");
    let list: Vec<[f64; 4]> = pairs.iter().map(|(a, b)| [a.lon, a.lat, b.lon, b.lat]).collect();
    let (asked, work) = (folder.join("pairs.json"), folder.join("route-peers"));
    std::fs::write(&asked, serde_json::to_vec(&list)?)?;
    let mut command = Command::new(python);
    command.arg(root().join("e2e/bench/route_peers.py")).arg("--pbf").arg(file);
    let output = command.arg("--pairs").arg(asked).arg("--work").arg(work).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut routes, mut tables) = (Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        let told: Value = serde_json::from_str(line)?;
        let peer = told.get("peer").and_then(Value::as_str).context("a peer without a name")?;
        for (name, figures) in told.as_object().into_iter().flatten() {
            for (list, key) in [(&mut routes, "route"), (&mut tables, "table_50x50")] {
                let figure = |which: &str| figures.get(key)?.get(which)?.as_f64();
                if let (Some(p50), Some(p99)) = (figure("p50_us"), figure("p99_us")) {
                    list.push(format!("{peer} {name}: p50 {p50:.0} µs, p99 {p99:.0} µs"));
                }
            }
        }
    }
    Ok([routes.join("; "), tables.join("; ")])
}
