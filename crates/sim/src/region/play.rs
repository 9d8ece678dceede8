//! Plays a region against a running server until it is stopped.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use helan_kernel::Ms;
use tracing::{info, warn};

use super::{FaultPlan, Region};
use crate::{
    api::Api,
    clock,
    mqtt::Dialer,
    player::{Player, Seen},
    tokens::Tokens,
};

/// Time between two lines of progress: often until everybody is connected, seldom afterwards.
const PROGRESS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// When nobody could connect for so long, the address is wrong or nothing listens there.
const CONNECT: Duration = Duration::from_secs(30);
/// Faults are planned so far ahead (world time).
const AHEAD: Ms = Ms::seconds(10);

/// Registers a region and plays it, with faults when a plan is given. Comes back only with an error.
///
/// # Errors
/// When the server cannot be reached or refuses the region, or no device can connect.
pub async fn play(
    region: Region,
    api: &Api,
    mut tokens: Tokens,
    dialer: &Dialer,
    mut faults: Option<FaultPlan>,
) -> Result<std::convert::Infallible> {
    info!(changes = region.changes.len(), "registering the region");
    tokens.register(api, &region.changes).await.context("registering the region")?;
    let mut player = Player::new(region.world, 1.0);
    let devices = player.world.devices().len();
    for number in 0..devices {
        let key = player.world.devices().get(number).map(|d| d.key.clone()).unwrap_or_default();
        player.connect(number, dialer, tokens.of(&key));
    }
    info!(devices, mqtt = %dialer.server(), "connecting");
    let start = clock::instant();
    let mut progress = Progress { said: start, whole: false };
    loop {
        if let Some(faults) = &mut faults {
            let until = player.world.now().after(AHEAD);
            while let Some((at, change)) = faults.next(until) {
                player.world.schedule(at, change);
            }
        }
        for seen in player.step().await {
            if let Seen::Refused { device, reason } = seen {
                let key = player.world.devices().get(device).map(|d| d.key.clone());
                warn!(device = key.as_deref().unwrap_or_default(), reason, "refused");
            }
        }
        progress.tell(&player, devices);
        let nobody = player.counts.connected == 0 && player.counts.acknowledged == 0;
        ensure!(
            !nobody || start.elapsed() < CONNECT,
            "no device could connect to {}: {}",
            dialer.server(),
            player.last_down
        );
    }
}

/// How far everything is, said now and then.
struct Progress {
    said: std::time::Instant,
    /// Whether all were connected when it was said last.
    whole: bool,
}

impl Progress {
    fn tell(&mut self, player: &Player, devices: usize) {
        let whole = usize::try_from(player.counts.connected).is_ok_and(|up| up >= devices);
        let wait = if self.whole { PROGRESS.1 } else { PROGRESS.0 };
        // The moment at which everybody is there is worth a line of its own.
        let news = whole && !self.whole;
        if self.said.elapsed() < wait && !news {
            return;
        }
        (self.said, self.whole) = (clock::instant(), whole);
        let counts = player.counts;
        info!(
            connected = counts.connected,
            of = devices,
            readings = counts.published,
            confirmed = counts.acknowledged,
            refused = counts.refused,
            commands = counts.commands,
            lost = counts.lost,
            "region"
        );
    }
}
