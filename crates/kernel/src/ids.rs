//! Identifiers. Small integers given by the engine in the order things appear, so that a replay gives the same ones.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

macro_rules! indexes {
    ($($name:ident)*) => {$(
        impl $name {
            /// The position in a table that is indexed by this identifier.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A kind of device: which points it has and which commands it takes.
    ProfileId(u32);
    /// A device 智能终端.
    DeviceId(u32);
    /// A point 测点: one measured quantity of one device. Points of a device are consecutive.
    PointId(u32);
    /// An alarm rule.
    RuleId(u32);
    /// A disposal program 处置程序 (one version of it).
    ProgramId(u32);
    /// A push policy: who is told what, in which order, over which channels.
    PolicyId(u32);
    /// A facility 对象.
    FacilityId(u32);
    /// A post 岗位.
    PostId(u32);
    /// A person who can be reached.
    PersonId(u32);
    /// An alarm 报警, from raise to close.
    AlarmId(u64);
    /// An incident 突发事件.
    IncidentId(u64);
    /// One execution of a program.
    RunId(u64);
    /// A command 控制指令 to a device: its idempotency key.
    CommandId(u64);
    /// A notice 推送 to one recipient: its idempotency key.
    NoticeId(u64);
}

indexes! { ProfileId DeviceId PointId RuleId ProgramId PolicyId FacilityId PostId PersonId }
