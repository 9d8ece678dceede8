//! What the tags of a road say: who may use it, how fast, how high, in which direction.

use helan_route::{Access, Edge, NodeId, RoadClass};

use super::turns::TurnDelays;
use crate::osm::tag;

/// How tags are understood.
#[derive(Clone, Debug)]
pub struct RoadRules {
    /// Speeds by the value of `highway`, where none is told: class, km/h that cars drive there, who may use it.
    pub highways: Vec<(&'static str, RoadClass, f64, Access)>,
    /// Cars drive this share of an allowed speed that is told.
    pub limit_share: f64,
    /// What turns cost.
    pub turns: TurnDelays,
}

impl Default for RoadRules {
    /// Speeds are planning values for Chinese roads: what is usually driven, not what is allowed.
    fn default() -> Self {
        use RoadClass::{Motorway, Path, Primary, Secondary, Service, Street, Tertiary, Trunk};
        let (wheels, all, foot) = (Access::WHEELS, Access::ALL, Access::FOOT);
        Self {
            highways: vec![
                ("motorway", Motorway, 95.0, wheels),
                ("motorway_link", Motorway, 45.0, wheels),
                ("trunk", Trunk, 70.0, all),
                ("trunk_link", Trunk, 40.0, all),
                ("primary", Primary, 55.0, all),
                ("primary_link", Primary, 35.0, all),
                ("secondary", Secondary, 45.0, all),
                ("secondary_link", Secondary, 30.0, all),
                ("tertiary", Tertiary, 40.0, all),
                ("tertiary_link", Tertiary, 30.0, all),
                ("unclassified", Street, 35.0, all),
                ("residential", Street, 25.0, all),
                ("living_street", Street, 10.0, all),
                ("road", Street, 25.0, all),
                ("busway", Service, 35.0, Access(Access::BUS.0 | Access::EMERGENCY.0)),
                ("service", Service, 15.0, all),
                ("track", Service, 15.0, Access(Access::EMERGENCY.0 | Access::FOOT.0)),
                ("pedestrian", Path, 5.0, Access(Access::EMERGENCY.0 | Access::FOOT.0)),
                ("footway", Path, 5.0, foot),
                ("path", Path, 5.0, foot),
                ("steps", Path, 3.0, foot),
                ("cycleway", Path, 5.0, foot),
                ("bridleway", Path, 5.0, foot),
            ],
            limit_share: 0.85,
            turns: TurnDelays::default(),
        }
    }
}

/// A road as its tags describe it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Road {
    class: RoadClass,
    /// Who may use it along the way, and against it.
    there: Access,
    back: Access,
    /// Speeds, km/h.
    speeds: (f64, f64),
    lanes: (u8, u8),
    height_m: f32,
    width_m: f32,
    weight_t: f32,
}

type Tags<'a> = [(&'a str, &'a str)];

impl RoadRules {
    /// A road, when the tags are of one that somebody may use.
    pub(super) fn road(&self, tags: &Tags<'_>) -> Option<Road> {
        let get = |key: &str| tag(tags, key);
        let highway = get("highway")?;
        let (_, class, usual, access) = self.highways.iter().find(|(name, ..)| *name == highway)?;
        if get("area") == Some("yes") {
            return None;
        }
        let access = allowed(*access, tags);
        let (there, back) = directions(access, highway, tags);
        if there == Access::NONE && back == Access::NONE {
            return None;
        }
        let told = |key: &str| get(key).and_then(km_h).map(|limit| limit * self.limit_share);
        let speed = |side: &str| {
            told(&format!("maxspeed:{side}")).or_else(|| told("maxspeed")).unwrap_or(*usual)
        };
        let number = |key: &str| get(key).and_then(|text| text.trim().parse::<u8>().ok());
        let lanes = |side: &str, other: Access| {
            let half =
                number("lanes").map(|all| if other.meets(Access::WHEELS) { all / 2 } else { all });
            number(&format!("lanes:{side}")).or(half).unwrap_or(1).max(1)
        };
        let limit = |keys: [&str; 2]| keys.iter().find_map(|key| get(key).and_then(metres));
        Some(Road {
            class: *class,
            there,
            back,
            speeds: (speed("forward"), speed("backward")),
            lanes: (lanes("forward", back), lanes("backward", there)),
            height_m: limit(["maxheight:physical", "maxheight"]).unwrap_or_default(),
            width_m: limit(["maxwidth:physical", "maxwidth"]).unwrap_or_default(),
            weight_t: get("maxweight").and_then(tonnes).unwrap_or_default(),
        })
    }
}

