//! The loop of the engine's thread.

use std::{sync::Arc, time::Duration};

use helan_kernel::{Answer, Ms};

use crate::{Committed, Inbox, Node, NodeError, Submission};

/// Where results go after the commit.
pub trait Release<T>: Send {
    /// Effects of a turn: commands, notices, screens. Called before the senders are answered.
    fn committed(&mut self, turn: &Arc<Committed>);
    /// The answers to one submission: confirm to its sender.
    fn answered(&mut self, ticket: T, answers: &[Answer]);
    /// The turn is over: everybody has been answered.
    fn released(&mut self) {}
}

/// Readings taken into one turn: bounds how long a turn can take.
const MOST_READINGS: usize = 65_536;
/// Longest sleep when nothing happens: bounds how late a clock that was set is noticed.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs a node until its inbox is closed and empty, and ends it in order.
///
/// # Errors
/// When a commit fails: nothing that was not committed has been confirmed; the process must stop and recover.
pub fn run<T, R: Release<T>>(
    node: &mut Node,
    inbox: &Inbox<T>,
    clock: &dyn Fn() -> Ms,
    release: &mut R,
) -> Result<(), NodeError> {
    let mut batch: Vec<Submission<T>> = Vec::new();
    let mut questions = Vec::new();
    let mut restless = false;
    loop {
        let longest = if restless { Duration::ZERO } else { PATIENCE };
        let patience = node.engine().next_timer().map_or(longest, |due| {
            let wait = u64::try_from(due.since(clock()).0).unwrap_or(0);
            Duration::from_millis(wait).min(longest)
        });
        if !inbox.drain(patience, MOST_READINGS, &mut batch, &mut questions) {
            return node.stop();
        }
        let now = clock();
        let due = node.engine().next_timer().is_some_and(|at| at <= now);
        if due || !batch.is_empty() {
            let turn = node.turn(now, &batch)?;
            release.committed(&turn);
            let mut answers = turn.answers.as_slice();
            for submission in batch.drain(..) {
                let count = submission.readings.len() + submission.events.len();
                let (own, rest) = answers.split_at_checked(count).unwrap_or((answers, &[]));
                answers = rest;
                release.answered(submission.ticket, own);
            }
            release.released();
        } else if questions.is_empty() {
            restless = node.rest()?;
        }
        for question in questions.drain(..) {
            question(node.engine());
        }
    }
}
