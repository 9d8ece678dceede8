//! What stands at the site: from files to the engine.

use anyhow::Result;
use helan_kernel::{
    Answer, Engine, Event,
    registry::{Key, RegistryChange},
};
use helan_node::Lane;
use helan_store::accounts::TokenHash;

use crate::{
    agent::Agent,
    config::{Config, Site},
    readings::Entry,
};

/// Packs and the site's registry go to the engine as events; what it has already changes nothing.
///
/// # Errors
/// When a pack cannot be read, or the node has stopped.
pub async fn register(agent: &Agent, config: &Config, site: &Site) -> Result<()> {
    let mut changes = Vec::new();
    for pack in helan_protocol::pack::load(&config.packs)? {
        changes.extend(pack.changes.into_iter().map(unattended));
    }
    changes.extend(site.posts.iter().cloned().map(RegistryChange::PutPost));
    changes.extend(site.facilities.iter().cloned().map(RegistryChange::PutFacility));
    changes.extend(site.devices.iter().map(|d| RegistryChange::PutDevice(d.spec.clone())));
    let wanted = changes.clone();
    let known = agent.ask(move |engine| wanted.iter().map(|c| has(engine, c)).collect::<Vec<_>>());
    let known = known.await?;
    let fresh: Vec<RegistryChange> =
        changes.into_iter().zip(known).filter(|(_, known)| !known).map(|(c, _)| c).collect();
    let events = fresh.iter().map(|c| Event::Registry(Box::new(c.clone()))).collect();
    let answers = agent.submit(Lane::Urgent, Vec::new(), events).await?;
    for (change, answer) in fresh.iter().zip(answers) {
        if let Answer::Refused(why) = answer {
            tracing::error!(?change, %why, "refused by the engine");
        }
    }
    Ok(())
}

/// A rule as a site needs it. Nobody is there to acknowledge or reset an alarm, and an alarm that waits for that would not
/// start its programs when the danger comes a second time. People do both at the platform.
fn unattended(change: RegistryChange) -> RegistryChange {
    match change {
        RegistryChange::PutRule(mut rule) => {
            rule.acknowledge = false;
            rule.latched = false;
            RegistryChange::PutRule(rule)
        }
        other => other,
    }
}

/// Whether the engine has this already.
fn has(engine: &Engine, change: &RegistryChange) -> bool {
    let registry = engine.registry();
    match change {
        RegistryChange::PutProfile(new) => registry.profiles.by_key(&new.key) == Some(new),
        RegistryChange::PutRule(new) => registry.rules.by_key(&new.key) == Some(new),
        RegistryChange::PutProgram(new) => registry.programs.find(&new.full_key()).is_some(),
        RegistryChange::PutPolicy(new) => registry.policies.by_key(&new.key) == Some(new),
        RegistryChange::PutDevice(new) => {
            registry.devices.by_key(&new.key).is_some_and(|d| d.spec == *new)
        }
        RegistryChange::PutFacility(new) => registry.facilities.by_key(&new.key) == Some(new),
        RegistryChange::PutPost(new) => registry.posts.by_key(&new.key) == Some(new),
        _ => false,
    }
}

/// Who may connect here.
///
/// # Errors
/// When the node has stopped.
pub async fn devices(agent: &Agent, site: &Site) -> Result<Vec<(Key, TokenHash, Entry)>> {
    let wanted: Vec<(String, TokenHash)> =
        site.devices.iter().map(|d| (d.spec.key.clone(), TokenHash::of(&d.token))).collect();
    let found = agent.ask(move |engine| {
        let registry = engine.registry();
        let entry = |(key, token): (String, TokenHash)| {
            let device = registry.devices.by_key(&key)?;
            Some((device.key.clone(), token, Entry::of(registry, device)?))
        };
        wanted.into_iter().filter_map(entry).collect()
    });
    Ok(found.await?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn no_alarm_of_a_site_waits_for_a_person() {
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let changes = helan_protocol::pack::load(&packs).unwrap();
        let changes: Vec<_> = changes.into_iter().flat_map(|pack| pack.changes).collect();
        let waits = |change: &RegistryChange| match change {
            RegistryChange::PutRule(rule) => rule.acknowledge || rule.latched,
            _ => false,
        };
        assert!(changes.iter().any(waits));
        assert!(!changes.into_iter().map(unattended).any(|change| waits(&change)));
    }
}
