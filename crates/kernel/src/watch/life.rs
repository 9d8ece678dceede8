//! The life of an alarm as one table: ISA-18.2-2016 figure 2 (IEC 62682:2014 figure 3). Every move of every alarm is
//! decided here and nowhere else.

use super::{AlarmChange, AlarmState};

/// What can happen to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The cause appears, for the first time or again.
    Raise,
    /// The cause is active and rose to a higher level.
    Worsen,
    /// The cause is active and fell to a lower level.
    Ease,
    /// The cause is gone.
    Clear,
    /// A person takes note.
    Acknowledge,
    /// A person resets a latched alarm.
    Reset,
    /// A person puts it aside.
    Shelve,
    /// The shelf is over, or a person brings it back.
    Unshelve,
    /// Maintenance of the device begins.
    Suppress,
    /// Maintenance ends.
    Unsuppress,
    /// The device is taken out of service.
    TakeOut,
    /// The device is put back in service.
    PutBack,
    /// The rule or the device is gone.
    Withdraw,
}

/// What the table needs to know besides state and input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Facts {
    /// Whether the cause holds (after the input).
    pub active: bool,
    /// Whether a person has taken note (before the input).
    pub acknowledged: bool,
    /// Whether it was ever shown to an operator, and not only raised while set aside.
    pub announced: bool,
    /// Whether its shelf time still runs.
    pub shelved: bool,
    /// Whether it is worse (after the input) than what the person saw who put it aside.
    pub worse: bool,
    /// Whether its device is under maintenance (after the input).
    pub suppressed: bool,
    /// Whether its device is out of service (after the input).
    pub out_of_service: bool,
    /// Whether the rule keeps it until a person resets it.
    pub latched: bool,
    /// Whether the rule asks a person to take note.
    pub acknowledge: bool,
}

/// The state after `input`, or none when the input is not possible in this state.
pub(super) fn transition(state: AlarmState, input: Input, facts: Facts) -> Option<AlarmState> {
    use AlarmState as S;
    use Input as I;
    match (state, input) {
        (S::Closed, I::Raise) => Some(aside(facts).unwrap_or(S::Unacknowledged)),
        (S::Closed, _) => None,
        (_, I::Withdraw) => Some(S::Closed),

        // Set aside by the device: only the device brings it back. Its cause is followed all the while.
        (S::OutOfService, I::PutBack) => Some(aside(facts).unwrap_or_else(|| back(facts))),
        (S::Suppressed, I::TakeOut) => Some(S::OutOfService),
        (S::Suppressed, I::Unsuppress) => Some(aside(facts).unwrap_or_else(|| back(facts))),
        (S::OutOfService | S::Suppressed, I::Raise | I::Worsen | I::Ease | I::Clear) => Some(state),
        // Another end of the maintenance.
        (S::Suppressed, I::Suppress) => Some(S::Suppressed),
        (S::OutOfService | S::Suppressed, _) => None,
        (_, I::TakeOut) => Some(S::OutOfService),
        (_, I::Suppress) => Some(S::Suppressed),
        (_, I::PutBack | I::Unsuppress) => None,

        // Set aside by a person. Shelving again moves the end. What is worse than the person knew is not put aside: with
        // an alarm for each level, as ISA-18.2 has it, that would be another alarm.
        (S::Shelved, I::Raise | I::Worsen) if facts.worse => Some(S::Unacknowledged),
        (S::Shelved, I::Raise | I::Worsen | I::Ease | I::Clear) => Some(state),
        (S::Shelved, I::Unshelve) => Some(back(facts)),
        (_, I::Shelve) => Some(S::Shelved),
        (S::Shelved, I::Acknowledge | I::Reset) | (_, I::Unshelve) => None,

        // A new or worse cause asks for attention anew.
        (_, I::Raise | I::Worsen) => Some(S::Unacknowledged),
        (S::Unacknowledged | S::Acknowledged, I::Ease) => Some(state),
        (S::ReturnedUnacknowledged | S::Latched, I::Ease) => None,

        (S::Unacknowledged | S::Acknowledged, I::Clear) => Some(cleared(facts)),
        (S::ReturnedUnacknowledged | S::Latched, I::Clear) => None,

        (S::Unacknowledged, I::Acknowledge) => Some(match facts.active {
            true => S::Acknowledged,
            false => S::Latched,
        }),
        (S::ReturnedUnacknowledged, I::Acknowledge) => Some(S::Closed),
        (S::Acknowledged | S::Latched, I::Acknowledge) => None,

        (S::Latched, I::Reset) => Some(S::Closed),
        (S::Unacknowledged | S::Acknowledged | S::ReturnedUnacknowledged, I::Reset) => None,
    }
}

