//! Needs of all incidents against all teams at once: as a flow of least cost, so that the answer is the best one and the same on every
//! machine.
//!
//! First as many units as possible, of the more important needs before the less important ones; then as few changes as possible,
//! when there is an earlier plan; then the least time, weighted by importance.

#![expect(
    clippy::indexing_slicing,
    reason = "needs and teams are numbered by the question, whose sizes are checked"
)]

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Matrix, RouteError};

/// Needs, teams and units, at most: all of a province.
const MAX_NEEDS: usize = 5_000;
const MAX_TEAMS: usize = 20_000;
const MAX_UNITS: u32 = 1_000_000;
const MAX_PRIORITY: u32 = 1_000;
/// Costs are times (ms, below 2^31) times priority (below 2^10) of up to 2^20 units: a change outweighs all times, and a unit
/// that is missing outweighs all changes.
const A_CHANGE: i128 = 1 << 62;
const A_MISSING_UNIT: i128 = 1 << 84;
const NEVER: i128 = i128::MAX / 4;

/// What is needed somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// Key of the need.
    pub key: String,
    /// What a team must be able to do.
    pub capability: String,
    /// How many units of it.
    pub units: u32,
    /// How important it is, 1 to 1000; more is more important.
    pub priority: u32,
    /// What comes later is of no use, ms.
    #[serde(default)]
    pub latest_ms: Option<u32>,
}

/// Units that stand together: vehicles, people, pumps. Each unit goes to one need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Key of the team.
    pub key: String,
    /// What each of its units can do.
    pub can: BTreeSet<String>,
    /// How many units it has.
    pub units: u32,
}

/// Units on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Number of the need.
    pub need: usize,
    /// Number of the team.
    pub team: usize,
    /// How many units.
    pub units: u32,
    /// Their time to get there, ms.
    pub time_ms: u32,
}

/// Why units are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Short {
    /// No team can do it.
    NobodyCan,
    /// Teams that can do it find no way, or come too late.
    NobodyInTime,
    /// All teams that can do it and come in time are at more important or equal needs.
    AllBusy,
}

/// An earlier plan, numbered as needs and teams are now.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Who was sent.
    pub sent: &'a [Sent],
    /// How a change is weighed.
    pub change: Change,
}

/// How much a unit that is sent elsewhere than before must gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// As few changes as possible, whatever the time.
    Fewest,
    /// A change must win this much time of the unit that is sent elsewhere, ms, whatever the priority of its need.
    Worth(u32),
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Assigned {
    /// Who is sent where, by need and team.
    pub sent: Vec<Sent>,
    /// Units that are missing, by need, and why.
    pub short: Vec<(usize, u32, Short)>,
    /// Sum of the times of all units, ms.
    pub total_ms: u64,
    /// Units that are sent elsewhere than before.
    pub changed: u32,
}

struct Problem {
    needs: usize,
    teams: usize,
    /// Cost of a unit by need and team; `NEVER` when it cannot be sent.
    cost: Vec<i128>,
    /// Cost of a unit that is sent elsewhere than before, by need: in the measure of its costs.
    change: Vec<i128>,
    before: Vec<u32>,
    sent: Vec<u32>,
    free: Vec<u32>,
    missing: Vec<i128>,
    missed: Vec<u32>,
    potential: Vec<i128>,
}

/// Sends teams to needs. `times` has a row for each team and a column for each need.
///
/// # Errors
/// When the sizes do not fit, or there is too much of something.
pub fn assign(
    needs: &[Need],
    teams: &[Team],
    times: &Matrix,
    before: Option<Before<'_>>,
) -> Result<Assigned, RouteError> {
    check(needs, teams, times)?;
    let usable = |need: &Need, n: usize, team: &Team, t: usize| {
        let time =
            times.rows_ms[t][n].filter(|time| need.latest_ms.is_none_or(|last| *time <= last));
        time.filter(|_| team.can.contains(&need.capability))
    };
    let mut cost = Vec::with_capacity(needs.len() * teams.len());
    for (n, need) in needs.iter().enumerate() {
        for (t, team) in teams.iter().enumerate() {
            let time = usable(need, n, team, t);
            cost.push(time.map_or(NEVER, |ms| i128::from(ms) * i128::from(need.priority)));
        }
    }
    let mut was = vec![0; cost.len()];
    for sent in before.iter().flat_map(|before| before.sent) {
        if sent.need < needs.len() && sent.team < teams.len() {
            was[sent.need * teams.len() + sent.team] += sent.units;
        }
    }
    let worth = |need: &Need| match before.map(|before| before.change) {
        None => 0,
        Some(Change::Fewest) => A_CHANGE,
        Some(Change::Worth(ms)) => i128::from(ms) * i128::from(need.priority),
    };
    let mut problem = Problem {
        needs: needs.len(),
        teams: teams.len(),
        sent: vec![0; cost.len()],
        cost,
        change: needs.iter().map(worth).collect(),
        before: was,
        free: teams.iter().map(|team| team.units).collect(),
        missing: needs.iter().map(|need| A_MISSING_UNIT * i128::from(need.priority)).collect(),
        missed: vec![0; needs.len()],
        potential: vec![0; needs.len() + teams.len() + 1],
    };
    for (number, need) in needs.iter().enumerate() {
        let mut units = need.units;
        while units > 0 {
            units -= problem.push(number, units);
        }
    }
    Ok(problem.told(needs, teams, times, before.is_some()))
}

