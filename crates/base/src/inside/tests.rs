use geo::{LineString, Polygon, Rect};
use helan_kernel::Text;

use super::*;
use crate::{
    Class, CountedIn, Domain, Entry, Field, Group, HOURS, Hours, Kind, Kinds, Occupancy, Presence,
    Record, ShapeKind, Value, Vulnerable, What,
};

mod property;

const COUNTY: AreaCode = AreaCode(640_104_000);
const NOW: Ms = Ms(1_800_000_000_000);

fn field(key: &str, what: What) -> Field {
    Field {
        key: key.into(),
        name: Text::new(key, key),
        unit: String::new(),
        what,
        required: false,
        mask: None,
        aliases: Vec::new(),
        standard: String::new(),
    }
}

fn kind(key: &str, fields: &[&str], private: bool) -> Kind {
    let fields = fields.iter().map(|key| match *key {
        "building" | "substance" => field(key, What::Text { max: 50 }),
        "aged" => field(key, What::Flag),
        _ => field(key, What::Whole { min: 0, max: 1_000_000 }),
    });
    Kind {
        fields: fields.collect(),
        private_name: private,
        private_place: private,
        ..Kind::bare(key, Domain::Living, Text::new(key, key), ShapeKind::Any)
    }
}

fn group(field: &str, hours: &str) -> Group {
    Group {
        field: field.into(),
        less: String::new(),
        each: None,
        hours: hours.into(),
        home: false,
        vulnerable: None,
        within: false,
    }
}

fn table(kind: &str, class: Option<Class>, group: Vec<Group>, show: &[&str]) -> Occupancy {
    let show = show.iter().map(|field| (*field).to_owned()).collect();
    Occupancy { kind: kind.into(), class, group, counted_in: None, show }
}

fn presence() -> Presence {
    let mut day = [0.0; HOURS];
    day[8..17].fill(1.0);
    let hours = |key: &str, weekday, weekend, margin| Hours {
        key: key.into(),
        weekday,
        weekend,
        margin,
        source: "test".into(),
        sure: true,
    };
    let help =
        Group { vulnerable: Some(Vulnerable::Help), within: true, ..group("help", "always") };
    let aged =
        Group { vulnerable: Some(Vulnerable::Elderly), within: true, ..group("aged", "always") };
    let home = |field: &str, each| Group { home: true, each, ..group(field, "always") };
    let children = Group { vulnerable: Some(Vulnerable::Children), ..group("students", "day") };
    let counted_in = CountedIn { kind: "building".into(), field: "building".into(), metres: 40.0 };
    Presence {
        hours: vec![
            hours("always", [1.0; HOURS], [1.0; HOURS], 0.0),
            hours("day", day, [0.0; HOURS], 0.1),
        ],
        kinds: vec![
            table("building", None, vec![home("people", None), help.clone()], &[]),
            Occupancy {
                counted_in: Some(counted_in),
                ..table("household", None, vec![home("", Some(3)), aged], &[])
            },
            table(
                "school",
                Some(Class::School),
                vec![Group { less: "boarders".into(), ..children }, home("boarders", None), help],
                &["students"],
            ),
            table("tank", Some(Class::Hazard), vec![], &["substance", "quantity"]),
        ],
        ..Presence::default()
    }
}

struct World {
    kinds: Kinds,
    facts: Facts,
    changes: Vec<(RecordId, Option<(u16, Record)>)>,
    entries: Vec<Entry>,
    live: HashMap<RecordId, Live>,
    moving: Vec<Moving>,
    census: Vec<CensusArea>,
    area: AreaCode,
    sees_people: bool,
    when: When,
    origin: Option<Origin>,
}

