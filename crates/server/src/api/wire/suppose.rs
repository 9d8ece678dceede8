//! What if: what somebody supposes of an incident's danger and roads, and what follows from it.

use std::collections::BTreeMap;

use helan_plan::Diff;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Position;

/// What somebody supposes. What is left out is as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Supposition {
    /// Key of the policy whose danger is supposed to be other; left out: the first that this model follows, else the first.
    #[serde(default)]
    pub policy: Option<String>,
    /// Model; left out: the danger's own.
    #[serde(default)]
    pub model: Option<String>,
    /// Inputs that are other than those of the danger: numbers, words, lists. Null takes one away.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: BTreeMap<String, Value>,
    /// Where the danger comes from; left out: as it is, or where the incident is.
    #[serde(default)]
    pub source: Option<Position>,
    /// Rings, at most 20 with 200 corners each: every road that touches one is supposed to be closed.
    #[serde(default)]
    pub close: Vec<Vec<Position>>,
    /// Numbers of closures, at most 200, that are supposed to be open again.
    #[serde(default)]
    pub open: Vec<u64>,
}

/// That an answer is one to a what-if.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupposedView {
    /// Policy of the danger that is not as it is; null: all are.
    pub danger: Option<String>,
    /// Rings that are supposed to be closed.
    pub closed: usize,
    /// Closures that are supposed to be open.
    pub opened: usize,
    /// What the draft says otherwise than that of the same moment without what is supposed, and why: `level`, `option`, `added`,
    /// `removed`, `changed` lines.
    #[schema(value_type = Object)]
    pub changes: Diff,
}
