//! The tables, indexed by number, with their names beside them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{grid::Grid, model::*, places::Places};
use crate::{
    Answer, DeviceId, FacilityId, PointId, PolicyId, PostId, ProfileId, ProgramId, Refusal, RuleId,
    dispose::Program, push::Policy, watch::Rule,
};

/// Things of one kind: by number, and by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table<T> {
    rows: Vec<Option<T>>,
    keys: BTreeMap<Key, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), keys: BTreeMap::new() }
    }
}

impl<T> Table<T> {
    /// The thing with this number, unless it was removed.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.rows.get(index).and_then(Option::as_ref)
    }

    /// The number of a name.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<u32> {
        self.keys.get(key).copied()
    }

    /// The thing with this name.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<&T> {
        self.get(self.find(key)? as usize)
    }

    /// All things with their numbers, in the order they appeared.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.rows).filter_map(|(id, row)| Some((id, row.as_ref()?)))
    }

    /// All things from this number on, in the order they appeared: to look through a large table in portions.
    pub fn iter_from(&self, first: u32) -> impl Iterator<Item = (u32, &T)> {
        let rows = self.rows.get(first as usize..).unwrap_or_default();
        (first..).zip(rows).filter_map(|(id, row)| Some((id, row.as_ref()?)))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Puts a thing under a name: in its old place when the name is known, else as the next number.
    pub(super) fn put(&mut self, key: &str, make: impl FnOnce(u32, Key) -> T) -> Option<u32> {
        let (id, key) = match self.keys.get_key_value(key) {
            Some((key, &id)) => (id, key.clone()),
            None => (u32::try_from(self.rows.len()).ok()?, Key::from(key)),
        };
        let row = make(id, key.clone());
        match self.rows.get_mut(id as usize) {
            Some(slot) => *slot = Some(row),
            None => {
                self.rows.push(Some(row));
                self.keys.insert(key, id);
            }
        }
        Some(id)
    }

    /// A row to be changed in place.
    pub(super) fn row_mut(&mut self, index: usize) -> Option<&mut T> {
        self.rows.get_mut(index)?.as_mut()
    }

    fn remove(&mut self, key: &str) -> Option<T> {
        let id = self.keys.remove(key)?;
        self.rows.get_mut(id as usize)?.take()
    }
}

/// Base data in memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Registry {
    /// Kinds of devices.
    pub profiles: Table<Profile>,
    /// Alarm rules.
    pub rules: Table<Rule>,
    /// Programs; the name of a version is `key@version`.
    pub programs: Table<Program>,
    /// Push policies.
    pub policies: Table<Policy>,
    /// Devices.
    pub devices: Table<Device>,
    /// Facilities.
    pub facilities: Table<Facility>,
    /// Posts.
    pub posts: Table<Post>,
    /// People.
    pub people: Table<Person>,
    /// Device of each point.
    owner: Vec<DeviceId>,
    /// Rules of each profile's points: `[profile][point] -> rules`.
    rules_of: Vec<Vec<Vec<RuleId>>>,
    /// Devices by facility name (devices without one are not listed).
    by_facility: BTreeMap<Key, Vec<DeviceId>>,
    /// Posts by role.
    by_role: BTreeMap<Key, Vec<PostId>>,
    /// Devices by their place on the map.
    pub(super) grid: Grid,
    /// Live version of each program that has one.
    pub(super) live: BTreeMap<Key, ProgramId>,
    /// People by place.
    pub(super) people_at: Places,
    /// Posts by place.
    pub(super) posts_at: Places,
    /// Facilities by place.
    pub(super) facilities_at: Places,
    /// Devices that measure the wind.
    stations: BTreeSet<DeviceId>,
}

impl Registry {
    /// Limit of points in one registry: 5 million devices with a few points each must fit; a wrong import must not.
    pub const MAX_POINTS: usize = 20_000_000;

    /// Most rules of one point of a profile: the reading loop marks those to be judged in one word of 64 bits.
    pub const MAX_RULES_OF_POINT: usize = 64;

