//! Who waits for the next reading of a point. Nearly always nobody: a reading then costs one comparison.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{CommandId, PointId, RunId};

/// Somebody who waits. Commands come first: what is not safe any more is withdrawn before a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Reader {
    /// A command whose interlock asks for the point.
    Command(CommandId),
    /// A run whose step is proved by the point.
    Run(RunId),
}

/// Who waits for which point.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Readers {
    waiting: BTreeSet<(PointId, Reader)>,
}

impl Readers {
    pub fn add(&mut self, point: PointId, reader: Reader) {
        self.waiting.insert((point, reader));
    }

    pub fn remove(&mut self, point: PointId, reader: Reader) {
        self.waiting.remove(&(point, reader));
    }

    /// Whether nobody waits for anything.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Who waits for a point.
    pub fn of(&self, point: PointId) -> Vec<Reader> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let first = (point, Reader::Command(CommandId(0)));
        let last = (point, Reader::Run(RunId(u64::MAX)));
        self.waiting.range(first..=last).map(|(_, reader)| *reader).collect()
    }
}
