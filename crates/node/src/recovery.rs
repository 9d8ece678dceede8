//! The way back to where the node was: the newest good snapshot, and every turn after it, stepped through again.

use std::path::Path;

use helan_kernel::{Effect, Engine, Event, LoadError, Ms};
use helan_store::{
    ActRef, Acts, Enough, Journal, JournalReader, Projector, Snapshot, StoredTurn, snapshots,
};

use crate::{NodeError, node::kept};

/// Choices for opening a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Go on when a replayed turn gives something else than was recorded: after the program was changed and the node before
    /// it did not stop in order. What was recorded stays in the history; [`Recovery::diverged`] says where it began.
    pub accept_divergence: bool,
    /// How long readings are kept in the history.
    pub keep_readings: Ms,
}

impl Default for Options {
    fn default() -> Self {
        Self { accept_divergence: false, keep_readings: Projector::KEEP_READINGS }
    }
}

/// What a start found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Turn of the snapshot that was used; none when everything was replayed.
    pub snapshot: Option<u64>,
    /// Its size.
    pub snapshot_bytes: u64,
    /// Snapshots that could not be used, and why.
    pub skipped: Vec<String>,
    /// Turns replayed.
    pub turns: u64,
    /// Readings in them.
    pub readings: u64,
    /// The first turn whose replay gave something else than was recorded.
    pub diverged: Option<u64>,
}

/// The state after the last turn of the journal.
pub(crate) fn recover(
    folder: &Path,
    journal: &Journal,
    options: &Options,
) -> Result<(Engine, Recovery), NodeError> {
    let mut recovery = Recovery::default();
    let mut other_format = false;
    let mut start = None;
    for (seq, path) in snapshots(folder)? {
        match usable(seq, &path, journal) {
            Ok((snapshot, engine)) => {
                recovery.snapshot = Some(seq);
                recovery.snapshot_bytes = snapshot.state.len() as u64;
                start = Some((seq, engine));
                break;
            }
            // The journal is written first, so its end is gone: going on would give numbers and moments a second time.
            Err(_) if seq > journal.last() && Snapshot::read(&path).is_ok() => {
                let lost = format!(
                    "the journal ends with turn {}, but there is a snapshot of turn {seq}: committed turns were lost",
                    journal.last()
                );
                return Err(helan_store::StoreError::Damaged(lost).into());
            }
            Err(why) => {
                other_format |= matches!(why, NodeError::State(LoadError::Format { .. }));
                recovery.skipped.push(format!("snapshot of turn {seq}: {why}"));
            }
        }
    }
    let (after, mut engine) = match start {
        Some(start) => start,
        None if journal.trimmed() > 0 => {
            let trimmed = journal.trimmed();
            return Err(NodeError::NoState { trimmed, skipped: recovery.skipped });
        }
        None => (0, Engine::default()),
    };
    // A state of another format was written by another program: it may have decided otherwise.
    let accept = options.accept_divergence || other_format;
    let mut replay = Replay::default();
    journal.replay(after, |turn| {
        let same = replay.step(&mut engine, turn)?;
        if !same && recovery.diverged.is_none() {
            if !accept {
                return Err(NodeError::Diverged { seq: turn.seq });
            }
            recovery.diverged = Some(turn.seq);
        }
        recovery.turns += 1;
        Ok(())
    })?;
    recovery.readings = replay.readings;
    Ok((engine, recovery))
}

/// The state after a turn of the journal, reckoned beside the running node: from the newest snapshot that can be used, through the turns
/// after it. Every answer and effect is compared with what was recorded.
///
/// # Errors
/// When the journal does not reach back to a snapshot, cannot be read, or gives something else than was recorded.
pub(crate) fn state_at(folder: &Path, seq: u64) -> Result<Snapshot, NodeError> {
    let journal = JournalReader::open(folder)?;
    let (trimmed, first) = journal.trimmed()?;
    let mut skipped = Vec::new();
    let newest = snapshots(folder)?.into_iter().filter(|(of, _)| *of >= trimmed && *of <= seq);
    let found = newest.into_iter().find_map(|(of, path)| {
        let loaded = Snapshot::read(&path).map_err(NodeError::from);
        match loaded.and_then(|found| Ok((found.link, Engine::load(&found.state)?))) {
            Ok((link, engine)) => Some((of, link, engine)),
            Err(why) => {
                skipped.push(format!("snapshot of turn {of}: {why}"));
                None
            }
        }
    });
    let (after, mut link, mut engine) = match found {
        Some(found) => found,
        None if trimmed > 0 => return Err(NodeError::NoState { trimmed, skipped }),
        None => (0, first, Engine::default()),
    };
    let mut replay = Replay::default();
    let mut last = after;
    journal.read(after, |turn| {
        if turn.seq > seq {
            return Ok(Enough::Yes);
        }
        let due = (!turn.acts.is_empty()).then(|| link.next(turn.seq, turn.at, turn.acts));
        // The chain tells that the snapshot belongs to this journal, and that no turn is missing.
        if turn.seq != last + 1 || due != turn.link || !replay.step(&mut engine, turn)? {
            return Err(NodeError::Diverged { seq: turn.seq });
        }
        link = due.unwrap_or(link);
        last = turn.seq;
        Ok(if last == seq { Enough::Yes } else { Enough::No })
    })?;
    if last != seq {
        let missing = format!("the journal ends with turn {last}, not {seq}");
        return Err(helan_store::StoreError::Damaged(missing).into());
    }
    Ok(Snapshot { seq, link, state: engine.save()? })
}

fn usable(seq: u64, path: &Path, journal: &Journal) -> Result<(Snapshot, Engine), NodeError> {
    let snapshot = Snapshot::read(path)?;
    journal.check(seq, &snapshot.link)?;
    let engine = Engine::load(&snapshot.state)?;
    Ok((snapshot, engine))
}

/// Steps an engine through turns that were recorded.
#[derive(Default)]
pub(crate) struct Replay {
    readings: u64,
    effects: Vec<Effect>,
    bytes: Vec<u8>,
}

impl Replay {
    /// Steps through a turn. Says whether it gave what was recorded, byte for byte.
    pub(crate) fn step(
        &mut self,
        engine: &mut Engine,
        turn: &StoredTurn<'_>,
    ) -> Result<bool, NodeError> {
        let acts = Acts::read(turn.acts)?;
        let mut recorded = acts.events.iter().peekable();
        let mut events: Vec<ActRef<'_>> = Vec::with_capacity(acts.events.len());
        let mut readings = turn.readings().map_err(helan_store::StoreError::from)?;
        self.effects.clear();
        let mut place = 0_u32;
        let mut same = true;
        if acts.events.is_empty() && readings.left() == 0 {
            engine.step(turn.at, &Event::Tick, &mut self.effects);
        }
        loop {
            while let Some(act) = recorded.next_if(|act| act.place == place) {
                let answer = engine.step(turn.at, &act.event, &mut self.effects);
                events.push(ActRef { place, event: &act.event, answer });
            }
            let Some((reading, taken)) =
                readings.next_reading().map_err(helan_store::StoreError::from)?
            else {
                break;
            };
            let answer = engine.step(turn.at, &Event::Reading(reading), &mut self.effects);
            same &= kept(answer) == taken;
            place += 1;
            self.readings += 1;
        }
        Acts::write(&events, &self.effects, &mut self.bytes)?;
        Ok(same && self.bytes == turn.acts)
    }
}
