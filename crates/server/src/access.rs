//! Who may do what: role × area, default deny, one [`check`].
//!
//! A role is a set of deeds; an area bounds on what. Whoever lacks the deed is told so (403, and the refusal goes into the
//! audit chain); whoever lacks the area is told that the thing does not exist (404), so that not even its existence leaks.

pub mod password;
pub mod routes;
pub mod sessions;

use std::sync::Arc;

use helan_kernel::{AreaCode, event::Actor};
pub use helan_store::accounts::Role;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Open to everybody, without a session.
    Open,
    /// Anything about one's own session.
    Own,
    /// See devices, alarms, incidents, runs, commands, programs, scenarios.
    See,
    /// See who was told what: names of people.
    SeePeople,
    /// Acknowledge, shelve, reset; take, note, grade, close; hold, resume; answer for recipients; write down calls.
    Handle,
    /// Maintenance of devices.
    Maintain,
    /// Commands to devices by hand.
    Command,
    /// Register, change and remove single devices, give them tokens.
    Devices,
    /// Change base data in bulk.
    BaseData,
    /// Records of the base database: write, take away, import.
    Records,
    /// Rosters: who holds which post when.
    Roster,
    /// Supplies: load, send, take in, use.
    Supplies,
    /// Write, try, sign off and retire programs.
    Programs,
    /// Start and stop drills.
    Drills,
    /// Read and verify the audit chain.
    Audit,
    /// Accounts.
    Accounts,
    /// Who sends rubbish.
    Refusals,
}

impl Deed {
    /// All deeds.
    pub const ALL: [Self; 17] = [
        Self::Open,
        Self::Own,
        Self::See,
        Self::SeePeople,
        Self::Handle,
        Self::Maintain,
        Self::Command,
        Self::Devices,
        Self::BaseData,
        Self::Records,
        Self::Roster,
        Self::Supplies,
        Self::Programs,
        Self::Drills,
        Self::Audit,
        Self::Accounts,
        Self::Refusals,
    ];
}

/// How far a role goes with a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Not at all.
    No,
    /// Only on what belongs to a drill.
    Drill,
    /// On everything in the area.
    Yes,
}

/// The table. Everything that is not named here is denied.
#[must_use]
pub const fn grant(role: Role, deed: Deed) -> Grant {
    use Deed as D;
    use Role as R;
    match (role, deed) {
        (_, D::Open | D::Own) | (_, D::See) => Grant::Yes,
        (R::Admin | R::Duty | R::Engineer | R::Steward, D::SeePeople) => Grant::Yes,
        (R::Admin | R::Steward, D::Records) => Grant::Yes,
        (R::Admin | R::Steward | R::Duty, D::Roster) => Grant::Yes,
        // Storekeepers are stewards of their records; what is promised to whom, duty decides.
        (R::Steward | R::Duty, D::Supplies) => Grant::Yes,
        (R::Duty, D::Handle | D::Drills) => Grant::Yes,
        (R::Admin | R::Engineer, D::Maintain | D::Devices | D::Refusals) => Grant::Yes,
        (R::Engineer, D::Command | D::Programs) => Grant::Yes,
        // Somebody technical must be able to try the whole chain; a drill reaches nobody outside.
        (R::Admin, D::Drills | D::BaseData | D::Accounts) => Grant::Yes,
        (R::Admin, D::Handle | D::Command) => Grant::Drill,
        // Administrators check the chain, too; it cannot be changed by anybody.
        (R::Admin | R::Auditor, D::Audit) => Grant::Yes,
        (
            R::Simulator,
            D::SeePeople
            | D::Handle
            | D::Maintain
            | D::Devices
            | D::BaseData
            | D::Records
            | D::Supplies
            | D::Drills,
        ) => Grant::Drill,
        _ => Grant::No,
    }
}

/// What a deed is done on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it belongs.
    pub area: AreaCode,
    /// Whether it belongs to a drill.
    pub drill: bool,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The role does not hold the deed.
    #[error("the role does not allow it")]
    Role,
    /// The thing lies outside the area: as if it did not exist.
    #[error("outside the area")]
    Area,
}

/// Whoever asks, as the session says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Name for the records.
    pub actor: Actor,
    /// Role.
    pub role: Role,
    /// Area that bounds everything.
    pub area: AreaCode,
    /// `zh` or `en`.
    pub language: Arc<str>,
    /// Whether the password must be changed.
    pub must_change: bool,
    /// From where: address of the peer.
    pub from: Arc<str>,
}