impl World {
    fn new() -> Self {
        let mut shed = kind("shed", &["people"], false);
        shed.safety.people =
            Some(crate::People { fields: vec!["people".into()], ..crate::People::default() });
        let kinds = Kinds::new([
            kind("building", &["people", "help"], false),
            kind("household", &["building", "aged"], true),
            kind("school", &["students", "boarders", "help"], false),
            kind("tank", &["substance", "quantity"], false),
            shed,
        ])
        .unwrap();
        let facts = Facts::new(&kinds, Vec::new()).with_presence(presence()).unwrap();
        Self {
            kinds,
            facts,
            changes: Vec::new(),
            entries: Vec::new(),
            live: HashMap::new(),
            moving: Vec::new(),
            census: Vec::new(),
            area: AreaCode::ALL,
            sees_people: true,
            when: When { hour: 10, weekend: false },
            origin: None,
        }
    }

    fn put_shape(&mut self, kind: &str, key: &str, shape: Option<geo::Geometry>, values: &[Value]) {
        let number = self.kinds.iter().position(|known| known.key == kind).unwrap();
        let number = u16::try_from(number).unwrap();
        let id = RecordId(i64::try_from(self.entries.len()).unwrap());
        let mut all = values.to_vec();
        all.resize(self.kinds.get(kind).unwrap().fields.len(), Value::Empty);
        let record = Record {
            key: key.into(),
            name: key.into(),
            area: COUNTY,
            address: String::new(),
            post: String::new(),
            shape: shape.clone(),
            values: all,
            synthetic: false,
        };
        self.change(id, Some((number, record)));
        self.entries.push(Entry { id, kind: number, area: COUNTY, name: key.into(), shape });
    }

    fn put(&mut self, kind: &str, key: &str, at: (f64, f64), values: &[Value]) {
        self.put_shape(kind, key, Some(geo::Geometry::Point(at.into())), values);
    }

    fn ask(&self, levels: &[MultiPolygon]) -> Result<Inside, InsideError> {
        let levels: Vec<Level> = levels
            .iter()
            .enumerate()
            .map(|(n, ground)| Level { key: n.to_string(), ground: ground.clone() })
            .collect();
        let catalogue = Catalogue::load(self.entries.iter().cloned());
        let counted = counted(&self.facts);
        let question = Question {
            levels: &levels,
            when: self.when,
            now: NOW,
            area: self.area,
            sees_people: self.sees_people,
            origin: self.origin,
            live: &self.live,
            moving: &self.moving,
            fresh: Ms(600_000),
            census: &self.census,
            counted: &counted,
        };
        let one_by_one = inside(&catalogue, &self.facts, &question);
        let came = self.changes.iter().any(|(_, to)| to.is_some());
        assert!(!came || self.facts.pyramid().is_none());
        let settled = inside(&catalogue, &self.settled(), &question);
        // Compared as they are written: a counter may say what is no number.
        assert_eq!(format!("{settled:?}"), format!("{one_by_one:?}"));
        one_by_one
    }

    fn change(&mut self, id: RecordId, to: Option<(u16, Record)>) {
        change(&mut self.facts, id, to.as_ref());
        self.changes.push((id, to));
    }

    /// The same with sums over the ground, worked in while records came and went.
    fn settled(&self) -> Facts {
        let mut facts = Facts::new(&self.kinds, Vec::new()).with_presence(presence()).unwrap();
        for (place, (id, to)) in self.changes.iter().enumerate() {
            change(&mut facts, *id, to.as_ref());
            if place % 3 == 0 {
                facts.settle();
            }
        }
        facts.settle();
        assert!(facts.pyramid().is_some());
        facts
    }

    fn people(&self, ground: &MultiPolygon) -> f64 {
        self.ask(std::slice::from_ref(ground)).unwrap().total.now.expected
    }
}

fn change(facts: &mut Facts, id: RecordId, to: Option<&(u16, Record)>) {
    match to {
        Some((number, record)) => facts.put(*number, id, record, Some(Ms(NOW.0 - id.0))),
        None => drop(facts.remove(id)),
    }
}

