//! Everything of a turn that is not a reading, as bytes: what the audit chain holds together.

use helan_kernel::{Answer, Effect, Event};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// First byte of acts. The rest is postcard; kinds of events and effects are only ever added at the end.
const FORMAT: u8 = 2;

/// Events other than readings, with their answers, and all effects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Acts {
    /// The events, in order.
    pub events: Vec<Act>,
    /// All effects of the turn, in order.
    pub effects: Vec<Effect>,
}

/// An event and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// How many readings of the turn the engine saw before it.
    pub place: u32,
    /// The event.
    pub event: Event,
    /// What its sender was told.
    pub answer: Answer,
}

/// An [`Act`] whose event lies elsewhere. Written like one.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ActRef<'a> {
    /// How many readings of the turn the engine saw before it.
    pub place: u32,
    /// The event.
    pub event: &'a Event,
    /// What its sender was told.
    pub answer: Answer,
}

#[derive(Serialize)]
struct ActsRef<'a> {
    events: &'a [ActRef<'a>],
    effects: &'a [Effect],
}

impl Acts {
    /// Writes acts over `out`; nothing when there are none.
    ///
    /// # Errors
    /// When they cannot be written; does not happen with the types used.
    pub fn write(
        events: &[ActRef<'_>],
        effects: &[Effect],
        out: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        out.clear();
        if events.is_empty() && effects.is_empty() {
            return Ok(());
        }
        let mut bytes = std::mem::take(out);
        bytes.push(FORMAT);
        *out = postcard::to_extend(&ActsRef { events, effects }, bytes)
            .map_err(|error| StoreError::Damaged(format!("acts: {error}")))?;
        Ok(())
    }

    /// Reads acts back. No bytes are no acts.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        match bytes {
            [] => Ok(Self::default()),
            [FORMAT, rest @ ..] => postcard::from_bytes(rest)
                .map_err(|error| StoreError::Damaged(format!("acts: {error}"))),
            [format, ..] => Err(StoreError::Damaged(format!("acts have format {format}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use helan_kernel::{DeviceId, Ms};

    use super::*;

    #[test]
    fn acts_come_back() {
        let link = Event::Link { device: DeviceId(7), up: true };
        let flood = Effect::Flood { on: true, alarms: 12, at: Ms(5) };
        let mut bytes = Vec::new();
        let event = ActRef { place: 3, event: &link, answer: Answer::Created(9) };
        Acts::write(&[event], std::slice::from_ref(&flood), &mut bytes).unwrap();
        let act = Act { place: 3, event: link, answer: Answer::Created(9) };
        assert_eq!(Acts::read(&bytes).unwrap(), Acts { events: vec![act], effects: vec![flood] });
        assert!(Acts::read(&bytes[..bytes.len() - 1]).is_err());
        assert!(Acts::read(&[9]).is_err());
        Acts::write(&[], &[], &mut bytes).unwrap();
        assert_eq!(Acts::read(&bytes).unwrap(), Acts::default());
    }
}