    /// Makes a change. The caller is the engine; anything that does not fit is refused and changes nothing.
    pub fn apply(&mut self, change: &RegistryChange) -> Answer {
        let done =
            |id: Option<u32>| id.map_or(Answer::Refused(Refusal::LimitReached), |_| Answer::Done);
        match change {
            RegistryChange::PutProfile(profile) => self.put_profile(profile),
            RegistryChange::PutRule(rule) => self.put_rule(rule),
            RegistryChange::PutProgram(program) => self.put_program(program),
            RegistryChange::PutPolicy(policy) => {
                done(self.policies.put(&policy.key, |_, _| policy.clone()))
            }
            RegistryChange::PutDevice(spec) => self.put_device(spec),
            RegistryChange::RemoveDevice(key) => self.remove_device(key),
            RegistryChange::PutFacility(facility) => done(self.put_facility(facility)),
            RegistryChange::PutPost(post) => done(self.put_post(post)),
            RegistryChange::PutPerson(person) => done(self.put_person(person)),
            RegistryChange::RemovePerson(key) => self.remove_person(key),
        }
    }

    /// The device a point belongs to.
    #[must_use]
    pub fn device_of(&self, point: PointId) -> Option<&Device> {
        self.device(*self.owner.get(point.index())?)
    }

    /// A device by number.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(id.index())
    }

    /// A rule by number.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.index())
    }

    /// The profile of a device.
    #[must_use]
    pub fn profile_of(&self, device: &Device) -> Option<&Profile> {
        self.profiles.get(device.profile.index())
    }

    /// What a point measures.
    #[must_use]
    pub fn point_kind(&self, point: PointId) -> Option<&PointKind> {
        let device = self.device_of(point)?;
        let place = point.0.checked_sub(device.first_point.0)?;
        self.profile_of(device)?.points.get(place as usize)
    }

    /// A point of a device, by its name in payloads.
    #[must_use]
    pub fn point(&self, device: &Device, name: &str) -> Option<PointId> {
        let points = &self.profile_of(device)?.points;
        let place = points.iter().position(|p| &*p.name == name)?;
        Some(PointId(device.first_point.0.checked_add(u32::try_from(place).ok()?)?))
    }

    /// The rules that watch a point of a profile.
    #[must_use]
    pub fn rules_of(&self, profile: ProfileId, place: usize) -> &[RuleId] {
        self.rules_of
            .get(profile.index())
            .and_then(|points| points.get(place))
            .map_or(&[], Vec::as_slice)
    }

    /// Devices of a facility.
    #[must_use]
    pub fn devices_in(&self, facility: &str) -> &[DeviceId] {
        self.by_facility.get(facility).map_or(&[], Vec::as_slice)
    }

    /// Devices that measure the wind, by number.
    pub fn stations(&self) -> impl Iterator<Item = &Device> {
        self.stations.iter().filter_map(|id| self.device(*id))
    }

    /// How many points there are.
    #[must_use]
    pub fn points(&self) -> usize {
        self.owner.len()
    }

    /// Posts of a role, in the order they were registered.
    pub fn posts_with(&self, role: &str) -> impl Iterator<Item = (PostId, &Post)> {
        let posts = self.by_role.get(role).map_or(&[][..], Vec::as_slice);
        posts.iter().filter_map(|id| Some((*id, self.posts.get(id.index())?)))
    }

    /// The responsible post of a device: its own, else that of its facility.
    #[must_use]
    pub fn post_of(&self, device: &Device) -> Option<(PostId, &Post)> {
        let facility = self.facilities.by_key(&device.spec.facility);
        let key = match device.spec.post.as_str() {
            "" => facility.map_or("", |f| f.post.as_str()),
            own => own,
        };
        let id = self.posts.find(key)?;
        Some((PostId(id), self.posts.get(id as usize)?))
    }

    /// The four items of an alarm at this device.
    #[must_use]
    pub fn place_of(&self, device: &Device) -> Place {
        let spec = &device.spec;
        let facility = self.facilities.by_key(&spec.facility);
        let words = [
            facility.map_or("", |f| f.address.as_str()),
            facility.map_or("", |f| f.name.as_str()),
            spec.room.as_str(),
            spec.name.as_str(),
        ];
        let place = words.iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>().join(" ");
        let post = self.post_of(device).map(|(_, post)| post);
        Place {
            device: device.key.clone(),
            place: place.into(),
            person: post
                .map_or(String::new(), |p| format!("{} {}", p.name, p.person))
                .trim()
                .into(),
            contact: post.map_or("", |p| p.phone.as_str()).into(),
            picture: spec.camera.as_str().into(),
            area: spec.area,
        }
    }

    fn put_post(&mut self, post: &Post) -> Option<u32> {
        if let Some(id) = self.posts.find(&post.key)
            && let Some(old) = self.posts.get(id as usize)
        {
            self.posts_at.remove(id, &old.facility, old.position);
            if let Some(list) = self.by_role.get_mut(old.role.as_str()) {
                list.retain(|other| other.0 != id);
            }
        }
        let id = self.posts.put(&post.key, |_, _| post.clone())?;
        self.posts_at.add(id, &post.facility, post.position);
        let list = self.by_role.entry(Arc::from(post.role.as_str())).or_default();
        if let Err(place) = list.binary_search(&PostId(id)) {
            list.insert(place, PostId(id));
        }
        Some(id)
    }

    fn put_facility(&mut self, facility: &Facility) -> Option<u32> {
        if let Some(id) = self.facilities.find(&facility.key)
            && let Some(old) = self.facilities.get(id as usize)
        {
            self.facilities_at.remove(id, "", Some(old.position));
        }
        let id = self.facilities.put(&facility.key, |_, _| facility.clone())?;
        self.facilities_at.add(id, "", Some(facility.position));
        Some(id)
    }

    fn put_person(&mut self, person: &Person) -> Option<u32> {
        if let Some(id) = self.people.find(&person.key)
            && let Some(old) = self.people.get(id as usize)
        {
            self.people_at.remove(id, &old.facility, Some(old.position));
        }
        let id = self.people.put(&person.key, |_, _| person.clone())?;
        self.people_at.add(id, &person.facility, Some(person.position));
        Some(id)
    }

    fn remove_person(&mut self, key: &str) -> Answer {
        let id = self.people.find(key);
        match (id, self.people.remove(key)) {
            (Some(id), Some(old)) => {
                self.people_at.remove(id, &old.facility, Some(old.position));
                Answer::Done
            }
            _ => Answer::Refused(Refusal::Unknown),
        }
    }

    fn put_profile(&mut self, profile: &Profile) -> Answer {
        if !profile.is_valid() {
            return Answer::Refused(Refusal::OutOfRange);
        }
        if let Some(old) = self.profiles.by_key(&profile.key) {
            let kept = old.points.iter().zip(&profile.points).all(|(a, b)| a.name == b.name);
            let in_use = self.devices.iter().any(|(_, d)| d.spec.profile == *profile.key);
            // Points of a device are consecutive numbers: a profile in use cannot grow.
            if !kept || (in_use && old.points.len() != profile.points.len()) {
                return Answer::Refused(Refusal::WrongState);
            }
        }
        match self.profiles.put(&profile.key, |_, _| profile.clone()) {
            Some(id) => {
                let of_it = self.devices.iter().filter(|(_, d)| d.profile.0 == id);
                let devices: Vec<DeviceId> = of_it.map(|(_, d)| d.id).collect();
                self.stations.retain(|device| devices.binary_search(device).is_err());
                if profile.measures_wind() {
                    self.stations.extend(devices);
                }
                self.index_rules();
                Answer::Done
            }
            None => Answer::Refused(Refusal::LimitReached),
        }
    }

    fn put_rule(&mut self, rule: &Rule) -> Answer {
        if !self.profiles.by_key(&rule.profile).is_some_and(|profile| rule.fits(profile)) {
            return Answer::Refused(Refusal::Unknown);
        }
        if !rule.is_valid() {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let others = self.rules.iter().filter(|(_, r)| {
            r.profile == rule.profile && r.point == rule.point && r.key != rule.key
        });
        if others.count() >= Self::MAX_RULES_OF_POINT {
            return Answer::Refused(Refusal::LimitReached);
        }
        if self.rules.put(&rule.key, |_, _| rule.clone()).is_none() {
            return Answer::Refused(Refusal::LimitReached);
        }
        self.index_rules();
        Answer::Done
    }

    fn put_device(&mut self, spec: &DeviceSpec) -> Answer {
        if !is_device_key(&spec.key) {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let Some(profile) = self.profiles.find(&spec.profile) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let points = self.profiles.get(profile as usize).map_or(0, |p| p.points.len());
        let old = self.devices.by_key(&spec.key);
        if old.is_some_and(|d| d.spec.profile != spec.profile) {
            return Answer::Refused(Refusal::WrongState);
        }
        if old.is_none() && self.owner.len() + points > Self::MAX_POINTS {
            return Answer::Refused(Refusal::LimitReached);
        }
        let old_facility = old.map(|d| d.spec.facility.clone()).unwrap_or_default();
        let old_position = old.map(|d| d.spec.position);
        let first = old.map(|d| d.first_point);
        let Ok(next) = u32::try_from(self.owner.len()) else {
            return Answer::Refused(Refusal::LimitReached);
        };
        let first_point = first.unwrap_or(PointId(next));
        let put = self.devices.put(&spec.key, |id, key| Device {
            id: DeviceId(id),
            key,
            profile: ProfileId(profile),
            first_point,
            spec: spec.clone(),
        });
        let Some(id) = put.map(DeviceId) else { return Answer::Refused(Refusal::LimitReached) };
        if first.is_none() {
            self.owner.extend(std::iter::repeat_n(id, points));
        }
        self.move_facility(id, &old_facility, &spec.facility);
        if let Some(position) = old_position {
            self.grid.remove(id.0, position);
        }
        self.grid.put(id.0, spec.position);
        if self.profiles.get(profile as usize).is_some_and(Profile::measures_wind) {
            self.stations.insert(id);
        }
        Answer::Created(u64::from(id.0))
    }

    fn remove_device(&mut self, key: &str) -> Answer {
        match self.devices.remove(key) {
            Some(device) => {
                self.move_facility(device.id, &device.spec.facility, "");
                self.grid.remove(device.id.0, device.spec.position);
                self.stations.remove(&device.id);
                Answer::Done
            }
            None => Answer::Refused(Refusal::Unknown),
        }
    }

    fn move_facility(&mut self, id: DeviceId, from: &str, to: &str) {
        if let Some(list) = self.by_facility.get_mut(from) {
            list.retain(|d| *d != id);
        }
        if !to.is_empty() {
            let list = self.by_facility.entry(Arc::from(to)).or_default();
            if let Err(place) = list.binary_search(&id) {
                list.insert(place, id);
            }
        }
    }

    fn index_rules(&mut self) {
        let mut index: Vec<Vec<Vec<RuleId>>> =
            self.profiles.iter().map(|(_, p)| vec![Vec::new(); p.points.len()]).collect();
        for (id, rule) in self.rules.iter() {
            let Some(profile) = self.profiles.find(&rule.profile) else { continue };
            let points = self.profiles.get(profile as usize).map_or(&[][..], |p| &p.points);
            let place = points.iter().position(|point| *point.name == *rule.point);
            let row = index.get_mut(profile as usize);
            if let Some(list) = place.and_then(|place| row?.get_mut(place)) {
                list.push(RuleId(id));
            }
        }
        self.rules_of = index;
    }
}

/// Whether a text can name a device: 1 to 64 of `a-z A-Z 0-9 . _ -`, so that it fits a topic level and a URL segment.
#[must_use]
pub fn is_device_key(key: &str) -> bool {
    (1..=64).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A facility's number by name, for code that keeps numbers.
impl Registry {
    /// The number of a facility.
    #[must_use]
    pub fn facility_id(&self, key: &str) -> Option<FacilityId> {
        self.facilities.find(key).map(FacilityId)
    }

    /// The number of a push policy.
    #[must_use]
    pub fn policy_id(&self, key: &str) -> Option<PolicyId> {
        self.policies.find(key).map(PolicyId)
    }
}
