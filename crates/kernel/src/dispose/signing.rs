//! How a program version comes into use: written, tried against recorded readings, signed off by a second person.

use super::{DryRun, Program, ProgramStatus as S};
use crate::{Answer, Context, Effect, ProgramId, Refusal, event::Actor, registry::Registry};

/// Notes the dry-run of a version that is not in use yet. One that did not pass leaves a draft as it is, and makes a tried
/// version a draft again.
pub(super) fn record_dry_run(
    cx: &mut Context<'_>,
    name: &str,
    passed: Option<DryRun>,
) -> Result<Answer, Refusal> {
    let id = find(cx.registry, name, &[&[S::Draft], &[S::Tried]])?;
    let status = status_of(cx.registry, id)?;
    if passed.is_none() && status == S::Draft {
        return Err(Refusal::DryRunRequired);
    }
    change(cx, id, |program| {
        program.status = if passed.is_some() { S::Tried } else { S::Draft };
        program.dry_run = passed;
    });
    Ok(Answer::Done)
}

/// A second person signs a tried version: it goes live in place of the one before.
pub(super) fn sign_off(cx: &mut Context<'_>, name: &str, by: &Actor) -> Result<Answer, Refusal> {
    let id = find(cx.registry, name, &[&[S::Tried], &[S::Draft]])?;
    let program = cx.registry.program(id).ok_or(Refusal::Unknown)?;
    if program.status != S::Tried || program.dry_run.is_none() {
        return Err(Refusal::DryRunRequired);
    }
    if program.author.account == by.account {
        return Err(Refusal::SecondPersonRequired);
    }
    let before = cx.registry.live_program(&program.key).map(|(id, _)| id);
    if let Some(before) = before {
        change(cx, before, |program| program.status = S::Retired);
    }
    change(cx, id, |program| {
        program.status = S::Live;
        program.signed_by = Some(by.clone());
    });
    Ok(Answer::Done)
}

/// Takes a version out of use; runs of it that are under way go on.
pub(super) fn retire(cx: &mut Context<'_>, name: &str, reason: &str) -> Result<Answer, Refusal> {
    let id = find(cx.registry, name, &[&[S::Live], &[S::Tried, S::Draft]])?;
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonRequired);
    }
    change(cx, id, |program| program.status = S::Retired);
    Ok(Answer::Done)
}

/// The version that a name means: `key@version`, or with a bare key the newest one of the first states that there is one
/// of. [`Refusal::WrongState`] when there are only versions in other states.
fn find(registry: &Registry, name: &str, states: &[&[S]]) -> Result<ProgramId, Refusal> {
    if let Some(id) = registry.programs.find(name).map(ProgramId) {
        let status = status_of(registry, id)?;
        let fits = states.iter().any(|states| states.contains(&status));
        return if fits { Ok(id) } else { Err(Refusal::WrongState) };
    }
    let newest = |states: &&[S]| {
        registry
            .program_versions(name)
            .filter(|(_, program)| states.contains(&program.status))
            .max_by_key(|(_, program)| program.version)
            .map(|(id, _)| id)
    };
    states.iter().find_map(newest).ok_or_else(|| match registry.program_versions(name).next() {
        Some(_) => Refusal::WrongState,
        None => Refusal::Unknown,
    })
}

fn status_of(registry: &Registry, id: ProgramId) -> Result<S, Refusal> {
    registry.program(id).map(|program| program.status).ok_or(Refusal::Unknown)
}

fn change(cx: &mut Context<'_>, id: ProgramId, change: impl FnOnce(&mut Program)) {
    if let Some(program) = cx.registry.change_program(id, change) {
        cx.out.push(Effect::Program(Box::new(program.clone())));
    }
}
