//! Scenario files: TOML, every word known.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, ensure};
use helan_kernel::Ms;
use serde::{Deserialize, Deserializer};

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

/// The site agent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Device key of the agent at the platform.
    pub gateway: String,
    /// Profile it is registered with.
    pub profile: String,
    /// Name for people.
    pub name: String,
}

/// A building.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facility {
    /// Unique.
    pub key: String,
    /// Kind.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Address in words.
    pub address: String,
    /// Responsible post.
    #[serde(default)]
    pub post: String,
    /// Where, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
}

/// A post.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Unique.
    pub key: String,
    /// Role.
    pub role: String,
    /// Name for people; also how its notices are recognised.
    pub name: String,
    /// Building it answers for; the whole area when empty.
    #[serde(default)]
    pub facility: String,
    /// Who fills it.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// Where, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
    /// How it answers.
    #[serde(default)]
    pub manner: Manner,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Unique.
    pub key: String,
    /// Name; also how the person's notices are recognised.
    pub name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// Building.
    pub facility: String,
    /// Room.
    #[serde(default)]
    pub room: String,
    /// Stair.
    #[serde(default)]
    pub stair: String,
    /// Floor.
    #[serde(default)]
    pub floor: i32,
    /// Where, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
    /// What keeps the person from leaving unaided.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How the person answers.
    #[serde(default)]
    pub manner: Manner,
}

/// How somebody answers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manner {
    /// How likely an answer comes at all.
    pub answers: f64,
    /// Mean time until it comes, in world time.
    #[serde(deserialize_with = "span")]
    pub delay: Ms,
    /// Whether the answer is a call for help.
    pub needs_help: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { answers: 0.9, delay: Ms::seconds(30), needs_help: false }
    }
}

/// A room with gas in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Unique in the scenario.
    pub key: String,
    /// Volume of air.
    pub volume_m3: f64,
    /// Air changes in an hour, windows shut.
    pub air_changes: f64,
    /// Further air changes in an hour while the fan runs.
    #[serde(default)]
    pub fan_air_changes: f64,
}

/// A device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Unique.
    pub key: String,
    /// Profile in the server's packs.
    pub profile: String,
    /// What it is in the world.
    pub model: Model,
    /// Name for people.
    pub name: String,
    /// Building.
    #[serde(default)]
    pub facility: String,
    /// Room: as registered, and in the world when the scenario has it.
    #[serde(default)]
    pub room: String,
    /// Stair.
    #[serde(default)]
    pub stair: String,
    /// Floor.
    #[serde(default)]
    pub floor: i32,
    /// Camera that sees the place.
    #[serde(default)]
    pub camera: String,
    /// Where it stands, when not at the place of the scenario.
    pub position: Option<(f64, f64)>,
    /// Name of the point, where the model leaves it open: the gas of a detector (`ch4` when empty), the state of a switch.
    #[serde(default)]
    pub point: String,
    /// Command that a switch knows; it turns the state from 1 to 0.
    #[serde(default)]
    pub command: String,
    /// Gully that a gauge stands in, or that a forecast is about.
    #[serde(default)]
    pub gully: String,
    /// Points of an instrument: pairs of moment and value. Between two moments the value changes evenly; before the first and
    /// after the last it stays.
    #[serde(default)]
    pub track: BTreeMap<String, Vec<(Moment, f64)>>,
    /// Time between two readings; 0 for what speaks only when something happens.
    #[serde(deserialize_with = "span")]
    pub every: Ms,
    /// Time constant of its sensor.
    #[serde(default = "lag_s")]
    pub lag_s: f64,
    /// Whether it stands behind the site agent.
    #[serde(default)]
    pub site: bool,
    /// Further facts.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl Device {
    /// Point of the gas that it measures; none when it measures none.
    #[must_use]
    pub fn gas_point(&self) -> Option<&str> {
        let given = if self.point.is_empty() { "ch4" } else { self.point.as_str() };
        (self.model == Model::GasDetector).then_some(given)
    }
}

fn lag_s() -> f64 {
    8.0
}

/// A moment of world time in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Moment(#[serde(deserialize_with = "span")] pub Ms);

/// What a device is in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Measures gas in its room.
    GasDetector,
    /// Shuts the gas off.
    Valve,
    /// Blows gas out.
    Fan,
    /// Cuts the power of its room.
    PowerSwitch,
    /// Says texts.
    Loudspeaker,
    /// Shows that it works on a point `online`.
    Camera,
    /// Anything that a command turns off: a burner, a lift.
    Switch,
    /// Replays its tracks.
    Instrument,
    /// Measures the rain of the storm since its last reading on a point `rain_10min`.
    RainGauge,
    /// Measures discharge and level of its gully on points `flow` and `level`.
    GullyGauge,
    /// Speaks only when an event makes it: a scanner, a hand-held terminal.
    Terminal,
}

/// Something happens at a moment of world time: one of the words after `at`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happening {
    /// When.
    #[serde(deserialize_with = "span")]
    pub at: Ms,
    /// Gas flows into a room.
    pub leak: Option<Leak>,
    /// The leak of this room is repaired.
    pub repair: Option<String>,
    /// Windows: air changes in an hour from now on.
    pub air: Option<Air>,
    /// A device goes wrong.
    pub fault: Option<FaultOf>,
    /// The connection between site agent and platform.
    pub uplink: Option<Uplink>,
    /// A device says something of its own.
    pub reading: Option<ReadingOf>,
    /// Somebody calls, and the call is written down.
    pub call: Option<CallOf>,
    /// Somebody asks for a task to be sent.
    pub task: Option<TaskOf>,
    /// A person at the place confirms, in these words, that everybody is out.
    pub evacuated: Option<String>,
    /// The officer sets the response level.
    pub grade: Option<GradeOf>,
    /// A satellite sees something hot.
    pub hotspot: Option<HotspotOf>,
    /// A post is elsewhere now, as its tracker says.
    pub moves: Option<MoveOf>,
}