fn ring(corners: &[(f64, f64)]) -> MultiPolygon {
    MultiPolygon::new(vec![Polygon::new(LineString::from(corners.to_vec()), Vec::new())])
}

/// A square with its lower left corner there.
fn square(x: f64, y: f64, side: f64) -> MultiPolygon {
    MultiPolygon::new(vec![Rect::new((x, y), (x + side, y + side)).to_polygon()])
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6 * b.abs().max(1.0)
}

#[test]
fn people_go_by_hour_and_say_where_they_come_from() {
    let mut world = World::new();
    world.put("school", "S", (106.005, 38.005), &[800.into(), 100.into(), 6.into()]);
    world.put("shed", "D", (106.005, 38.005), &[5.into()]);
    world.put("shed", "E", (106.005, 38.005), &[]);
    let ground = square(106.0, 38.0, 0.01);
    let found = world.ask(std::slice::from_ref(&ground)).unwrap();
    let hour = |hour: usize| found.total.by_hour[hour];
    // By day all, less the margin of a tenth of the 700 who go home; at night the boarders, and the shed of which no table tells.
    assert!(close(found.total.now.expected, 805.0) && close(found.total.now.low, 735.0));
    assert_eq!(hour(10), found.total.now);
    assert!(close(hour(3).expected, 105.0) && close(hour(3).high, 175.0), "{:?}", hour(3));
    let told = |who| found.total.vulnerable.get(&who).copied().unwrap_or_default();
    assert!(close(told(Vulnerable::Children).expected, 700.0));
    assert!(close(told(Vulnerable::Help).expected, 6.0));
    // Who of the children needs help is one of them.
    assert!(close(found.total.vulnerable_total.expected, 700.0));
    let sources: Vec<_> =
        found.total.shares.iter().map(|s| (s.source, s.objects, s.unknown)).collect();
    assert_eq!(sources, [(Source::Register(2), 1, 0), (Source::Register(3), 2, 1)]);
    assert_eq!(found.oldest, Some(Ms(NOW.0 - 2)));
    assert!(!found.total.shares[1].sure, "a kind without a table is a guess");
    world.when = When { hour: 10, weekend: true };
    assert!(close(world.people(&ground), 105.0));
}

#[test]
fn homes_are_counted_through_their_building_and_nobody_twice() {
    let mut world = World::new();
    let ground = square(106.0, 38.0, 0.01);
    let text = |text: &str| Value::Text(text.into());
    world.put("building", "B1", (106.005, 38.005), &[10.into(), 2.into()]);
    // Named, near, and without a place: all in the building, which knows of more people.
    world.put("household", "H1", (106.006, 38.006), &[text("B1"), Value::Flag(true)]);
    world.put("household", "H2", (106.0052, 38.005), &[]);
    world.put_shape("household", "H3", None, &[text("B1")]);
    let found = world.ask(std::slice::from_ref(&ground)).unwrap();
    assert!(close(found.total.now.expected, 10.0), "{:?}", found.total.now);
    // The old person of the household register is told all the same.
    let told = |found: &Inside, who| found.total.vulnerable.get(&who).map_or(0.0, |e| e.expected);
    assert!(close(told(&found, Vulnerable::Elderly), 1.0));
    assert!(close(told(&found, Vulnerable::Help), 2.0));
    assert!(close(found.total.vulnerable_total.expected, 3.0), "they are of two registers");
    // A fourth home: twelve people, more than the building knows of.
    world.put_shape("household", "H4", None, &[text("B1")]);
    let found = world.ask(std::slice::from_ref(&ground)).unwrap();
    assert!(close(found.total.now.expected, 12.0), "{:?}", found.total.now);
    assert!(close(told(&found, Vulnerable::Help), 2.0), "the building's own are not forgotten");
    // One that stands alone counts by itself; so does one whose building lies outside.
    world.put("household", "H5", (106.001, 38.001), &[]);
    world.put("building", "B2", (106.2, 38.2), &[50.into()]);
    world.put("household", "H6", (106.001, 38.0015), &[text("B2")]);
    assert!(close(world.people(&ground), 18.0));
    // Two buildings of one name lead nowhere: the home is where nobody knows, and says so.
    world.put("building", "B3", (106.21, 38.2), &[1.into()]);
    world.entries[8].name = "B2".into();
    let unplaced = counted(&world.facts)[&COUNTY].unplaced;
    world.put_shape("household", "H7", None, &[text("nowhere")]);
    assert_eq!(counted(&world.facts)[&COUNTY].unplaced, unplaced + 1);
}

