//! What people do through the console: the officer on duty, those who answer for recipients, those who visit.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use helan_kernel::Ms;
use serde_json::{Value, json};
use tracing::{info, warn};

use super::{
    file::{Duty, Scenario},
    measure::{is_final, is_protective, items, number, text},
    watcher::Look,
};
use crate::api::Api;

/// The account that the simulator acts with.
const ACCOUNT: &str = "simulator";
/// Open incidents looked through for those of an earlier run.
const MOST_OPEN: usize = 5000;
/// Time between two tries of what the server may still refuse.
const AGAIN: Ms = Ms::seconds(3);

/// Who must be told what by the world, as a look at the server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A notice reached this recipient.
    Told {
        /// Which notice.
        notice: u64,
        /// Name of the recipient.
        name: String,
    },
    /// A post sets out to visit a recipient.
    Visit {
        /// Which notice.
        notice: u64,
        /// The post that visits.
        visitor: String,
    },
}

/// The officer on duty.
#[derive(Debug)]
pub struct Officer {
    api: Api,
    duty: Duty,
    /// How many world milliseconds pass in a real one: the officer lives in world time.
    speed: f64,
    /// When something was seen first, or tried last.
    seen: BTreeMap<String, Ms>,
    told: BTreeMap<u64, &'static str>,
}

impl Officer {
    /// An officer who acts through this sign-in.
    #[must_use]
    pub fn new(api: Api, duty: Duty, speed: f64) -> Self {
        Self { api, duty, speed, seen: BTreeMap::new(), told: BTreeMap::new() }
    }

    /// Acts on what is seen at the real moment `now`; `safe` says whether the gas has been low for long enough.
    /// Gives who has to be told by the world.
    pub fn act(&mut self, now: Ms, look: &Look, safe: bool) -> Vec<Word> {
        for alarm in &look.alarms {
            let waits = text(alarm, "state").contains("unacknowledged");
            let path = format!("/alarms/{}/acknowledge", number(alarm, "id"));
            if waits && self.is_due(&path, now, self.duty.acknowledge) {
                self.post(path, json!({}));
            }
        }
        let mut words = Vec::new();
        for file in &look.incidents {
            self.incident(now, file, safe);
            for notice in items(file, "notices") {
                words.extend(self.word(notice));
            }
        }
        words
    }

    fn incident(&mut self, now: Ms, file: &Value, safe: bool) {
        let Some(incident) = file.get("incident") else { return };
        let path = |what: &str| format!("/incidents/{}/{what}", number(incident, "id"));
        match text(incident, "state") {
            "open" if self.is_due(&path("take"), now, self.duty.take) => {
                self.post(path("take"), json!({}));
            }
            "taken" if safe && number(incident, "active") == 0 && is_settled(file) => {
                let clear = incident.get("all_clear").and_then(Value::as_bool).unwrap_or(false);
                // Whoever took it ends it; the officer steps in when that person has gone.
                let own = incident.get("taken_by").is_some_and(|by| text(by, "account") == ACCOUNT);
                let wait = |own_wait| if own { own_wait } else { self.duty.patience };
                let (before_clear, before_close) = (wait(Ms(0)), wait(Ms::seconds(5)));
                if !clear && self.is_due(&path("all-clear"), now, before_clear) {
                    let reason = "演练：燃气浓度已持续低于限值，现场人员确认安全";
                    self.post(path("all-clear"), json!({ "reason": reason }));
                } else if clear && self.is_due(&path("close"), now, before_close) {
                    self.post(path("close"), json!({ "reason": "演练：处置完毕" }));
                }
            }
            _ => {}
        }
    }

    /// Whether so much world time has passed since this was first due; then it is due again a while later.
    fn is_due(&mut self, what: &str, now: Ms, after: Ms) -> bool {
        let due = *self.seen.entry(what.to_owned()).or_insert_with(|| {
            #[expect(clippy::cast_precision_loss, reason = "spans are minutes")]
            #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
            now.after(Ms((after.0 as f64 / self.speed) as i64))
        });
        if now < due {
            return false;
        }
        self.seen.insert(what.to_owned(), now.after(AGAIN));
        true
    }