/// A hotspot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HotspotOf {
    /// Which satellite.
    pub satellite: String,
    /// Where.
    pub position: (f64, f64),
    /// Where, in words.
    pub place: String,
    /// Radiative power, MW.
    pub frp_mw: f64,
    /// Whether it is the heat of something that is always hot: then an incident is a false alarm.
    #[serde(default)]
    pub own_heat: bool,
}

/// A post that moves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveOf {
    /// Which post.
    pub post: String,
    /// Where it is.
    pub position: (f64, f64),
}

/// Readings of a device at one moment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingOf {
    /// Which device.
    pub device: String,
    /// Values by point.
    pub values: BTreeMap<String, f64>,
}

/// A call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallOf {
    /// Kind of incident.
    pub kind: String,
    /// Building that it speaks of.
    #[serde(default)]
    pub facility: String,
    /// Where, in words.
    pub place: String,
    /// Where; the place of the scenario when missing.
    pub position: Option<(f64, f64)>,
    /// Name of the caller.
    #[serde(default)]
    pub caller: String,
    /// How to call back.
    #[serde(default)]
    pub contact: String,
    /// What was said.
    pub text: String,
    /// Whether whoever writes it down believes it.
    #[serde(default)]
    pub credible: bool,
}

/// A task that somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskOf {
    /// How measures call it.
    pub key: String,
    /// Keys of the posts.
    pub posts: Vec<String>,
    /// What they shall do.
    pub text: String,
    /// Whether it brings them into the danger area.
    pub on_site: bool,
    /// The way that they shall go, corner by corner.
    #[serde(default)]
    pub way: Vec<(f64, f64)>,
}

/// A response level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeOf {
    /// 1 (highest) to 4.
    pub grade: u8,
    /// Why.
    pub reason: String,
}

impl Happening {
    /// What happens, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let leak = self.leak.as_ref().map(|l| format!("gas begins to leak in {}", l.room));
        let repair = self.repair.as_ref().map(|room| format!("the leak in {room} is repaired"));
        let air = self.air.as_ref().map(|a| format!("{} has {} air changes", a.room, a.changes));
        let fault = self.fault.as_ref().map(|f| format!("fault of {}: {:?}", f.device, f.kind));
        let uplink = self.uplink.map(|up| format!("link of the site with the platform: {up:?}"));
        let reading = self.reading.as_ref().map(|r| format!("{} says {:?}", r.device, r.values));
        let call = self.call.as_ref().map(|c| format!("call: {}", c.text));
        let task = self.task.as_ref().map(|t| format!("task asked for: {}", t.text));
        let evacuated = self.evacuated.as_ref().map(|words| format!("all out: {words}"));
        let grade = self.grade.as_ref().map(|g| format!("response level {}", g.grade));
        let hotspot = self.hotspot.as_ref().map(|h| format!("hotspot: {}", h.place));
        let moves = self.moves.as_ref().map(|m| format!("{} is at {:?}", m.post, m.position));
        let known = [leak, repair, air, fault, uplink, reading, call, task, evacuated, grade];
        known.into_iter().chain([hotspot, moves]).flatten().collect::<Vec<_>>().join(", ")
    }

    /// How many things it says besides its moment.
    fn words_said(&self) -> usize {
        let Self { at: _, leak, repair, air, fault, uplink, reading, .. } = self;
        let Self { call, task, evacuated, grade, hotspot, moves, .. } = self;
        let said = [
            leak.is_some(),
            repair.is_some(),
            air.is_some(),
            fault.is_some(),
            uplink.is_some(),
            reading.is_some(),
            call.is_some(),
            task.is_some(),
            evacuated.is_some(),
            grade.is_some(),
            hotspot.is_some(),
            moves.is_some(),
        ];
        said.into_iter().filter(|said| *said).count()
    }
}

/// Gas flows into a room.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leak {
    /// Which room.
    pub room: String,
    /// The concentration in %LEL that the closed room would reach…
    pub reaches: f64,
    /// …after this time, if nobody did anything.
    #[serde(deserialize_with = "span")]
    pub within: Ms,
}

/// Air changes of a room.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Air {
    /// Which room.
    pub room: String,
    /// Changes in an hour.
    pub changes: f64,
}

/// A fault of a device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOf {
    /// Which device.
    pub device: String,
    /// What.
    pub kind: FaultKind,
    /// For how long; for good when missing.
    #[serde(default = "for_good", deserialize_with = "span")]
    pub lasts: Ms,
    /// Wrong value, standard deviation, or clock error in seconds.
    #[serde(default)]
    pub value: f64,
}

fn for_good() -> Ms {
    Ms::seconds(10 * 365 * 86_400)
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Sends nothing.
    Silence,
    /// Connection gone.
    LinkLost,
    /// Repeats its last values.
    Stuck,
    /// One wrong sample.
    Spike,
    /// Wrong samples.
    Value,
    /// Noise.
    Noise,
    /// Clock wrong.
    Clock,
    /// Says that its values are bad.
    Bad,
}

/// State of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uplink {
    /// Cut.
    Cut,
    /// Restored.
    Restored,
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
            let moved = happening.moves.iter().map(|moved| &moved.post);
            for post in task.iter().flat_map(|task| &task.posts).chain(moved) {
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
