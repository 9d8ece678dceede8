//! Versions of programs: which one is live, and how one becomes so.

use super::Registry;
use crate::{
    Answer, ProgramId, Refusal,
    dispose::{Program, ProgramStatus},
};

impl Registry {
    /// The live version of a program.
    #[must_use]
    pub fn live_program(&self, key: &str) -> Option<(ProgramId, &Program)> {
        let id = *self.live.get(key)?;
        Some((id, self.program(id)?))
    }

    /// A version of a program.
    #[must_use]
    pub fn program(&self, id: ProgramId) -> Option<&Program> {
        self.programs.get(id.index())
    }

    /// The live versions of all programs.
    pub fn live_programs(&self) -> impl Iterator<Item = (ProgramId, &Program)> {
        self.live.values().filter_map(|id| Some((*id, self.program(*id)?)))
    }

    /// All versions of a program, oldest first.
    pub fn program_versions<'a>(
        &'a self,
        key: &'a str,
    ) -> impl Iterator<Item = (ProgramId, &'a Program)> {
        let versions = self.programs.iter().filter(move |(_, p)| *p.key == *key);
        versions.map(|(id, p)| (ProgramId(id), p))
    }

    /// Changes the record of a version (dry-run, sign-off, retirement) and keeps the list of live ones right. At most one
    /// version of a program is live: the caller retires the old one.
    pub(crate) fn change_program(
        &mut self,
        id: ProgramId,
        change: impl FnOnce(&mut Program),
    ) -> Option<&Program> {
        let program = self.programs.row_mut(id.index())?;
        change(program);
        if program.status == ProgramStatus::Live {
            self.live.insert(program.key.clone(), id);
        } else if self.live.get(&program.key) == Some(&id) {
            self.live.remove(&program.key);
        }
        self.program(id)
    }

    /// Takes a new version. People bring drafts, that must be tried and signed off; a pack may bring a live version that
    /// was tried and signed off where the pack is made, and that is newer than the live one.
    pub(super) fn put_program(&mut self, program: &Program) -> Answer {
        if !program.is_valid() {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let fits = match program.status {
            ProgramStatus::Draft => program.dry_run.is_none() && program.signed_by.is_none(),
            ProgramStatus::Live => {
                let second = program
                    .signed_by
                    .as_ref()
                    .is_some_and(|by| by.account != program.author.account);
                let newer = self
                    .live_program(&program.key)
                    .is_none_or(|(_, live)| live.version < program.version);
                second && program.dry_run.is_some() && newer
            }
            ProgramStatus::Tried | ProgramStatus::Retired => false,
        };
        if !fits || self.programs.find(&program.full_key()).is_some() {
            return Answer::Refused(Refusal::WrongState);
        }
        self.add_program(program)
            .map_or(Answer::Refused(Refusal::LimitReached), |id| Answer::Created(u64::from(id.0)))
    }

    /// Puts a version in its table as it is. A live one takes the place of the one before.
    pub(crate) fn add_program(&mut self, program: &Program) -> Option<ProgramId> {
        let id = self.programs.put(&program.full_key(), |_, _| program.clone()).map(ProgramId)?;
        if program.status == ProgramStatus::Live {
            if let Some((old, _)) = self.live_program(&program.key).filter(|(old, _)| *old != id) {
                self.change_program(old, |p| p.status = ProgramStatus::Retired);
            }
            self.live.insert(program.key.clone(), id);
        }
        Some(id)
    }
}
