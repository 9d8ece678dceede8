use geo::{Contains, LineString, MultiPolygon, Point, Polygon};
use proptest::prelude::*;

use super::*;

fn entry(id: i64, name: &str, lon: f64, lat: f64) -> Entry {
    let shape = Some(Geometry::Point((lon, lat).into()));
    Entry { id: RecordId(id), kind: 0, area: AreaCode(640_104_000), name: name.into(), shape }
}

fn square(x: f64, y: f64, side: f64) -> MultiPolygon {
    let ring = vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    MultiPolygon::new(vec![Polygon::new(LineString::from(ring), Vec::new())])
}

#[test]
fn names_and_initials_are_found() {
    let all = Catalogue::load([
        entry(1, "宁夏人民医院", 106.2, 38.4),
        entry(2, "银川市第一人民医院", 106.3, 38.4),
        entry(3, "No. 3 Pump Station", 106.3, 38.5),
    ]);
    let names = |words: &str| -> Vec<i64> {
        all.find(words, 10, |_, _| true).into_iter().map(|hit| hit.id.0).collect()
    };
    assert_eq!(names("人民医院"), [1, 2]);
    assert_eq!(names("银川"), [2]);
    assert_eq!(names("nxrm"), [1]);
    assert_eq!(names("rmyy"), [1, 2]);
    assert_eq!(names("PUMP"), [3]);
    assert_eq!(names("n3ps"), [3]);
    assert_eq!(all.name_of(RecordId(3)), Some("No. 3 Pump Station"));
    assert_eq!(all.name_of(RecordId(9)), None);
    assert_eq!(names(""), [0; 0]);
    assert_eq!(names("学校"), [0; 0]);
    assert_eq!(all.find("医院", 1, |_, _| true).len(), 1);
    assert_eq!(all.find("医院", 9, |_, area| area != AreaCode(640_104_000)).len(), 0);
}

#[test]
fn a_changed_record_is_found_as_it_is_now() {
    let mut all = Catalogue::load([entry(1, "老名字", 106.2, 38.4)]);
    all.put(entry(1, "新名字", 107.2, 37.4));
    assert_eq!(all.len(), 1);
    assert_eq!(all.find("老", 9, |_, _| true).len(), 0);
    assert_eq!(all.find("新", 9, |_, _| true).len(), 1);
    assert_eq!(all.within(&square(106.0, 38.0, 1.0), |_, _| true).count(), 0);
    assert_eq!(all.within(&square(107.0, 37.0, 1.0), |_, _| true).count(), 1);
    all.remove(RecordId(1));
    assert!(all.is_empty());
    assert_eq!(all.within(&square(107.0, 37.0, 1.0), |_, _| true).count(), 0);
}

#[test]
fn lines_are_found_where_they_run() {
    let road = Geometry::LineString(LineString::from(vec![(106.0, 38.0), (107.0, 39.0)]));
    let all = Catalogue::load([Entry { shape: Some(road), ..entry(1, "路", 0.0, 0.0) }]);
    assert_eq!(all.within(&square(106.4, 38.4, 0.2), |_, _| true).count(), 1);
    assert_eq!(all.within(&square(106.0, 38.8, 0.1), |_, _| true).count(), 0, "in its box only");
    let near = all.nearest(Position { lon: 106.5, lat: 38.5 }, 1, |_, _| true);
    assert!(near.first().is_some_and(|found| found.metres < 100.0), "{near:?}");
}

#[test]
fn neighbours_are_measured_from_edge_to_edge() {
    let site = Geometry::MultiPolygon(square(106.0, 38.0, 0.01));
    let all = Catalogue::load([
        Entry { shape: Some(site), ..entry(1, "厂", 0.0, 0.0) },
        entry(2, "内", 106.005, 38.005),
        entry(3, "近", 106.015, 38.005),
        entry(4, "远", 106.025, 38.005),
    ]);
    let found = all.around(RecordId(1), 500.0, |_, _| true);
    let ids: Vec<i64> = found.iter().map(|found| found.id.0).collect();
    assert_eq!(ids, [2, 3], "{found:?}");
    // Half a hundredth of a degree of longitude at 38°.
    assert!(found[0].metres == 0.0 && (found[1].metres - 438.1).abs() < 1.0, "{found:?}");
    let back = all.around(RecordId(3), 500.0, |_, _| true);
    assert_eq!(back.iter().map(|found| found.id.0).collect::<Vec<_>>(), [1], "{back:?}");
    assert!(all.around(RecordId(9), 500.0, |_, _| true).is_empty());
    assert_eq!(all.around(RecordId(1), 500.0, |_, area| area.0 == 1).len(), 0);
}

proptest! {
    #[test]
    fn answers_equal_those_of_a_walk_through_all(
        places in prop::collection::vec((104.0_f64..108.0, 35.0_f64..39.5), 1..80),
        from in (104.0_f64..108.0, 35.0_f64..39.5),
        gone in prop::collection::vec(0_usize..80, 0..20),
    ) {
        let made = places.iter().zip(0..).map(|((lon, lat), id)| entry(id, "站", *lon, *lat));
        let mut all = Catalogue::load(made.clone().take(40));
        made.clone().skip(40).for_each(|entry| all.put(entry));
        let gone: std::collections::BTreeSet<i64> = gone.into_iter().filter_map(|g| i64::try_from(g).ok()).collect();
        gone.iter().for_each(|id| all.remove(RecordId(*id)));
        let at = Position { lon: from.0, lat: from.1 };
        let mut walked: Vec<f64> = places.iter().zip(0_i64..)
            .filter(|(_, id)| !gone.contains(id))
            .map(|((lon, lat), _)| at.metres_to(Position { lon: *lon, lat: *lat }))
            .collect();
        walked.sort_by(f64::total_cmp);
        walked.truncate(5);
        let nearest: Vec<f64> = all.nearest(at, 5, |_, _| true).iter().map(|f| f.metres).collect();
        prop_assert_eq!(nearest, walked);
        let ground = square(from.0, from.1, 0.7);
        let inside = places.iter().zip(0_i64..)
            .filter(|(place, id)| !gone.contains(id) && ground.contains(&Point::from(**place)))
            .count();
        prop_assert_eq!(all.within(&ground, |_, _| true).count(), inside);
    }
}