impl Caller {
    /// Whether the caller sees things of this area.
    #[must_use]
    pub const fn sees(&self, area: AreaCode) -> bool {
        self.area.contains(area)
    }

    /// What of an area the caller sees; all that is the caller's when none is asked for. None when nothing lies in both.
    #[must_use]
    pub fn part_of(&self, asked: Option<u32>) -> Option<AreaCode> {
        // One area holds the other, or nothing lies in both.
        match asked.map(AreaCode) {
            None => Some(self.area),
            Some(asked) if self.area.contains(asked) => Some(asked),
            Some(asked) if asked.contains(self.area) => Some(self.area),
            Some(_) => None,
        }
    }
}

/// Whether a text can be a sign-in name: 2 to 32 of `a-z 0-9 . _ -`.
#[must_use]
pub fn is_account_name(name: &str) -> bool {
    (2..=32).contains(&name.len())
        && name.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
        })
}

/// May the caller do this on that? Without an object: is the deed open to the role at all?
///
/// # Errors
/// [`Denied::Role`] when the role does not hold the deed (or holds it for drills only, and this is none),
/// [`Denied::Area`] when the thing lies outside the caller's area.
pub fn check(caller: &Caller, deed: Deed, object: Option<Object>) -> Result<(), Denied> {
    let grant = grant(caller.role, deed);
    if grant == Grant::No {
        return Err(Denied::Role);
    }
    let Some(object) = object else { return Ok(()) };
    if !caller.sees(object.area) {
        return Err(Denied::Area);
    }
    if grant == Grant::Drill && !object.drill {
        return Err(Denied::Role);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(role: Role, area: u32) -> Caller {
        Caller {
            actor: Actor { account: "a".into(), name: "A".into() },
            role,
            area: AreaCode(area),
            language: "zh".into(),
            must_change: false,
            from: "test".into(),
        }
    }

    /// The whole table, written out once more by hand: a change of the rules must be made twice, on purpose.
    const EXPECTED: [(Role, [&str; 17]); 7] = [
        // Open Own See People Handle Maintain Command Devices Base Records Roster Supplies Programs Drills Audit Accounts Refusals
        (
            Role::Admin,
            ["y", "y", "y", "y", "d", "y", "d", "y", "y", "y", "y", "n", "n", "y", "y", "y", "y"],
        ),
        (
            Role::Duty,
            ["y", "y", "y", "y", "y", "n", "n", "n", "n", "n", "y", "y", "n", "y", "n", "n", "n"],
        ),
        (
            Role::Engineer,
            ["y", "y", "y", "y", "n", "y", "y", "y", "n", "n", "n", "n", "y", "n", "n", "n", "y"],
        ),
        (
            Role::Steward,
            ["y", "y", "y", "y", "n", "n", "n", "n", "n", "y", "y", "y", "n", "n", "n", "n", "n"],
        ),
        (
            Role::Auditor,
            ["y", "y", "y", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "y", "n", "n"],
        ),
        (
            Role::Viewer,
            ["y", "y", "y", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n"],
        ),
        (
            Role::Simulator,
            ["y", "y", "y", "d", "d", "d", "n", "d", "d", "d", "n", "d", "n", "d", "n", "n", "n"],
        ),
    ];

    #[test]
    fn everything_belongs_somewhere_every_role_every_deed_every_area() {
        let home = 640_104_000;
        for (role, row) in EXPECTED {
            for (deed, expected) in Deed::ALL.into_iter().zip(row) {
                for (area, inside) in [
                    (640_104_001, true),
                    (640_104_000, true),
                    (640_100_000, false),
                    (640_105_000, false),
                ] {
                    for drill in [false, true] {
                        let object = Object { area: AreaCode(area), drill };
                        let result = check(&caller(role, home), deed, Some(object));
                        let wanted = match expected {
                            "n" => Err(Denied::Role),
                            _ if !inside => Err(Denied::Area),
                            "d" if !drill => Err(Denied::Role),
                            _ => Ok(()),
                        };
                        assert_eq!(result, wanted, "{role:?} {deed:?} {area} drill={drill}");
                    }
                }
                let open = check(&caller(role, home), deed, None).is_ok();
                assert_eq!(open, expected != "n", "{role:?} {deed:?}");
            }
        }
    }
}
