//! From a payload to readings of known points, or to a reason why not: the same at the platform and at a site.

use helan_kernel::{Ms, PointId, Reading};

use super::{Malformed, Reason, Sample, read};

/// Readings from further ahead are refused: a clock that far off is broken, and alarms must not wait in the future.
pub const MAX_AHEAD: Ms = Ms::seconds(5 * 60);
/// Readings older than this are refused: history of that time may be folded away.
pub const MAX_AGE: Ms = Ms::seconds(30 * 24 * 3600);
/// Refusals that are listed for one message.
const MAX_LISTED: usize = 100;

/// Something refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The word for it.
    pub reason: Reason,
    /// What exactly, for people.
    pub detail: String,
}

impl Refused {
    /// A refusal.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.reason(), malformed.to_string())
    }
}

/// What became of the readings of one message.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// How many were taken.
    pub taken: usize,
    /// How many were refused.
    pub refused: usize,
    /// The first of them: which reading (from 0), and why.
    pub reasons: Vec<(usize, Refused)>,
}

impl Outcome {
    /// One line for the sender about those refused; none when all were taken.
    #[must_use]
    pub fn summary(&self) -> Option<Refused> {
        let (index, first) = self.reasons.first()?;
        let (count, all) = (self.refused, self.taken + self.refused);
        let detail = format!("reading {index}: {} ({count} of {all} refused)", first.detail);
        Some(Refused::new(first.reason, detail))
    }
}

/// A device as its payloads speak of it.
pub trait Points {
    /// Its key.
    fn key(&self) -> &str;
    /// The point with this name in payloads, and its unit.
    fn point(&self, name: &str) -> Option<(PointId, &str)>;
}

/// The moments of a message.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// Now.
    pub now: Ms,
    /// What readings without a time get.
    pub arrival: Ms,
}

/// Reads a payload for a device: good readings go to `each` with the name of their point, others are named in the outcome.
/// When this fails, what `each` has seen already must not be used.
///
/// # Errors
/// When the payload as a whole cannot be read.
pub fn admit(
    device: &impl Points,
    payload: &[u8],
    moments: Moments,
    each: &mut dyn FnMut(Reading, &str),
) -> Result<Outcome, Refused> {
    let mut outcome = Outcome::default();
    let mut index = 0;
    read(payload, moments.now, &mut |sample| {
        match reading(device, &sample, moments) {
            Ok((reading, name)) => {
                each(reading, name);
                outcome.taken += 1;
            }
            Err(refused) => {
                outcome.refused += 1;
                if outcome.reasons.len() < MAX_LISTED {
                    outcome.reasons.push((index, refused));
                }
            }
        }
        index += 1;
    })?;
    Ok(outcome)
}

fn reading<'s>(
    device: &impl Points,
    sample: &Sample<'s>,
    Moments { now, arrival }: Moments,
) -> Result<(Reading, &'s str), Refused> {
    // SenML names often carry the device in front.
    let own = sample.name.strip_prefix(device.key());
    let name = own.and_then(|rest| rest.strip_prefix(['/', ':', '.'])).unwrap_or(sample.name);
    let Some((point, unit)) = device.point(name) else {
        return Err(Refused::new(Reason::UnknownPoint, name));
    };
    if !sample.value.is_finite() {
        return Err(Refused::new(Reason::NotFinite, name));
    }
    if let Some(given) = sample.unit
        && given != unit
    {
        return Err(Refused::new(Reason::WrongUnit, format!("{name}: {given}, not {unit}")));
    }
    let at = sample.at.unwrap_or(arrival);
    if at.since(now) > MAX_AHEAD {
        return Err(Refused::new(Reason::Future, format!("{name}: {} ms ahead", at.since(now).0)));
    }
    if now.since(at) > MAX_AGE {
        let hint = if now.since(Ms::seconds(at.0)).0.abs() < MAX_AGE.0 {
            " (in seconds? milliseconds are wanted)"
        } else {
            ""
        };
        return Err(Refused::new(Reason::Ancient, format!("{name}: ts {}{hint}", at.0)));
    }
    Ok((Reading { point, at, value: sample.value, quality: sample.quality }, name))
}

/// Moments for readings without a time: when several of one device arrive in the same millisecond each message gets one of
/// its own, else all but the first would be taken for another value of the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrivals(Ms);

impl Arrivals {
    /// How far ahead of the clock they may run.
    const MAX_AHEAD: Ms = Ms(1_000);

    /// The moment of the next message.
    pub fn next(&mut self, now: Ms) -> Ms {
        self.0 = now.max(self.0.after(Ms(1)).min(now.after(Self::MAX_AHEAD)));
        self.0
    }
}
