//! Requests for data, what was granted, and every read of it.
//!
//! A request and its grant are one row that only moves forward. Of a grant's token only SHA-256 is kept. Each read is a row,
//! and counts on its day; it is written before its rows leave, in the transaction that looks whether the grant still holds.

use helan_base::share::{State, Step, Terms};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Desk, day};
use crate::{StoreError, accounts::TokenHash, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS share (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    asked      TEXT NOT NULL,
    area       BIGINT NOT NULL,
    purpose    TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    until      BIGINT NOT NULL,
    by         TEXT NOT NULL,
    at         BIGINT NOT NULL,
    state      TEXT NOT NULL,
    granted    TEXT,
    expires    BIGINT,
    quota      BIGINT,
    token_hash BLOB UNIQUE,
    secret     BLOB,
    decided_by TEXT,
    decided_at BIGINT,
    reason     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS share_by ON share (by, state);
CREATE TABLE IF NOT EXISTS share_read (
    seq   INTEGER PRIMARY KEY,
    share BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    way   TEXT NOT NULL,
    rows  BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS share_read_share ON share_read (share, seq);
CREATE INDEX IF NOT EXISTS share_read_at ON share_read (at);
CREATE TABLE IF NOT EXISTS share_day (
    share BIGINT NOT NULL,
    day   BIGINT NOT NULL,
    reads BIGINT NOT NULL,
    rows  BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (share, day)
) WITHOUT ROWID;
";

/// Single reads are kept for so long after them; their sums by day stay. Three years: the longest term for records of access
/// that departments ask for.
const KEPT: Ms = Ms::seconds(3 * 366 * 24 * 3600);
/// Old reads that one new read takes away at most: it must not wait for many.
const SWEPT: i64 = 100;
/// Days of use that are told of one grant.
const DAYS: i64 = 92;
/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    /// Key of the kind.
    pub kind: String,
    /// Fields and area.
    pub asked: Terms,
    /// What for.
    pub purpose: String,
    /// Department or system that receives it.
    pub recipient: String,
    /// Wanted until.
    pub until: Ms,
    /// Account that asks.
    pub by: String,
}

/// A request, and its grant when there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its number.
    pub id: u64,
    /// What was asked.
    pub request: NewRequest,
    /// When.
    pub at: Ms,
    /// Where it stands now; what nobody decided or took back in time is [`State::Expired`], whatever the file says.
    pub state: State,
    /// What was granted.
    pub grant: Option<Grant>,
    /// Account that decided last.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Ms>,
    /// Why it was refused or taken back; empty otherwise.
    pub reason: String,
}

/// What was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Fields and area.
    pub terms: Terms,
    /// Until when.
    pub expires: Ms,
    /// Rows that it gives on one day.
    pub quota: u64,
    /// Whether its token was handed out.
    pub has_token: bool,
    /// Key of its pseudonyms; never leaves the node.
    pub secret: Vec<u8>,
}

/// A decision of an approver.
#[derive(Clone, Debug)]
pub struct Approval<'a> {
    /// Fields and area.
    pub terms: &'a Terms,
    /// Until when.
    pub expires: Ms,
    /// Rows on one day.
    pub quota: u64,
    /// Key of its pseudonyms.
    pub secret: &'a [u8],
}

/// Why a read is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// No grant has this token.
    Unknown,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
    /// It has given all that it gives on one day.
    Quota,
}

/// One read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// When.
    pub at: Ms,
    /// By which way: `items`, or the kind of file.
    pub way: String,
    /// Rows that left.
    pub rows: u64,
    /// Bytes that left.
    pub bytes: u64,
}

/// Use on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970-01-01, in China.
    pub day: i64,
    /// How many reads.
    pub reads: u64,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

const COLUMNS: &str = "id, kind, asked, area, purpose, recipient, until, by, at, state, granted, expires, quota, \
                       token_hash, secret, decided_by, decided_at, reason";

