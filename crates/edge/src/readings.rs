//! Readings of the site's devices: to the engine, and in the same words to the platform.

use helan_kernel::{
    Ms, PointId, Quality, Reading,
    registry::{Device, Registry},
};
use helan_protocol::device::{self, Moments, Points, Refused};
use serde_json::{Map, Value, json};

/// A device of the site, as intake needs it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number in the engine.
    pub device: helan_kernel::DeviceId,
    key: String,
    first_point: PointId,
    /// Names and units of its points.
    points: Vec<(String, String)>,
}

impl Entry {
    /// The entry of a registered device.
    pub fn of(registry: &Registry, device: &Device) -> Option<Self> {
        let points = &registry.profile_of(device)?.points;
        let points = points.iter().map(|p| (p.name.to_string(), p.unit.clone())).collect();
        let key = device.key.to_string();
        Some(Self { device: device.id, key, first_point: device.first_point, points })
    }
}

impl Points for Entry {
    fn key(&self) -> &str {
        &self.key
    }

    fn point(&self, name: &str) -> Option<(PointId, &str)> {
        let place = self.points.iter().position(|(point, _)| point == name)?;
        let (_, unit) = self.points.get(place)?;
        let point = self.first_point.0.checked_add(u32::try_from(place).ok()?)?;
        Some((PointId(point), unit))
    }
}

/// What a message holds.
#[derive(Debug, PartialEq)]
pub struct Taken {
    /// For the engine.
    pub readings: Vec<Reading>,
    /// For the platform: the same readings with their moments; empty when there are none.
    pub payload: Vec<u8>,
    /// What was refused among them.
    pub refused: Option<Refused>,
}

/// Reads a payload; readings without a moment get that of their arrival.
///
/// # Errors
/// When it cannot be read, or no reading in it can be used.
pub fn read(entry: &Entry, payload: &[u8], moments: Moments) -> Result<Taken, Refused> {
    let mut readings = Vec::new();
    let mut groups: Vec<(Ms, Quality, Map<String, Value>)> = Vec::new();
    let outcome = device::admit(entry, payload, moments, &mut |reading, name| {
        readings.push(reading);
        let Reading { at, quality, value, .. } = reading;
        let fits = |(a, q, values): &&mut (Ms, Quality, Map<String, Value>)| {
            *a == at && *q == quality && !values.contains_key(name)
        };
        match groups.last_mut().filter(fits) {
            Some((_, _, values)) => drop(values.insert(name.to_owned(), json!(value))),
            None => {
                let values = Map::from_iter([(name.to_owned(), json!(value))]);
                groups.push((at, quality, values));
            }
        }
    })?;
    let refused = outcome.summary();
    match refused {
        Some(refused) if readings.is_empty() => Err(refused),
        refused => Ok(Taken { readings, payload: encode(groups), refused }),
    }
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

    const NOW: Ms = Ms(2_000_000);

    fn entry() -> Entry {
        let points = [("ch4", "%LEL"), ("battery", "%")];
        let points = points.map(|(n, u)| (n.to_owned(), u.to_owned())).to_vec();
        let device = helan_kernel::DeviceId(3);
        Entry { device, key: "gas-1".into(), first_point: PointId(10), points }
    }

    fn check(payload: &str, expected: &str) -> Taken {
        let moments = Moments { now: NOW, arrival: NOW };
        let taken = read(&entry(), payload.as_bytes(), moments).unwrap();
        // The order of members means nothing.
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        assert_eq!(json(&taken.payload), json(expected.as_bytes()));
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
        // SenML with the device in front of its names, as at the platform.
        check(
            r#"[{"bn":"gas-1/","n":"ch4","u":"%LEL","v":21.5}]"#,
            r#"{"ts":2000000,"values":{"ch4":21.5}}"#,
        );
    }

    #[test]
    fn what_is_refused_here_does_not_go_to_the_platform() {
        let taken = check(
            r#"{"ts":1999000,"values":{"ch4":1,"nothing":2}}"#,
            r#"{"ts":1999000,"values":{"ch4":1.0}}"#,
        );
        assert!(taken.refused.unwrap().detail.contains("nothing"));
        let moments = Moments { now: NOW, arrival: NOW };
        let refused = |payload: &str| read(&entry(), payload.as_bytes(), moments).unwrap_err();
        assert_eq!(refused("{").reason.word(), "malformed");
        assert_eq!(refused(r#"{"ts":99999999999,"values":{"ch4":1}}"#).reason.word(), "future");
    }
}