#[test]
fn a_building_is_as_badly_off_as_the_worst_of_its_homes() {
    let mut world = World::new();
    world.put("building", "B", (106.015, 38.005), &[9.into()]);
    world.put("household", "H", (106.005, 38.005), &[Value::Text("B".into())]);
    let levels = [square(106.0, 38.0, 0.01), square(106.0, 38.0, 0.02)];
    let found = world.ask(&levels).unwrap();
    assert!(close(found.levels[0].now.expected, 9.0) && close(found.levels[1].now.expected, 0.0));
}

#[test]
fn a_shape_that_only_touches_is_inside() {
    let mut world = World::new();
    let touching = square(106.01, 38.0, 0.01);
    world.put_shape("school", "S", Some(touching.into()), &[50.into()]);
    let far = square(106.010_001, 38.02, 0.01);
    world.put_shape("school", "T", Some(far.into()), &[70.into()]);
    assert!(close(world.people(&square(106.0, 38.0, 0.01)), 50.0));
}

#[test]
fn live_counts_hold_while_they_are_fresh() {
    let mut world = World::new();
    world.put("school", "S", (106.005, 38.005), &[800.into()]);
    let ground = square(106.0, 38.0, 0.01);
    world.live.insert(RecordId(0), Live { people: 321.0, at: Ms(NOW.0 - 1_000) });
    let found = world.ask(std::slice::from_ref(&ground)).unwrap();
    assert!(close(found.total.now.expected, 321.0) && found.stale == 0);
    assert_eq!(found.total.shares[0].source, Source::Live(2));
    assert_eq!(found.total.shares[0].oldest, Some(Ms(NOW.0 - 1_000)));
    assert!(close(found.total.by_hour[10].expected, 800.0), "the table is for other days");
    let children = found.total.vulnerable[&Vulnerable::Children];
    assert!(close(children.expected, 800.0), "a counter does not tell who they are");
    world.live.insert(RecordId(0), Live { people: 321.0, at: Ms(NOW.0 - 700_000) });
    let found = world.ask(std::slice::from_ref(&ground)).unwrap();
    assert!(close(found.total.now.expected, 800.0) && found.stale == 1);
    let seen = found.facilities[0].live.unwrap();
    assert!(seen.stale && close(seen.people, 321.0));
    world.live.insert(RecordId(0), Live { people: f64::NAN, at: NOW });
    assert!(close(world.people(&ground), 800.0));
}

#[test]
fn vehicles_are_where_they_were_last() {
    let mut world = World::new();
    let vehicle = |key: &str, lon, seen, people| Moving {
        key: key.into(),
        name: key.into(),
        area: COUNTY,
        at: Position { lon, lat: 38.005 },
        seen: Ms(NOW.0 - seen),
        people,
    };
    world.moving = vec![
        vehicle("bus", 106.005, 10_000, Some(40)),
        vehicle("lost", 106.005, 900_000, Some(30)),
        vehicle("away", 106.5, 10_000, Some(20)),
    ];
    let found = world.ask(&[square(106.0, 38.0, 0.01)]).unwrap();
    assert!(close(found.total.now.expected, 40.0) && found.total.vehicles == 2);
    let seen: Vec<_> = found.vehicles.iter().map(|v| (&*v.key, v.stale)).collect();
    assert_eq!(seen, [("bus", false), ("lost", true)]);
}