    /// Whether a notice is news to its recipient or to a visitor.
    fn word(&mut self, notice: &Value) -> Option<Word> {
        let id = notice.get("id").and_then(Value::as_u64)?;
        match text(notice, "state") {
            "sent" | "delivered" | "read" if !self.told.contains_key(&id) => {
                self.told.insert(id, "told");
                Some(Word::Told { notice: id, name: text(notice, "name").to_owned() })
            }
            // Whoever answers a call for help waits for somebody just as one whom no channel reached.
            "visiting" | "needs-help" if self.told.get(&id) != Some(&"visit") => {
                self.told.insert(id, "visit");
                Some(Word::Visit { notice: id, visitor: text(notice, "visitor").to_owned() })
            }
            _ => None,
        }
    }

    /// A recipient answers.
    pub fn answer(&self, notice: u64, needs_help: bool) {
        let state = if needs_help { "needs-help" } else { "acknowledged" };
        self.post(format!("/notices/{notice}/answer"), json!({ "state": state }));
    }

    /// A visitor has found the recipient.
    pub fn visited(&self, notice: u64) {
        self.post(format!("/notices/{notice}/visit"), json!({ "reached": true }));
    }

    /// Sends it off; the world does not wait.
    fn post(&self, path: String, body: Value) {
        let api = self.api.clone();
        tokio::spawn(async move {
            match api.post(&path, &body).await {
                Ok(_) => info!(path, "done"),
                // A person at the console may have been faster; the next look shows what is still to do.
                Err(error) => warn!(path, %error, "not done"),
            }
        });
    }
}

/// Whether nobody in danger is still being looked for: before that no officer gives the all-clear.
fn is_settled(file: &Value) -> bool {
    let people = items(file, "notices").filter(|n| text(n, "party") == "person");
    people.filter(|n| is_protective(n)).all(is_final)
}

/// Incidents that calls of an earlier run may have left open.
///
/// # Errors
/// When the server cannot be reached.
pub async fn left_by_calls(api: &Api, scenario: &Scenario) -> anyhow::Result<BTreeSet<u64>> {
    let calls = scenario.events.iter().filter_map(|event| event.call.as_ref());
    let kinds: BTreeSet<&str> = calls.map(|call| call.kind.as_str()).collect();
    if kinds.is_empty() {
        return Ok(BTreeSet::new());
    }
    let open = api.list("/incidents?open=true", MOST_OPEN).await?;
    let own = |incident: &&Value| {
        kinds.contains(text(incident, "kind"))
            && number(incident, "area") == i64::from(scenario.area)
            && incident.get("drill") == Some(&Value::Bool(true))
    };
    Ok(open.iter().filter(own).filter_map(|i| i.get("id").and_then(Value::as_u64)).collect())
}

/// Ends what an earlier run of the scenario may have left open.
///
/// # Errors
/// When the server cannot be reached.
pub async fn tidy(api: &Api, scope: &super::watcher::Scope) -> anyhow::Result<()> {
    let all = super::watcher::Scope { since: Ms(0), ..scope.clone() };
    for round in 0..10 {
        let look = super::watcher::look(api, &all).await?;
        let mut left = 0;
        for alarm in &look.alarms {
            if text(alarm, "state").contains("unacknowledged") {
                left += 1;
                try_post(api, &format!("/alarms/{}/acknowledge", number(alarm, "id")), json!({}))
                    .await;
            }
        }
        for file in &look.incidents {
            let Some(incident) = file.get("incident").filter(|i| text(i, "state") != "closed")
            else {
                continue;
            };
            left += 1;
            // Nobody of the earlier run is waited for any more.
            let waits = |n: &&Value| matches!(text(n, "state"), "visiting" | "needs-help");
            for notice in items(file, "notices").filter(waits) {
                let path = format!("/notices/{}/visit", number(notice, "id"));
                try_post(api, &path, json!({ "reached": true })).await;
            }
            let reason = json!({ "reason": "演练：结束上一次演练" });
            let path = |what: &str| format!("/incidents/{}/{what}", number(incident, "id"));
            if text(incident, "state") == "open" {
                try_post(api, &path("take"), json!({})).await;
            }
            try_post(api, &path("all-clear"), reason.clone()).await;
            try_post(api, &path("close"), reason).await;
        }
        if left == 0 {
            return Ok(());
        }
        info!(round, left, "an earlier run left something open");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}

async fn try_post(api: &Api, path: &str, body: Value) {
    if let Err(error) = api.post(path, &body).await {
        warn!(path, %error, "not done");
    }
}