impl Road {
    /// The edge in one direction, if somebody may use it.
    pub(super) fn edge(
        &self,
        from: NodeId,
        to: NodeId,
        length_m: f64,
        there: bool,
        barriers: &[Barrier],
    ) -> Option<Edge> {
        let (mut access, speed, lanes) = match there {
            true => (self.there, self.speeds.0, self.lanes.0),
            false => (self.back, self.speeds.1, self.lanes.1),
        };
        let (mut height_m, mut width_m) = (self.height_m, self.width_m);
        let lower = |limit: &mut f32, other: f32| {
            if other > 0.0 && (*limit <= 0.0 || other < *limit) {
                *limit = other;
            }
        };
        for barrier in barriers {
            access = access.without(barrier.bars);
            lower(&mut height_m, barrier.height_m);
            lower(&mut width_m, barrier.width_m);
        }
        if access == Access::NONE {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a day"
        )]
        let time_ms = (length_m * 3_600.0 / speed.max(1.0)).round().clamp(0.0, 86_400_000.0) as u32;
        #[expect(clippy::cast_possible_truncation, reason = "centimetres are not needed")]
        let length_m = length_m as f32;
        let (class, weight_t) = (self.class, self.weight_t);
        Some(Edge {
            from,
            to,
            length_m,
            time_ms,
            class,
            access,
            lanes,
            height_m,
            width_m,
            weight_t,
        })
    }
}

/// Who may use it, from general to special tags (OSM wiki, Key:access).
fn allowed(mut access: Access, tags: &Tags<'_>) -> Access {
    let foot = access.meets(Access::FOOT);
    for (key, who) in [
        ("access", Access::ALL),
        ("vehicle", Access::WHEELS),
        ("motor_vehicle", Access::WHEELS),
        ("motorcar", Access::CAR),
        ("psv", Access::BUS),
        ("bus", Access::BUS),
        ("emergency", Access::EMERGENCY),
        ("foot", Access::FOOT),
    ] {
        match tag(tags, key) {
            Some("no") => access = access.without(who),
            // Whoever comes to help may pass.
            Some("private" | "agricultural" | "forestry" | "military") => {
                access = access.without(who.without(Access::EMERGENCY));
            }
            Some("yes" | "designated" | "permissive" | "official")
                // A general word does not make a road of a path.
                if !matches!(key, "access" | "vehicle") || access.meets(who) =>
            {
                access = access.and(who);
            }
            _ => {}
        }
    }
    if foot || tag(tags, "foot").is_some() { access } else { access.without(Access::FOOT) }
}

/// Who may use it along the way and against it. People on foot walk both ways.
fn directions(access: Access, highway: &str, tags: &Tags<'_>) -> (Access, Access) {
    let get = |key: &str| tag(tags, key);
    let round = matches!(get("junction"), Some("roundabout" | "circular"));
    let one_way = match get("oneway") {
        Some("yes" | "true" | "1") => 1,
        Some("-1" | "reverse") => -1,
        Some("no" | "false" | "0") => 0,
        _ if round || highway == "motorway" => 1,
        _ => 0,
    };
    let both_for_buses = ["oneway:bus", "oneway:psv"].iter().any(|key| get(key) == Some("no"));
    let buses = if both_for_buses { Access::BUS } else { Access::NONE };
    let against = access.without(Access::WHEELS.without(buses));
    match one_way {
        1 => (access, against),
        -1 => (against, access),
        _ => (access, access),
    }
}

/// Something on a node that not everybody passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Barrier {
    bars: Access,
    height_m: f32,
    width_m: f32,
}

impl Barrier {
    pub(super) fn read(tags: &Tags<'_>) -> Option<Self> {
        let bars = match tag(tags, "barrier") {
            Some("bollard" | "block" | "jersey_barrier" | "debris" | "cycle_barrier" | "log") => {
                Access::WHEELS
            }
            Some("stile" | "kissing_gate" | "turnstile" | "full-height_turnstile") => {
                Access::WHEELS
            }
            Some("gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "chain" | "bus_trap") => {
                Access::NONE
            }
            Some("height_restrictor") => Access::NONE,
            _ => return None,
        };
        let bars = match tag(tags, "locked") {
            Some("yes") => Access::ALL.without(Access::EMERGENCY),
            _ => bars,
        };
        // What is said of the barrier itself goes before its kind.
        let bars = Access::ALL.without(allowed(Access::ALL.without(bars), tags));
        let limit = |key: &str| tag(tags, key).and_then(metres).unwrap_or_default();
        let (height_m, width_m) = (limit("maxheight"), limit("maxwidth"));
        let nothing = bars == Access::NONE && height_m <= 0.0 && width_m <= 0.0;
        (!nothing).then_some(Self { bars, height_m, width_m })
    }
}

