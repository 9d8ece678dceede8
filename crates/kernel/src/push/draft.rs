//! Drafts: notices before they have a number. Here the words meet the recipients.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Channel, Notice, NoticeState, Policy, Protective, Rung, Zone,
    audience::{Cause, Target},
    book::Entry,
};
use crate::{
    AreaCode, IncidentId, Ms, NoticeId, PolicyId, PostId, Text,
    command::{
        Incident,
        words::{self, Filling},
    },
    danger::Origin,
    effect,
    registry::{Party, Post, Registry},
};

/// Everything but the number.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub incident: IncidentId,
    pub policy: Option<PolicyId>,
    pub party: Party,
    pub name: Arc<str>,
    pub address: Arc<str>,
    pub place: Arc<str>,
    pub area: AreaCode,
    pub needs: Arc<[String]>,
    pub action: Protective,
    pub text: Arc<Text>,
    pub language: Arc<str>,
    pub ladder: Arc<[Rung]>,
    pub drill: bool,
}

impl Draft {
    pub fn numbered(self, id: NoticeId, now: Ms) -> Notice {
        Notice {
            id,
            incident: self.incident,
            policy: self.policy,
            party: self.party,
            name: self.name,
            address: self.address,
            place: self.place,
            area: self.area,
            needs: self.needs,
            action: self.action,
            text: self.text,
            language: self.language,
            ladder: self.ladder,
            rung: 0,
            state: NoticeState::Targeted,
            created: now,
            changed: now,
            receipts: Vec::new(),
            visitor: Arc::from(""),
            drill: self.drill,
        }
    }
}

/// A danger and what it tells.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub policy: &'a Policy,
    /// Those of the policy, resolved.
    pub zones: &'a [Zone],
    pub origin: &'a Origin,
}

impl<'a> Scene<'a> {
    /// What wordings are filled with.
    fn filling(&self) -> Filling<'a> {
        let origin = self.origin;
        Filling {
            place: &origin.place,
            what: &origin.what,
            person: &origin.person,
            contact: &origin.contact,
            value: &origin.value,
        }
    }
}

/// Longest ladder: there are fewer channels than this, and each is used once.
const MAX_RUNGS: usize = 8;

/// A ladder in which every channel comes once: notice and channel together are the idempotency key of a sending.
pub(super) fn ladder(rungs: &[Rung]) -> Arc<[Rung]> {
    let mut found: Vec<Rung> = Vec::with_capacity(rungs.len().min(MAX_RUNGS));
    for rung in rungs {
        if !found.iter().any(|r| r.channel == rung.channel) {
            found.push(*rung);
        }
    }
    found.into()
}

/// Ladder of posts that the platform itself calls.
pub(super) fn post_ladder() -> Arc<[Rung]> {
    Arc::from([
        Rung { channel: Channel::Screen, wait: Ms::seconds(30) },
        Rung { channel: Channel::Sms, wait: Ms::seconds(60) },
    ])
}

/// A draft for each target, in their order.
pub(super) fn drafts(registry: &Registry, scene: &Scene<'_>, targets: &[Target]) -> Vec<Draft> {
    let origin = scene.origin;
    let filling = scene.filling();
    let fill = |text: &Text| Arc::new(words::fill(text, &filling, origin.drill));
    let zones: Vec<Words> = scene
        .zones
        .iter()
        .map(|zone| {
            let text = fill(&zone.wording);
            let plain = zone.assisted.zh.is_empty() && zone.assisted.en.is_empty();
            let assisted = if plain { text.clone() } else { fill(&zone.assisted) };
            Words { text, assisted, ladder: ladder(&zone.ladder) }
        })
        .collect();
    targets
        .iter()
        .filter_map(|target| {
            let (text, assisted, ladder) = match &target.cause {
                Cause::Zone(at) => {
                    let words = zones.get(*at)?;
                    (words.text.clone(), words.assisted.clone(), words.ladder.clone())
                }
                Cause::Posts(rules) => {
                    let rules: Vec<_> =
                        rules.iter().filter_map(|at| scene.policy.posts.get(*at)).collect();
                    let text = fill(&join(rules.iter().map(|rule| &rule.wording)));
                    (text.clone(), text, ladder(&rules.first()?.ladder))
                }
            };
            let base = Draft {
                incident: origin.incident,
                policy: Some(origin.policy),
                party: target.party,
                name: super::named(target.party, registry),
                address: Arc::from(""),
                place: Arc::from(""),
                area: origin.area,
                needs: Arc::from([]),
                action: target.action,
                text,
                language: Arc::from("zh"),
                ladder,
                drill: origin.drill,
            };
            recipient(registry, base, assisted)
        })
        .collect()
}

