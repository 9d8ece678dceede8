//! What waits for the engine: bounded lanes, the urgent one first.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use helan_kernel::{Engine, Event, Reading};
use tokio::sync::Semaphore;

/// What one sender hands in at once. The engine sees its readings first, then its events; nobody else's come between.
#[derive(Debug)]
pub struct Submission<T> {
    /// Readings, in order.
    pub readings: Vec<Reading>,
    /// Other events, in order.
    pub events: Vec<Event>,
    /// Handed back with the answers after the commit.
    pub ticket: T,
}

/// Which lane a submission takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// People, replies, receipts, calls: taken first; has room of its own, so that telemetry can never crowd it out.
    Urgent,
    /// Readings: senders wait (and their sockets with them) while it is full.
    Telemetry,
}

/// The node has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node has stopped")]
pub struct Closed;

/// A question to the engine, asked between two turns.
pub(crate) type Question = Box<dyn FnOnce(&Engine) + Send>;

struct Lanes<T> {
    urgent: VecDeque<Submission<T>>,
    telemetry: VecDeque<Submission<T>>,
    questions: VecDeque<Question>,
    closed: bool,
    /// Whether the engine waits: only then waking it is worth a call into the system.
    idle: bool,
}

/// The lanes into a node.
pub struct Inbox<T> {
    lanes: Mutex<Lanes<T>>,
    wake: Condvar,
    urgent_room: Semaphore,
    telemetry_room: Semaphore,
    question_room: Semaphore,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self {
            lanes: Mutex::new(Lanes {
                urgent: VecDeque::new(),
                telemetry: VecDeque::new(),
                questions: VecDeque::new(),
                closed: false,
                idle: false,
            }),
            wake: Condvar::new(),
            urgent_room: Semaphore::new(Self::URGENT_ROOM as usize),
            telemetry_room: Semaphore::new(Self::TELEMETRY_ROOM as usize),
            question_room: Semaphore::new(Self::QUESTION_ROOM),
        }
    }
}

impl<T> Inbox<T> {
    /// Events that may wait in the urgent lane: several minutes of what a whole region's people and devices answer.
    pub const URGENT_ROOM: u32 = 65_536;
    /// Readings that may wait: about a fifth of a second at full speed, so that waiting stays short and memory small.
    pub const TELEMETRY_ROOM: u32 = 262_144;
    /// Questions that may wait: screens ask again by themselves.
    pub const QUESTION_ROOM: usize = 256;

    /// Hands something in; waits while its lane is full.
    ///
    /// # Errors
    /// When the node has stopped: nothing will come of it.
    pub async fn submit(&self, lane: Lane, submission: Submission<T>) -> Result<(), Closed> {
        let weight = Self::weight(lane, &submission);
        let room = self.room(lane).acquire_many(weight).await.map_err(|_closed| Closed)?;
        room.forget();
        self.push(lane, submission)
    }

