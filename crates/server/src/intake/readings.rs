//! From a payload to readings of known points, or to a reason why not.

use helan_kernel::{Ms, Reading};
use helan_protocol::device::{self, Reason, Sample};

use super::refusals::Refused;
use crate::directory::Entry;

/// Readings from further ahead are refused: a clock that far off is broken, and alarms must not wait in the future.
pub const MAX_AHEAD: Ms = Ms::seconds(5 * 60);
/// Readings older than this are refused: history of that time may be folded away.
pub const MAX_AGE: Ms = Ms::seconds(30 * 24 * 3600);
/// Refusals that are listed for one message.
const MAX_LISTED: usize = 100;

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

/// Reads a payload for a device: good readings are appended to `into`, others are named. `arrival` is the moment that
/// readings without a time get.
///
/// # Errors
/// When the payload as a whole cannot be read: then nothing is appended.
pub fn read(
    entry: &Entry,
    payload: &[u8],
    now: Ms,
    arrival: Ms,
    into: &mut Vec<Reading>,
) -> Result<Outcome, Refused> {
    let mark = into.len();
    let mut outcome = Outcome::default();
    let mut index = 0;
    let read = device::read(payload, now, &mut |sample| {
        match reading(entry, &sample, now, arrival) {
            Ok(reading) => {
                into.push(reading);
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
    });
    match read {
        Ok(_) => Ok(outcome),
        Err(malformed) => {
            into.truncate(mark);
            Err(Refused::new(malformed.reason(), malformed.to_string()))
        }
    }
}

fn reading(entry: &Entry, sample: &Sample<'_>, now: Ms, arrival: Ms) -> Result<Reading, Refused> {
    // SenML names often carry the device in front.
    let own = sample.name.strip_prefix(&*entry.key);
    let name = own.and_then(|rest| rest.strip_prefix(['/', ':', '.'])).unwrap_or(sample.name);
    let Some((point, unit)) = entry.point(name) else {
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
    Ok(Reading { point, at, value: sample.value, quality: sample.quality })
}