impl Desk {
    /// Notes a request; gives its number, or none when the account has `most` that nobody has answered.
    ///
    /// # Errors
    /// When the file fails.
    pub fn request_share(
        &self,
        new: &NewRequest,
        most: u64,
        now: Ms,
    ) -> Result<Option<u64>, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        let open: i64 = tx.query_row(
            "SELECT count(*) FROM share WHERE by = ?1 AND state = 'requested' AND until > ?2",
            params![new.by, now.0],
            |row| row.get(0),
        )?;
        if db::from_sql(open) >= most {
            return Ok(None);
        }
        tx.execute(
            "INSERT INTO share (kind, asked, area, purpose, recipient, until, by, at, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'requested')",
            params![
                new.kind,
                json(&new.asked)?,
                new.asked.area.0,
                new.purpose,
                new.recipient,
                new.until.0,
                new.by,
                now.0
            ],
        )?;
        let id = db::from_sql(tx.last_insert_rowid());
        tx.commit()?;
        Ok(Some(id))
    }

    /// A request by its number.
    ///
    /// # Errors
    /// When the file fails.
    pub fn share(&self, id: u64, now: Ms) -> Result<Option<Share>, StoreError> {
        share_of(&self.db(), id, now)
    }

    /// Requests, newest first: those of an account, and with an `area` those for it and all inside it.
    ///
    /// # Errors
    /// When the file fails.
    pub fn shares(
        &self,
        by: &str,
        area: Option<AreaCode>,
        before: Option<u64>,
        most: usize,
        now: Ms,
    ) -> Result<Vec<Share>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM share WHERE (by = ?1 OR area BETWEEN ?2 AND ?3) AND id < ?4
             ORDER BY id DESC LIMIT ?5"
        ))?;
        // Without an area no area fits.
        let (low, high) = area.map_or((1, 0), |area| (area.0, area.last().0));
        let before = before.map_or(i64::MAX, db::to_sql);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![by, low, high, before, most])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row, now)?);
        }
        Ok(found)
    }

    /// Grants a request. False when it cannot be granted any more.
    ///
    /// # Errors
    /// When the file fails.
    pub fn approve_share(
        &self,
        id: u64,
        approval: &Approval<'_>,
        by: &str,
        now: Ms,
    ) -> Result<bool, StoreError> {
        self.step(id, Step::Approve, (by, ""), now, |tx| {
            tx.execute(
                "UPDATE share SET granted = ?2, expires = ?3, quota = ?4, secret = ?5, area = ?6 WHERE id = ?1",
                params![
                    db::to_sql(id),
                    json(approval.terms)?,
                    approval.expires.0,
                    db::to_sql(approval.quota),
                    approval.secret,
                    approval.terms.area.0
                ],
            )?;
            Ok(())
        })
    }

    /// Refuses a request, or takes a request or a grant back. False when that cannot be done any more.
    ///
    /// # Errors
    /// When the file fails.
    pub fn end_share(
        &self,
        id: u64,
        step: Step,
        by: &str,
        reason: &str,
        now: Ms,
    ) -> Result<bool, StoreError> {
        self.step(id, step, (by, reason), now, |tx| {
            // What was handed out opens nothing from now on; the hash stays, so that its bearer is told why.
            tx.execute("UPDATE share SET secret = NULL WHERE id = ?1", [db::to_sql(id)])?;
            Ok(())
        })
    }

    fn step(
        &self,
        id: u64,
        step: Step,
        (by, reason): (&str, &str),
        now: Ms,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        let known = share_of(&tx, id, now)?;
        let Some(next) = known.and_then(|share| share.state.after(step)) else { return Ok(false) };
        tx.execute(
            "UPDATE share SET state = ?2, decided_by = ?3, decided_at = ?4, reason = ?5 WHERE id = ?1",
            params![db::to_sql(id), next.word(), by, now.0, reason],
        )?;
        also(&tx)?;
        tx.commit()?;
        Ok(true)
    }

    /// Gives a grant a token, by its hash; the one before it ends. False when there is no grant that holds.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_share_token(&self, id: u64, token: TokenHash, now: Ms) -> Result<bool, StoreError> {
        self.change_grant(id, now, |tx| {
            tx.execute(
                "UPDATE share SET token_hash = ?2 WHERE id = ?1",
                params![db::to_sql(id), token.as_bytes()],
            )
        })
    }

    /// Changes how many rows a grant gives on one day. False when there is no grant that holds.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_share_quota(&self, id: u64, quota: u64, now: Ms) -> Result<bool, StoreError> {
        self.change_grant(id, now, |tx| {
            let quota = db::to_sql(quota);
            tx.execute("UPDATE share SET quota = ?2 WHERE id = ?1", params![db::to_sql(id), quota])
        })
    }

    fn change_grant(
        &self,
        id: u64,
        now: Ms,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<usize>,
    ) -> Result<bool, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        if share_of(&tx, id, now)?.is_none_or(|share| share.state != State::Approved) {
            return Ok(false);
        }
        change(&tx)?;
        tx.commit()?;
        Ok(true)
    }

    /// The grant that a token opens, and how many rows it still gives today.
    ///
    /// # Errors
    /// When the file fails.
    pub fn open_share(
        &self,
        token: &TokenHash,
        now: Ms,
    ) -> Result<Result<(Share, u64), Barred>, StoreError> {
        let db = self.db();
        let id: Option<i64> = db
            .prepare_cached("SELECT id FROM share WHERE token_hash = ?1")?
            .query_row([token.as_bytes()], |row| row.get(0))
            .optional()?;
        let Some(id) = id else { return Ok(Err(Barred::Unknown)) };
        rest_of(&db, db::from_sql(id), now)
    }

    /// Writes down a read, if the grant still holds and still gives so much. Its rows may leave only after this.
    ///
    /// # Errors
    /// When the file fails.
    pub fn note_read(&self, id: u64, read: &Read) -> Result<Result<(), Barred>, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        let rest = match rest_of(&tx, id, read.at)? {
            Ok((_, rest)) => rest,
            Err(barred) => return Ok(Err(barred)),
        };
        if read.rows > rest {
            return Ok(Err(Barred::Quota));
        }
        let (rows, bytes) = (db::to_sql(read.rows), db::to_sql(read.bytes));
        tx.prepare_cached(
            "INSERT INTO share_read (share, at, way, rows, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![db::to_sql(id), read.at.0, read.way, rows, bytes])?;
        tx.prepare_cached(
            "INSERT INTO share_day VALUES (?1, ?2, 1, ?3, ?4) ON CONFLICT (share, day) DO UPDATE
             SET reads = reads + 1, rows = rows + excluded.rows, bytes = bytes + excluded.bytes",
        )?
        .execute(params![db::to_sql(id), day(read.at), rows, bytes])?;
        tx.prepare_cached(
            "DELETE FROM share_read WHERE seq IN (SELECT seq FROM share_read WHERE at < ?1 LIMIT ?2)",
        )?
        .execute(params![read.at.0.saturating_sub(KEPT.0), SWEPT])?;
        tx.commit()?;
        Ok(Ok(()))
    }

    /// Use of a grant: its last days, and its last reads, newest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn share_use(
        &self,
        id: u64,
        most: usize,
        now: Ms,
    ) -> Result<(Vec<Day>, Vec<Read>), StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT day, reads, rows, bytes FROM share_day WHERE share = ?1 AND day > ?2 ORDER BY day",
        )?;
        let days = statement.query_map(params![db::to_sql(id), day(now) - DAYS], |row| {
            let number = |column| row.get(column).map(db::from_sql);
            Ok(Day { day: row.get(0)?, reads: number(1)?, rows: number(2)?, bytes: number(3)? })
        })?;
        let days = days.collect::<Result<_, _>>()?;
        let mut statement = db.prepare_cached(
            "SELECT at, way, rows, bytes FROM share_read WHERE share = ?1 ORDER BY seq DESC LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let reads = statement.query_map(params![db::to_sql(id), most], |row| {
            let number = |column| row.get(column).map(db::from_sql);
            Ok(Read { at: Ms(row.get(0)?), way: row.get(1)?, rows: number(2)?, bytes: number(3)? })
        })?;
        Ok((days, reads.collect::<Result<_, _>>()?))
    }
}

