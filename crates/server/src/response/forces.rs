//! Who can be there first: teams that answer this danger, by the time that they take by road.

use std::collections::HashMap;

use anyhow::Result;
use helan_base::RecordId;
use helan_kernel::{AreaCode, Position};

use super::Question;
use crate::{api::Api, dispatch::Travel, forces::Force, roads::Now};

/// Teams that are named: the first to arrive.
const MOST: usize = 40;

/// A team that can come.
#[derive(Clone, Debug)]
pub struct Coming {
    /// The record.
    pub id: RecordId,
    /// Key of its kind.
    pub kind: String,
    /// Key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Where it is.
    pub at: Position,
    /// Minutes to turn out.
    pub turnout_min: f64,
    /// Minutes on the way; none when no road leads there: then the distance is what is known.
    pub travel_min: Option<f64>,
    /// Metres as the crow flies.
    pub metres: f64,
    /// Key of the danger that it answers.
    pub answers: String,
}

impl Coming {
    /// When it is there, minutes from now, as far as is known.
    #[must_use]
    pub fn there_min(&self) -> Option<f64> {
        Some(self.turnout_min + self.travel_min?)
    }
}

/// The teams, the first to arrive first.
///
/// # Errors
/// When the roads cannot be asked.
pub fn coming(api: &Api, roads: &Now, question: &Question) -> Result<Vec<Coming>> {
    let source = question.dangers.first().map(|danger| danger.source);
    let Some(target) = source.or(question.incident.position) else { return Ok(Vec::new()) };
    // Who is already ordered, or says that it cannot, does not come.
    let forces =
        api.forces.available(&api.base, &api.desk, AreaCode::ALL, question.incident.drill)?;
    let free: HashMap<RecordId, Force> =
        forces.into_iter().map(|force| (force.facts.id, force)).collect();
    let facts = api.risks.facts();
    let kind = &*question.incident.kind;
    let dangers = facts.dangers().iter().enumerate();
    // A danger without a list of incidents answers none; what nobody wrote down is no team.
    let asked: Vec<(u64, &str)> = dangers
        .filter(|(_, danger)| danger.incidents.iter().any(|one| one == kind))
        .map(|(place, danger)| {
            (
                1_u64.checked_shl(u32::try_from(place).unwrap_or(64)).unwrap_or(0),
                danger.key.as_str(),
            )
        })
        .collect();
    let mut teams: Vec<Coming> = facts
        .iter()
        .filter(|fact| question.area.contains(fact.area) || fact.area.contains(question.area))
        .filter_map(|fact| {
            let (_, danger) = asked.iter().find(|(bit, _)| fact.answers & bit != 0)?;
            let force = free.get(&fact.id)?;
            // Where it was seen last, not where it is at home.
            let at = force.place.as_ref().map(|seen| seen.at).or(fact.at)?;
            Some(Coming {
                id: fact.id,
                kind: facts.kind(fact.kind)?.key.clone(),
                key: fact.key.to_string(),
                name: fact.name.to_string(),
                at,
                turnout_min: fact.turnout,
                travel_min: None,
                metres: at.metres_to(target),
                answers: (*danger).to_owned(),
            })
        })
        .collect();
    drop(facts);
    drop(free);
    // By road only for those that may be first: the crow is never slower.
    teams.sort_by(|a, b| a.metres.total_cmp(&b.metres).then(a.id.cmp(&b.id)));
    teams.truncate(MOST * 5);
    // Teams drive into the area: what is closed for the danger is open to them.
    let from: Vec<Position> = teams.iter().map(|team| team.at).collect();
    let legs =
        Travel::new(roads, api.config.response.to_road_m).legs("fire-engine", &from, &[target])?;
    for (team, legs) in teams.iter_mut().zip(legs) {
        let by_road = legs.into_iter().flatten().find(|leg| leg.by_road);
        team.travel_min = by_road.map(|leg| leg.minutes);
    }
    teams.sort_by(|a, b| {
        let key = |team: &Coming| team.there_min().unwrap_or(f64::MAX);
        key(a).total_cmp(&key(b)).then(a.metres.total_cmp(&b.metres)).then(a.id.cmp(&b.id))
    });
    teams.truncate(MOST);
    Ok(teams)
}
