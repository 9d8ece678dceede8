//! One turn: step through what came, commit, hand the result out.

use std::{path::Path, sync::Arc};

use helan_kernel::{Answer, Effect, Engine, Event, LoadError, Ms, Reading};
use helan_store::{Journal, StoreError, Turn};

use crate::{Acts, Submission};

/// What can go wrong with a node.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store failed: nothing of the turn is kept, nobody was told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The saved state cannot be used.
    #[error(transparent)]
    State(#[from] LoadError),
    /// Acts could not be written or read.
    #[error("acts: {0}")]
    Acts(#[from] postcard::Error),
}

/// A turn that is on stable storage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    /// Number of the turn.
    pub seq: u64,
    /// Its moment.
    pub at: Ms,
    /// One answer for each reading and event, in the order of the submissions.
    pub answers: Vec<Answer>,
    /// What was decided, in order.
    pub effects: Vec<Effect>,
}

/// Engine and journal.
pub struct Node {
    engine: Engine,
    journal: Journal,
}

impl Node {
    /// Opens a node: newest snapshot, then the journal after it.
    ///
    /// # Errors
    /// When the store cannot be used or is damaged.
    pub fn open(folder: &Path) -> Result<Self, NodeError> {
        Ok(Self { engine: Engine::default(), journal: Journal::open(folder)? })
    }

    /// Steps through the submissions in order and commits. On an error nothing has left and the node must be opened anew:
    /// its state in memory is ahead of the store.
    ///
    /// # Errors
    /// When the commit fails.
    pub fn turn<T>(
        &mut self,
        now: Ms,
        batch: &[Submission<T>],
    ) -> Result<Arc<Committed>, NodeError> {
        let now = now.max(self.engine.now());
        let mut readings: Vec<Reading> = Vec::new();
        let mut acts = Acts::default();
        let mut answers = Vec::new();
        if batch.is_empty() {
            self.engine.step(now, &Event::Tick, &mut acts.effects);
            acts.events.push((0, Event::Tick));
        }
        for submission in batch {
            for reading in &submission.readings {
                answers.push(self.engine.step(now, &Event::Reading(*reading), &mut acts.effects));
                readings.push(*reading);
            }
            for event in &submission.events {
                answers.push(self.engine.step(now, event, &mut acts.effects));
                let place = u32::try_from(readings.len()).unwrap_or(u32::MAX);
                acts.events.push((place, event.clone()));
            }
        }
        let bytes = if acts.is_empty() { Vec::new() } else { postcard::to_allocvec(&acts)? };
        let seq = self.journal.append(&Turn { at: now, readings: &readings, acts: &bytes })?;
        Ok(Arc::new(Committed { seq, at: now, answers, effects: acts.effects }))
    }

    /// The engine, to look at.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}
