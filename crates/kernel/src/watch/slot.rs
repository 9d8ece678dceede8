//! What is known about one rule at one point: small and flat while all is quiet.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::{AlarmId, Ms, Reading};

/// The level that stands for normal.
pub(super) const NORMAL: i8 = -1;

/// Readings shown with an alarm.
pub(super) const MAX_READINGS: usize = 8;

/// State of a rule at a point. There are millions: it holds only what a quiet one needs, the rest comes when needed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Slot {
    /// Number of the open alarm; 0 when none.
    alarm: AlarmId,
    /// When its timer will wake it; `Ms::MAX` when none is set.
    pub timer: Ms,
    memory: Option<Box<Memory>>,
    /// What the last reading said.
    pub raw: i8,
    /// What was told: differs from `raw` while a delay runs.
    pub told: i8,
    /// Whether a quiet reading must be looked at all the same.
    busy: bool,
}

/// What a slot that is not quiet remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Memory {
    dwell: Option<Dwell>,
    /// Readings of a window, if the condition needs them.
    pub window: Window,
    /// The moments of the last raises, newest first.
    raises: Vec<Ms>,
    /// Whether it chatters.
    pub chattering: bool,
}

/// The past that a condition looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Window {
    /// Nothing.
    #[default]
    Empty,
    /// Moments and values, oldest first.
    Values(VecDeque<(Ms, f64)>),
    /// A value that has not moved, and since when.
    Still(Ms, f64),
}

/// A delay that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Dwell {
    /// Whether it leads to a higher level.
    up: bool,
    /// The level that has held all the time.
    level: i8,
    /// Since when, by the readings.
    since: Ms,
    /// Since when the present level holds, by the readings.
    top_since: Ms,
    /// When it is over if no further reading comes, by the engine.
    wake: Ms,
    /// When the first and the last of its readings came, and how many.
    first: Ms,
    last: Ms,
    count: u32,
    /// The first reading and the latest ones.
    readings: Vec<Reading>,
}

/// A change of level that is to be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub from: i8,
    pub to: i8,
    /// When it began, by the readings.
    pub since: Ms,
    /// Readings of the delay; empty when there was none.
    pub readings: Vec<Reading>,
}

impl Dwell {
    /// Until when the next reading is waited for: half an interval more than the readings have been apart so far, and
    /// never longer than the delay again.
    fn patience(&self, delay: Ms) -> Ms {
        let gaps = i64::from(self.count.saturating_sub(1));
        match self.last.since(self.first).0.checked_div(gaps) {
            Some(gap) => {
                let next = self.last.after(Ms(gap.saturating_add(gap / 2)));
                next.min(self.first.after(delay).after(delay))
            }
            None => self.last,
        }
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            alarm: AlarmId(0),
            timer: Ms::MAX,
            memory: None,
            raw: NORMAL,
            told: NORMAL,
            busy: false,
        }
    }
}

impl Slot {
    /// Raises of the same rule at the same point within this time that make it chatter (ISA-18.2-2016 16.5.4: three in
    /// a minute).
    pub const CHATTER_RAISES: usize = 3;
    /// See [`Slot::CHATTER_RAISES`].
    pub const CHATTER_SPAN: Ms = Ms::seconds(60);

    #[inline]
    pub fn busy(&self) -> bool {
        self.busy
    }

    pub fn alarm(&self) -> Option<AlarmId> {
        (self.alarm.0 != 0).then_some(self.alarm)
    }

    pub fn set_alarm(&mut self, alarm: Option<AlarmId>) {
        self.alarm = alarm.unwrap_or(AlarmId(0));
    }

    /// The window, if there is one.
    pub fn window(&self) -> Option<&Window> {
        self.memory.as_ref().map(|m| &m.window)
    }

    /// The window, made when there is none.
    pub fn window_mut(&mut self) -> &mut Window {
        &mut self.memory.get_or_insert_default().window
    }

    /// When the running delay is over if no reading comes.
    pub fn wake(&self) -> Option<Ms> {
        self.memory.as_ref()?.dwell.as_ref().map(|d| d.wake)
    }

    /// Takes what the condition says now (`raw`) at the moment `at` of the reading; gives the change that is due.
    pub fn settle(
        &mut self,
        plan: &Plan,
        raw: i8,
        at: Ms,
        now: Ms,
        reading: Option<&Reading>,
    ) -> Option<Step> {
        let before = std::mem::replace(&mut self.raw, raw);
        let step = self.advance(plan, before, at, now, reading);
        self.tidy();
        step
    }

