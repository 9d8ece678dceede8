//! Looks at the server through its API while a scenario runs: alarms of its devices, and their incidents.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use helan_kernel::Ms;
use serde_json::Value;
use tokio::sync::mpsc;
use tracing::warn;

use super::measure::{number, text};
use crate::api::Api;

/// Time between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// Alarms looked at: those of a scenario are few, but a whole region may be beside it.
const MOST: usize = 5000;

/// One look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Alarms of the scenario's devices since it began.
    pub alarms: Vec<Value>,
    /// Files of the incidents they belong to.
    pub incidents: Vec<Value>,
}

/// Whose alarms, and since when.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Keys of the devices.
    pub devices: Arc<BTreeSet<String>>,
    /// Beginning of the scenario.
    pub since: Ms,
    /// Incidents that calls of the scenario opened or joined.
    pub called: Arc<Mutex<BTreeSet<u64>>>,
}

/// Looks once.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn look(api: &Api, scope: &Scope) -> Result<Look> {
    let mut look = Look::default();
    for open in [true, false] {
        let alarms = api.list(&format!("/alarms?open={open}"), MOST).await?;
        look.alarms.extend(alarms.into_iter().filter(|alarm| {
            number(alarm, "raised") >= scope.since.0
                && scope.devices.contains(text(alarm, "device"))
        }));
    }
    let mut incidents: BTreeSet<u64> =
        look.alarms.iter().filter_map(|a| a.get("incident").and_then(Value::as_u64)).collect();
    incidents.extend(scope.called.lock().unwrap_or_else(PoisonError::into_inner).iter());
    for incident in incidents {
        look.incidents.push(api.get(&format!("/incidents/{incident}")).await?);
    }
    Ok(look)
}

/// Looks again and again until nobody wants it any more.
pub async fn watch(api: Api, scope: Scope, looks: mpsc::Sender<Look>) {
    loop {
        match look(&api, &scope).await {
            Ok(look) => {
                if looks.send(look).await.is_err() {
                    return;
                }
            }
            Err(error) => warn!(%error, "cannot look at the server"),
        }
        tokio::time::sleep(EVERY).await;
    }
}
