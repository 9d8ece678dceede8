//! Notices for loudspeakers become announcements of devices that take `speaker.say`.

use std::time::Duration;

use helan_kernel::{
    Effect, Engine, Event, Ms,
    push::{Channel, Notice, NoticeState, ReceiptState},
    registry::{Device, Party, Registry},
};
use helan_node::Closed;
use helan_protocol::device;
use tokio::sync::broadcast::error::RecvError;

use super::Intake;

/// The command that a loudspeaker takes.
const SAY: &str = "speaker.say";
/// How long an announcement is good when the ladder does not say.
const GOOD_FOR: Ms = Ms::seconds(300);
/// How often expired announcements are swept out.
const SWEEP: Duration = Duration::from_secs(60);

/// Serves until the node has stopped.
pub(super) async fn serve(intake: &Intake) {
    let mut committed = intake.platform.committed();
    let mut sweep = tokio::time::interval(SWEEP);
    // Those of before a crash, whose announcement may not have left.
    let mut all = true;
    loop {
        if std::mem::take(&mut all) {
            let Ok(notices) = intake.platform.ask(outstanding).await else { return };
            if announce(intake, notices).await.is_err() {
                return;
            }
        }
        let turn = tokio::select! {
            turn = committed.recv() => turn,
            _ = sweep.tick() => {
                intake.stations.sweep();
                continue;
            }
        };
        match turn {
            Ok(turn) => {
                let notices = turn.effects.iter().filter_map(|effect| match effect {
                    Effect::Notice { send: Some(Channel::Loudspeaker), notice } => {
                        Some((**notice).clone())
                    }
                    _ => None,
                });
                let notices: Vec<Notice> = notices.collect();
                if !notices.is_empty() && announce(intake, notices).await.is_err() {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => all = true,
            Err(RecvError::Closed) => return,
        }
    }
}

/// Notices whose turn it is on the loudspeaker, leave first. What was replaced, or is over, is not said again.
fn outstanding(engine: &Engine) -> Vec<Notice> {
    let waits = |notice: &&Notice| {
        let rung = notice.ladder.get(usize::from(notice.rung));
        rung.is_some_and(|rung| rung.channel == Channel::Loudspeaker)
            && matches!(notice.state, NoticeState::Targeted | NoticeState::Sent)
    };
    let push = engine.push();
    let waiting = push.notices().filter(waits).filter(|notice| push.is_wanted(notice.id));
    let mut all: Vec<Notice> = waiting.cloned().collect();
    all.sort_by_key(|notice| (notice.action, notice.id));
    all
}

async fn announce(intake: &Intake, notices: Vec<Notice>) -> Result<(), Closed> {
    let asked: Vec<(Party, String, bool)> =
        notices.iter().map(|n| (n.party, n.address.to_string(), n.drill)).collect();
    let keys = intake.platform.ask(move |engine| {
        let registry = engine.registry();
        let speakers =
            asked.iter().map(|(party, address, drill)| speakers(registry, *party, address, *drill));
        speakers.collect::<Vec<_>>()
    });
    let keys = keys.await?;
    let now = intake.platform.now();
    let mut events = Vec::new();
    for (notice, keys) in notices.iter().zip(keys) {
        let entries: Vec<_> = keys.iter().filter_map(|key| intake.directory.find(key)).collect();
        let (state, detail) = if entries.is_empty() {
            (ReceiptState::Failed, "no loudspeaker")
        } else {
            (ReceiptState::Sent, "")
        };
        let rung = notice.ladder.get(usize::from(notice.rung));
        let expires = now.after(rung.map_or(GOOD_FOR, |rung| rung.wait.max(Ms::seconds(1))));
        let text = match &*notice.language {
            "en" => &notice.text.en,
            _ => &notice.text.zh,
        };
        for entry in entries {
            let payload = device::speech(notice.id, text, now, expires, notice.drill);
            intake.stations.announce(&entry, notice.id, payload, expires);
        }
        if state == ReceiptState::Failed || notice.state == NoticeState::Targeted {
            events.push(Event::Receipt {
                notice: notice.id,
                channel: Channel::Loudspeaker,
                state,
                detail: detail.into(),
            });
        }
    }
    if !events.is_empty() {
        intake.platform.act_all(events).await?;
    }
    Ok(())
}

/// The loudspeakers of a recipient: the one named as its address, else those of its facility. A drill is never heard from
/// a real loudspeaker, and what only a virtual one said was not said.
fn speakers(registry: &Registry, party: Party, address: &str, drill: bool) -> Vec<String> {
    let speaks = |device: &&Device| {
        let profile = registry.profile_of(device).filter(|_| device.spec.drill == drill);
        profile.is_some_and(|p| p.commands.iter().any(|command| &*command.name == SAY))
    };
    if let Some(device) = registry.devices.by_key(address).filter(speaks) {
        return vec![device.spec.key.clone()];
    }
    let facility = match party {
        Party::Facility(id) => registry.facilities.get(id.index()).map(|f| f.key.as_str()),
        Party::Person(id) => registry.people.get(id.index()).map(|p| p.facility.as_str()),
        Party::Post(id) => registry.posts.get(id.index()).map(|p| p.facility.as_str()),
    };
    let devices = registry.devices_in(facility.unwrap_or_default()).iter();
    let devices = devices.filter_map(|id| registry.device(*id)).filter(speaks);
    devices.map(|device| device.spec.key.clone()).collect()
}
