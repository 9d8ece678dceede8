//! Where to stand ready: the sites that cover most, and those from which the ways are shortest in all. Exact, by branch and
//! bound; where that would take too long the answer says that it is not proven.

#![expect(
    clippy::indexing_slicing,
    reason = "sites and demands are numbered by the question, whose sizes are checked"
)]

use serde::Serialize;

use crate::RouteError;

/// Branches that are looked at, at most: about a second.
const MAX_BRANCHES: u32 = 2_000_000;
/// Sites, at most: the search goes as deep as there are sites.
const MAX_SITES: usize = 1_000;
/// Sites times demands, at most.
const MAX_CELLS: usize = 4_000_000;
/// Beyond every cost: stands for a demand that no site serves yet. Sums of them still fit.
const FAR: u64 = 1 << 40;

/// The chosen sites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Numbers of the sites, ascending.
    pub sites: Vec<usize>,
    /// Weight that is covered, or sum of the costs.
    pub value: u64,
    /// Whether it is proven that nothing is better.
    pub proven: bool,
}

/// The `count` sites that cover most weight (maximal covering, Church and ReVelle 1974). `covers` has the demands that each site
/// covers.
///
/// # Errors
/// When a demand has no weight, or there is too much of something.
pub fn largest_cover(
    covers: &[Vec<usize>],
    weights: &[u64],
    count: usize,
) -> Result<Choice, RouteError> {
    if let Some(demand) = covers.iter().flatten().find(|demand| **demand >= weights.len()) {
        return Err(RouteError::Question(format!("demand {demand} has no weight")));
    }
    // What a site does not cover costs its weight: the same question as the other one.
    let row = |covered: &Vec<usize>| {
        let mut row = weights.to_vec();
        for demand in covered {
            row[*demand] = 0;
        }
        row
    };
    let rows: Vec<Vec<u64>> = covers.iter().map(row).collect();
    let all: u64 = weights.iter().sum();
    let start = weights.to_vec();
    let choice = search(&rows, start, count)?;
    Ok(Choice { value: all - choice.value, ..choice })
}

/// The `count` sites for which the sum of the costs from each demand to its nearest site is least (p-median, Hakimi 1964). `costs` has
/// a row for each site and a column for each demand: weight times distance.
///
/// # Errors
/// When rows have different lengths, a cost is 2^40 or more, or there is too much of something.
pub fn least_distance(costs: &[Vec<u64>], count: usize) -> Result<Choice, RouteError> {
    let demands = costs.first().map_or(0, Vec::len);
    if costs.iter().any(|row| row.len() != demands) {
        return Err(RouteError::Question("every site needs a cost for each demand".into()));
    }
    search(costs, vec![FAR; demands], count)
}

struct Search<'a> {
    rows: &'a [Vec<u64>],
    /// Sites in the order in which they are tried.
    order: Vec<usize>,
    /// For each place in that order: the least cost of each demand from there on.
    rest: Vec<Vec<u64>>,
    best: (u64, Vec<usize>),
    branches: u32,
}

fn search(rows: &[Vec<u64>], start: Vec<u64>, count: usize) -> Result<Choice, RouteError> {
    if rows.len() > MAX_SITES {
        return Err(RouteError::TooLarge { what: "sites", most: MAX_SITES });
    }
    if rows.len().saturating_mul(start.len()) > MAX_CELLS {
        return Err(RouteError::TooLarge { what: "sites times demands", most: MAX_CELLS });
    }
    if rows.iter().flatten().chain(&start).any(|cost| *cost > FAR) {
        return Err(RouteError::TooLarge { what: "cost", most: 1 << 40 });
    }
    let count = count.min(rows.len());
    let (value, chosen) = good(rows, &start, count);
    // Sites of the good choice first: what follows is cut off early.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|site| (!chosen.contains(site), saving(&start, &rows[*site]).wrapping_neg()));
    let mut rest = vec![vec![FAR; start.len()]; rows.len() + 1];
    for place in (0..order.len()).rev() {
        let row = &rows[order[place]];
        rest[place] = rest[place + 1].iter().zip(row).map(|(a, b)| *a.min(b)).collect();
    }
    let mut search = Search { rows, order, rest, best: (value, chosen), branches: 0 };
    search.branch(0, &start, count, &mut Vec::new());
    let (value, mut sites) = search.best;
    sites.sort_unstable();
    Ok(Choice { sites, value, proven: search.branches <= MAX_BRANCHES })
}

fn saving(now: &[u64], row: &[u64]) -> u64 {
    now.iter().zip(row).map(|(now, cost)| now.saturating_sub(*cost)).sum()
}

fn with(now: &[u64], row: &[u64]) -> Vec<u64> {
    now.iter().zip(row).map(|(now, cost)| *now.min(cost)).collect()
}

/// The best site each time, and then exchanges as long as they help.
fn good(rows: &[Vec<u64>], start: &[u64], count: usize) -> (u64, Vec<usize>) {
    let mut chosen: Vec<usize> = Vec::new();
    let value = |chosen: &[usize]| -> u64 {
        let now = chosen.iter().fold(start.to_vec(), |now, site| with(&now, &rows[*site]));
        now.iter().sum()
    };
    let mut now = start.to_vec();
    while chosen.len() < count {
        let free = (0..rows.len()).filter(|site| !chosen.contains(site));
        let Some(next) = free.max_by_key(|site| (saving(&now, &rows[*site]), usize::MAX - site))
        else {
            break;
        };
        now = with(&now, &rows[next]);
        chosen.push(next);
    }
    let mut best = value(&chosen);
    let mut better = true;
    while better {
        better = false;
        for place in 0..chosen.len() {
            for site in 0..rows.len() {
                if chosen.contains(&site) {
                    continue;
                }
                let old = std::mem::replace(&mut chosen[place], site);
                let new = value(&chosen);
                if new < best {
                    (best, better) = (new, true);
                } else {
                    chosen[place] = old;
                }
            }
        }
    }
    (best, chosen)
}

impl Search<'_> {
    /// Tries all choices that go on from here: with the next site, then without it.
    fn branch(&mut self, place: usize, now: &[u64], left: usize, chosen: &mut Vec<usize>) {
        self.branches = self.branches.saturating_add(1);
        let value: u64 = now.iter().sum();
        if value < self.best.0 {
            self.best = (value, chosen.clone());
        }
        if left == 0 || place >= self.order.len() || self.branches > MAX_BRANCHES {
            return;
        }
        // Not even all sites that are left, nor the best savings that each gives alone, make it better than the best.
        let all: u64 = now.iter().zip(&self.rest[place]).map(|(a, b)| *a.min(b)).sum();
        if all >= self.best.0 {
            return;
        }
        let rest = self.order[place..].iter();
        let mut savings: Vec<u64> = rest.map(|site| saving(now, &self.rows[*site])).collect();
        savings.sort_unstable_by(|a, b| b.cmp(a));
        let most: u64 = savings.iter().take(left).sum();
        if value.saturating_sub(most) >= self.best.0 {
            return;
        }
        let site = self.order[place];
        chosen.push(site);
        self.branch(place + 1, &with(now, &self.rows[site]), left - 1, chosen);
        chosen.pop();
        self.branch(place + 1, now, left, chosen);
    }
}

#[cfg(test)]
mod tests;