#[test]
fn the_census_counts_whom_no_register_knows_by_surface() {
    let mut world = World::new();
    let county = geo::Geometry::MultiPolygon(square(106.0, 38.0, 0.1));
    world.census = vec![CensusArea::new(COUNTY, 1_000, &county).unwrap()];
    // A quarter of the county and half of it; narrow enough that the sphere does not show.
    let quarter = ring(&[(106.0, 38.0), (106.025, 38.0), (106.025, 38.1), (106.0, 38.1)]);
    let half = ring(&[(106.0, 38.0), (106.05, 38.0), (106.05, 38.1), (106.0, 38.1)]);
    let levels = [quarter, half];
    let found = world.ask(&levels).unwrap();
    assert!((found.levels[0].now.expected - 250.0).abs() < 1e-3, "{:?}", found.levels[0].now);
    assert!((found.levels[1].now.expected - 250.0).abs() < 1e-3, "only what the worse one lacks");
    assert_eq!(found.total.shares[0].source, Source::Census(COUNTY));
    assert!(close(found.total.now.low, 0.0) && found.total.now.high >= 500.0);
    // Registers take their people out of it: 400 in a building outside, 100 of them known through homes too.
    world.put("building", "B", (106.09, 38.05), &[400.into()]);
    world.put("household", "H", (106.09, 38.05), &[]);
    let found = world.ask(&levels).unwrap();
    assert!((found.levels[0].now.expected - 150.0).abs() < 1e-3, "{:?}", found.levels[0].now);
    // Who reads a township only is told that the census is missing, not a number of others.
    world.area = AreaCode(640_104_001);
    let found = world.ask(&levels).unwrap();
    assert!(found.no_census && close(found.total.now.expected, 0.0));
}

#[test]
fn whoever_may_not_see_people_hears_of_homes_by_cells() {
    let mut world = World::new();
    world.put("household", "H", (106.001, 38.001), &[]);
    world.put("building", "B", (106.002, 38.002), &[8.into()]);
    world.sees_people = false;
    // A quarter of the cell, wherever in it: the building is public, of the home nobody learns more than the cell.
    for (x, y) in [(106.0, 38.0), (106.005, 38.005)] {
        let found = world.ask(&[square(x, y, 0.005)]).unwrap();
        let cells = found.total.shares.iter().find(|share| share.source == Source::Cells(1));
        let now = cells.unwrap().now;
        assert!((now.expected - 0.75).abs() < 1e-3 && close(now.high, 3.0), "{now:?}");
        assert!(close(now.low, 0.0));
    }
    assert!(close(world.ask(&[square(106.2, 38.2, 0.005)]).unwrap().total.now.high, 0.0));
}

#[test]
fn whoever_may_not_see_people_loses_and_doubles_none_of_a_building() {
    let ground = square(106.0, 38.0, 0.005);
    let total = |building: Value, home: (f64, f64), named: &str, sees_people: bool| {
        let mut world = World::new();
        world.put("building", "B", (106.002, 38.002), &[building]);
        world.put("household", "H", home, &[Value::Text(named.into())]);
        world.sees_people = sees_people;
        world.people(&ground)
    };
    for sees_people in [true, false] {
        let near = (106.0021, 38.0021);
        let far = (106.004, 38.004);
        assert!(close(total(8.into(), far, "B", sees_people), 8.0), "named: {sees_people}");
        assert!(close(total(Value::Empty, far, "B", sees_people), 3.0), "nobody counted it");
        assert!(close(total(2.into(), far, "B", sees_people), 3.0), "whoever has more counts");
        assert!(close(total(8.into(), near, "", sees_people), 8.0), "near: {sees_people}");
    }
    // Its building stands elsewhere: it is one of its cell, of which a quarter lies inside.
    let mut world = World::new();
    world.put("building", "B", (106.3, 38.3), &[8.into()]);
    world.put("household", "H", (106.004, 38.004), &[Value::Text("B".into())]);
    world.sees_people = false;
    assert!((world.people(&ground) - 0.75).abs() < 1e-3, "{}", world.people(&ground));
}

