//! Taking records out as a file.

use serde::Deserialize;
use utoipa::IntoParams;

/// Which records, and as what.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// Key of the kind; without one all kinds, which only `xlsx` and `gpkg` hold.
    pub kind: Option<String>,
    /// `xlsx`, `csv`, `geojson` or `gpkg`.
    pub format: String,
    /// Only in this area.
    pub area: Option<u32>,
    /// CSV: whether a byte-order mark stands before the text (default), without which spreadsheets do not read Chinese.
    pub bom: Option<bool>,
}
