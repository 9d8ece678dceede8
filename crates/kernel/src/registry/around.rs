//! Questions of place: which devices share one.

use super::{Bounds, Device, Registry};
use crate::{DeviceId, Position, watch::Within};

impl Registry {
    /// The devices that share a place with `device`, itself included, each once.
    ///
    /// A device without a facility, and for [`Within::Room`] one without a room, shares its place with nobody: what
    /// nobody wrote down must not widen the effect of a command.
    pub fn devices_around<'a>(
        &'a self,
        device: &'a Device,
        within: Within,
    ) -> impl Iterator<Item = &'a Device> {
        let spec = &device.spec;
        let alone = spec.facility.is_empty() || (within == Within::Room && spec.room.is_empty());
        let listed = if alone { &[][..] } else { self.devices_in(&spec.facility) };
        let near = match within {
            Within::Metres(metres) => self.devices_near(spec.position, metres),
            Within::Room | Within::Facility => Vec::new(),
        };
        let same = move |d: &&Device| within != Within::Room || d.spec.room == spec.room;
        let elsewhere = move |d: &&Device| {
            d.id != device.id && (spec.facility.is_empty() || d.spec.facility != spec.facility)
        };
        alone
            .then_some(device)
            .into_iter()
            .chain(listed.iter().filter_map(|id| self.device(*id)).filter(same))
            .chain(near.into_iter().filter_map(|id| self.device(id)).filter(elsewhere))
    }

    /// Devices within so many metres of a place, in the order of their numbers. A device whose place nobody gave
    /// (0°, 0°) is near nothing.
    #[must_use]
    pub fn devices_near(&self, at: Position, metres: f64) -> Vec<DeviceId> {
        if at.known().is_none() || !metres.is_finite() {
            return Vec::new();
        }
        let close = |id: &DeviceId| {
            self.device(*id).is_some_and(|d| d.spec.position.metres_to(at) <= metres)
        };
        let near = self.grid.near(Bounds::around(at, metres)).map(DeviceId);
        let mut found: Vec<DeviceId> = near.filter(close).collect();
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AreaCode, Text,
        registry::{DeviceSpec, Profile, RegistryChange},
    };

    fn registry(devices: &[(&str, &str, &str, f64)]) -> Registry {
        let mut registry = Registry::default();
        registry.apply(&RegistryChange::PutProfile(Profile {
            key: "p".into(),
            name: Text::default(),
            points: Vec::new(),
            commands: Vec::new(),
        }));
        for (key, facility, room, lon) in devices {
            registry.apply(&RegistryChange::PutDevice(DeviceSpec {
                key: (*key).into(),
                profile: "p".into(),
                facility: (*facility).into(),
                room: (*room).into(),
                area: AreaCode(640_104_001),
                position: Position { lon: *lon, lat: if *lon == 0.0 { 0.0 } else { 38.5 } },
                ..DeviceSpec::default()
            }));
        }
        registry
    }

    #[test]
    fn devices_of_one_place() {
        let registry = registry(&[
            ("a", "f", "1", 106.0),
            ("b", "f", "1", 106.0),
            ("c", "f", "2", 106.001),
            ("d", "g", "1", 106.001),
            ("e", "", "", 106.002),
            ("far", "h", "1", 106.2),
            ("nowhere", "h", "", 0.0),
        ]);
        let check = |from: &str, within: Within, expected: &str| {
            let device = registry.devices.by_key(from).unwrap();
            let found: Vec<&str> =
                registry.devices_around(device, within).map(|d| &*d.key).collect();
            assert_eq!(found.join(" "), expected, "{from} {within:?}");
        };
        check("a", Within::Room, "a b");
        check("a", Within::Facility, "a b c");
        check("a", Within::Metres(100.0), "a b c d");
        check("a", Within::Metres(200.0), "a b c d e");
        check("a", Within::Metres(50_000.0), "a b c d e far");
        check("e", Within::Room, "e");
        check("e", Within::Metres(100.0), "e c d");
        check("nowhere", Within::Room, "nowhere");
        check("nowhere", Within::Facility, "far nowhere");
        check("nowhere", Within::Metres(1000.0), "far nowhere");
    }

    #[test]
    fn a_device_that_moved_is_found_at_its_new_place_only() {
        let mut registry = registry(&[("a", "", "", 106.0), ("b", "", "", 106.0)]);
        let mut spec = registry.devices.by_key("b").unwrap().spec.clone();
        spec.position.lon = 107.0;
        registry.apply(&RegistryChange::PutDevice(spec));
        let near = |lon| registry.devices_near(Position { lon, lat: 38.5 }, 10.0);
        assert_eq!(near(106.0), [DeviceId(0)]);
        assert_eq!(near(107.0), [DeviceId(1)]);
        registry.apply(&RegistryChange::RemoveDevice("b".into()));
        assert!(registry.devices_near(Position { lon: 107.0, lat: 38.5 }, 10.0).is_empty());
    }
}
