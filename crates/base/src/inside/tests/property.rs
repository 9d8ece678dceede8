//! Whatever the ground, the homes and the order in which they come: nobody is lost, nobody counts twice.

use geo::{Area as _, ConvexHull, Intersects, MapCoords};
use proptest::prelude::*;

use super::*;

fn turned(ground: &MultiPolygon) -> MultiPolygon {
    ground.map_coords(|at| geo::Coord { x: -at.y, y: at.x })
}

fn grounds() -> impl Strategy<Value = MultiPolygon> {
    prop::collection::vec((-6_i32..7, -6_i32..7), 3..12).prop_map(|corners| {
        let corners: Vec<(f64, f64)> =
            corners.into_iter().map(|(x, y)| (f64::from(x) * 2.0, f64::from(y) * 2.0)).collect();
        ring(&corners)
    })
}

/// Buildings, some of one name, homes in them, beside them and nowhere, schools, and what goes.
fn houses() -> impl Strategy<Value = Option<(u16, Record)>> {
    let names = prop::sample::select(vec!["", "A", "B", "C", "A-3", "school-4"]);
    let areas = prop::sample::select(vec![640_104_001_u32, 640_104_002, 640_105_001]);
    // Some within the forty metres in which a home is taken to be in a building, and on the lines of the rings.
    let place = (-14_i32..15, -14_i32..15, 0_i32..3, 0_i32..2);
    let one =
        (0_u16..5, names.clone(), names, areas, prop::option::weighted(0.8, place), 0_i32..40);
    prop::option::weighted(0.9, one).prop_map(|one| {
        let (kind, name, building, area, place, people) = one?;
        let shape = place.map(|(x, y, near, large)| {
            let at = (f64::from(x) / 2.0 + f64::from(near) * 0.000_2, f64::from(y) / 2.0);
            match large {
                1 if kind != 1 => square(at.0, at.1, 0.3).into(),
                _ => geo::Geometry::Point(at.into()),
            }
        });
        let words = |text: &str| match text {
            "" => Value::Empty,
            text => Value::Text(text.into()),
        };
        let values = match kind {
            0 => vec![people.into(), (people % 3).into()],
            1 => vec![words(building), Value::Flag(people % 2 == 0)],
            2 => vec![people.into(), 1.into(), Value::Empty],
            3 => vec![words("ammonia"), people.into()],
            _ => vec![people.into()],
        };
        let key = match kind {
            0 => "A",
            2 => "school",
            _ => "other",
        };
        let record = Record {
            key: key.into(),
            name: name.into(),
            area: AreaCode(area),
            address: String::new(),
            post: String::new(),
            shape,
            values,
            synthetic: false,
        };
        Some((kind, record))
    })
}

proptest! {
    /// Everybody inside is counted, at the worst level, once; and the sum of the levels is everybody in any of them.
    #[test]
    fn everybody_inside_is_counted_once(
        levels in prop::collection::vec(grounds(), 1..4),
        sheds in prop::collection::vec((-14_i32..15, -14_i32..15, 1_i32..50), 0..60),
    ) {
        let mut world = World::new();
        for (n, (x, y, people)) in sheds.iter().enumerate() {
            world.put("shed", &n.to_string(), (f64::from(*x), f64::from(*y)), &[(*people).into()]);
        }
        let mut walked = vec![0.0; levels.len()];
        for (x, y, people) in &sheds {
            let at = geo::Point::new(f64::from(*x), f64::from(*y));
            if let Some(level) = levels.iter().position(|ground| ground.intersects(&at)) {
                walked[level] += f64::from(*people);
            }
        }
        let Ok(found) = world.ask(&levels) else {
            let flat = |ground: &MultiPolygon| ground.convex_hull().unsigned_area() <= 0.0;
            prop_assert!(levels.iter().any(flat));
            return Ok(());
        };
        let counted: Vec<f64> = found.levels.iter().map(|level| level.now.expected).collect();
        prop_assert_eq!(&counted, &walked);
        prop_assert!(close(found.total.now.expected, walked.iter().sum()));
        // A quarter turn of everything changes nothing.
        let mut other = World::new();
        for (n, (x, y, people)) in sheds.iter().enumerate() {
            let at = (f64::from(-*y), f64::from(*x));
            other.put("shed", &n.to_string(), at, &[(*people).into()]);
        }
        let turned: Vec<MultiPolygon> = levels.iter().map(turned).collect();
        prop_assert_eq!(other.ask(&turned).unwrap().levels, found.levels);
    }

    /// Sums over the ground say the same as looking at everybody, however records came, moved and went, and whatever homes say of their
    /// building.
    #[test]
    fn sums_over_the_ground_are_those_of_everybody_in_it(
        levels in prop::collection::vec(grounds(), 1..4),
        changes in prop::collection::vec((0_i64..30, houses()), 1..80),
        live in prop::collection::vec((0_i64..30, 0_u32..900), 0..4),
        area in prop::sample::select(vec![0_u32, 640_100_000, 640_104_000, 640_104_002]),
        origin in prop::option::of((-9.0..9.0_f64, -9.0..9.0_f64)),
    ) {
        let mut world = World::new();
        world.area = AreaCode(area);
        world.live = live.iter()
            .map(|(id, people)| (RecordId(*id), Live { people: f64::from(*people), at: NOW }))
            .collect();
        world.origin = origin.map(|(lon, lat)| Origin { at: Position { lon, lat }, record: None });
        for (id, to) in changes {
            let id = RecordId(id);
            world.entries.retain(|entry| entry.id != id);
            let to = to.map(|(kind, mut record)| {
                record.key = format!("{}-{}", record.key, id.0);
                (kind, record)
            });
            if let Some((kind, record)) = &to {
                world.entries.push(Entry {
                    id,
                    kind: *kind,
                    area: record.area,
                    name: record.name.clone(),
                    shape: record.shape.clone(),
                });
            }
            world.change(id, to);
        }
        // Compared in there, with a flat ring as with any other.
        drop(world.ask(&levels));
    }

    /// A smaller area inside a larger one never takes people away from both together.
    #[test]
    fn a_worse_level_inside_only_moves_people(
        sheds in prop::collection::vec((-14_i32..15, -14_i32..15), 1..60),
        side in 1_i32..20,
    ) {
        let mut world = World::new();
        for (n, (x, y)) in sheds.iter().enumerate() {
            world.put("shed", &n.to_string(), (f64::from(*x), f64::from(*y)), &[1.into()]);
        }
        let outer = square(-10.0, -10.0, 20.0);
        let alone = world.people(&outer);
        let both = world.ask(&[square(-10.0, -10.0, f64::from(side)), outer]).unwrap();
        prop_assert!(close(both.total.now.expected, alone));
    }
}
