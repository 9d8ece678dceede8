//! What happens, and when.

use std::collections::BTreeMap;

use helan_kernel::Ms;
use serde::Deserialize;

use super::span;

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
        let known = [leak, repair, air, fault, uplink, reading, call, task, evacuated, grade];
        known.into_iter().chain([hotspot]).flatten().collect::<Vec<_>>().join(", ")
    }

    /// How many things it says besides its moment.
    pub(super) fn words_said(&self) -> usize {
        let Self { at: _, leak, repair, air, fault, uplink, reading, .. } = self;
        let Self { call, task, evacuated, grade, hotspot, .. } = self;
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
