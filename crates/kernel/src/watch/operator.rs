//! What people do to alarms and devices.

use super::{AlarmState, Watch, life::Input};
use crate::{
    AlarmId, Answer, Context, Ms, Refusal,
    event::{Action, ActionKind},
};

impl Watch {
    /// Longest shelf: an alarm must not be put aside for longer than a day of shifts (ISA-18.2-2016 11.7.2 asks for a
    /// limit).
    pub const MAX_SHELF: Ms = Ms::seconds(24 * 3600);

    /// Longest reason, in bytes.
    pub const MAX_REASON: usize = 1000;

    /// A person did something to an alarm or device.
    pub fn action(&mut self, cx: &mut Context<'_>, action: &Action) -> Answer {
        if let Err(refusal) = check_reason(action) {
            return Answer::Refused(refusal);
        }
        match &action.kind {
            ActionKind::AcknowledgeAlarm(id) => self.operate(cx, action, *id, Input::Acknowledge),
            ActionKind::ResetAlarm(id) => self.operate(cx, action, *id, Input::Reset),
            ActionKind::ShelveAlarm(id, until) => self.shelve(cx, action, *id, *until),
            ActionKind::UnshelveAlarm(id) => self.operate(cx, action, *id, Input::Unshelve),
            ActionKind::SuppressDevice(device, until) => self.suppress(cx, action, *device, *until),
            ActionKind::UnsuppressDevice(device) => self.unsuppress(cx, Some(action), *device),
            ActionKind::SetOutOfService(device, out) => {
                self.set_out_of_service(cx, action, *device, *out)
            }
            ActionKind::StartDrill { name, devices, until } => {
                self.start_drill(cx, name, devices, *until)
            }
            ActionKind::EndDrill(name) => self.end_drill(cx, name),
            ActionKind::RestDevices(devices) => self.rest_all(cx, devices),
            // The engine sends only the kinds above here.
            ActionKind::TakeIncident(_)
            | ActionKind::NoteIncident(..)
            | ActionKind::GradeIncident(..)
            | ActionKind::AllClear(_)
            | ActionKind::CloseIncident(_)
            | ActionKind::HoldRun(_)
            | ActionKind::ResumeRun(_)
            | ActionKind::TakeOverRun(_)
            | ActionKind::SendCommand { .. }
            | ActionKind::ApproveCommand(_)
            | ActionKind::RecordDryRun { .. }
            | ActionKind::SignOffProgram(_)
            | ActionKind::RetireProgram(_)
            | ActionKind::AnswerNotice(..)
            | ActionKind::RecordVisit(..)
            | ActionKind::CallPosts { .. }
            | ActionKind::SendTask { .. }
            | ActionKind::ConfirmEvacuated(_)
            | ActionKind::SetWeather { .. } => Answer::Refused(Refusal::Unknown),
        }
    }

    fn shelve(&mut self, cx: &mut Context<'_>, action: &Action, id: AlarmId, until: Ms) -> Answer {
        if until <= cx.now || until.since(cx.now) > Self::MAX_SHELF {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let Some(record) = self.alarms.get_mut(&id) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let before = record.shelf.replace(until);
        let answer = self.operate(cx, action, id, Input::Shelve);
        if answer != Answer::Done
            && let Some(record) = self.alarms.get_mut(&id)
        {
            record.shelf = before;
        }
        answer
    }

    fn operate(
        &mut self,
        cx: &mut Context<'_>,
        action: &Action,
        id: AlarmId,
        input: Input,
    ) -> Answer {
        if !self.alarms.contains_key(&id) {
            return Answer::Refused(Refusal::Unknown);
        }
        let done = self.advance(cx, id, input, |record| {
            record.alarm.by = Some(action.by.clone());
            record.alarm.reason.clone_from(&action.reason);
        });
        if done { Answer::Done } else { Answer::Refused(Refusal::WrongState) }
    }

    /// The time of a shelf is over.
    pub(super) fn unshelve_due(&mut self, cx: &mut Context<'_>, id: AlarmId) {
        let Some(record) = self.alarms.get_mut(&id) else { return };
        if record.shelf.is_some_and(|until| until <= cx.now) {
            record.shelf = None;
            if record.alarm.state == AlarmState::Shelved {
                self.advance(cx, id, Input::Unshelve, |_| {});
            }
        }
    }
}

fn check_reason(action: &Action) -> Result<(), Refusal> {
    let required = matches!(
        action.kind,
        ActionKind::ShelveAlarm(..)
            | ActionKind::SuppressDevice(..)
            | ActionKind::SetOutOfService(..)
    );
    if required && action.reason.trim().is_empty() {
        return Err(Refusal::ReasonRequired);
    }
    if action.reason.len() > Watch::MAX_REASON {
        return Err(Refusal::OutOfRange);
    }
    Ok(())
}
