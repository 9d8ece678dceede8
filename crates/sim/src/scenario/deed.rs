//! What people outside do while a scenario runs: they call, ask for tasks, confirm that everybody is out, set the level.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use helan_kernel::{
    Ms, Position,
    registry::{Post, RegistryChange},
};
use serde_json::{Value, json};
use tracing::info;

use super::{
    file::{CallOf, Happening, HotspotOf, MoveOf, Scenario, TaskOf},
    measure::{Facts, items, number, text},
    stage,
    watcher::Look,
};
use crate::{api::Api, clock};

/// A call as it was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Called {
    /// When.
    pub at: Ms,
    /// The incident that it opened or joined.
    pub incident: u64,
    /// Whether it was believed.
    pub credible: bool,
}

/// A task as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Ms,
    /// Code of the refusal; none when it was sent.
    pub refused: Option<String>,
}

/// Does at the server what people do.
#[derive(Clone, Debug)]
pub struct Deeds {
    api: Api,
    area: u32,
    position: (f64, f64),
    /// Posts as they were registered.
    posts: Vec<Post>,
    /// Incidents of calls, for whoever looks.
    called: Arc<Mutex<BTreeSet<u64>>>,
}

impl Deeds {
    /// People at the place of a scenario.
    #[must_use]
    pub fn new(api: Api, scenario: &Scenario, called: Arc<Mutex<BTreeSet<u64>>>) -> Self {
        let posts = stage::changes(scenario).into_iter().filter_map(|change| match change {
            RegistryChange::PutPost(post) => Some(post),
            _ => None,
        });
        let posts = posts.collect();
        Self { api, area: scenario.area, position: scenario.position, posts, called }
    }

    /// Does it, and notes what came of it.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses what no rule forbids.
    pub async fn happen(&self, event: &Happening, look: &Look, facts: &mut Facts) -> Result<()> {
        if let Some(call) = &event.call {
            let called = self.call(call).await?;
            self.called.lock().unwrap_or_else(PoisonError::into_inner).insert(called.incident);
            facts.calls.push(called);
        }
        if let Some(task) = &event.task {
            let asked = self.task(task, incident(look, facts)?).await?;
            info!(task = task.key, refused = asked.refused, "asked for");
            facts.tasks.insert(task.key.clone(), asked);
        }
        if let Some(words) = &event.evacuated {
            let path = format!("/incidents/{}/evacuated", incident(look, facts)?);
            self.api.post(&path, &json!({ "reason": words })).await?;
            facts.evacuated = Some(clock::now());
        }
        if let Some(hotspot) = &event.hotspot {
            self.hotspot(hotspot, facts).await?;
        }
        if let Some(moved) = &event.moves {
            self.moves(moved).await?;
        }
        if let Some(grade) = &event.grade {
            let path = format!("/incidents/{}/grade", incident(look, facts)?);
            let body = json!({ "grade": grade.grade, "reason": grade.reason });
            self.api.post(&path, &body).await?;
            facts.graded = Some(clock::now());
        }
        Ok(())
    }

    async fn call(&self, call: &CallOf) -> Result<Called> {
        let (lon, lat) = call.position.unwrap_or(self.position);
        let body = json!({
            "kind": call.kind,
            "area": self.area,
            "position": { "lon": lon, "lat": lat },
            "place": call.place,
            "caller": call.caller,
            "contact": call.contact,
            "text": call.text,
            "drill": true,
            "facility": call.facility,
            "credible": call.credible,
        });
        let at = clock::now();
        let reply = self.api.post("/calls", &body).await?;
        let incident = reply.get("incident").and_then(Value::as_u64);
        let incident = incident.context("the call has no incident")?;
        Ok(Called { at, incident, credible: call.credible })
    }

    async fn hotspot(&self, hotspot: &HotspotOf, facts: &mut Facts) -> Result<()> {
        let (lon, lat) = hotspot.position;
        let body = json!({
            "satellite": hotspot.satellite,
            "area": self.area,
            "position": { "lon": lon, "lat": lat },
            "place": hotspot.place,
            "frp_mw": hotspot.frp_mw,
            "sure": true,
            "drill": true,
        });
        let at = clock::now();
        let reply = self.api.post("/hotspots", &body).await?;
        let Some(incident) = reply.get("incident").and_then(Value::as_u64) else { return Ok(()) };
        self.called.lock().unwrap_or_else(PoisonError::into_inner).insert(incident);
        facts.calls.push(Called { at, incident, credible: true });
        facts.false_hotspots += u32::from(hotspot.own_heat);
        Ok(())
    }

    /// A tracker says where a post is.
    async fn moves(&self, moved: &MoveOf) -> Result<()> {
        let post = self.posts.iter().find(|post| post.key == moved.post);
        let mut post = post.context("the post that moves")?.clone();
        let (lon, lat) = moved.position;
        post.position = Some(Position { lon, lat });
        self.api.register(&[RegistryChange::PutPost(post)]).await?;
        Ok(())
    }

    async fn task(&self, task: &TaskOf, incident: u64) -> Result<Asked> {
        let corner = |(lon, lat): &(f64, f64)| json!({ "lon": lon, "lat": lat });
        let body = json!({
            "posts": task.posts,
            "text": task.text,
            "on_site": task.on_site,
            "way": task.way.iter().map(corner).collect::<Vec<_>>(),
        });
        let at = clock::now();
        let reply = self.api.ask(&format!("/incidents/{incident}/tasks"), &body).await?;
        Ok(Asked { at, refused: reply.err() })
    }
}

/// The incident that a scenario is about: that of the first credible call, else the first one that tells people to leave.
fn incident(look: &Look, facts: &Facts) -> Result<u64> {
    let called = facts.calls.iter().find(|call| call.credible).map(|call| call.incident);
    let leaves = |file: &&Value| items(file, "notices").any(|n| text(n, "action") == "leave");
    let told = || {
        let files = look.incidents.iter().filter(leaves).filter_map(|file| file.get("incident"));
        files.map(|incident| number(incident, "id")).min().and_then(|id| u64::try_from(id).ok())
    };
    called.or_else(told).context("nothing has happened yet that people could act upon")
}