#[test]
fn secondary_hazards_are_listed_with_what_is_in_them() {
    let mut world = World::new();
    world.put("tank", "T0", (106.0, 38.0), &[Value::Text("液氨".into()), 50.into()]);
    world.put("tank", "T1", (106.0, 38.01), &[Value::Text("液氯".into()), 5.into()]);
    world.put("tank", "T2", (106.01, 38.0), &[Value::Text("苯".into()), 7.into()]);
    world.put("tank", "T3", (106.3, 38.0), &[]);
    let at = Position { lon: 106.0, lat: 38.0 };
    world.origin = Some(Origin { at, record: Some(RecordId(0)) });
    let found = world.ask(&[square(105.98, 37.98, 0.04)]).unwrap();
    let keys: Vec<_> = found.facilities.iter().map(|f| &*f.key).collect();
    assert_eq!(keys, ["T2", "T1"], "the nearest first, the leaking one not");
    let far = &found.facilities[1];
    assert!((far.metres.unwrap() - 1_111.95).abs() < 0.1 && far.bearing.unwrap() < 1e-6);
    assert!((found.facilities[0].bearing.unwrap() - 90.0).abs() < 0.01);
    let shown: Vec<_> =
        world.facts.shown(far.id).map(|(field, value)| (&*field.key, value)).collect();
    assert_eq!(shown, [("substance", &Value::Text("液氯".into())), ("quantity", &5.into())]);
}

#[test]
fn another_area_is_neither_counted_nor_listed() {
    let mut world = World::new();
    world.put("school", "S", (106.005, 38.005), &[800.into()]);
    world.area = AreaCode(640_105_000);
    let found = world.ask(&[square(106.0, 38.0, 0.01)]).unwrap();
    assert!(close(found.total.now.high, 0.0) && found.facilities.is_empty());
    assert!(found.total.shares.is_empty());
}

#[test]
fn what_encloses_nothing_is_an_error() {
    let world = World::new();
    let check = |levels: &[MultiPolygon], expected: &str| {
        let error = world.ask(levels).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&[], "not 0");
    check(&vec![square(0.0, 0.0, 1.0); MOST_LEVELS + 1], "not 17");
    check(&[square(0.0, 0.0, 1.0), MultiPolygon::new(Vec::new())], "level 1 has no ground");
    check(&[ring(&[])], "encloses nothing");
    check(&[ring(&[(1.0, 1.0)])], "encloses nothing");
    check(&[ring(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)])], "encloses nothing");
    // Decimal fractions lie on no line exactly.
    check(&[ring(&[(106.0, 38.0), (106.1, 38.1), (106.2, 38.2)])], "encloses nothing");
    check(&[ring(&[(1.0, 1.0), (f64::NAN, 2.0), (3.0, 1.0)])], "no place on the globe");
    check(&[ring(&[(1.0, 1.0), (190.0, 2.0), (3.0, 1.0)])], "no place on the globe");
    let many: Vec<(f64, f64)> =
        (0..MOST_CORNERS).map(|n| (n as f64 / 1e4, f64::from(u8::from(n % 2 == 0)))).collect();
    check(&[ring(&many)], "corners");
    let mut late = World::new();
    late.when.hour = 24;
    assert_eq!(late.ask(&[square(0.0, 0.0, 1.0)]), Err(InsideError::Hour(24)));
}