fn check(needs: &[Need], teams: &[Team], times: &Matrix) -> Result<(), RouteError> {
    let too_many = |what, most| Err(RouteError::TooLarge { what, most });
    if needs.len() > MAX_NEEDS {
        return too_many("needs", MAX_NEEDS);
    }
    if teams.len() > MAX_TEAMS {
        return too_many("teams", MAX_TEAMS);
    }
    let units = |units: &mut dyn Iterator<Item = u32>| units.map(u64::from).sum::<u64>();
    let (wanted, there) =
        (units(&mut needs.iter().map(|n| n.units)), units(&mut teams.iter().map(|t| t.units)));
    if wanted.max(there) > u64::from(MAX_UNITS) {
        return too_many("units", MAX_UNITS as usize);
    }
    if let Some(need) = needs.iter().find(|need| !(1..=MAX_PRIORITY).contains(&need.priority)) {
        return Err(RouteError::BadNumber { what: "priority", value: need.priority.into() });
    }
    let fits = times.rows_ms.len() == teams.len()
        && times.rows_ms.iter().all(|row| row.len() == needs.len());
    if fits {
        Ok(())
    } else {
        Err(RouteError::Question(
            "times must have a row for each team and a column for each need".into(),
        ))
    }
}

impl Problem {
    /// Cost of one more unit, and how many at that cost.
    fn more(&self, pair: usize) -> Option<(i128, u32)> {
        let (cost, sent, before) = (self.cost[pair], self.sent[pair], self.before[pair]);
        if cost >= NEVER {
            None
        } else if sent < before {
            Some((cost, before - sent))
        } else {
            Some((cost + self.change[pair / self.teams], u32::MAX))
        }
    }

    /// What one unit less saves, and how many units at that.
    fn less(&self, pair: usize) -> Option<(i128, u32)> {
        let (cost, sent, before) = (self.cost[pair], self.sent[pair], self.before[pair]);
        if sent == 0 {
            None
        } else if sent > before {
            Some((cost + self.change[pair / self.teams], sent - before))
        } else {
            Some((cost, sent))
        }
    }

    /// Sends units to a need, at the least cost for all, perhaps by moving others. Gives how many: at least one.
    fn push(&mut self, need: usize, units: u32) -> u32 {
        let end = self.needs + self.teams;
        let (mut far, mut by) = (vec![NEVER; end + 1], vec![end; end + 1]);
        let mut done = vec![false; end + 1];
        far[need] = 0;
        // Nodes are needs, then teams, then the end; the nearest is settled next (Dijkstra with potentials).
        while let Some(at) =
            (0..=end).filter(|v| !done[*v] && far[*v] < NEVER).min_by_key(|v| far[*v])
        {
            done[at] = true;
            if at == end {
                break;
            }
            let here = far[at] + self.potential[at];
            let mut reach = |to: usize, cost: i128| {
                let new = here + cost - self.potential[to];
                if new < far[to] {
                    (far[to], by[to]) = (new, at);
                }
            };
            if at < self.needs {
                for team in 0..self.teams {
                    if let Some((cost, _)) = self.more(at * self.teams + team) {
                        reach(self.needs + team, cost);
                    }
                }
                reach(end, self.missing[at]);
            } else {
                let team = at - self.needs;
                for other in 0..self.needs {
                    if let Some((cost, _)) = self.less(other * self.teams + team) {
                        reach(other, -cost);
                    }
                }
                if self.free[team] > 0 {
                    reach(end, 0);
                }
            }
        }
        let limit = far[end];
        for (potential, far) in self.potential.iter_mut().zip(&far) {
            *potential += (*far).min(limit);
        }
        self.carry_out(need, units, &by)
    }

    /// Moves units along the way that was found.
    fn carry_out(&mut self, need: usize, units: u32, by: &[usize]) -> u32 {
        let end = self.needs + self.teams;
        let mut way = vec![end];
        while let Some(at) = way.last().copied().filter(|at| *at != need) {
            way.push(by[at]);
        }
        way.reverse();
        let pair = |a: usize, b: usize| match a < self.needs {
            true => (a * self.teams + b - self.needs, true),
            false => (b * self.teams + a - self.needs, false),
        };
        let moves: Vec<(usize, bool)> =
            way.windows(2).filter(|w| w[1] != end).map(|w| pair(w[0], w[1])).collect();
        let last = way[way.len() - 2];
        let mut most = units;
        for (pair, more) in &moves {
            let step = if *more { self.more(*pair) } else { self.less(*pair) };
            most = most.min(step.map_or(1, |(_, most)| most));
        }
        if last >= self.needs {
            most = most.min(self.free[last - self.needs]);
        }
        for (pair, more) in moves {
            let slot = &mut self.sent[pair];
            *slot = if more { *slot + most } else { *slot - most };
        }
        if last >= self.needs {
            self.free[last - self.needs] -= most;
        } else {
            self.missed[last] += most;
        }
        most
    }

    fn told(&self, needs: &[Need], teams: &[Team], times: &Matrix, again: bool) -> Assigned {
        let mut told = Assigned::default();
        for (pair, units) in self.sent.iter().enumerate().filter(|(_, units)| **units > 0) {
            let (need, team) = (pair / self.teams, pair % self.teams);
            let time_ms = times.rows_ms[team][need].unwrap_or_default();
            told.sent.push(Sent { need, team, units: *units, time_ms });
            told.total_ms += u64::from(*units) * u64::from(time_ms);
            if again {
                told.changed += units.saturating_sub(self.before[pair]);
            }
        }
        for (number, need) in needs.iter().enumerate().filter(|(n, _)| self.missed[*n] > 0) {
            let row = number * self.teams..(number + 1) * self.teams;
            let why = match () {
                () if !teams.iter().any(|team| team.can.contains(&need.capability)) => {
                    Short::NobodyCan
                }
                () if self.cost[row].iter().all(|cost| *cost >= NEVER) => Short::NobodyInTime,
                () => Short::AllBusy,
            };
            told.short.push((number, self.missed[number], why));
        }
        told
    }
}

#[cfg(test)]
mod tests;
