use std::{path::PathBuf, sync::Arc};

use helan_route::{Network, Router, Spot, VehicleClass, Ways};

use super::*;

fn shared(file: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("HELAN_SHARED").map_or(beside, PathBuf::from);
    let path = folder.join("data/osm").join(file);
    if !path.is_file() {
        eprintln!("SKIP: {file} is missing (set HELAN_SHARED)");
        return None;
    }
    Some(path)
}

#[test]
fn an_extract_becomes_roads() {
    let Some(path) = shared("liechtenstein-latest.osm.pbf") else { return };
    let graph = osm_roads(&path, &RoadRules::default()).unwrap();
    assert!(graph.has_places() && graph.edge_count() > 10_000);
    assert!(graph.turns().iter().any(|turn| turn.delay_ms.is_none()), "some turns are forbidden");
    assert!(graph.edges().iter().any(|edge| edge.height_m > 0.0), "some bridges are low");
    let network = Arc::new(Network::new(graph).unwrap());
    let at = |lon, lat| Place::new(lon, lat).unwrap();
    // Vaduz to Schaan: 2.7 km as the crow flies.
    let (vaduz, schaan) = (at(9.5215, 47.141), at(9.5095, 47.165));
    let mut times = BTreeMap::new();
    for class in VehicleClass::all() {
        let ways = Ways::new(&network, class).unwrap();
        let snap = |place| ways.snap(place, 300.0).unwrap().spot;
        let mut router = Router::new(&ways);
        let route = router.route(snap(vaduz), snap(schaan)).unwrap();
        assert!((2_700.0..5_000.0).contains(&route.length_m), "{}", route.length_m);
        let line = router.line(&route);
        let drawn: f64 = line.windows(2).map(|w| w[0].distance_m(w[1])).sum();
        assert!((drawn - route.length_m).abs() < 5.0);
        times.insert(ways.class().key.clone(), f64::from(route.time_ms) / 1_000.0);
    }
    assert!((180.0..600.0).contains(&times["car"]), "{times:?}");
    assert!((2_000.0..4_000.0).contains(&times["foot"]), "{times:?}");
    assert!(times["bus"] > times["car"]);
}

#[test]
fn a_file_that_is_none_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"no extract at all").unwrap();
    assert!(osm_roads(file.path(), &RoadRules::default()).is_err());
    std::fs::write(file.path(), b"").unwrap();
    assert!(matches!(osm_roads(file.path(), &RoadRules::default()), Err(FileError::Empty)));
}

#[test]
fn the_demonstration_has_roads() {
    let table = include_bytes!("../../../../packs/ningxia/roads.csv");
    let graph = demo_roads(&table[..]).unwrap();
    assert_eq!(graph.edge_count(), 2 * 59);
    let network = Arc::new(Network::new(graph).unwrap());
    let ways = Ways::new(&network, VehicleClass::ambulance()).unwrap();
    let snap = |lon, lat| ways.snap(Place::new(lon, lat).unwrap(), 5_000.0).unwrap().spot;
    // Yinchuan to Guyuan: some 300 km.
    let (from, to): (Spot, Spot) = (snap(106.289, 38.474), snap(106.288, 36.004));
    let route = Router::new(&ways).route(from, to).unwrap();
    assert!((280_000.0..450_000.0).contains(&route.length_m));
    assert!(demo_roads(&b"class,from\nsecond,A\n"[..]).is_err());
    assert!(matches!(
        demo_roads(&b"class,from,to,from_lon,from_lat,to_lon,to_lat\n"[..]),
        Err(FileError::Empty)
    ));
}
