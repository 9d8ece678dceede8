//! The readiness of forces (R12, R19): orders to teams and vehicles, where they were last seen, whether they could leave, and the
//! free beds of hospitals.
//!
//! A force has one open order at most: the file itself refuses a second. What the records of the base database say holds until
//! somebody says something newer here.

use std::collections::BTreeMap;

use helan_base::force::{OrderStage, OrderStep, Readiness};
use helan_kernel::{AreaCode, Ms, Position};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::Desk;
use crate::{StoreError, db};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS force_order (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, area INTEGER NOT NULL, incident INTEGER NOT NULL,
    drill INTEGER NOT NULL, area_to INTEGER NOT NULL, task TEXT NOT NULL, stage TEXT NOT NULL, by TEXT NOT NULL,
    at INTEGER NOT NULL, changed_at INTEGER NOT NULL, rescued INTEGER NOT NULL DEFAULT 0,
    injured INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS force_order_open ON force_order (kind, key)
    WHERE stage IN ('ordered', 'accepted', 'moving', 'on-scene', 'lost');
CREATE INDEX IF NOT EXISTS force_order_incident ON force_order (incident);
CREATE TABLE IF NOT EXISTS force_step (
    id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES force_order (id), what TEXT NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS force_step_of ON force_step (of);
CREATE TABLE IF NOT EXISTS force_state (
    kind TEXT NOT NULL, key TEXT NOT NULL, readiness TEXT, readiness_at INTEGER, readiness_by TEXT, note TEXT,
    lon REAL, lat REAL, place_at INTEGER, place_source TEXT, account TEXT, PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS beds (
    hospital TEXT NOT NULL, ward TEXT NOT NULL, total INTEGER NOT NULL, free INTEGER NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, PRIMARY KEY (hospital, ward), CHECK (free BETWEEN 0 AND total)
) STRICT, WITHOUT ROWID;
";

/// Steps of one order that are kept: a force that leaves and is lost over and over writes no more.
const MOST_STEPS: i64 = 200;

/// An object of the base database that is a force: kind and key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForceRef {
    /// Key of its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
}

/// An order that is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// To whom.
    pub force: ForceRef,
    /// Area of the force.
    pub area: AreaCode,
    /// For which incident.
    pub incident: u64,
    /// Whether that is a drill.
    pub drill: bool,
    /// Area of the incident.
    pub area_to: AreaCode,
    /// What it shall do.
    pub task: String,
    /// Account that orders.
    pub by: String,
}

/// People that a force tells of; what it says last counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Casualties {
    /// Brought out unhurt.
    pub rescued: u32,
    /// Hurt.
    pub injured: u32,
    /// Dead.
    pub dead: u32,
}

/// An order, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub id: u64,
    /// What was ordered.
    pub new: NewOrder,
    /// How far it is.
    pub stage: OrderStage,
    /// When it was given.
    pub at: Ms,
    /// When it last changed.
    pub changed_at: Ms,
    /// Whom it found.
    pub people: Casualties,
    /// What happened, oldest first; the first is the order itself.
    pub steps: Vec<Told>,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `order` or the word of a step.
    pub what: String,
    /// When.
    pub at: Ms,
    /// Account that said so.
    pub by: String,
    /// Further words; may be empty.
    pub note: String,
}

/// What is said of an order.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What happened.
    pub step: OrderStep,
    /// When.
    pub at: Ms,
    /// Who says so.
    pub by: &'a str,
    /// Further words.
    pub note: &'a str,
    /// Whom they found; none when nothing is said of that.
    pub people: Option<Casualties>,
}

/// Why a force cannot be ordered: it has an order for this incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(pub u64);

/// What is known of a force beside its record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForceState {
    /// Whether it could leave; who said so and when.
    pub readiness: Option<(Readiness, Ms, String)>,
    /// Why; may be empty.
    pub note: String,
    /// Where it was last seen, when, and how that is known.
    pub place: Option<(Position, Ms, String)>,
    /// Account that speaks for it.
    pub account: Option<String>,
}

/// Beds of a ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beds {
    /// Key of the hospital.
    pub hospital: String,
    /// Which beds: `all`, `icu`.
    pub ward: String,
    /// How many there are.
    pub total: u32,
    /// How many of them are free; never more.
    pub free: u32,
    /// When that was so.
    pub at: Ms,
    /// Account that said so.
    pub by: String,
}