#[test]
fn a_ring_that_crosses_itself_holds_every_part_it_goes_around() {
    let mut world = World::new();
    let county = geo::Geometry::MultiPolygon(square(-2.0, -2.0, 4.0));
    world.census = vec![CensusArea::new(COUNTY, 1_000_000, &county).unwrap()];
    world.put("shed", "left", (-0.9, 0.0), &[1.into()]);
    world.put("shed", "right", (0.9, 0.0), &[10.into()]);
    let bow = ring(&[(-1.0, -1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)]);
    let found = world.ask(std::slice::from_ref(&bow)).unwrap();
    let by = |found: &Inside, wanted: fn(&Source) -> bool| {
        let mut shares = found.total.shares.iter();
        shares.find(|share| wanted(&share.source)).map_or(0.0, |share| share.now.expected)
    };
    let is_census = |source: &Source| matches!(source, Source::Census(_));
    assert!(close(by(&found, |source| matches!(source, Source::Register(_))), 11.0));
    // Two triangles of surface 1 of 16, though its signed surface is nothing.
    assert!((by(&found, is_census) / 1e6 - 2.0 / 16.0).abs() < 1e-3, "{}", by(&found, is_census));
    // The middle of a five-pointed star lies twice inside: not outside.
    let corner = |n: i32| {
        let angle = f64::from(n * 2) * std::f64::consts::TAU / 5.0;
        (angle.sin(), angle.cos())
    };
    let star = ring(&(0..5).map(corner).collect::<Vec<_>>());
    world.put("shed", "middle", (0.0, 0.0), &[100.into()]);
    let found = world.ask(std::slice::from_ref(&star)).unwrap();
    assert!(close(by(&found, |source| matches!(source, Source::Register(_))), 100.0));
    // Surface of a pentagram in a circle of radius 1: 1.12257.
    let surface = by(&found, is_census) / 1e6 * 16.0;
    assert!((surface - 1.122_57).abs() < 2e-3, "{surface}");
}

#[test]
fn the_hour_is_that_of_the_place() {
    let china = Ms(8 * 3_600_000);
    // 2026-01-02 was a Friday; 23:30 UTC is Saturday 7:30 in China.
    let at = Ms(1_767_396_600_000);
    assert_eq!(When::of(at, Ms(0)), When { hour: 23, weekend: false });
    assert_eq!(When::of(at, china), When { hour: 7, weekend: true });
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Whole(number.into())
    }
}

#[test]
fn a_home_follows_when_its_building_comes_changes_and_goes() {
    let mut world = World::new();
    let ground = square(106.0, 38.0, 0.01);
    let text = |text: &str| Value::Text(text.into());
    world.put_shape("household", "H1", None, &[text("B")]);
    let unplaced = |world: &World| counted(&world.facts).get(&COUNTY).map_or(0, |c| c.unplaced);
    assert_eq!(unplaced(&world), 1);
    world.put("building", "B", (106.005, 38.005), &[]);
    assert!(close(world.people(&ground), 3.0) && unplaced(&world) == 0);
    assert_eq!(counted(&world.facts)[&COUNTY].residents, 3);
    // Another building of that name: nobody knows in which one the home is.
    world.put("building", "C", (106.2, 38.2), &[]);
    let rename = |world: &mut World, name: &str| {
        let record = Record {
            key: "C".into(),
            name: name.into(),
            area: COUNTY,
            address: String::new(),
            post: String::new(),
            shape: Some(geo::Geometry::Point((106.2, 38.2).into())),
            values: vec![Value::Empty; 2],
            synthetic: false,
        };
        world.change(RecordId(2), Some((0, record)));
    };
    rename(&mut world, "B");
    assert!(close(world.people(&ground), 0.0) && unplaced(&world) == 1);
    rename(&mut world, "C");
    assert!(close(world.people(&ground), 3.0) && unplaced(&world) == 0);
    world.change(RecordId(1), None);
    assert_eq!(unplaced(&world), 1);
    world.change(RecordId(0), None);
    assert_eq!(unplaced(&world), 0);
    // The number of the label is free for another one.
    world.put_shape("household", "H2", None, &[text("D")]);
    world.put("building", "D", (106.005, 38.005), &[]);
    assert!(close(world.people(&ground), 3.0));
}
