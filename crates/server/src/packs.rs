//! Packs into the engine: only what differs from what is there.

use std::path::Path;

use anyhow::{Context, Result, bail};
use helan_base::{Danger, Kind, Presence, need::Needs, risk::Tables};
use helan_kernel::{
    Answer, Engine, Event,
    event::{Actor, AuditNote},
    registry::RegistryChange,
};

use crate::platform::Platform;

/// What packs bring that the engine need not know.
#[derive(Debug, Default)]
pub struct BaseParts {
    /// Kinds of objects.
    pub kinds: Vec<Kind>,
    /// Figures that risks are graded with.
    pub risk: Tables,
    /// What may happen.
    pub dangers: Vec<Danger>,
    /// Who is where at which hour.
    pub presence: Presence,
    /// What incidents ask for.
    pub needs: Needs,
}

/// Loads all packs of a folder; gives what the engine need not know. A start with unchanged packs changes nothing.
///
/// # Errors
/// When a pack cannot be read, or the engine refuses a part of it.
pub async fn load(platform: &Platform, folder: &Path) -> Result<BaseParts> {
    let packs = helan_protocol::pack::load(folder)
        .with_context(|| format!("packs {}", folder.display()))?;
    let mut parts = BaseParts::default();
    for mut pack in packs {
        parts.kinds.append(&mut pack.kinds);
        parts.dangers.append(&mut pack.dangers);
        parts.presence.hours.append(&mut pack.hours);
        parts.presence.kinds.append(&mut pack.occupancy);
        parts.needs.forces.append(&mut pack.needs.forces);
        parts.needs.goods.append(&mut pack.needs.goods);
        parts.needs.beds.append(&mut pack.needs.beds);
        if let Some(census) = pack.census {
            parts.presence.census = census;
        }
        if let Some(tables) = pack.risk {
            parts.risk = tables;
        }
        let all = pack.changes;
        let changes = platform.ask(move |engine| different(engine, all)).await?;
        if changes.is_empty() {
            continue;
        }
        tracing::info!(pack = pack.key, version = pack.version, changes = changes.len(), "pack");
        let note = AuditNote {
            by: Actor { account: "platform".into(), name: "".into() },
            what: "pack".into(),
            object: format!("{} {}", pack.key, pack.version),
            done: true,
            from: "start".into(),
        };
        let mut events = vec![Event::Audit(Box::new(note))];
        events.extend(changes.iter().map(|change| Event::Registry(Box::new(change.clone()))));
        let answers = platform.act_all(events).await?;
        for (answer, change) in answers.iter().skip(1).zip(&changes) {
            if let Answer::Refused(refusal) = answer {
                bail!("pack {}: {refusal}: {}", pack.key, name(change));
            }
        }
    }
    parts.needs.check().map_err(anyhow::Error::msg).context("needs of all packs")?;
    Ok(parts)
}

/// Those changes that would change something.
fn different(engine: &Engine, changes: Vec<RegistryChange>) -> Vec<RegistryChange> {
    let registry = engine.registry();
    changes
        .into_iter()
        .filter(|change| match change {
            RegistryChange::PutProfile(new) => registry.profiles.by_key(&new.key) != Some(new),
            RegistryChange::PutRule(new) => registry.rules.by_key(&new.key) != Some(new),
            RegistryChange::PutPolicy(new) => registry.policies.by_key(&new.key) != Some(new),
            // A version never changes; people may have retired it since.
            RegistryChange::PutProgram(new) => registry.programs.by_key(&new.full_key()).is_none(),
            RegistryChange::PutFacility(new) => registry.facilities.by_key(&new.key) != Some(new),
            RegistryChange::PutPost(new) => registry.posts.by_key(&new.key) != Some(new),
            RegistryChange::PutPerson(new) => registry.people.by_key(&new.key) != Some(new),
            RegistryChange::PutDevice(new) => {
                registry.devices.by_key(&new.key).map(|device| &device.spec) != Some(new)
            }
            RegistryChange::RemoveDevice(key) => registry.devices.by_key(key).is_some(),
            RegistryChange::RemovePerson(key) => registry.people.by_key(key).is_some(),
        })
        .collect()
}

fn name(change: &RegistryChange) -> String {
    match change {
        RegistryChange::PutProfile(new) => format!("profile {}", new.key),
        RegistryChange::PutRule(new) => format!("rule {}", new.key),
        RegistryChange::PutPolicy(new) => format!("policy {}", new.key),
        RegistryChange::PutProgram(new) => format!("program {}", new.full_key()),
        RegistryChange::PutDevice(new) => format!("device {}", new.key),
        RegistryChange::PutFacility(new) => format!("facility {}", new.key),
        RegistryChange::PutPost(new) => format!("post {}", new.key),
        RegistryChange::PutPerson(new) => format!("person {}", new.key),
        RegistryChange::RemoveDevice(key) | RegistryChange::RemovePerson(key) => key.to_string(),
    }
}
