//! Rosters come into force: the post in the engine is filled by whoever holds it now, so that alarms and notices call the right
//! person. In a gap the last holder stays, because somebody must be called; the gap is shown as a defect.

use std::{collections::BTreeMap, time::Duration};

use helan_base::roster::Span;
use helan_kernel::{
    AreaCode, Event, Ms,
    event::{Actor, AuditNote},
    registry::RegistryChange,
};
use helan_store::desk::Shift;

use crate::{
    api::{Api, error::ApiError},
    serve::stopped,
};

/// How often it is looked: a shift begins this late at most.
const EVERY: Duration = Duration::from_secs(15);
/// Posts with a shift now: all of a region.
const MOST: usize = 50_000;

/// Fills posts as long as the server runs.
pub async fn run(api: Api) {
    let mut stopping = api.stopping.clone();
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        if let Err(error) = apply(&api).await {
            tracing::warn!(?error, "rosters do not come into force");
        }
    }
}

/// Fills each post that has a shift now; gives how many changed.
///
/// # Errors
/// When the file cannot be read, or the node has stopped.
pub async fn apply(api: &Api) -> Result<usize, ApiError> {
    let now = api.platform.now();
    let window = Span { from: now, until: now.after(Ms(1)) };
    let desk = api.desk.clone();
    let shifts = crate::api::blocking(move || desk.shifts(AreaCode::ALL, window, MOST)).await??;
    if shifts.is_empty() {
        return Ok(0);
    }
    // Of several the one whose shift began last.
    let mut holders: BTreeMap<String, Shift> = BTreeMap::new();
    for shift in shifts {
        let newer = |known: &Shift| (known.span.from, known.id) < (shift.span.from, shift.id);
        if holders.get(&shift.post).is_none_or(newer) {
            holders.insert(shift.post.clone(), shift);
        }
    }
    let changed = api
        .platform
        .ask(move |engine| {
            let posts = &engine.registry().posts;
            let changed = holders.into_values().filter_map(|shift| {
                let mut post = posts.by_key(&shift.post)?.clone();
                let same = post.person == shift.person && post.phone == shift.phone;
                (post.person, post.phone) = (shift.person, shift.phone);
                (!same).then_some(post)
            });
            changed.collect::<Vec<_>>()
        })
        .await?;
    let count = changed.len();
    let mut events = Vec::with_capacity(2 * count);
    for post in changed {
        let note = AuditNote {
            by: Actor { account: "platform".into(), name: "".into() },
            what: "roster change".into(),
            object: format!("{} {}", post.key, post.person),
            done: true,
            from: "roster".into(),
        };
        events.push(Event::Audit(Box::new(note)));
        events.push(Event::Registry(Box::new(RegistryChange::PutPost(post))));
    }
    if count > 0 {
        api.platform.act_all(events).await?;
    }
    Ok(count)
}