struct Words {
    text: Arc<Text>,
    assisted: Arc<Text>,
    ladder: Arc<[Rung]>,
}

fn join<'a>(texts: impl Iterator<Item = &'a Text> + Clone) -> Text {
    let all = |pick: fn(&Text) -> &str| texts.clone().map(pick).collect::<Vec<_>>().join("\n");
    Text { zh: all(|t| &t.zh), en: all(|t| &t.en) }
}

/// Fills in what is known about the recipient.
fn recipient(registry: &Registry, base: Draft, assisted: Arc<Text>) -> Option<Draft> {
    Some(match base.party {
        Party::Person(id) => {
            let person = registry.people.get(id.index())?;
            Draft {
                address: person.phone.as_str().into(),
                place: words::place(registry, &person.facility, &person.room).into(),
                area: person.area,
                needs: person.needs.as_slice().into(),
                text: if person.needs.is_empty() { base.text } else { assisted },
                language: person.language.as_str().into(),
                ..base
            }
        }
        Party::Post(id) => {
            let post = registry.posts.get(id.index())?;
            Draft {
                address: post.phone.as_str().into(),
                place: words::place(registry, &post.facility, "").into(),
                ..base
            }
        }
        Party::Facility(id) => {
            let facility = registry.facilities.get(id.index())?;
            Draft { place: facility.address.as_str().into(), area: facility.area, ..base }
        }
    })
}

/// The all-clear to whoever got `entry`: over the channel that last worked, then the others.
pub(super) fn all_clear(entry: &Entry, text: Arc<Text>) -> Draft {
    let before = &entry.notice;
    let mut rungs = before.ladder.to_vec();
    if let Some(worked) = entry.worked {
        // A stable sort: the rest keeps its order.
        rungs.sort_by_key(|rung| rung.channel != worked);
    }
    Draft {
        incident: before.incident,
        policy: before.policy,
        party: before.party,
        name: before.name.clone(),
        address: before.address.clone(),
        place: before.place.clone(),
        area: before.area,
        needs: before.needs.clone(),
        action: Protective::AllClear,
        text,
        language: before.language.clone(),
        ladder: rungs.into(),
        drill: before.drill,
    }
}

/// Words of the all-clear: those of the policy, else those of the platform.
pub(super) fn all_clear_text(
    registry: &Registry,
    policy: Option<PolicyId>,
    incident: &Incident,
    place: &str,
) -> Arc<Text> {
    let own = policy.and_then(|id| registry.policies.get(id.index())).map(|p| &p.all_clear);
    let nothing = Text::default();
    let filling = Filling { place, what: &incident.name, person: "", contact: "", value: &nothing };
    let text = match own {
        Some(text) if *text != nothing => text.clone(),
        _ => words::all_clear(),
    };
    Arc::new(words::fill(&text, &filling, incident.drill))
}

/// A task for a post, from the platform itself.
pub(super) fn task(
    registry: &Registry,
    incident: IncidentId,
    policy: Option<PolicyId>,
    (id, post): (PostId, &Post),
    text: Text,
    drill: bool,
) -> Draft {
    Draft {
        incident,
        policy,
        party: Party::Post(id),
        name: words::post(post).into(),
        address: post.phone.as_str().into(),
        place: words::place(registry, &post.facility, "").into(),
        area: post.area,
        needs: Arc::from([]),
        action: Protective::Task,
        text: Arc::new(text),
        language: Arc::from("zh"),
        ladder: post_ladder(),
        drill,
    }
}

/// The notice to a post that is called about an incident; none when no such post exists.
pub(super) fn call(registry: &Registry, incident: &Incident, call: &effect::Call) -> Option<Draft> {
    let named = registry
        .posts_with(&call.role)
        .find(|(_, post)| !post.phone.is_empty() && *post.phone == *call.phone);
    let post = named.or_else(|| registry.post_for(&call.role, "", incident.area))?;
    let drill = incident.drill || call.drill;
    let nothing = Text::default();
    let filling = Filling {
        place: &incident.place,
        what: &incident.name,
        person: "",
        contact: "",
        value: &nothing,
    };
    let text = words::fill(&words::called(), &filling, drill);
    Some(task(registry, incident.id, None, post, text, drill))
}

/// Groups things by a key and keeps their order.
pub(super) fn grouped<K: Ord, V>(items: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, item) in items {
        groups.entry(key).or_default().push(item);
    }
    groups
}