const ORDER: &str = "id, kind, key, area, incident, drill, area_to, task, stage, by, at, changed_at, rescued, injured, dead";

impl Desk {
    /// Gives an order. The same order again gives its number again; a force that works for another incident cannot be ordered. What only
    /// a drill holds is free for what is real: it is called back there in the same transaction.
    ///
    /// # Errors
    /// When the file fails.
    pub fn order_force(&self, new: &NewOrder, now: Ms) -> Result<Result<u64, Taken>, StoreError> {
        let mut db = self.db();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(open) = open_order(&tx, &new.force)? {
            if open.new.incident == new.incident {
                return Ok(Ok(open.id));
            }
            if new.drill || !open.new.drill {
                return Ok(Err(Taken(open.new.incident)));
            }
            call_back(&tx, &open, new, now)?;
        }
        tx.prepare_cached(
            "INSERT INTO force_order (kind, key, area, incident, drill, area_to, task, stage, by, at, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
        )?
        .execute(params![
            new.force.kind,
            new.force.key,
            new.area.0,
            db::to_sql(new.incident),
            new.drill,
            new.area_to.0,
            new.task,
            OrderStage::Ordered.word(),
            new.by,
            now.0
        ])?;
        let id = tx.last_insert_rowid();
        tell(&tx, id, "order", now, &new.by, &new.task)?;
        tx.commit()?;
        Ok(Ok(db::from_sql(id)))
    }

    /// Notes what happened to an order; gives its stage then. None when there is no such order, or it cannot go on like that.
    /// What was said before changes nothing when it is said again.
    ///
    /// # Errors
    /// When the file fails.
    pub fn step_force(
        &self,
        id: u64,
        report: &Report<'_>,
    ) -> Result<Option<OrderStage>, StoreError> {
        let mut db = self.db();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(order) = order_of(&tx, id)? else { return Ok(None) };
        let said: Option<String> = tx
            .prepare_cached("SELECT what FROM force_step WHERE of = ?1 ORDER BY id DESC LIMIT 1")?
            .query_row([db::to_sql(id)], |row| row.get(0))
            .optional()?;
        if said.as_deref() == Some(report.step.word()) {
            return Ok(Some(order.stage));
        }
        let Some(stage) = order.stage.transition(report.step) else { return Ok(None) };
        let people = report.people.unwrap_or(order.people);
        tx.prepare_cached(
            "UPDATE force_order SET stage = ?2, changed_at = ?3, rescued = ?4, injured = ?5, dead = ?6 WHERE id = ?1",
        )?
        .execute(params![
            db::to_sql(id),
            stage.word(),
            report.at.0,
            people.rescued,
            people.injured,
            people.dead
        ])?;
        tell(&tx, db::to_sql(id), report.step.word(), report.at, report.by, report.note)?;
        tx.commit()?;
        Ok(Some(stage))
    }