/// Whether a move puts the alarm before an operator as a new thing: nobody has noted it, escalation starts anew.
/// One that returned unnoted and comes again goes on escalating: flapping must not put that off for ever.
pub(super) fn asks_anew(from: AlarmState, to: AlarmState) -> bool {
    to == AlarmState::Unacknowledged
        && !matches!(from, AlarmState::Unacknowledged | AlarmState::ReturnedUnacknowledged)
}

/// What the outside is told about a move.
pub(super) fn change_of(input: Input, from: AlarmState) -> AlarmChange {
    match input {
        Input::Raise if from == AlarmState::Closed => AlarmChange::Raised,
        Input::Raise => AlarmChange::Returned,
        Input::Worsen => AlarmChange::RaisedLevel,
        Input::Ease => AlarmChange::LoweredLevel,
        Input::Clear => AlarmChange::Cleared,
        Input::Acknowledge => AlarmChange::Acknowledged,
        Input::Reset => AlarmChange::Reset,
        Input::Shelve => AlarmChange::Shelved,
        Input::Unshelve => AlarmChange::Unshelved,
        Input::Suppress => AlarmChange::Suppressed,
        Input::Unsuppress => AlarmChange::Unsuppressed,
        Input::TakeOut => AlarmChange::OutOfService,
        Input::PutBack => AlarmChange::InService,
        Input::Withdraw => AlarmChange::Withdrawn,
    }
}

/// The state that sets it aside, strongest first. A shelf does not hold what got worse than the person knew meanwhile.
fn aside(facts: Facts) -> Option<AlarmState> {
    if facts.out_of_service {
        Some(AlarmState::OutOfService)
    } else if facts.suppressed {
        Some(AlarmState::Suppressed)
    } else if facts.shelved && !(facts.active && facts.worse) {
        Some(AlarmState::Shelved)
    } else {
        None
    }
}

/// Where an alarm goes whose cause is gone while an operator sees it.
fn cleared(facts: Facts) -> AlarmState {
    let noted = facts.acknowledged || !facts.acknowledge;
    match (facts.latched, noted) {
        (true, true) => AlarmState::Latched,
        (true, false) => AlarmState::Unacknowledged,
        (false, true) => AlarmState::Closed,
        (false, false) => AlarmState::ReturnedUnacknowledged,
    }
}