    fn advance(
        &mut self,
        plan: &Plan,
        before: i8,
        at: Ms,
        now: Ms,
        reading: Option<&Reading>,
    ) -> Option<Step> {
        let raw = self.raw;
        if raw == self.told {
            self.stop();
            return None;
        }
        let up = raw > self.told;
        let delay = plan.delay(self.told, up);
        if delay.0 <= 0 {
            self.stop();
            let from = std::mem::replace(&mut self.told, raw);
            return Some(Step { from, to: raw, since: at, readings: Vec::new() });
        }
        let memory = self.memory.get_or_insert_default();
        let wake = now.after(delay);
        let fresh = || Dwell {
            up,
            level: raw,
            since: at,
            top_since: at,
            wake,
            first: now,
            last: now,
            count: 0,
            readings: Vec::new(),
        };
        let dwell = match &mut memory.dwell {
            Some(dwell) if dwell.up == up => dwell,
            other => other.insert(fresh()),
        };
        if (up && raw > before) || (!up && raw < before) {
            dwell.top_since = at;
        }
        dwell.level = if up { dwell.level.min(raw) } else { dwell.level.max(raw) };
        dwell.last = now;
        dwell.count = dwell.count.saturating_add(1);
        if let Some(reading) = reading.filter(|r| dwell.readings.last() != Some(r)) {
            // The first one shows when it began, the others how it went on.
            if dwell.readings.len() == MAX_READINGS {
                dwell.readings.remove(1);
            }
            dwell.readings.push(*reading);
        }
        if at.since(dwell.since) >= delay { self.ripen(plan, at, now) } else { None }
    }

    /// The delay is over: by a reading (`at` is its moment), or because none came.
    fn ripen(&mut self, plan: &Plan, at: Ms, now: Ms) -> Option<Step> {
        let raw = self.raw;
        let dwell = self.memory.as_mut()?.dwell.take()?;
        let from = std::mem::replace(&mut self.told, dwell.level);
        let mut step = Step { from, to: dwell.level, since: dwell.since, readings: dwell.readings };
        if raw != self.told {
            let delay = plan.delay(self.told, dwell.up);
            if at.since(dwell.top_since) >= delay {
                self.told = raw;
                step.to = raw;
            } else {
                self.memory.get_or_insert_default().dwell = Some(Dwell {
                    level: raw,
                    since: dwell.top_since,
                    wake: now.after(delay),
                    first: now,
                    last: now,
                    count: 1,
                    readings: Vec::new(),
                    ..dwell
                });
            }
        }
        Some(step)
    }

    /// The delay is over by the engine's time: takes it as over, unless the next reading is about to come and may say
    /// otherwise.
    pub fn overdue(&mut self, plan: &Plan, now: Ms) -> Option<Step> {
        let delay = plan.delay(self.told, self.raw > self.told);
        let dwell = self.memory.as_mut()?.dwell.as_mut()?;
        if dwell.wake > now {
            return None;
        }
        let patience = dwell.patience(delay);
        if patience > now {
            dwell.wake = patience;
            return None;
        }
        let at = dwell.top_since;
        let step = self.ripen(plan, at, now);
        self.tidy();
        step
    }

    /// Notes a raise; whether the rule chatters now.
    pub fn note_raise(&mut self, at: Ms) -> bool {
        let memory = self.memory.get_or_insert_default();
        memory.raises.insert(0, at);
        memory.raises.truncate(Self::CHATTER_RAISES);
        memory.chattering = memory.raises.len() == Self::CHATTER_RAISES
            && memory.raises.iter().all(|r| at.since(*r) <= Self::CHATTER_SPAN);
        memory.chattering
    }

    /// Forgets everything but a timer that is set.
    pub fn reset(&mut self) {
        *self = Self { timer: self.timer, ..Self::default() };
    }

    /// Forgets everything; the next reading is looked at, however quiet, and sets the timer anew.
    pub fn rest(&mut self) {
        *self = Self { busy: true, ..Self::default() };
    }

    fn stop(&mut self) {
        if let Some(memory) = &mut self.memory {
            memory.dwell = None;
        }
    }

    /// Notes whether quiet readings matter, and gives back memory that nobody needs.
    fn tidy(&mut self) {
        let (mut waits, mut keeps) = (false, false);
        if let Some(memory) = &self.memory {
            waits = memory.dwell.is_some() || memory.window != Window::Empty;
            keeps = waits || !memory.raises.is_empty();
        }
        if !keeps {
            self.memory = None;
        }
        self.busy = waits || self.raw != NORMAL || self.told != NORMAL;
    }
}