    /// One order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn force_order(&self, id: u64) -> Result<Option<Order>, StoreError> {
        let db = self.db();
        let Some(mut order) = order_of(&db, id)? else { return Ok(None) };
        order.steps = steps_of(&db, id)?;
        Ok(Some(order))
    }

    /// Orders that an area's forces have, or that are for its incidents; newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn force_orders(
        &self,
        area: AreaCode,
        incident: Option<u64>,
        open: Option<bool>,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<Order>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!(
            "SELECT {ORDER} FROM force_order
             WHERE id < ?1 AND (area BETWEEN ?2 AND ?3 OR area_to BETWEEN ?2 AND ?3)
             AND (?4 IS NULL OR incident = ?4)
             AND (?5 IS NULL OR ?5 = (stage IN ('ordered', 'accepted', 'moving', 'on-scene', 'lost')))
             ORDER BY id DESC LIMIT ?6"
        ))?;
        let bounds = params![
            before.map_or(i64::MAX, db::to_sql),
            area.0,
            area.last().0,
            incident.map(db::to_sql),
            open,
            i64::try_from(most).unwrap_or(i64::MAX)
        ];
        let mut rows = statement.query(bounds)?;
        let mut orders = Vec::new();
        while let Some(row) = rows.next()? {
            orders.push(read_order(row)?);
        }
        for order in &mut orders {
            order.steps = steps_of(&db, order.id)?;
        }
        Ok(orders)
    }

    /// The open orders of all forces, without their steps.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn busy_forces(&self) -> Result<BTreeMap<ForceRef, Order>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(&format!(
            "SELECT {ORDER} FROM force_order WHERE stage IN ('ordered', 'accepted', 'moving', 'on-scene', 'lost')"
        ))?;
        let mut rows = statement.query([])?;
        let mut busy = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let order = read_order(row)?;
            busy.insert(order.new.force.clone(), order);
        }
        Ok(busy)
    }

    /// What is known of all forces of which something is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn force_states(&self) -> Result<BTreeMap<ForceRef, ForceState>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT kind, key, readiness, readiness_at, readiness_by, note, lon, lat, place_at, place_source, account
             FROM force_state",
        )?;
        let states = statement.query_map([], |row| {
            Ok((ForceRef { kind: row.get(0)?, key: row.get(1)? }, read_state(row)?))
        })?;
        Ok(states.collect::<Result<_, _>>()?)
    }

    /// What is known of one force.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn force_state(&self, force: &ForceRef) -> Result<ForceState, StoreError> {
        let db = self.db();
        let found = db
            .prepare_cached(
                "SELECT kind, key, readiness, readiness_at, readiness_by, note, lon, lat, place_at, place_source, account
                 FROM force_state WHERE kind = ?1 AND key = ?2",
            )?
            .query_row([&force.kind, &force.key], read_state)
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// Says whether a force could leave.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_readiness(
        &self,
        force: &ForceRef,
        readiness: Readiness,
        (by, note): (&str, &str),
        now: Ms,
    ) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached(
            "INSERT INTO force_state (kind, key, readiness, readiness_at, readiness_by, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, key) DO UPDATE SET readiness = ?3, readiness_at = ?4, readiness_by = ?5, note = ?6",
        )?
        .execute(params![force.kind, force.key, readiness.word(), now.0, by, note])?;
        Ok(())
    }

    /// Says where a force is; an older place than the one that is known changes nothing. Says whether it counted.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_place(
        &self,
        force: &ForceRef,
        at: Position,
        seen: Ms,
        source: &str,
    ) -> Result<bool, StoreError> {
        let db = self.db();
        let changed = db
            .prepare_cached(
                "INSERT INTO force_state (kind, key, lon, lat, place_at, place_source) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (kind, key) DO UPDATE SET lon = ?3, lat = ?4, place_at = ?5, place_source = ?6
                 WHERE place_at IS NULL OR place_at < ?5",
            )?
            .execute(params![force.kind, force.key, at.lon, at.lat, seen.0, source])?;
        Ok(changed > 0)
    }

    /// Says which account speaks for a force; none ends that.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_force_account(
        &self,
        force: &ForceRef,
        account: Option<&str>,
    ) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached(
            "INSERT INTO force_state (kind, key, account) VALUES (?1, ?2, ?3)
             ON CONFLICT (kind, key) DO UPDATE SET account = ?3",
        )?
        .execute(params![force.kind, force.key, account])?;
        Ok(())
    }

    /// Says how many beds of a ward are free; what is older than what is known changes nothing.
    ///
    /// # Errors
    /// When the file fails.
    pub fn set_beds(&self, beds: &Beds) -> Result<(), StoreError> {
        let db = self.db();
        db.prepare_cached(
            "INSERT INTO beds (hospital, ward, total, free, at, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (hospital, ward) DO UPDATE SET total = ?3, free = ?4, at = ?5, by = ?6 WHERE at <= ?5",
        )?
        .execute(params![beds.hospital, beds.ward, beds.total, beds.free, beds.at.0, beds.by])?;
        Ok(())
    }

    /// What was said of beds, by hospital.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn beds(&self) -> Result<BTreeMap<String, Vec<Beds>>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached(
            "SELECT hospital, ward, total, free, at, by FROM beds ORDER BY hospital, ward",
        )?;
        let mut rows = statement.query([])?;
        let mut all: BTreeMap<String, Vec<Beds>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let beds = Beds {
                hospital: row.get(0)?,
                ward: row.get(1)?,
                total: row.get(2)?,
                free: row.get(3)?,
                at: Ms(row.get(4)?),
                by: row.get(5)?,
            };
            all.entry(beds.hospital.clone()).or_default().push(beds);
        }
        Ok(all)
    }
}

