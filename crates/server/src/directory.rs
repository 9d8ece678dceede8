//! Who may speak: the devices as intake needs them, readable from every connection without a lock.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use helan_kernel::{
    DeviceId, PointId,
    registry::{Device, Key, Profile, Registry},
};
use helan_protocol::device::Points;

/// One device.
#[derive(Clone, Debug)]
pub struct Entry {
    /// External name.
    pub key: Key,
    /// Number.
    pub id: DeviceId,
    /// Its kind; shared by all devices of the kind.
    pub profile: Arc<Profile>,
    /// Its first point; the others follow in the order of the profile.
    pub first_point: PointId,
    /// Key of the gateway that may speak for it.
    pub gateway: Option<Key>,
    /// Whether it only takes part in drills.
    pub drill: bool,
}

impl Points for Entry {
    fn key(&self) -> &str {
        &self.key
    }

    fn point(&self, name: &str) -> Option<(PointId, &str)> {
        let place = self.profile.points.iter().position(|point| &*point.name == name)?;
        let kind = self.profile.points.get(place)?;
        let point = self.first_point.0.checked_add(u32::try_from(place).ok()?)?;
        Some((PointId(point), &kind.unit))
    }
}

impl Entry {
    /// Whether it takes a command of this name.
    #[must_use]
    pub fn takes(&self, command: &str) -> bool {
        self.profile.commands.iter().any(|kind| &*kind.name == command)
    }
}

type Shard = HashMap<Key, Arc<Entry>>;
type Profiles = HashMap<u32, Arc<Profile>>;

/// Shards: a change copies one of them, so that registering a region one by one stays cheap.
const SHARDS: usize = 1024;

/// All devices. Written after commits that change the registry, by one thread; read by all connections.
pub struct Directory {
    hasher: RandomState,
    shards: Vec<ArcSwap<Shard>>,
    profiles: ArcSwap<Profiles>,
    version: AtomicU64,
}

impl Default for Directory {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| ArcSwap::default()).collect();
        Self {
            hasher: RandomState::new(),
            shards,
            profiles: ArcSwap::default(),
            version: AtomicU64::new(0),
        }
    }
}

impl Directory {
    /// A device by its key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<Arc<Entry>> {
        self.shards.get(self.shard(key))?.load().get(key).cloned()
    }

    /// Rises with every change: what was looked up before may be outdated.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Takes all devices of a registry.
    pub fn load(&self, registry: &Registry) {
        let mut fresh: Vec<Shard> = (0..SHARDS).map(|_| Shard::new()).collect();
        let profiles = self.profiles(registry);
        for (_, device) in registry.devices.iter() {
            if let (Some(entry), Some(shard)) =
                (entry(&profiles, device), fresh.get_mut(self.shard(&device.key)))
            {
                shard.insert(device.key.clone(), entry);
            }
        }
        for (slot, shard) in self.shards.iter().zip(fresh) {
            slot.store(Arc::new(shard));
        }
        self.version.fetch_add(1, Ordering::Release);
    }

    /// Takes these devices anew: added, changed or removed.
    pub fn refresh<'a>(&self, registry: &Registry, keys: impl IntoIterator<Item = &'a str>) {
        let profiles = self.profiles(registry);
        let mut changed: HashMap<usize, Shard> = HashMap::new();
        for key in keys {
            let place = self.shard(key);
            let Some(slot) = self.shards.get(place) else { continue };
            let shard = changed.entry(place).or_insert_with(|| Shard::clone(&slot.load()));
            let device = registry.devices.by_key(key);
            match device.and_then(|device| entry(&profiles, device)) {
                Some(entry) => shard.insert(entry.key.clone(), entry),
                None => shard.remove(key),
            };
        }
        for (place, shard) in changed {
            if let Some(slot) = self.shards.get(place) {
                slot.store(Arc::new(shard));
            }
        }
        self.version.fetch_add(1, Ordering::Release);
    }

    /// The profiles; those that did not change stay the same objects.
    fn profiles(&self, registry: &Registry) -> Arc<Profiles> {
        let old = self.profiles.load();
        let fresh = registry.profiles.iter().map(|(id, profile)| {
            let same = old.get(&id).filter(|old| ***old == *profile);
            (id, same.map_or_else(|| Arc::new(profile.clone()), Arc::clone))
        });
        let fresh: Arc<Profiles> = Arc::new(fresh.collect());
        self.profiles.store(fresh.clone());
        fresh
    }

    fn shard(&self, key: &str) -> usize {
        usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0)
    }
}

fn entry(profiles: &Profiles, device: &Device) -> Option<Arc<Entry>> {
    let spec = &device.spec;
    Some(Arc::new(Entry {
        key: device.key.clone(),
        id: device.id,
        profile: profiles.get(&device.profile.0)?.clone(),
        first_point: device.first_point,
        gateway: (!spec.gateway.is_empty()).then(|| Key::from(spec.gateway.as_str())),
        drill: spec.drill,
    }))
}

#[cfg(test)]
mod tests {
    use helan_kernel::{
        AreaCode, Text,
        registry::{DeviceSpec, PointKind, RegistryChange},
    };

    use super::*;

    fn registry() -> Registry {
        let mut registry = Registry::default();
        let point = |name: &str, unit: &str| PointKind {
            name: name.into(),
            label: Text::default(),
            unit: unit.into(),
            min: 0.0,
            max: 100.0,
            states: Vec::new(),
            quantity: None,
        };
        registry.apply(&RegistryChange::PutProfile(Profile {
            key: "gas".into(),
            name: Text::default(),
            points: vec![point("ch4", "%LEL"), point("valve", "")],
            commands: Vec::new(),
        }));
        registry
    }

    fn put(registry: &mut Registry, key: &str, gateway: &str) {
        registry.apply(&RegistryChange::PutDevice(DeviceSpec {
            key: key.into(),
            profile: "gas".into(),
            gateway: gateway.into(),
            area: AreaCode(640_104_000),
            ..DeviceSpec::default()
        }));
    }

    #[test]
    fn devices_are_found_with_their_points() {
        let mut registry = registry();
        put(&mut registry, "a", "");
        put(&mut registry, "b", "gw");
        let directory = Directory::default();
        directory.load(&registry);
        let b = directory.find("b").expect("b");
        assert_eq!(b.gateway.as_deref(), Some("gw"));
        assert_eq!(b.point("valve"), Some((PointId(3), "")));
        assert_eq!(b.point("nothing"), None);
        assert!(directory.find("c").is_none());
    }

    #[test]
    fn changes_and_removals_are_seen() {
        let mut registry = registry();
        put(&mut registry, "a", "");
        let directory = Directory::default();
        directory.load(&registry);
        let before = directory.version();
        put(&mut registry, "a", "gw");
        put(&mut registry, "b", "");
        directory.refresh(&registry, ["a", "b"]);
        assert!(directory.version() > before);
        assert_eq!(directory.find("a").expect("a").gateway.as_deref(), Some("gw"));
        assert!(directory.find("b").is_some());
        registry.apply(&RegistryChange::RemoveDevice("a".into()));
        directory.refresh(&registry, ["a"]);
        assert!(directory.find("a").is_none());
    }
}
