//! First reports of incidents 首报, as they were drafted when they were due: what was known then.

use helan_kernel::{IncidentId, Ms};
use rusqlite::{OptionalExtension, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS first_report (
    incident INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
";

impl Desk {
    /// Keeps the first report of an incident; the one that was drafted first holds. Gives whether it is new.
    ///
    /// # Errors
    /// When the file fails.
    pub fn keep_report(
        &self,
        incident: IncidentId,
        at: Ms,
        body: &str,
    ) -> Result<bool, StoreError> {
        let new = self
            .db()
            .prepare_cached(
                "INSERT INTO first_report (incident, at, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![db::to_sql(incident.0), at.0, body])?;
        Ok(new > 0)
    }

    /// The first report of an incident: when it was drafted, and its body.
    ///
    /// # Errors
    /// When the file fails.
    pub fn report(&self, incident: IncidentId) -> Result<Option<(Ms, String)>, StoreError> {
        let db = self.db();
        let mut select =
            db.prepare_cached("SELECT at, body FROM first_report WHERE incident = ?1")?;
        let row = |row: &rusqlite::Row<'_>| Ok((Ms(row.get(0)?), row.get(1)?));
        Ok(select.query_row([db::to_sql(incident.0)], row).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drafted_first_holds() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        assert_eq!(desk.report(IncidentId(7)).unwrap(), None);
        assert!(desk.keep_report(IncidentId(7), Ms(1), "first").unwrap());
        assert!(!desk.keep_report(IncidentId(7), Ms(2), "second").unwrap());
        assert_eq!(desk.report(IncidentId(7)).unwrap(), Some((Ms(1), "first".to_owned())));
    }
}
