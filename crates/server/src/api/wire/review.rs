//! Contradictions that somebody must decide.

use helan_store::desk::Review;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::BaseOrigin;

/// Which contradictions.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ReviewQuery {
    /// `open` (default), `accepted`, `kept` or `all`.
    pub state: Option<String>,
    /// Only of this kind of object; together with `key`.
    pub kind: Option<String>,
    /// Only of the object with this key.
    pub key: Option<String>,
    /// Only in this area.
    pub area: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page.
    pub limit: Option<u32>,
}

/// A contradiction.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewItem {
    /// Its number.
    pub id: u64,
    /// When it came, ms UTC.
    pub at: i64,
    /// Key of the kind of the object.
    pub kind: String,
    /// Key of the object.
    pub key: String,
    /// Name of the object.
    pub name: String,
    /// Area of the object.
    pub area: u32,
    /// The column.
    pub field: String,
    /// `standing`: a source of higher standing said what stands there; `older`: that was confirmed after the day the new value
    /// speaks of; `both`: two forms changed the field differently.
    pub why: String,
    /// What stood there when it came.
    #[schema(value_type = Object)]
    pub ours: serde_json::Value,
    /// Where that came from.
    pub ours_origin: BaseOrigin,
    /// What was said instead.
    #[schema(value_type = Object)]
    pub theirs: serde_json::Value,
    /// Where that came from.
    pub theirs_origin: BaseOrigin,
    /// `open`, `accepted` or `kept`.
    pub state: &'static str,
    /// When it was decided, ms UTC.
    pub closed_at: Option<i64>,
    /// Account that decided.
    pub closed_by: Option<String>,
    /// Why so.
    pub reason: Option<String>,
}

impl ReviewItem {
    /// As it is shown to those who may change records.
    #[must_use]
    pub fn of(review: Review) -> Self {
        let (closed_at, closed_by, reason) = match review.closed {
            Some((at, by, reason)) => (Some(at.0), Some(by), Some(reason)),
            None => (None, None, None),
        };
        Self {
            id: review.id,
            at: review.at.0,
            kind: review.kind,
            key: review.key,
            name: review.name,
            area: review.area.0,
            field: review.field,
            why: review.why,
            ours: review.ours,
            ours_origin: (&review.ours_origin).into(),
            theirs: review.theirs,
            theirs_origin: (&review.theirs_origin).into(),
            state: review.state.word(),
            closed_at,
            closed_by,
            reason,
        }
    }
}

/// What somebody decides, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewVerdict {
    /// Why; required.
    #[serde(default)]
    pub reason: String,
}
