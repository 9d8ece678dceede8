//! Sign-in and accounts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access;

/// What somebody is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Accounts, devices, everything technical.
    Admin,
    /// Duty officer: alarms, incidents, runs, notices, drills.
    Duty,
    /// Site engineer: devices, programs, commands.
    Engineer,
    /// Data steward: brings and changes records of the base database.
    Steward,
    /// Reads the audit chain.
    Auditor,
    /// Looks only.
    Viewer,
    /// The simulator (a service): everything, but only on what belongs to a drill.
    Simulator,
}

impl From<access::Role> for Role {
    fn from(role: access::Role) -> Self {
        match role {
            access::Role::Admin => Self::Admin,
            access::Role::Duty => Self::Duty,
            access::Role::Engineer => Self::Engineer,
            access::Role::Steward => Self::Steward,
            access::Role::Auditor => Self::Auditor,
            access::Role::Viewer => Self::Viewer,
            access::Role::Simulator => Self::Simulator,
        }
    }
}

impl From<Role> for access::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Duty => Self::Duty,
            Role::Engineer => Self::Engineer,
            Role::Steward => Self::Steward,
            Role::Auditor => Self::Auditor,
            Role::Viewer => Self::Viewer,
            Role::Simulator => Self::Simulator,
        }
    }
}

/// Sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Sign-in name.
    pub account: String,
    /// Password.
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// Sign-in name.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Area code; 0 means everywhere.
    pub area: u32,
    /// `zh` or `en`.
    pub language: String,
    /// Whether the password is a given one and must be changed now.
    pub must_change: bool,
}

/// New password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present one.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// An account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Account {
    /// Sign-in name.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Area code; 0 means everywhere.
    pub area: u32,
    /// `zh` or `en`.
    pub language: String,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// Whether it must change its password.
    pub must_change: bool,
    /// Until when it is locked out after failures, ms UTC.
    pub locked_until: Option<i64>,
    /// When it was made, ms UTC.
    pub created: i64,
}

/// A new account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Sign-in name: 2 to 32 of `a-z 0-9 . _ -`.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Area code; 0 means everywhere.
    pub area: u32,
    /// `zh` (the default) or `en`.
    #[serde(default)]
    pub language: Option<String>,
}

/// Changes of an account; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// Name for people.
    #[serde(default)]
    pub name: Option<String>,
    /// Role.
    #[serde(default)]
    pub role: Option<Role>,
    /// Area code.
    #[serde(default)]
    pub area: Option<u32>,
    /// `zh` or `en`.
    #[serde(default)]
    pub language: Option<String>,
    /// Whether it may not sign in.
    #[serde(default)]
    pub disabled: Option<bool>,
}

/// A given password, shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GivenPassword {
    /// The password; must be changed at the first sign-in.
    pub password: String,
}

impl From<&helan_store::accounts::Account> for Account {
    fn from(account: &helan_store::accounts::Account) -> Self {
        Self {
            account: account.account.clone(),
            name: account.name.clone(),
            role: account.role.into(),
            area: account.area.0,
            language: account.language.clone(),
            disabled: account.disabled,
            must_change: account.must_change,
            locked_until: account.locked_until.map(|until| until.0),
            created: account.created.0,
        }
    }
}

impl From<&access::Caller> for Session {
    fn from(caller: &access::Caller) -> Self {
        Self {
            account: caller.actor.account.to_string(),
            name: caller.actor.name.to_string(),
            role: caller.role.into(),
            area: caller.area.0,
            language: caller.language.to_string(),
            must_change: caller.must_change,
        }
    }
}
