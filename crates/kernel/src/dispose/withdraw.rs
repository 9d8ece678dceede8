//! Commands that are taken back before their device has them: they leave the outbox, so that a device that comes back later
//! never gets them. What a device has received is left to it: nobody can say how far it is.

use super::{
    Command, CommandState, Dispose,
    outbox::{Hands, Heard},
};
use crate::{CommandId, Context, DeviceId, RunId, Text, watch::Watch};

impl Dispose {
    /// A drill is over: a device that comes back later does nothing for a drill that is past.
    pub(crate) fn drill_over(&mut self, cx: &mut Context<'_>, watch: &Watch) {
        let past = |command: &&Command| {
            let device = cx.registry.device(command.device);
            command.drill
                && is_with_us(command)
                && device.is_some_and(|device| !watch.in_drill(device))
        };
        let past: Vec<CommandId> = self.outbox.iter().filter(past).map(|c| c.id).collect();
        self.withdraw(cx, watch, past, &Text::new("演练已结束", "the drill is over"));
    }

    /// Work on a device began: whoever works on it must not be hurt by what was sent before, by a program or by hand.
    pub(crate) fn device_set_aside(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        device: DeviceId,
    ) {
        let Some(why) = watch.set_aside_by(device) else { return };
        let to_it = |command: &&Command| command.device == device && is_with_us(command);
        let list: Vec<CommandId> = self.outbox.iter().filter(to_it).map(|c| c.id).collect();
        self.withdraw(cx, watch, list, &why);
    }

    /// Withdraws commands; a run counts that as a try that failed.
    fn withdraw(&mut self, cx: &mut Context<'_>, watch: &Watch, list: Vec<CommandId>, why: &Text) {
        for id in list {
            let run = self.run_of(id);
            self.hands(cx, watch).1.withdraw(id, why);
            self.tell_run(cx, watch, run, id, Some(Heard::Not(why.clone())));
        }
    }
}

impl Hands<'_> {
    /// Withdraws what a run has asked for, in whichever step. Gives the commands.
    pub(super) fn withdraw_all_of(&mut self, run: RunId, why: &Text) -> Vec<CommandId> {
        let own = |c: &&Command| c.run.is_some_and(|(own, _)| own == run) && is_with_us(c);
        let list: Vec<CommandId> = self.outbox.iter().filter(own).map(|c| c.id).collect();
        for id in &list {
            self.withdraw(*id, why);
        }
        list
    }
}

/// Whether a command has not reached its device, as far as is known.
fn is_with_us(command: &Command) -> bool {
    matches!(command.state, CommandState::Issued | CommandState::Waiting)
}
