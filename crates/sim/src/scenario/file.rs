//! Scenario files: TOML, every word known.

mod happening;
mod place;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use helan_kernel::Ms;
use serde::{Deserialize, Deserializer};

pub use happening::{
    Air, CallOf, FaultKind, FaultOf, GradeOf, Happening, HotspotOf, Leak, ReadingOf, TaskOf, Uplink,
};
pub use place::{Device, Facility, Manner, Model, Moment, Person, Post, Room, Site};

/// Largest file that is read: scenarios are written by hand; the server that starts drills has the same limit.
const MAX_BYTES: u64 = 1024 * 1024;

/// A scenario as its file says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique; the name of the file.
    pub key: String,
    /// Name for people.
    pub name: Words,
    /// What happens, for people.
    pub description: Words,
    /// How long it takes at speed 1.
    pub minutes: f64,
    /// Seed of its randomness.
    pub seed: u64,
    /// Area it lies in, nine digits.
    pub area: u32,
    /// Longitude and latitude of the place.
    pub position: (f64, f64),
    /// The site agent, when there is one: devices with `site = true` stand behind it.
    pub site: Option<Site>,
    /// Buildings.
    #[serde(default, rename = "facility")]
    pub facilities: Vec<Facility>,
    /// Posts.
    #[serde(default, rename = "post")]
    pub posts: Vec<Post>,
    /// People.
    #[serde(default, rename = "person")]
    pub people: Vec<Person>,
    /// Rooms.
    #[serde(default, rename = "room")]
    pub rooms: Vec<Room>,
    /// A rain storm over the scenario.
    pub storm: Option<super::storm::Storm>,
    /// A fire of grass or forest.
    pub fire: Option<super::fire::Fire>,
    /// Gullies that it falls on.
    #[serde(default, rename = "gully")]
    pub gullies: Vec<super::storm::Gully>,
    /// Devices.
    #[serde(rename = "device")]
    pub devices: Vec<Device>,
    /// What happens when.
    #[serde(rename = "event")]
    pub events: Vec<Happening>,
    /// What the officer on duty does.
    #[serde(default)]
    pub duty: Duty,
    /// What is measured.
    #[serde(rename = "measure")]
    pub measures: Vec<Measure>,
}

/// A text in both languages.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What the officer on duty does, in world time after the alarm was seen; a person at the console may be faster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Duty {
    /// Acknowledges each alarm after this time.
    #[serde(deserialize_with = "span")]
    pub acknowledge: Ms,
    /// Takes the incident after this time.
    #[serde(deserialize_with = "span")]
    pub take: Ms,
    /// Gives the all-clear when the gas in every room was below this (%LEL)…
    pub clear_below: f64,
    /// …for this time.
    #[serde(deserialize_with = "span")]
    pub clear_after: Ms,
    /// Leaves all-clear and closing for so long to a person at the console who has taken the incident.
    #[serde(deserialize_with = "span")]
    pub patience: Ms,
    /// Time that a visit to somebody who cannot be reached takes on average.
    #[serde(deserialize_with = "span")]
    pub visit: Ms,
    /// Gives no all-clear before this moment.
    #[serde(deserialize_with = "span")]
    pub clear_from: Ms,
}

impl Default for Duty {
    fn default() -> Self {
        Self {
            acknowledge: Ms::seconds(20),
            take: Ms::seconds(25),
            clear_below: 5.0,
            clear_after: Ms::seconds(120),
            patience: Ms::seconds(180),
            visit: Ms::seconds(90),
            clear_from: Ms(0),
        }
    }
}

