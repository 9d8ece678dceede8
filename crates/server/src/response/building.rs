//! How long it takes until everybody is out of the building of an incident, by what its record says of floors, stairs and exits.

use anyhow::Result;
use helan_base::{Kind, number};
use helan_route::Storeys;
use helan_store::base::Stored;

use super::Question;
use crate::api::Api;

/// A building and the ways out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Escape {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What its record says.
    pub storeys: Storeys,
    /// When the last are outside, seconds from the moment when they set off.
    pub out_s: f64,
    /// The same when one stair is full of smoke; none when there is no other.
    pub smoke_s: Option<f64>,
    /// People who do not get out when one stair is full of smoke.
    pub trapped: f64,
}

/// The building in which the incident is, when its record knows enough.
///
/// # Errors
/// When the base database cannot be read.
pub fn escape(api: &Api, question: &Question) -> Result<Option<Escape>> {
    let Some(facility) = &question.facility else { return Ok(None) };
    let known = ["floors", "stairs", "exits"];
    for kind in api.base.kinds().iter() {
        if !known.iter().all(|field| kind.place(field).is_some()) {
            continue;
        }
        if let Some(stored) = api.base.get(kind, facility)? {
            return Ok(of(api, kind, stored));
        }
    }
    Ok(None)
}

fn of(api: &Api, kind: &Kind, stored: Stored) -> Option<Escape> {
    let figure = |field: &str| number(stored.record.values.get(kind.place(field)?));
    let count = |field: &str| figure(field).map(super::away::whole);
    let people = api.risks.facts().get(stored.id).and_then(|fact| fact.people)?;
    let storeys = Storeys {
        floors: count("floors")?,
        stairs: count("stairs")?,
        exits: count("exits")?,
        people: f64::from(people),
    };
    // A record that makes no sense gives no figures; its faults are told where records are.
    let (all, smoke) = (storeys.out(0).ok()?, storeys.out(1).ok()?);
    let record = stored.record;
    Some(Escape {
        kind: kind.key.clone(),
        key: record.key,
        name: record.name,
        storeys,
        out_s: all.cleared_s,
        smoke_s: (storeys.stairs > 1).then_some(smoke.cleared_s),
        trapped: smoke.left,
    })
}
