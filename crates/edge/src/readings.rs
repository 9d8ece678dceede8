//! Readings of the site's devices: to the engine, and in the same words to the platform.

use helan_kernel::{
    Ms, PointId, Quality, Reading,
    registry::{Device, Registry},
};
use helan_protocol::device::{self, Reason};
use serde_json::{Map, Value, json};

/// Readings from further ahead are refused, as at the platform.
const MAX_AHEAD: Ms = Ms::seconds(5 * 60);
/// Readings older than this are refused, as at the platform.
const MAX_AGE: Ms = Ms::seconds(30 * 24 * 3600);

/// A device of the site, as intake needs it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number in the engine.
    pub device: helan_kernel::DeviceId,
    first_point: PointId,
    /// Names and units of its points.
    points: Vec<(String, String)>,
}

impl Entry {
    /// The entry of a registered device.
    pub fn of(registry: &Registry, device: &Device) -> Option<Self> {
        let points = &registry.profile_of(device)?.points;
        let points = points.iter().map(|p| (p.name.to_string(), p.unit.clone())).collect();
        Some(Self { device: device.id, first_point: device.first_point, points })
    }
}

/// What a message holds.
#[derive(Debug, Default, PartialEq)]
pub struct Taken {
    /// For the engine.
    pub readings: Vec<Reading>,
    /// For the platform: the same readings with their moments; empty when there are none.
    pub payload: Vec<u8>,
    /// Why the first refused one was refused.
    pub refused: Option<String>,
}

/// Reads a payload; readings without a moment get `now`.
pub fn read(entry: &Entry, payload: &[u8], now: Ms) -> Taken {
    let mut taken = Taken::default();
    let mut groups: Vec<(Ms, Quality, Map<String, Value>)> = Vec::new();
    let read = device::read(payload, now, &mut |sample| {
        let at = sample.at.unwrap_or(now);
        match point(entry, &sample, at, now) {
            Ok(point) => {
                let reading = Reading { point, at, value: sample.value, quality: sample.quality };
                taken.readings.push(reading);
                let fits = |(a, q, values): &&mut (Ms, Quality, Map<String, Value>)| {
                    *a == at && *q == sample.quality && !values.contains_key(sample.name)
                };
                let value = json!(sample.value);
                match groups.last_mut().filter(fits) {
                    Some((_, _, values)) => drop(values.insert(sample.name.to_owned(), value)),
                    None => {
                        let values = Map::from_iter([(sample.name.to_owned(), value)]);
                        groups.push((at, sample.quality, values));
                    }
                }
            }
            Err(why) => drop(taken.refused.get_or_insert(why)),
        }
    });
    if let Err(malformed) = read {
        return Taken { refused: Some(malformed.to_string()), ..Taken::default() };
    }
    taken.payload = encode(groups);
    taken
}

fn point(entry: &Entry, sample: &device::Sample<'_>, at: Ms, now: Ms) -> Result<PointId, String> {
    let place = entry.points.iter().position(|(name, _)| name == sample.name);
    let place = place.ok_or_else(|| format!("{}: {}", Reason::UnknownPoint, sample.name))?;
    let unit = entry.points.get(place).map_or("", |(_, unit)| unit);
    if !sample.value.is_finite() {
        return Err(format!("{}: {}", Reason::NotFinite, sample.name));
    }
    if sample.unit.is_some_and(|given| given != unit) {
        return Err(format!("{}: {} is in {unit}", Reason::WrongUnit, sample.name));
    }
    if at.since(now) > MAX_AHEAD {
        return Err(format!("{}: {}", Reason::Future, sample.name));
    }
    if now.since(at) > MAX_AGE {
        return Err(format!("{}: {}", Reason::Ancient, sample.name));
    }
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    Ok(PointId(entry.first_point.0.saturating_add(place)))
}

/// The JSON of the device API.
fn encode(groups: Vec<(Ms, Quality, Map<String, Value>)>) -> Vec<u8> {
    let mut all: Vec<Value> = groups
        .into_iter()
        .map(|(at, quality, values)| {
            let mut object = json!({ "ts": at.0, "values": values });
            let word = match quality {
                Quality::Good => None,
                Quality::Uncertain => Some("uncertain"),
                Quality::Bad => Some("bad"),
            };
            if let (Some(word), Some(object)) = (word, object.as_object_mut()) {
                object.insert("quality".to_owned(), json!(word));
            }
            object
        })
        .collect();
    match all.len() {
        0 => Vec::new(),
        1 => all.swap_remove(0).to_string().into_bytes(),
        _ => Value::Array(all).to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let points = [("ch4", "%LEL"), ("battery", "%")];
        let points = points.map(|(n, u)| (n.to_owned(), u.to_owned())).to_vec();
        Entry { device: helan_kernel::DeviceId(3), first_point: PointId(10), points }
    }

    fn check(payload: &str, expected: &str) -> Taken {
        let taken = read(&entry(), payload.as_bytes(), Ms(2_000_000));
        assert_eq!(String::from_utf8_lossy(&taken.payload), expected);
        taken
    }

    #[test]
    fn the_platform_gets_the_same_readings_with_their_moments() {
        let taken = check(
            r#"{"values":{"ch4":21.5,"battery":90}}"#,
            r#"{"ts":2000000,"values":{"battery":90.0,"ch4":21.5}}"#,
        );
        assert_eq!(taken.readings.len(), 2);
        assert_eq!(taken.readings[0].point, PointId(10));
        check(
            r#"[{"ts":1999000,"values":{"ch4":1}},{"ts":1999500,"values":{"ch4":2},"quality":"bad"}]"#,
            r#"[{"ts":1999000,"values":{"ch4":1.0}},{"quality":"bad","ts":1999500,"values":{"ch4":2.0}}]"#,
        );
    }

    #[test]
    fn what_is_refused_here_does_not_go_to_the_platform() {
        let taken = check(
            r#"{"ts":1999000,"values":{"ch4":1,"nothing":2}}"#,
            r#"{"ts":1999000,"values":{"ch4":1.0}}"#,
        );
        assert!(taken.refused.unwrap().contains("nothing"));
        assert!(check("{", "").refused.is_some());
        assert!(check(r#"{"ts":99999999999,"values":{"ch4":1}}"#, "").refused.is_some());
    }
}