/// A measure with its target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is measured.
    pub what: super::measure::What,
    /// Name for people.
    pub name: Words,
    /// Device, rule or role that it is about, where the kind asks for one.
    #[serde(default)]
    pub of: String,
    /// Words that are looked for, where the kind asks for them.
    #[serde(default)]
    pub words: Vec<String>,
    /// The moment of world time that it is about, where the kind asks for one.
    #[serde(default, deserialize_with = "span")]
    pub moment: Ms,
    /// Holds when the value is at most this.
    pub at_most: Option<f64>,
    /// Holds when the value is at least this.
    pub at_least: Option<f64>,
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// When the file cannot be read, has unknown words, or refers to something that it does not have.
    pub fn read(path: &Path) -> Result<Self> {
        let place = || format!("scenario {}", path.display());
        let size = std::fs::metadata(path).with_context(place)?.len();
        ensure!(
            size <= MAX_BYTES,
            "scenario {}: {size} bytes, more than {MAX_BYTES}",
            path.display()
        );
        let text = std::fs::read_to_string(path).with_context(place)?;
        Self::parse(&text).with_context(place)
    }

    /// Reads the text of a scenario file.
    ///
    /// # Errors
    /// When it has unknown words, or refers to something that it does not have.
    pub fn parse(text: &str) -> Result<Self> {
        let scenario: Self = toml::from_str(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<()> {
        self.check_numbers()?;
        let room = |key: &str| self.rooms.iter().any(|r| r.key == key);
        let device = |key: &str| self.devices.iter().any(|d| d.key == key);
        for happening in &self.events {
            let Happening { leak, repair, air, fault, uplink, reading, task, .. } = happening;
            let one = happening.words_said() == 1;
            ensure!(one, "an event says one thing besides its moment: {happening:?}");
            let rooms = [leak.as_ref().map(|l| &l.room), repair.as_ref()];
            for key in rooms.into_iter().flatten().chain(air.as_ref().map(|a| &a.room)) {
                ensure!(room(key), "there is no room {key:?}");
            }
            if let Some(fault) = fault {
                ensure!(device(&fault.device), "there is no device {:?}", fault.device);
            }
            if let Some(reading) = reading {
                ensure!(device(&reading.device), "there is no device {:?}", reading.device);
            }
            for post in task.iter().flat_map(|task| &task.posts) {
                ensure!(self.posts.iter().any(|p| p.key == *post), "there is no post {post:?}");
            }
            ensure!(uplink.is_none() || self.site.is_some(), "an uplink needs a site");
        }
        let site_devices = self.devices.iter().any(|d| d.site);
        ensure!(self.site.is_some() || !site_devices, "devices of a site need a site");
        for device in &self.devices {
            let track = device.track.values().all(|points| points.is_sorted_by_key(|(at, _)| *at));
            ensure!(track, "the track of {:?} is not in the order of time", device.key);
        }
        if let Some(fire) = &self.fire {
            fire.check()?;
            ensure!(device(&fire.wind), "there is no device {:?}", fire.wind);
        }
        if let Some(storm) = &self.storm {
            storm.check()?;
        }
        self.gullies.iter().try_for_each(super::storm::Gully::check)?;
        for device in &self.devices {
            let rains = matches!(device.model, Model::RainGauge | Model::GullyGauge);
            ensure!(!rains || self.storm.is_some(), "{:?} needs a storm", device.key);
            let known = self.gullies.iter().any(|gully| gully.key == device.gully);
            let gauge = device.model == Model::GullyGauge || !device.gully.is_empty();
            ensure!(!gauge || known, "there is no gully {:?}", device.gully);
        }
        for measure in &self.measures {
            let one = measure.at_most.is_some() != measure.at_least.is_some();
            ensure!(one, "{:?} needs one of at_most and at_least", measure.what);
        }
        Ok(())
    }
}

impl Scenario {
    /// Numbers that a clock, a room or a person can have.
    fn check_numbers(&self) -> Result<()> {
        let within = |what: &str, value: f64, low: f64, high: f64| -> Result<()> {
            ensure!((low..=high).contains(&value), "{what}: {value} is not in {low} to {high}");
            Ok(())
        };
        within("minutes", self.minutes, 0.0, 24.0 * 60.0)?;
        within("position", self.position.0, -180.0, 180.0)?;
        within("position", self.position.1, -90.0, 90.0)?;
        for room in &self.rooms {
            within("volume_m3", room.volume_m3, 0.1, 1e6)?;
            within("air_changes", room.air_changes, 0.0, 1000.0)?;
            within("fan_air_changes", room.fan_air_changes, 0.0, 1000.0)?;
        }
        for device in &self.devices {
            within("lag_s", device.lag_s, 0.0, 3600.0)?;
            for (_, value) in device.track.values().flatten() {
                within("track", *value, -1e9, 1e9)?;
            }
        }
        let posts = self.posts.iter().map(|p| p.manner);
        for manner in self.people.iter().map(|p| p.manner).chain(posts) {
            within("answers", manner.answers, 0.0, 1.0)?;
        }
        for happening in &self.events {
            if let Some(leak) = &happening.leak {
                within("reaches", leak.reaches, 0.0, 2000.0)?;
            }
            if let Some(air) = &happening.air {
                within("changes", air.changes, 0.0, 1000.0)?;
            }
            if let Some(fault) = &happening.fault {
                within("value", fault.value, -1e9, 1e9)?;
            }
        }
        for bound in self.measures.iter().filter_map(|m| m.at_most.or(m.at_least)) {
            within("at_most, at_least", bound, -1e9, 1e9)?;
        }
        Ok(())
    }
}

/// A span such as `500ms`, `20s`, `4min`, `2h`.
pub(super) fn span<'de, D: Deserializer<'de>>(input: D) -> Result<Ms, D::Error> {
    let text = String::deserialize(input)?;
    parse_span(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no span")))
}

fn parse_span(text: &str) -> Option<Ms> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let number: i64 = number.parse().ok()?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit).map(Ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_sense_are_refused() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/household-gas-leak-live.toml");
        let text = std::fs::read_to_string(path).unwrap();
        assert!(Scenario::parse(&text).is_ok());
        for (key, bad) in [
            ("minutes = ", "nan"),
            ("minutes = ", "-1"),
            ("answers = ", "7.0"),
            ("volume_m3 = ", "0"),
            ("reaches = ", "inf"),
        ] {
            let (before, rest) = text.split_once(key).expect(key);
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            assert_ne!(after, rest, "{key}");
            let error = Scenario::parse(&format!("{before}{key}{bad}{after}"));
            assert!(error.is_err(), "{key}{bad}");
        }
    }

    #[test]
    fn spans() {
        assert_eq!(parse_span("500ms"), Some(Ms(500)));
        assert_eq!(parse_span("4min"), Some(Ms(240_000)));
        assert_eq!(parse_span("4"), None);
        assert_eq!(parse_span("min"), None);
    }

    /// Every scenario of the project is read, and its name is its key.
    #[test]
    fn all_scenario_files_parse() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "toml") {
                let scenario = Scenario::read(&path).unwrap();
                assert_eq!(scenario.key, path.file_stem().unwrap().to_str().unwrap());
                count += 1;
            }
        }
        assert!(count >= 2, "{count}");
    }
}
