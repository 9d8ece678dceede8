//! Whom a run calls: the post that its program names, and those who must know that it is held for long.

use super::{active::Active, outbox::Hands};
use crate::{Effect, command::queue, effect::Call, registry::Post};

impl Active {
    /// Calls the post of a role that answers for the place.
    pub(super) fn call(&self, hands: &mut Hands<'_>, role: &str) {
        let post = self.post_for(hands, role);
        self.call_post(hands, role, post);
    }

    /// Calls the next post because a person holds the run for so long: first the one that is responsible for the device of
    /// the alarm, then those that an incident calls which nobody takes, the last of them again and again. A post that
    /// nobody fills cannot answer, so the one after it is called at once. Gives how many were called so far.
    pub(super) fn call_about_hold(&self, hands: &mut Hands<'_>, mut calls: usize) -> usize {
        let registry = hands.registry;
        let own = registry.device(self.run.device).and_then(|device| registry.post_of(device));
        let own = own.map(|(_, post)| post).filter(|post| is_filled(post));
        let later = queue::STEPS.iter().map(|(_, role)| (*role, self.post_for(hands, role)));
        let chain: Vec<(&str, Option<&Post>)> =
            own.map(|post| (post.role.as_str(), Some(post))).into_iter().chain(later).collect();
        let last = chain.len().saturating_sub(1);
        for (role, post) in chain.into_iter().skip(calls.min(last)) {
            self.call_post(hands, role, post);
            calls = calls.saturating_add(1);
            if post.is_some_and(is_filled) {
                break;
            }
        }
        calls
    }

    fn post_for<'a>(&self, hands: &Hands<'a>, role: &str) -> Option<&'a Post> {
        let registry = hands.registry;
        let device = registry.device(self.run.device)?;
        let post = registry.post_for(role, &device.spec.facility, device.spec.area);
        post.map(|(_, post)| post)
    }

    fn call_post(&self, hands: &mut Hands<'_>, role: &str, post: Option<&Post>) {
        hands.out.push(Effect::Escalation(Box::new(Call {
            role: role.into(),
            person: post.map_or("", |p| p.person.as_str()).into(),
            phone: post.map_or("", |p| p.phone.as_str()).into(),
            alarm: Some(self.run.alarm),
            incident: self.run.incident,
            run: Some(self.run.id),
            at: hands.now,
            before: self.run.by.clone().filter(|_| self.held.is_some()),
            drill: self.run.drill,
        })));
    }
}

fn is_filled(post: &Post) -> bool {
    !post.person.is_empty() || !post.phone.is_empty()
}