fn share_of(db: &Connection, id: u64, now: Ms) -> Result<Option<Share>, StoreError> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM share WHERE id = ?1"))?;
    let mut rows = statement.query([db::to_sql(id)])?;
    rows.next()?.map(|row| read(row, now)).transpose()
}

/// A grant that holds, and how many rows it still gives today.
fn rest_of(db: &Connection, id: u64, now: Ms) -> Result<Result<(Share, u64), Barred>, StoreError> {
    let Some(share) = share_of(db, id, now)? else { return Ok(Err(Barred::Unknown)) };
    let Some(grant) = &share.grant else { return Ok(Err(Barred::Unknown)) };
    match share.state {
        State::Approved => {}
        State::Expired => return Ok(Err(Barred::Expired)),
        _ => return Ok(Err(Barred::Revoked)),
    }
    let used: Option<i64> = db
        .prepare_cached("SELECT rows FROM share_day WHERE share = ?1 AND day = ?2")?
        .query_row(params![db::to_sql(id), day(now)], |row| row.get(0))
        .optional()?;
    let rest = grant.quota.saturating_sub(used.map_or(0, db::from_sql));
    if rest == 0 {
        return Ok(Err(Barred::Quota));
    }
    Ok(Ok((share, rest)))
}

fn json(terms: &Terms) -> Result<String, StoreError> {
    serde_json::to_string(terms).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn read(row: &Row<'_>, now: Ms) -> Result<Share, StoreError> {
    let terms = |text: String| -> Result<Terms, StoreError> {
        serde_json::from_str(&text).map_err(|error| StoreError::Damaged(error.to_string()))
    };
    let word: String = row.get(9)?;
    let state =
        State::of(&word).ok_or_else(|| StoreError::Damaged(format!("no state is {word}")))?;
    let granted: Option<String> = row.get(10)?;
    let expires: Option<i64> = row.get(11)?;
    let until = Ms(row.get(6)?);
    let over = now.0 >= expires.unwrap_or(until.0);
    let grant = match (granted, expires) {
        (Some(granted), Some(expires)) => Some(Grant {
            terms: terms(granted)?,
            expires: Ms(expires),
            quota: row.get(12).map(db::from_sql)?,
            has_token: row.get::<_, Option<Vec<u8>>>(13)?.is_some(),
            secret: row.get::<_, Option<Vec<u8>>>(14)?.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(Share {
        id: row.get(0).map(db::from_sql)?,
        request: NewRequest {
            kind: row.get(1)?,
            asked: terms(row.get(2)?)?,
            purpose: row.get(4)?,
            recipient: row.get(5)?,
            until,
            by: row.get(7)?,
        },
        at: Ms(row.get(8)?),
        state: if over { state.after(Step::Expire).unwrap_or(state) } else { state },
        grant,
        decided_by: row.get(15)?,
        decided_at: row.get::<_, Option<i64>>(16)?.map(Ms),
        reason: row.get(17)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ms = Ms(1_700_000_000_000);

    fn terms() -> Terms {
        Terms { fields: vec!["students".into()], area: AreaCode(640_104_000) }
    }

    fn new() -> NewRequest {
        NewRequest {
            kind: "school".into(),
            asked: terms(),
            purpose: "drill".into(),
            recipient: "education".into(),
            until: NOW.after(Ms::seconds(1000)),
            by: "asker".into(),
        }
    }

    fn granted(desk: &Desk, quota: u64) -> u64 {
        let id = desk.request_share(&new(), 9, NOW).unwrap().unwrap();
        let terms = terms();
        let expires = NOW.after(Ms::seconds(1000));
        let approval = Approval { terms: &terms, expires, quota, secret: b"s" };
        assert!(desk.approve_share(id, &approval, "approver", NOW).unwrap());
        assert!(desk.set_share_token(id, TokenHash::of("token"), NOW).unwrap());
        id
    }

    fn read_of(rows: u64, at: Ms) -> Read {
        Read { at, way: "items".into(), rows, bytes: 10 * rows }
    }

    #[test]
    fn a_grant_opens_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let id = granted(&desk, 100);
        let open = |token: &str, now| desk.open_share(&TokenHash::of(token), now).unwrap();
        assert_eq!(open("token", NOW).map(|(share, rest)| (share.id, rest)), Ok((id, 100)));
        assert_eq!(open("other", NOW).unwrap_err(), Barred::Unknown);
        assert_eq!(open("token", NOW.after(Ms::seconds(1000))).unwrap_err(), Barred::Expired);
        // A new token ends the one before it.
        assert!(desk.set_share_token(id, TokenHash::of("second"), NOW).unwrap());
        assert_eq!(open("token", NOW).unwrap_err(), Barred::Unknown);
        assert!(desk.end_share(id, Step::Revoke, "approver", "misuse", NOW).unwrap());
        assert_eq!(open("second", NOW).unwrap_err(), Barred::Revoked);
        assert_eq!(desk.note_read(id, &read_of(1, NOW)).unwrap(), Err(Barred::Revoked));
        assert!(!desk.end_share(id, Step::Revoke, "approver", "again", NOW).unwrap());
        let share = desk.share(id, NOW).unwrap().unwrap();
        assert_eq!((share.state, share.reason.as_str()), (State::Revoked, "misuse"));
        assert!(share.grant.unwrap().secret.is_empty());
    }

    #[test]
    fn a_day_gives_no_more_than_its_quota() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let id = granted(&desk, 10);
        assert_eq!(desk.note_read(id, &read_of(7, NOW)).unwrap(), Ok(()));
        assert_eq!(desk.note_read(id, &read_of(4, NOW)).unwrap(), Err(Barred::Quota));
        assert_eq!(desk.note_read(id, &read_of(3, NOW)).unwrap(), Ok(()));
        let open = |now| desk.open_share(&TokenHash::of("token"), now).unwrap();
        assert_eq!(open(NOW).unwrap_err(), Barred::Quota);
        assert!(desk.set_share_quota(id, 12, NOW).unwrap());
        assert_eq!(open(NOW).map(|(_, rest)| rest), Ok(2));
        let (days, reads) = desk.share_use(id, 10, NOW).unwrap();
        assert_eq!(days, [Day { day: day(NOW), reads: 2, rows: 10, bytes: 100 }]);
        assert_eq!(reads.iter().map(|read| read.rows).collect::<Vec<_>>(), [3, 7]);
    }

    #[test]
    fn requests_are_bounded_and_seen_by_their_area() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let first = desk.request_share(&new(), 2, NOW).unwrap();
        let second = desk.request_share(&new(), 2, NOW).unwrap();
        assert!(first.is_some() && second.is_some());
        assert_eq!(desk.request_share(&new(), 2, NOW).unwrap(), None);
        let id = first.unwrap();
        assert!(desk.end_share(id, Step::Withdraw, "asker", "", NOW).unwrap());
        assert!(
            desk.request_share(&new(), 2, NOW).unwrap().is_some(),
            "an answered one is not open"
        );
        let later = NOW.after(Ms::seconds(1000));
        let old = desk.share(second.unwrap(), later).unwrap().unwrap();
        assert_eq!(old.state, State::Expired, "nobody answered in time");
        let terms = terms();
        let approval =
            Approval { terms: &terms, expires: later.after(Ms(1)), quota: 1, secret: b"s" };
        assert!(!desk.approve_share(old.id, &approval, "approver", later).unwrap());
        let seen = |by: &str, area: Option<u32>| {
            desk.shares(by, area.map(AreaCode), None, 10, NOW).unwrap().len()
        };
        assert_eq!(seen("asker", None), 3);
        assert_eq!(seen("other", None), 0);
        assert_eq!(seen("other", Some(640_000_000)), 3);
        assert_eq!(seen("other", Some(640_104_001)), 0, "it asks for more than that township");
        assert_eq!(seen("other", Some(640_105_000)), 0);
    }
}
