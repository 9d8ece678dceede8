//! From a danger to a decision: who gets away which way, who comes to help, which level, options and plan.
//!
//! Everything here follows from what the engine, the base database and the roads hold at a moment; nothing of the incident
//! changes. It may take some hundred milliseconds and runs beside the chain of alarms, which never waits for it. Start reading at
//! [`respond`].

pub mod away;
pub mod building;
mod drive;
pub mod facts;
mod fleet;
pub mod forces;
pub mod ground;
mod known;
pub mod names;
mod promised;
pub mod stay;
pub mod suppose;

use std::sync::Arc;

use helan_kernel::{AreaCode, Ms, Position, command, danger::DangerArea, push::Protective};
use helan_plan::{Judgement, Library, Options, Plan, generate, judge, options};

use crate::{api::Api, inside, roads::Now};

/// What the answer is made of.
#[derive(Clone)]
pub struct Question {
    /// The incident.
    pub incident: command::Incident,
    /// Areas that models follow.
    pub dangers: Vec<DangerArea>,
    /// People who were told to leave and are not known to be out.
    pub leaving: usize,
    /// People and posts who were told to leave, one by one.
    pub told: usize,
    /// People where all shall leave, by registers, counters and census, whom nobody told one by one. Looked for only where it matters:
    /// when all who were told have answered.
    pub uncounted: u32,
    /// People whom the platform can reach, on the ground of the incident.
    pub people: Vec<Known>,
    /// Who is inside, by the levels of the model, else by the zones; none when the ground encloses nothing.
    pub inside: Option<inside::Answer>,
    /// Key of the facility in which it is; none when not known.
    pub facility: Option<String>,
    /// Ground of other dangers around it.
    pub elsewhere: geo::MultiPolygon,
    /// How many other dangers with ground of their own these are.
    pub others: usize,
    /// All other open incidents, real ones apart from drills: their plans send people to the same shelters.
    pub beside: Vec<OtherIncident>,
    /// Actions at the site.
    pub controls: Vec<facts::Control>,
    /// Now.
    pub now: Ms,
    /// What of the region whoever asks may see.
    pub area: AreaCode,
    /// Whether they may see people's names and homes.
    pub private: bool,
    /// What of it is only supposed.
    pub supposed: suppose::Supposed,
}

/// Somebody whom the platform can reach.
#[derive(Clone)]
pub struct Known {
    /// Where they usually are.
    pub at: Position,
    /// Their area.
    pub area: AreaCode,
    /// Whether they cannot leave unaided.
    pub helped: bool,
}

/// Another open incident.
#[derive(Clone)]
pub struct OtherIncident {
    /// Its number.
    pub id: u64,
    /// Whether it is one of [`Question::others`].
    pub near: bool,
}

/// The answer.
pub struct Response {
    /// The roads that it was made with.
    pub roads: Arc<Now>,
    /// Who gets away which way.
    pub away: away::Away,
    /// The building in which it is, and how people get out of it.
    pub building: Option<building::Escape>,
    /// Who can be there first.
    pub forces: Vec<forces::Coming>,
    /// What is known.
    pub facts: helan_plan::Facts,
    /// The level that the rules ask for.
    pub judged: Judgement,
    /// The options side by side.
    pub options: Options,
    /// The draft of the plan.
    pub plan: Plan,
}

/// Makes the answer, on the roads as they are now. Takes a core for some hundred milliseconds: call it aside.
///
/// # Errors
/// When the base database or the roads cannot be asked.
pub fn respond(api: &Api, library: &Library, question: &Question) -> anyhow::Result<Response> {
    respond_on(api, library, question, api.roads.now())
}

/// The same on other roads.
///
/// # Errors
/// When the base database or the roads cannot be asked.
pub fn respond_on(
    api: &Api,
    library: &Library,
    question: &Question,
    roads: Arc<Now>,
) -> anyhow::Result<Response> {
    let leave = ground::of(&question.incident, &[Protective::Leave]);
    let shelter = ground::of(&question.incident, &[Protective::Shelter]);
    let mut away = away::plan(api, &roads, question, &leave, &shelter)?;
    suppose::circles(question, &mut away);
    let building = building::escape(api, question)?;
    let forces = forces::coming(api, &roads, question)?;
    let facts = facts::gather(api, question, &roads, &away, &forces)?;
    let judged = judge(library, &facts);
    let options = options(library, &facts);
    let mut plan = generate(library, &facts);
    if question.supposed.any() {
        suppose::entitle(&mut plan.title);
    }
    Ok(Response { roads, away, building, forces, facts, judged, options, plan })
}