    /// Hands something in if there is room.
    ///
    /// # Errors
    /// Gives the submission back when the lane is full or the node has stopped.
    pub fn try_submit(&self, lane: Lane, submission: Submission<T>) -> Result<(), Submission<T>> {
        match self.room(lane).try_acquire_many(Self::weight(lane, &submission)) {
            Ok(room) => room.forget(),
            Err(_full_or_closed) => return Err(submission),
        }
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(submission);
        }
        Self::lane(&mut lanes, lane).push_back(submission);
        self.wake(lanes);
        Ok(())
    }

    /// Asks the engine something between two turns. The answer is a copy; keep it small, the engine waits meanwhile.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce(&Engine) -> A + Send + 'static,
    ) -> Result<A, Closed> {
        let room = self.question_room.acquire().await.map_err(|_closed| Closed)?;
        let (answer, wait) = tokio::sync::oneshot::channel();
        {
            let mut lanes = self.lock();
            if lanes.closed {
                return Err(Closed);
            }
            lanes.questions.push_back(Box::new(move |engine| {
                // The asker may have gone away meanwhile.
                drop(answer.send(question(engine)));
            }));
            self.wake(lanes);
        }
        let answer = wait.await.map_err(|_dropped| Closed);
        drop(room);
        answer
    }

    /// How much waits in a lane: readings and events.
    #[must_use]
    pub fn waiting(&self, lane: Lane) -> usize {
        let room = match lane {
            Lane::Urgent => Self::URGENT_ROOM,
            Lane::Telemetry => Self::TELEMETRY_ROOM,
        };
        (room as usize).saturating_sub(self.room(lane).available_permits())
    }

    /// No more is taken in; the node finishes what waits and stops.
    pub fn close(&self) {
        self.lock().closed = true;
        self.urgent_room.close();
        self.telemetry_room.close();
        self.question_room.close();
        self.wake.notify_all();
    }

    /// Takes what waits: all that is urgent, and telemetry until `most` readings. Waits at most `patience` for something.
    /// Gives false when the inbox is closed and empty.
    pub(crate) fn drain(
        &self,
        patience: Duration,
        most: usize,
        into: &mut Vec<Submission<T>>,
        questions: &mut Vec<Question>,
    ) -> bool {
        let mut lanes = self.lock();
        if lanes.urgent.is_empty()
            && lanes.telemetry.is_empty()
            && lanes.questions.is_empty()
            && !lanes.closed
        {
            lanes.idle = true;
            let waited = self.wake.wait_timeout(lanes, patience);
            lanes = waited.unwrap_or_else(PoisonError::into_inner).0;
            lanes.idle = false;
        }
        let mut urgent = 0;
        let mut telemetry = 0;
        while let Some(submission) = lanes.urgent.pop_front() {
            urgent += Self::weight(Lane::Urgent, &submission) as usize;
            into.push(submission);
        }
        while telemetry < most
            && let Some(submission) = lanes.telemetry.pop_front()
        {
            telemetry += Self::weight(Lane::Telemetry, &submission) as usize;
            into.push(submission);
        }
        questions.extend(lanes.questions.drain(..));
        let more = !lanes.closed
            || !into.is_empty()
            || !lanes.telemetry.is_empty()
            || !questions.is_empty();
        drop(lanes);
        self.urgent_room.add_permits(urgent);
        self.telemetry_room.add_permits(telemetry);
        more
    }

    fn push(&self, lane: Lane, submission: Submission<T>) -> Result<(), Closed> {
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(Closed);
        }
        Self::lane(&mut lanes, lane).push_back(submission);
        self.wake(lanes);
        Ok(())
    }

    /// Wakes the engine if it waits.
    fn wake(&self, lanes: MutexGuard<'_, Lanes<T>>) {
        let idle = lanes.idle;
        drop(lanes);
        if idle {
            self.wake.notify_one();
        }
    }

    fn lane(lanes: &mut Lanes<T>, lane: Lane) -> &mut VecDeque<Submission<T>> {
        match lane {
            Lane::Urgent => &mut lanes.urgent,
            Lane::Telemetry => &mut lanes.telemetry,
        }
    }

    fn room(&self, lane: Lane) -> &Semaphore {
        match lane {
            Lane::Urgent => &self.urgent_room,
            Lane::Telemetry => &self.telemetry_room,
        }
    }

    /// Room a submission takes; a huge one takes a quarter of the lane, so that it always fits.
    fn weight(lane: Lane, submission: &Submission<T>) -> u32 {
        let most = match lane {
            Lane::Urgent => Self::URGENT_ROOM / 4,
            Lane::Telemetry => Self::TELEMETRY_ROOM / 4,
        };
        u32::try_from(submission.readings.len() + submission.events.len())
            .unwrap_or(most)
            .clamp(1, most)
    }

    fn lock(&self) -> MutexGuard<'_, Lanes<T>> {
        // Nothing that can fail runs under the lock, so a poisoned one is still whole.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
