//! Profiles: the words for what programs and commands name by key.

use helan_kernel::registry;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CommandKind, Text};

/// A kind of device: what it measures and what it can be told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Profile {
    /// Key, as in programs and rules.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// What it measures.
    pub points: Vec<PointKind>,
    /// What it can be told.
    pub commands: Vec<CommandKind>,
}

/// What one kind of point measures.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PointKind {
    /// Name in payloads.
    pub name: String,
    /// Name for people.
    pub label: Text,
    /// Unit.
    pub unit: String,
    /// Names of states, for switches: value and text.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub states: Vec<(i64, Text)>,
}

impl From<&registry::Profile> for Profile {
    fn from(profile: &registry::Profile) -> Self {
        Self {
            key: profile.key.to_string(),
            name: Text::from(&profile.name),
            points: profile.points.iter().map(PointKind::from).collect(),
            commands: profile.commands.iter().map(CommandKind::from).collect(),
        }
    }
}

impl From<&registry::PointKind> for PointKind {
    fn from(kind: &registry::PointKind) -> Self {
        Self {
            name: kind.name.to_string(),
            label: Text::from(&kind.label),
            unit: kind.unit.clone(),
            states: kind.states.iter().map(|(value, name)| (*value, name.into())).collect(),
        }
    }
}