/// Where an alarm goes that was set aside. An active one asks for attention anew, whoever knew of it before. One that
/// came and went while set aside (test gas during maintenance) leaves no trace on the desk; one that an operator had
/// seen before goes where it would have gone.
fn back(facts: Facts) -> AlarmState {
    if facts.active {
        AlarmState::Unacknowledged
    } else if facts.announced {
        cleared(facts)
    } else {
        AlarmState::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [AlarmState; 8] = [
        AlarmState::Closed,
        AlarmState::Unacknowledged,
        AlarmState::Acknowledged,
        AlarmState::ReturnedUnacknowledged,
        AlarmState::Latched,
        AlarmState::Shelved,
        AlarmState::Suppressed,
        AlarmState::OutOfService,
    ];
    const INPUTS: [Input; 13] = [
        Input::Raise,
        Input::Worsen,
        Input::Ease,
        Input::Clear,
        Input::Acknowledge,
        Input::Reset,
        Input::Shelve,
        Input::Unshelve,
        Input::Suppress,
        Input::Unsuppress,
        Input::TakeOut,
        Input::PutBack,
        Input::Withdraw,
    ];

    /// The letter of a state in ISA-18.2 figure 2.
    fn letter(state: Option<AlarmState>) -> char {
        let place = STATES.iter().position(|s| Some(*s) == state);
        place.map_or('-', |i| char::from(b"ABCDEFGH"[i]))
    }

    /// The facts as they are in a state when an input comes; `aside` are those of an alarm that is set aside.
    fn facts(state: AlarmState, input: Input, rule: Facts, aside: Facts) -> Facts {
        use AlarmState as S;
        let (active, acknowledged) = match state {
            S::Closed | S::Unacknowledged => (true, false),
            S::Acknowledged => (true, true),
            S::ReturnedUnacknowledged => (false, false),
            S::Latched => (false, true),
            S::Shelved | S::Suppressed | S::OutOfService => (aside.active, aside.acknowledged),
        };
        let active = match input {
            Input::Raise | Input::Worsen | Input::Ease => true,
            Input::Clear => false,
            _ => active,
        };
        let Facts { latched, acknowledge, .. } = rule;
        Facts { active, acknowledged, latched, acknowledge, ..aside }
    }

    /// One row for each state A to H, one letter for each input in the order of [`INPUTS`]; `-` where it is refused.
    fn check(name: &str, rule: Facts, aside: Facts, expected: [&str; 8]) {
        for (state, expected) in STATES.into_iter().zip(expected) {
            let row: String = INPUTS
                .into_iter()
                .map(|input| letter(transition(state, input, facts(state, input, rule, aside))))
                .collect();
            assert_eq!(row, expected, "{name}, from {state:?}");
        }
    }

    const NOTED: Facts = Facts {
        active: false,
        acknowledged: true,
        announced: true,
        shelved: false,
        worse: false,
        suppressed: false,
        out_of_service: false,
        latched: false,
        acknowledge: false,
    };

    #[test]
    fn every_state_meets_every_input() {
        let plain = Facts { acknowledge: true, ..Facts::default() };
        let latched = Facts { latched: true, ..plain };
        let alone = Facts::default();
        let latched_alone = Facts { latched: true, ..alone };
        let active = Facts { active: true, announced: true, ..Facts::default() };
        let gone = Facts { announced: true, ..Facts::default() };
        let unseen = Facts::default();

        // Inputs:  Raise Worsen Ease Clear, Acknowledge Reset, Shelve Unshelve, Suppress Unsuppress, TakeOut PutBack, Withdraw
        check(
            "acknowledge, active aside",
            plain,
            active,
            [
                "B------------",
                "BBBDC-F-G-H-A",
                "BBCA--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FBG-H-A",
                "GGGG----GBH-A",
                "HHHH-------BA",
            ],
        );
        check(
            "acknowledge, gone and noted aside",
            plain,
            NOTED,
            [
                "B------------",
                "BBBDC-F-G-H-A",
                "BBCA--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FAG-H-A",
                "GGGG----GAH-A",
                "HHHH-------AA",
            ],
        );
        check(
            "acknowledge, gone and seen aside",
            plain,
            gone,
            [
                "B------------",
                "BBBDC-F-G-H-A",
                "BBCA--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FDG-H-A",
                "GGGG----GDH-A",
                "HHHH-------DA",
            ],
        );
        check(
            "acknowledge, never seen",
            plain,
            unseen,
            [
                "B------------",
                "BBBDC-F-G-H-A",
                "BBCA--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FAG-H-A",
                "GGGG----GAH-A",
                "HHHH-------AA",
            ],
        );
        check(
            "latched",
            latched,
            gone,
            [
                "B------------",
                "BBBBC-F-G-H-A",
                "BBCE--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FBG-H-A",
                "GGGG----GBH-A",
                "HHHH-------BA",
            ],
        );
        check(
            "latched, noted",
            latched,
            NOTED,
            [
                "B------------",
                "BBBBC-F-G-H-A",
                "BBCE--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FEG-H-A",
                "GGGG----GEH-A",
                "HHHH-------EA",
            ],
        );
        check(
            "closes by itself",
            alone,
            gone,
            [
                "B------------",
                "BBBAC-F-G-H-A",
                "BBCA--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FAG-H-A",
                "GGGG----GAH-A",
                "HHHH-------AA",
            ],
        );
        check(
            "latched, nobody asked",
            latched_alone,
            gone,
            [
                "B------------",
                "BBBEC-F-G-H-A",
                "BBCE--F-G-H-A",
                "BB--A-F-G-H-A",
                "BB---AF-G-H-A",
                "FFFF--FEG-H-A",
                "GGGG----GEH-A",
                "HHHH-------EA",
            ],
        );
    }

    #[test]
    fn what_sets_aside_stays_in_force() {
        let rule = Facts { acknowledge: true, ..Facts::default() };
        let with = |shelved, suppressed, out_of_service| Facts {
            active: true,
            shelved,
            suppressed,
            out_of_service,
            ..rule
        };
        let check = |state, input, facts, expected| {
            assert_eq!(letter(transition(state, input, facts)), expected, "{input:?} {facts:?}");
        };
        use AlarmState as S;
        check(S::Closed, Input::Raise, with(false, true, false), 'G');
        check(S::Closed, Input::Raise, with(false, false, true), 'H');
        check(S::Closed, Input::Raise, with(false, true, true), 'H');
        check(S::Suppressed, Input::Unsuppress, with(true, false, false), 'F');
        check(S::OutOfService, Input::PutBack, with(true, false, false), 'F');
        check(S::OutOfService, Input::PutBack, with(true, true, false), 'G');
        let worse = Facts { worse: true, ..with(true, false, false) };
        check(S::Shelved, Input::Worsen, worse, 'B');
        check(S::Shelved, Input::Raise, worse, 'B');
        check(S::Shelved, Input::Ease, worse, 'F');
        check(S::Suppressed, Input::Worsen, worse, 'G');
    }

    #[test]
    fn acknowledging_a_latched_alarm_whose_cause_is_gone_waits_for_the_reset() {
        let facts = Facts { latched: true, acknowledge: true, ..Facts::default() };
        let next = transition(AlarmState::Unacknowledged, Input::Acknowledge, facts);
        assert_eq!(next, Some(AlarmState::Latched));
    }

    #[test]
    fn no_combination_of_facts_breaks_the_frame() {
        for bits in 0..1_u16 << 9 {
            let bit = |n: u8| bits >> n & 1 == 1;
            let facts = Facts {
                active: bit(0),
                acknowledged: bit(1),
                announced: bit(2),
                shelved: bit(3),
                suppressed: bit(4),
                out_of_service: bit(5),
                latched: bit(6),
                acknowledge: bit(7),
                worse: bit(8),
            };
            for state in STATES {
                for input in INPUTS {
                    let Some(to) = transition(state, input, facts) else { continue };
                    let told = format!("{state:?} {input:?} {facts:?} -> {to:?}");
                    assert!(state != AlarmState::Closed || input == Input::Raise, "{told}");
                    assert!(input != Input::Withdraw || to == AlarmState::Closed, "{told}");
                    // Nothing that holds is closed, but by withdrawal and by a note or reset of one whose cause is gone.
                    let by_person = matches!(input, Input::Acknowledge | Input::Reset);
                    let closes = to == AlarmState::Closed && facts.active;
                    assert!(
                        !closes || by_person || matches!(input, Input::Withdraw | Input::Clear),
                        "{told}"
                    );
                }
            }
        }
    }
}
