//! Sharing: data sets, requests, grants and their use.

use helan_base::{
    Kind,
    quality::{FlawKind, Tally},
    share::{self, given_fields, is_given},
};
use helan_store::desk::{first_moment, sharing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{BaseKind, Text};

/// A data set that can be asked for: the objects of a kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DataSet {
    /// Key of the kind.
    pub kind: String,
    /// Its domain, which is the department that answers for it.
    #[schema(value_type = String)]
    pub domain: helan_base::Domain,
    /// Name.
    pub name: Text,
    /// Whether its records speak of private persons: rows are given so that none can be told from four others.
    pub private: bool,
    /// How many objects there are in the caller's area.
    pub count: u64,
    /// Days after which a record must have been looked at anew.
    pub review_days: u32,
    /// How many of them nobody has confirmed for longer than that; null when that is still to be computed.
    pub stale: Option<u64>,
    /// When one of them was changed last, ms UTC; null likewise, or when there are none.
    pub newest: Option<i64>,
    /// What can be asked for, and what never leaves.
    pub fields: Vec<DataField>,
}

/// A field of a data set.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DataField {
    /// Key.
    pub key: String,
    /// Name; empty for `name`, `address`, `post` and `place`, which every record has.
    pub name: Text,
    /// Unit; may be empty.
    pub unit: String,
    /// `whole`: as it is; `blurred`: personal, and told roughly; `never`: not given to anybody.
    pub given: &'static str,
}

impl DataSet {
    /// As it is shown.
    #[must_use]
    pub fn of(kind: &Kind, count: u64, quality: Option<&Tally>) -> Self {
        let shown = BaseKind::of(kind, count);
        let may = given_fields(kind);
        let personal = |masked: bool| if masked || kind.is_private() { "blurred" } else { "whole" };
        let common = share::COMMON.iter().map(|key| DataField {
            key: (*key).to_owned(),
            name: Text::default(),
            unit: String::new(),
            given: if may.contains(key) { personal(false) } else { "never" },
        });
        let fields = kind.fields.iter().map(|field| DataField {
            key: field.key.clone(),
            name: (&field.name).into(),
            unit: field.unit.clone(),
            given: if is_given(kind, field) { personal(field.mask.is_some()) } else { "never" },
        });
        Self {
            kind: shown.key,
            domain: shown.domain,
            name: shown.name,
            private: kind.is_private(),
            count,
            review_days: shown.review_days,
            stale: quality.map(|tally| tally.with(FlawKind::Stale)),
            newest: quality.filter(|tally| tally.marks.records > 0).map(|tally| tally.newest.0),
            fields: common.chain(fields).collect(),
        }
    }
}

/// A request for data.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareOrder {
    /// Key of the kind.
    pub kind: String,
    /// Fields; the one that matters most first.
    pub fields: Vec<String>,
    /// Rows of this area.
    pub area: u32,
    /// What for.
    pub purpose: String,
    /// Department or system that receives it.
    pub recipient: String,
    /// Until when, ms UTC; at most a year ahead.
    pub until: i64,
}

/// How a request is granted; what is not given is as it was asked.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareApproval {
    /// Fewer fields.
    pub fields: Option<Vec<String>>,
    /// A smaller area.
    pub area: Option<u32>,
    /// An earlier end, ms UTC.
    pub until: Option<i64>,
    /// Rows on one day.
    pub quota: Option<u64>,
}

/// Why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareReason {
    /// For whoever asked.
    pub reason: String,
}

/// How much a grant gives.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareQuota {
    /// Rows on one day.
    pub quota: u64,
}

/// Which requests.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ShareQuery {
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page.
    pub limit: Option<u32>,
}

/// A request, and what was granted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Share {
    /// Its number.
    pub id: u64,
    /// Key of the kind.
    pub kind: String,
    /// Fields that were asked for.
    pub fields: Vec<String>,
    /// Area that was asked for.
    pub area: u32,
    /// What for.
    pub purpose: String,
    /// Who receives it.
    pub recipient: String,
    /// Asked until, ms UTC.
    pub until: i64,
    /// Account that asked.
    pub by: String,
    /// When, ms UTC.
    pub at: i64,
    /// `requested`, `approved`, `refused`, `withdrawn`, `expired` or `revoked`.
    pub state: &'static str,
    /// What was granted; null before.
    pub grant: Option<ShareGrant>,
    /// Account that decided last.
    pub decided_by: Option<String>,
    /// When, ms UTC.
    pub decided_at: Option<i64>,
    /// Why it was refused or taken back; may be empty.
    pub reason: String,
    /// Whether the caller asked.
    pub own: bool,
    /// Whether the caller may decide.
    pub decides: bool,
}

/// What was granted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareGrant {
    /// Fields.
    pub fields: Vec<String>,
    /// Area.
    pub area: u32,
    /// Until when, ms UTC.
    pub expires: i64,
    /// Rows on one day.
    pub quota: u64,
    /// Whether its token was fetched.
    pub has_token: bool,
}

impl Share {
    /// As it is shown.
    #[must_use]
    pub fn of(share: &sharing::Share, own: bool, decides: bool) -> Self {
        let request = &share.request;
        Self {
            id: share.id,
            kind: request.kind.clone(),
            fields: request.asked.fields.clone(),
            area: request.asked.area.0,
            purpose: request.purpose.clone(),
            recipient: request.recipient.clone(),
            until: request.until.0,
            by: request.by.clone(),
            at: share.at.0,
            state: share.state.word(),
            grant: share.grant.as_ref().map(|grant| ShareGrant {
                fields: grant.terms.fields.clone(),
                area: grant.terms.area.0,
                expires: grant.expires.0,
                quota: grant.quota,
                has_token: grant.has_token,
            }),
            decided_by: share.decided_by.clone(),
            decided_at: share.decided_at.map(|at| at.0),
            reason: share.reason.clone(),
            own,
            decides,
        }
    }
}

/// A request with the use of its grant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareDetail {
    /// The request.
    pub share: Share,
    /// Use by day, the last three months.
    pub days: Vec<ShareDay>,
    /// The last reads, newest first.
    pub reads: Vec<ShareRead>,
}

/// Use on one day.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ShareDay {
    /// Its first moment (midnight in China), ms UTC.
    pub at: i64,
    /// Reads.
    pub reads: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

impl From<&sharing::Day> for ShareDay {
    fn from(day: &sharing::Day) -> Self {
        let at = first_moment(day.day).0;
        Self { at, reads: day.reads, rows: day.rows, bytes: day.bytes }
    }
}

/// One read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareRead {
    /// When, ms UTC.
    pub at: i64,
    /// `items`, `csv` or `geojson`.
    pub way: String,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

impl From<&sharing::Read> for ShareRead {
    fn from(read: &sharing::Read) -> Self {
        Self { at: read.at.0, way: read.way.clone(), rows: read.rows, bytes: read.bytes }
    }
}

/// The token of a grant; it is shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareToken {
    /// The token.
    pub token: String,
}

/// Which rows of a grant.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ShareItems {
    /// West, south, east, north in degrees; only where the place is granted.
    pub bbox: Option<String>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Rows of the page; at most 1 000.
    pub limit: Option<u32>,
}

/// As what.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ShareExtract {
    /// `csv` (default) or `geojson`.
    pub format: Option<String>,
}
