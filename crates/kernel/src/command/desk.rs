//! What people do to an incident: take, note, grade, give the all-clear, close.

use super::{Desk, File, IncidentState, TimelineSource, words};
use crate::{
    Answer, Context, IncidentId, Refusal,
    event::{Action, ActionKind, Actor},
    push::Push,
};

/// Longest note or reason, in characters.
const MAX_NOTE: usize = 2000;

/// Response levels: I (highest) to IV.
const GRADES: std::ops::RangeInclusive<u8> = 1..=4;

impl Desk {
    /// A person did something to an incident. Where the public was told, the first [`ActionKind::AllClear`] only asks for
    /// it, and that of a second person gives it.
    pub fn action(&mut self, cx: &mut Context<'_>, push: &mut Push, action: &Action) -> Answer {
        let kind = &action.kind;
        let done = if let ActionKind::TakeIncident(id) = kind {
            self.take(cx, *id, &action.by)
        } else if let ActionKind::NoteIncident(id, text) = kind {
            self.note(cx, *id, text, &action.by)
        } else if let ActionKind::GradeIncident(id, grade) = kind {
            self.grade(cx, *id, *grade, action)
        } else if let ActionKind::AllClear(id) = kind {
            self.all_clear(cx, push, *id, action)
        } else if let ActionKind::ConfirmEvacuated(id) = kind {
            self.evacuated(cx, *id, action)
        } else if let ActionKind::CloseIncident(id) = kind {
            self.close(cx, push, *id, action)
        } else {
            Err(Refusal::Unknown)
        };
        done.map_or_else(Answer::Refused, |()| Answer::Done)
    }

    fn file(&mut self, id: IncidentId) -> Result<&mut File, Refusal> {
        self.files.get_mut(&id).ok_or(Refusal::Unknown)
    }

    /// "I have it." Another person may take it over; the line says from whom.
    fn take(&mut self, cx: &mut Context<'_>, id: IncidentId, by: &Actor) -> Result<(), Refusal> {
        let file = self.file(id)?;
        if file.incident.taken_by.as_ref().is_some_and(|b| b.account == by.account) {
            return Err(Refusal::WrongState);
        }
        let before = file.incident.taken_by.replace(by.clone());
        file.incident.state = IncidentState::Taken;
        let (what, from) = match &before {
            None => (words::TAKEN, ""),
            Some(before) => (words::TAKEN_FROM, &*before.name),
        };
        file.did(cx, words::did(what, from), by);
        Ok(())
    }

    fn note(
        &mut self,
        cx: &mut Context<'_>,
        id: IncidentId,
        text: &str,
        by: &Actor,
    ) -> Result<(), Refusal> {
        let file = self.file(id)?;
        let text = text.trim();
        if !(1..=MAX_NOTE).contains(&text.chars().count()) {
            return Err(Refusal::OutOfRange);
        }
        let text = crate::Text::new(text, text);
        file.line(cx, cx.now, TimelineSource::Person, text, Some(by.clone()));
        Ok(())
    }

    fn grade(
        &mut self,
        cx: &mut Context<'_>,
        id: IncidentId,
        grade: u8,
        action: &Action,
    ) -> Result<(), Refusal> {
        let file = self.file(id)?;
        if !GRADES.contains(&grade) {
            return Err(Refusal::OutOfRange);
        }
        let reason = reason(action)?;
        file.incident.grade = Some(grade);
        file.did(cx, words::graded(grade, reason), &action.by);
        Ok(())
    }

    fn all_clear(
        &mut self,
        cx: &mut Context<'_>,
        push: &mut Push,
        id: IncidentId,
        action: &Action,
    ) -> Result<(), Refusal> {
        let file = self.file(id)?;
        let reason = reason(action)?;
        if !file.active.is_empty() || file.incident.all_clear {
            return Err(Refusal::WrongState);
        }
        // What the public is told is never one person's word. In a drill nobody outside is told.
        if !file.incident.drill && push.owes_all_clear(id) {
            match &file.incident.clear_asked {
                None => {
                    file.incident.clear_asked = Some(action.by.clone());
                    file.did(cx, words::did(words::CLEAR_ASKED, reason), &action.by);
                    return Ok(());
                }
                Some(first) if first.account == action.by.account => {
                    return Err(Refusal::SecondPersonRequired);
                }
                Some(_) => {}
            }
        }
        file.incident.clear_asked = None;
        file.incident.all_clear = true;
        file.did(cx, words::did(words::ALL_CLEAR, reason), &action.by);
        let batch = push.all_clear(cx, &file.incident);
        file.told(cx, &batch);
        Ok(())
    }

    fn evacuated(
        &mut self,
        cx: &mut Context<'_>,
        id: IncidentId,
        action: &Action,
    ) -> Result<(), Refusal> {
        let file = self.file(id)?;
        let reason = reason(action)?;
        // Who said so first answers for it.
        if file.incident.evacuated.is_some() {
            return Err(Refusal::WrongState);
        }
        file.incident.evacuated = Some(action.by.clone());
        file.did(cx, words::did(words::EVACUATED, reason), &action.by);
        Ok(())
    }

    fn close(
        &mut self,
        cx: &mut Context<'_>,
        push: &mut Push,
        id: IncidentId,
        action: &Action,
    ) -> Result<(), Refusal> {
        let file = self.file(id)?;
        let reason = reason(action)?;
        if !file.active.is_empty() || push.owes_all_clear(id) || push.awaits_people(id) {
            return Err(Refusal::WrongState);
        }
        file.incident.state = IncidentState::Closed;
        file.incident.reason = reason.to_owned();
        file.did(cx, words::did(words::CLOSED, reason), &action.by);
        push.incident_closed(cx, id);
        if let Some(file) = self.files.remove(&id)
            && let Some(open) = self.by_kind.get_mut(&file.incident.kind)
        {
            open.remove(&id);
            if open.is_empty() {
                self.by_kind.remove(&file.incident.kind);
            }
        }
        self.by_alarm.retain(|_, incident| *incident != id);
        self.forget_runs(id);
        Ok(())
    }
}

impl Desk {
    /// A person did something that another part of the kernel decided about: the incident gets a line.
    pub(crate) fn person_did(
        &mut self,
        cx: &mut Context<'_>,
        id: IncidentId,
        text: crate::Text,
        by: &Actor,
    ) {
        if let Some(file) = self.files.get_mut(&id) {
            file.line(cx, cx.now, TimelineSource::Person, text, Some(by.clone()));
        }
    }
}

impl File {
    /// Tells how the incident stands after a person did something, and adds the line.
    fn did(&mut self, cx: &mut Context<'_>, text: crate::Text, by: &Actor) {
        self.incident.changed = cx.now;
        self.changed(cx);
        self.line(cx, cx.now, TimelineSource::Person, text, Some(by.clone()));
    }
}

/// The reason that an action must give.
fn reason(action: &Action) -> Result<&str, Refusal> {
    let reason = action.reason.trim();
    match reason.chars().count() {
        0 => Err(Refusal::ReasonRequired),
        n if n > MAX_NOTE => Err(Refusal::OutOfRange),
        _ => Ok(reason),
    }
}