fn tell(
    db: &Connection,
    order: i64,
    what: &str,
    at: Ms,
    by: &str,
    note: &str,
) -> Result<(), StoreError> {
    let count: i64 = db
        .prepare_cached("SELECT count(*) FROM force_step WHERE of = ?1")?
        .query_row([order], |row| row.get(0))?;
    if count >= MOST_STEPS {
        return Err(StoreError::TooMany("steps of one order"));
    }
    db.prepare_cached(
        "INSERT INTO force_step (of, what, at, by, note) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![order, what, at.0, by, note])?;
    Ok(())
}

/// Ends an order of a drill for a real one.
fn call_back(db: &Connection, open: &Order, by: &NewOrder, now: Ms) -> Result<(), StoreError> {
    let id = db::to_sql(open.id);
    db.prepare_cached("UPDATE force_order SET stage = ?2, changed_at = ?3 WHERE id = ?1")?
        .execute(params![id, OrderStage::Recalled.word(), now.0])?;
    let note = format!("incident {}", by.incident);
    match tell(db, id, OrderStep::Recall.word(), now, &by.by, &note) {
        // However much the drill has written: nothing real waits for it.
        Err(StoreError::TooMany(_)) => Ok(()),
        told => told,
    }
}

fn open_order(db: &Connection, force: &ForceRef) -> Result<Option<Order>, StoreError> {
    let sql = format!(
        "SELECT {ORDER} FROM force_order WHERE kind = ?1 AND key = ?2
         AND stage IN ('ordered', 'accepted', 'moving', 'on-scene', 'lost')"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([&force.kind, &force.key])?;
    rows.next()?.map(read_order).transpose()
}

fn order_of(db: &Connection, id: u64) -> Result<Option<Order>, StoreError> {
    let sql = format!("SELECT {ORDER} FROM force_order WHERE id = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([db::to_sql(id)])?;
    rows.next()?.map(read_order).transpose()
}

fn steps_of(db: &Connection, order: u64) -> Result<Vec<Told>, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT what, at, by, note FROM force_step WHERE of = ?1 ORDER BY id")?;
    let steps = statement.query_map([db::to_sql(order)], |row| {
        Ok(Told { what: row.get(0)?, at: Ms(row.get(1)?), by: row.get(2)?, note: row.get(3)? })
    })?;
    Ok(steps.collect::<Result<_, _>>()?)
}

fn read_order(row: &Row<'_>) -> Result<Order, StoreError> {
    let word: String = row.get(8)?;
    let stage =
        OrderStage::of(&word).ok_or_else(|| StoreError::Damaged(format!("no stage is {word}")))?;
    Ok(Order {
        id: db::from_sql(row.get(0)?),
        new: NewOrder {
            force: ForceRef { kind: row.get(1)?, key: row.get(2)? },
            area: AreaCode(row.get(3)?),
            incident: db::from_sql(row.get(4)?),
            drill: row.get(5)?,
            area_to: AreaCode(row.get(6)?),
            task: row.get(7)?,
            by: row.get(9)?,
        },
        stage,
        at: Ms(row.get(10)?),
        changed_at: Ms(row.get(11)?),
        people: Casualties { rescued: row.get(12)?, injured: row.get(13)?, dead: row.get(14)? },
        steps: Vec::new(),
    })
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<ForceState> {
    let readiness: Option<String> = row.get(2)?;
    let readiness = readiness.as_deref().and_then(Readiness::of);
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(6)?, row.get(7)?);
    let seen: Option<i64> = row.get(8)?;
    let place = match (lon, lat, seen) {
        (Some(lon), Some(lat), Some(seen)) => Some((
            Position { lon, lat },
            Ms(seen),
            row.get::<_, Option<String>>(9)?.unwrap_or_default(),
        )),
        _ => None,
    };
    let at = Ms(row.get::<_, Option<i64>>(3)?.unwrap_or(0));
    let by = row.get::<_, Option<String>>(4)?.unwrap_or_default();
    Ok(ForceState {
        readiness: readiness.map(|readiness| (readiness, at, by)),
        note: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        place,
        account: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOW: Ms = Ms(1_700_000_000_000);

    fn order(key: &str, incident: u64) -> NewOrder {
        NewOrder {
            force: ForceRef { kind: "rescue-team".into(), key: key.into() },
            area: AreaCode(640_104_000),
            incident,
            drill: false,
            area_to: AreaCode(640_104_001),
            task: "堵漏".into(),
            by: "duty".into(),
        }
    }

    fn report(step: OrderStep) -> Report<'static> {
        Report { step, at: NOW, by: "team", note: "", people: None }
    }

    #[test]
    fn a_force_works_for_one_incident_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let id = desk.order_force(&order("t1", 7), NOW).unwrap().unwrap();
        assert_eq!(desk.order_force(&order("t1", 7), NOW).unwrap(), Ok(id), "the same order");
        assert_eq!(desk.order_force(&order("t1", 8), NOW).unwrap(), Err(Taken(7)));
        let step = |step| desk.step_force(id, &report(step)).unwrap();
        assert_eq!(step(OrderStep::Accept), Some(OrderStage::Accepted));
        assert_eq!(step(OrderStep::Accept), Some(OrderStage::Accepted), "said twice");
        assert_eq!(step(OrderStep::Lose), Some(OrderStage::Lost));
        assert_eq!(desk.order_force(&order("t1", 8), NOW).unwrap(), Err(Taken(7)), "not free");
        assert_eq!(step(OrderStep::Arrive), Some(OrderStage::OnScene), "a sign of life");
        assert_eq!(step(OrderStep::Depart), None);
        let people = Casualties { rescued: 3, injured: 1, dead: 0 };
        let done = Report { people: Some(people), ..report(OrderStep::Finish) };
        assert_eq!(desk.step_force(id, &done).unwrap(), Some(OrderStage::Done));
        assert!(desk.order_force(&order("t1", 8), NOW).unwrap().is_ok());
        let known = desk.force_order(id).unwrap().unwrap();
        let said: Vec<&str> = known.steps.iter().map(|step| step.what.as_str()).collect();
        assert_eq!(said, ["order", "accept", "lose", "arrive", "finish"]);
        assert_eq!(known.people, people);
    }

    #[test]
    fn a_drill_gives_way_to_what_is_real() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let drill = |incident| NewOrder { drill: true, ..order("t1", incident) };
        let of_drill = desk.order_force(&drill(7), NOW).unwrap().unwrap();
        assert_eq!(desk.order_force(&drill(8), NOW).unwrap(), Err(Taken(7)), "drills do not");
        let real = desk.order_force(&order("t1", 9), NOW).unwrap().unwrap();
        let known = |id| desk.force_order(id).unwrap().unwrap();
        assert_eq!(known(of_drill).stage, OrderStage::Recalled);
        assert_eq!(known(of_drill).steps.last().unwrap().note, "incident 9");
        assert_eq!(known(real).stage, OrderStage::Ordered);
        assert_eq!(desk.order_force(&drill(7), NOW).unwrap(), Err(Taken(9)));
    }

    #[test]
    fn of_many_orders_at_once_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        Desk::open(folder.path()).unwrap();
        let won = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for worker in 0..8_u64 {
                let (folder, won) = (folder.path(), &won);
                scope.spawn(move || {
                    // A connection of its own: as two programs on one file.
                    let desk = Desk::open(folder).unwrap();
                    for team in 0..25 {
                        let new = order(&format!("t{team}"), 100 + worker);
                        if desk.order_force(&new, NOW).unwrap().is_ok() {
                            won.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(won.load(Ordering::Relaxed), 25);
        assert_eq!(Desk::open(folder.path()).unwrap().busy_forces().unwrap().len(), 25);
    }

    #[test]
    fn what_is_newer_counts() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        let force = ForceRef { kind: "vehicle".into(), key: "v1".into() };
        let at = |lon| Position { lon, lat: 38.0 };
        assert!(desk.set_place(&force, at(106.0), NOW, "terminal").unwrap());
        assert!(!desk.set_place(&force, at(107.0), Ms(NOW.0 - 1), "report").unwrap());
        desk.set_readiness(&force, Readiness::StoodDown, ("duty", "轮胎"), NOW).unwrap();
        desk.set_force_account(&force, Some("driver")).unwrap();
        let state = desk.force_state(&force).unwrap();
        assert_eq!(
            state.place.map(|(at, _, source)| (at.lon, source)),
            Some((106.0, "terminal".into()))
        );
        assert_eq!(state.readiness.map(|(readiness, ..)| readiness), Some(Readiness::StoodDown));
        assert_eq!(state.account.as_deref(), Some("driver"));
        let beds = |free, at| Beds {
            hospital: "h1".into(),
            ward: "all".into(),
            total: 100,
            free,
            at,
            by: "ward".into(),
        };
        desk.set_beds(&beds(20, NOW)).unwrap();
        desk.set_beds(&beds(50, Ms(NOW.0 - 1))).unwrap();
        assert_eq!(desk.beds().unwrap()["h1"][0].free, 20);
        assert!(desk.set_beds(&beds(101, NOW)).is_err(), "more free than there are");
    }
}