/// A speed, km/h.
fn km_h(text: &str) -> Option<f64> {
    let text = text.trim();
    match text {
        "walk" => return Some(6.0),
        "none" => return Some(130.0),
        _ => {}
    }
    let (number, factor) = match text.strip_suffix("mph") {
        Some(number) => (number, 1.609_344),
        None => (text.strip_suffix("km/h").unwrap_or(text), 1.0),
    };
    number
        .trim()
        .parse::<f64>()
        .ok()
        .map(|n| n * factor)
        .filter(|speed| (1.0..=200.0).contains(speed))
}

/// A length, metres: `3.5`, `3.5 m`, `12'6"`.
fn metres(text: &str) -> Option<f32> {
    let text = text.trim();
    let metres = if let Some((feet, inches)) = text.split_once('\'') {
        let inches = inches.trim().trim_end_matches('"');
        let inches = if inches.is_empty() { 0.0 } else { inches.parse::<f32>().ok()? };
        feet.trim().parse::<f32>().ok()? * 0.3048 + inches * 0.0254
    } else {
        text.strip_suffix('m').unwrap_or(text).trim().parse::<f32>().ok()?
    };
    (0.1..=100.0).contains(&metres).then_some(metres)
}

/// A weight, tonnes.
fn tonnes(text: &str) -> Option<f32> {
    let text = text.trim();
    let tonnes = match text.strip_suffix("kg") {
        Some(kg) => kg.trim().parse::<f32>().ok()? / 1_000.0,
        None => text.strip_suffix('t').unwrap_or(text).trim().parse::<f32>().ok()?,
    };
    (0.1..=1_000.0).contains(&tonnes).then_some(tonnes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn road(tags: &Tags<'_>) -> Option<Road> {
        RoadRules::default().road(tags)
    }

    #[test]
    fn who_may_use_a_road() {
        let check = |tags: &Tags<'_>, there: Access, back: Access| {
            let road = road(tags).unwrap();
            assert_eq!((road.there, road.back), (there, back), "{tags:?}");
        };
        let (all, wheels, foot) = (Access::ALL, Access::WHEELS, Access::FOOT);
        check(&[("highway", "residential")], all, all);
        check(&[("highway", "motorway")], wheels, Access::NONE);
        check(&[("highway", "primary"), ("oneway", "yes")], all, foot);
        check(&[("highway", "primary"), ("oneway", "-1")], foot, all);
        check(&[("highway", "tertiary"), ("junction", "roundabout")], all, foot);
        check(&[("highway", "footway")], foot, foot);
        let help = Access::EMERGENCY;
        check(&[("highway", "service"), ("access", "private")], help, help);
        let bus = Access::BUS.and(foot);
        check(&[("highway", "primary"), ("motor_vehicle", "no"), ("bus", "yes")], bus, bus);
        let lane = [("highway", "primary"), ("oneway", "yes"), ("oneway:bus", "no")];
        check(&lane, all, bus);
        assert_eq!(road(&[("highway", "service"), ("access", "no")]), None);
        assert_eq!(road(&[("highway", "proposed")]), None);
        assert_eq!(road(&[("building", "yes")]), None);
    }

    #[test]
    fn numbers_with_units() {
        assert_eq!(km_h("50"), Some(50.0));
        assert!((km_h("30 mph").unwrap() - 48.28).abs() < 0.01);
        assert_eq!(km_h("fast"), None);
        assert_eq!(metres("3.5 m"), Some(3.5));
        assert!((metres("12'6\"").unwrap() - 3.81).abs() < 0.001);
        assert_eq!(metres("default"), None);
        assert_eq!(tonnes("7.5"), Some(7.5));
        assert_eq!(tonnes("3500 kg"), Some(3.5));
        assert_eq!(tonnes("-3"), None);
    }

    #[test]
    fn barriers() {
        let bars = |tags: &Tags<'_>| Barrier::read(tags).map(|barrier| barrier.bars);
        assert_eq!(bars(&[("barrier", "bollard")]), Some(Access::WHEELS));
        assert_eq!(bars(&[("barrier", "gate")]), None);
        let private = Access::ALL.without(Access::EMERGENCY);
        assert_eq!(bars(&[("barrier", "gate"), ("access", "private")]), Some(private));
        assert_eq!(
            bars(&[("barrier", "bollard"), ("bus", "yes")]),
            Some(Access::CAR.and(Access::EMERGENCY))
        );
        let low = Barrier::read(&[("barrier", "height_restrictor"), ("maxheight", "2.1")]).unwrap();
        assert!((low.height_m - 2.1).abs() < 1e-6);
    }
}
