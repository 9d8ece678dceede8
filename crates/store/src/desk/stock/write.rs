//! Changes of the stock ledger: each request is one transaction, with its key and its answer in it.

use helan_base::stock::{
    Account, Allocated, Amount, Offer, Posting, Stage, Step, StockError, choose, transition,
};
use helan_kernel::{AreaCode, Ms};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{
    Allocation, Answer, Destination, Goods, Lot, Refused, Request, StoreRef, allocation_of, lot_of,
    read_lot,
};
use crate::{StoreError, db, desk::Desk, desk::day};

/// Allocations of one incident that are open at once: more cannot be followed by people.
const MOST_OPEN: i64 = 2_000;
/// Answers are kept for so long, for clients that ask again: longer than a line is cut in a disaster.
const KEPT: Ms = Ms::seconds(31 * 24 * 3600);
/// Old answers that one request takes away at most: it must not wait for many.
const SWEPT: i64 = 20;

/// Goods that come into a store from outside.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// What.
    pub goods: &'a Goods,
    /// Where.
    pub store: &'a StoreRef,
    /// How much.
    pub amount: Amount,
    /// Whether it is made up.
    pub synthetic: bool,
    /// The stock record of the base database that this takes over; empty when none. One record is taken over once.
    pub record: &'a str,
}

/// Which goods are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Of this lot.
    Lot(u64),
    /// Of this item, from an area or from one store in it; what expires first goes first.
    Item {
        /// Code.
        item: &'a str,
        /// Unit.
        unit: &'a str,
        /// Area that gives it.
        area: AreaCode,
        /// Kind and key of the store.
        store: Option<(&'a str, &'a str)>,
    },
}

/// What is to be promised.
#[derive(Clone, Copy, Debug)]
pub struct Reservation<'a> {
    /// Which goods.
    pub wanted: Wanted<'a>,
    /// How much.
    pub amount: Amount,
    /// For which incident.
    pub incident: Option<u64>,
    /// Whether that is a drill, which takes made-up goods only; a real incident takes none of them.
    pub drill: bool,
    /// Where it goes.
    pub to: &'a Destination,
    /// Whether whoever asks may decide; else the owner must, and nothing is held until then.
    pub granted: bool,
}

/// What is to be done with an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Stepping<'a> {
    /// Which.
    pub allocation: u64,
    /// What. Amounts of [`Amount::ZERO`] in a step mean none.
    pub step: Step,
    /// For [`Step::Load`]: on which vehicle.
    pub vehicle: &'a str,
    /// For [`Step::Load`]: how much of it; the rest stays reserved. None for all.
    pub part: Option<Amount>,
}

/// A request under way.
struct Book<'a, 'db> {
    tx: &'a Transaction<'db>,
    request: &'a Request<'a>,
    at: Ms,
    answer: Answer,
}

type Outcome<T> = Result<Result<T, Refused>, StoreError>;

/// Ends with a refusal.
macro_rules! allowed {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refused) => return Ok(Err(Refused::from(refused))),
        }
    };
}

impl Desk {
    /// Does what a request asks for, unless it was done before: then its answer is given once more.
    fn once(
        &self,
        request: &Request<'_>,
        work: impl FnOnce(&mut Book<'_, '_>) -> Outcome<()>,
    ) -> Outcome<Answer> {
        let mut db = self.db();
        // Whoever reads to decide holds the file from the start: nobody can take the same goods in between.
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known: Option<(String, String)> = tx
            .prepare_cached("SELECT what, answer FROM stock_request WHERE by = ?1 AND key = ?2")?
            .query_row([request.by, request.key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((what, answer)) = known {
            if what != request.what {
                return Ok(Err(Refused::KeyUsed));
            }
            let answer = serde_json::from_str(&answer)
                .map_err(|error| StoreError::Damaged(error.to_string()))?;
            return Ok(Ok(answer));
        }
        // Time never runs backwards in the ledger: a count at a past moment stays what it was.
        let last: Option<i64> = tx
            .prepare_cached("SELECT at FROM stock_move ORDER BY id DESC LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let at = Ms(request.now.0.max(last.unwrap_or(i64::MIN)));
        let mut book = Book { tx: &tx, request, at, answer: Answer::default() };
        allowed!(work(&mut book)?);
        let answer = book.answer;
        let text = serde_json::to_string(&answer)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        tx.prepare_cached(
            "INSERT INTO stock_request (by, key, what, answer, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![request.by, request.key, request.what, text, at.0])?;
        tx.prepare_cached(
            "DELETE FROM stock_request WHERE (by, key) IN
             (SELECT by, key FROM stock_request WHERE at < ?1 LIMIT ?2)",
        )?
        .execute(params![at.0.saturating_sub(KEPT.0), SWEPT])?;
        tx.commit()?;
        Ok(Ok(answer))
    }

    /// Takes goods into stores, all or none. A record that was taken over before is passed over.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_in(&self, request: &Request<'_>, incoming: &[Incoming<'_>]) -> Outcome<Answer> {
        self.once(request, |book| {
            for goods in incoming {
                if !goods.record.is_empty() && book.is_taken_over(goods.record)? {
                    continue;
                }
                if goods.amount == Amount::ZERO {
                    return Ok(Err(StockError::NotEnough.into()));
                }
                let lot = book.lot(goods)?;
                if !goods.record.is_empty() {
                    book.tx
                        .prepare_cached("INSERT INTO stock_record (record, lot) VALUES (?1, ?2)")?
                        .execute(params![goods.record, db::to_sql(lot)])?;
                }
                let step = book.step("stock-in", None)?;
                let posting = [Posting {
                    from: Account::Outside,
                    to: Account::Available,
                    amount: goods.amount,
                }];
                allowed!(book.post(step, lot, 0, &posting)?);
                book.answer.lots.push(lot);
            }
            Ok(Ok(()))
        })
    }

    /// Says how much of a lot is free in its store, as somebody counted it.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_count(&self, request: &Request<'_>, lot: u64, counted: Amount) -> Outcome<Answer> {
        self.once(request, |book| {
            if request.reason.is_empty() {
                return Ok(Err(StockError::ReasonRequired.into()));
            }
            let Some(known) = book.available(lot)? else { return Ok(Err(Refused::Unknown)) };
            let (from, to, amount) = match (counted.less(known), known.less(counted)) {
                (Some(found), _) => (Account::Difference, Account::Available, found),
                (None, Some(missing)) => (Account::Available, Account::Difference, missing),
                (None, None) => return Ok(Err(Refused::Limit)),
            };
            let step = book.step("count", None)?;
            if amount > Amount::ZERO {
                allowed!(book.post(step, lot, 0, &[Posting { from, to, amount }])?);
            }
            book.answer.lots.push(lot);
            Ok(Ok(()))
        })
    }

    /// Writes free goods of a lot off: expired, broken.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_write_off(
        &self,
        request: &Request<'_>,
        lot: u64,
        amount: Amount,
    ) -> Outcome<Answer> {
        self.once(request, |book| {
            if request.reason.is_empty() {
                return Ok(Err(StockError::ReasonRequired.into()));
            }
            let Some(known) = book.available(lot)? else { return Ok(Err(Refused::Unknown)) };
            if amount == Amount::ZERO || amount > known {
                return Ok(Err(StockError::NotEnough.into()));
            }
            let step = book.step("write-off", None)?;
            let posting = Posting { from: Account::Available, to: Account::WrittenOff, amount };
            allowed!(book.post(step, lot, 0, &[posting])?);
            book.answer.lots.push(lot);
            Ok(Ok(()))
        })
    }

    /// Promises goods to an incident or a store, or asks their owner for them.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_reserve(
        &self,
        request: &Request<'_>,
        wanted: &Reservation<'_>,
    ) -> Outcome<Answer> {
        self.once(request, |book| {
            if wanted.amount == Amount::ZERO {
                return Ok(Err(StockError::NotEnough.into()));
            }
            if let Some(incident) = wanted.incident {
                allowed!(book.room_for(incident)?);
            }
            let (item, unit, from) = match wanted.wanted {
                Wanted::Item { item, unit, area, .. } => (item.to_owned(), unit.to_owned(), area),
                Wanted::Lot(lot) => match lot_of(book.tx, lot)? {
                    Some(lot) => (lot.goods.item, lot.goods.unit, lot.store.area),
                    None => return Ok(Err(Refused::Unknown)),
                },
            };
            let mut ask = Allocation {
                id: 0,
                part_of: None,
                lot: match wanted.wanted {
                    Wanted::Lot(lot) => Some(lot),
                    Wanted::Item { .. } => None,
                },
                item,
                unit,
                asked: wanted.amount,
                held: wanted.amount,
                got: None,
                stage: Stage::Asked,
                incident: wanted.incident,
                drill: wanted.drill,
                from,
                to: wanted.to.clone(),
                vehicle: String::new(),
                by: book.request.by.to_owned(),
                at: book.at,
                changed_at: book.at,
                steps: Vec::new(),
            };
            ask.id = book.insert(&ask)?;
            if !wanted.granted {
                book.step("ask", Some(ask.id))?;
                book.answer.allocations.push(ask.id);
                return Ok(Ok(()));
            }
            let store = match wanted.wanted {
                Wanted::Item { store, .. } => store,
                Wanted::Lot(_) => None,
            };
            book.grant(&mut ask, store, "reserve")
        })
    }

    /// Does the next step with an allocation.
    ///
    /// # Errors
    /// When the file fails.
    pub fn stock_step(&self, request: &Request<'_>, stepping: &Stepping<'_>) -> Outcome<Answer> {
        self.once(request, |book| {
            let Some(mut allocation) = allocation_of(book.tx, stepping.allocation)? else {
                return Ok(Err(Refused::Unknown));
            };
            match stepping.step {
                Step::Approve if allocation.stage == Stage::Asked => {
                    return book.grant(&mut allocation, None, "approve");
                }
                Step::Load if allocation.stage == Stage::Reserved => {
                    allowed!(book.split(&mut allocation, stepping.part)?);
                    stepping.vehicle.clone_into(&mut allocation.vehicle);
                }
                Step::Receive(got) => allocation.got = Some(got),
                _ => {}
            }
            book.advance(&mut allocation, stepping.step, stepping.step.word())
        })
    }
}

impl Book<'_, '_> {
    fn is_taken_over(&self, record: &str) -> Result<bool, StoreError> {
        let found = self
            .tx
            .prepare_cached("SELECT 1 FROM stock_record WHERE record = ?1")?
            .query_row([record], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }

    /// The lot of these goods in this store; made when there is none.
    fn lot(&self, incoming: &Incoming<'_>) -> Result<u64, StoreError> {
        let (goods, store) = (incoming.goods, incoming.store);
        let expiry = goods.expiry.map(|day| day.0);
        let same = params![
            store.kind,
            store.key,
            goods.item,
            goods.batch,
            expiry.unwrap_or(-1),
            goods.unit,
            goods.name,
            goods.spec,
            incoming.synthetic
        ];
        let known: Option<i64> = self
            .tx
            .prepare_cached(
                "SELECT id FROM stock_lot WHERE store_kind = ?1 AND store = ?2 AND item = ?3 AND batch = ?4
                 AND coalesce(expiry, -1) = ?5 AND unit = ?6 AND name = ?7 AND spec = ?8 AND synthetic = ?9",
            )?
            .query_row(same, |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(db::from_sql(id));
        }
        self.tx
            .prepare_cached(
                "INSERT INTO stock_lot (item, name, spec, unit, batch, expiry, store_kind, store, store_id, area,
                 synthetic, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                goods.item,
                goods.name,
                goods.spec,
                goods.unit,
                goods.batch,
                expiry,
                store.kind,
                store.key,
                store.id.0,
                store.area.0,
                incoming.synthetic,
                self.at.0
            ])?;
        Ok(db::from_sql(self.tx.last_insert_rowid()))
    }

    /// What is free of a lot; none when there is no such lot.
    fn available(&self, lot: u64) -> Result<Option<Amount>, StoreError> {
        let parts: Option<i64> = self
            .tx
            .prepare_cached(
                "SELECT amount FROM stock_balance WHERE lot = ?1 AND account = 'available' AND allocation = 0",
            )?
            .query_row([db::to_sql(lot)], |row| row.get(0))
            .optional()?;
        let Some(parts) = parts else { return Ok(None) };
        let amount = Amount::of_parts(parts);
        amount.map(Some).ok_or_else(|| StoreError::Damaged(format!("lot {lot} has {parts}")))
    }

    fn room_for(&self, incident: u64) -> Outcome<()> {
        let open: i64 = self
            .tx
            .prepare_cached(
                "SELECT count(*) FROM stock_allocation WHERE incident = ?1
                 AND stage NOT IN ('done', 'refused', 'released', 'lost')",
            )?
            .query_row([db::to_sql(incident)], |row| row.get(0))?;
        Ok(if open < MOST_OPEN { Ok(()) } else { Err(Refused::Limit) })
    }

    /// Writes down that something is done; its entries follow.
    fn step(&self, what: &str, allocation: Option<u64>) -> Result<i64, StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO stock_move (at, what, allocation, reason, by) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                self.at.0,
                what,
                allocation.map(db::to_sql),
                self.request.reason,
                self.request.by
            ])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Moves amounts between the accounts of a lot, two entries for each.
    fn post(&self, step: i64, lot: u64, allocation: u64, postings: &[Posting]) -> Outcome<()> {
        for posting in postings {
            let parts = posting.amount.parts();
            for (account, amount) in [(posting.from, -parts), (posting.to, parts)] {
                allowed!(self.enter(step, lot, allocation, account, amount)?);
            }
        }
        Ok(Ok(()))
    }

    /// One entry, and the balance that follows from it.
    fn enter(
        &self,
        step: i64,
        lot: u64,
        allocation: u64,
        account: Account,
        amount: i64,
    ) -> Outcome<()> {
        // Free goods and what explains them belong to no allocation.
        let own = matches!(
            account,
            Account::Reserved | Account::Loaded | Account::Transit | Account::Received
        );
        let allocation = if own { db::to_sql(allocation) } else { 0 };
        let key = params![db::to_sql(lot), account.word(), allocation];
        let known: Option<i64> = self
            .tx
            .prepare_cached(
                "SELECT amount FROM stock_balance WHERE lot = ?1 AND account = ?2 AND allocation = ?3",
            )?
            .query_row(key, |row| row.get(0))
            .optional()?;
        let balance = known.unwrap_or(0).saturating_add(amount);
        if balance < 0 && !account.explains() {
            return Ok(Err(StockError::NotEnough.into()));
        }
        if balance.abs() > Amount::MOST.parts() {
            return Ok(Err(Refused::Limit));
        }
        self.tx
            .prepare_cached(
                "INSERT INTO stock_entry (move, lot, account, allocation, amount) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![step, db::to_sql(lot), account.word(), allocation, amount])?;
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO stock_balance VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![db::to_sql(lot), account.word(), allocation, balance])?;
        Ok(Ok(()))
    }

    fn insert(&self, new: &Allocation) -> Result<u64, StoreError> {
        let store = new.to.store.as_ref();
        self.tx
            .prepare_cached(
                "INSERT INTO stock_allocation (part_of, lot, item, unit, asked, held, got, stage, incident, drill,
                 area_from, area_to, to_name, to_lon, to_lat, to_kind, to_store, to_id, vehicle, by, at, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                 ?21, ?22)",
            )?
            .execute(params![
                new.part_of.map(db::to_sql),
                new.lot.map(db::to_sql),
                new.item,
                new.unit,
                new.asked.parts(),
                new.held.parts(),
                new.got.map(Amount::parts),
                new.stage.word(),
                new.incident.map(db::to_sql),
                new.drill,
                new.from.0,
                new.to.area.0,
                new.to.name,
                new.to.at.map(|at| at.lon),
                new.to.at.map(|at| at.lat),
                store.map_or("", |store| &store.kind),
                store.map_or("", |store| &store.key),
                store.map_or(0, |store| store.id.0),
                new.vehicle,
                new.by,
                new.at.0,
                self.at.0
            ])?;
        Ok(db::from_sql(self.tx.last_insert_rowid()))
    }

    fn update(&self, allocation: &Allocation) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "UPDATE stock_allocation SET lot = ?2, asked = ?3, held = ?4, got = ?5, stage = ?6, vehicle = ?7,
                 area_from = ?8, changed_at = ?9 WHERE id = ?1",
            )?
            .execute(params![
                db::to_sql(allocation.id),
                allocation.lot.map(db::to_sql),
                allocation.asked.parts(),
                allocation.held.parts(),
                allocation.got.map(Amount::parts),
                allocation.stage.word(),
                allocation.vehicle,
                allocation.from.0,
                self.at.0
            ])?;
        Ok(())
    }

    /// Takes what was asked for from the lots of its area; further lots become allocations of their own.
    fn grant(
        &mut self,
        ask: &mut Allocation,
        store: Option<(&str, &str)>,
        what: &str,
    ) -> Outcome<()> {
        let offers = self.offers(ask, store)?;
        let today = helan_base::Date(i32::try_from(day(self.at)).unwrap_or(i32::MAX));
        let chosen = choose(&offers, ask.held, today);
        let mut chosen = allowed!(chosen.ok_or(StockError::NotEnough)).into_iter();
        if let Some((lot, amount)) = chosen.next() {
            (ask.lot, ask.asked, ask.held) = (Some(lot), amount, amount);
            ask.from = self.area_of(lot)?;
            allowed!(self.advance(ask, Step::Approve, what)?);
        }
        for (lot, amount) in chosen {
            let mut more = ask.clone();
            (more.lot, more.asked, more.held) = (Some(lot), amount, amount);
            (more.stage, more.part_of) = (Stage::Asked, Some(ask.id));
            more.from = self.area_of(lot)?;
            more.id = self.insert(&more)?;
            allowed!(self.advance(&mut more, Step::Approve, what)?);
        }
        Ok(Ok(()))
    }

    /// The area of a lot's store: its people load what is granted, whoever granted it.
    fn area_of(&self, lot: u64) -> Result<AreaCode, StoreError> {
        let area = self
            .tx
            .prepare_cached("SELECT area FROM stock_lot WHERE id = ?1")?
            .query_row([db::to_sql(lot)], |row| row.get(0))?;
        Ok(AreaCode(area))
    }

    /// Lots that could give what is asked for. A drill takes made-up goods only, and an incident that is real takes none of them.
    fn offers(
        &self,
        ask: &Allocation,
        store: Option<(&str, &str)>,
    ) -> Result<Vec<Offer>, StoreError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "SELECT {}, b.amount FROM stock_lot l JOIN stock_balance b
             ON b.lot = l.id AND b.account = 'available' AND b.allocation = 0
             WHERE l.item = ?1 AND l.unit = ?2 AND l.area BETWEEN ?3 AND ?4 AND b.amount > 0
             AND (?5 IS NULL OR l.id = ?5) AND (?6 IS NULL OR (l.store_kind = ?6 AND l.store = ?7))
             AND (l.synthetic = ?8 OR (NOT ?8 AND ?9 IS NULL))",
            super::LOT
        ))?;
        let bounds = params![
            ask.item,
            ask.unit,
            ask.from.0,
            ask.from.last().0,
            ask.lot.map(db::to_sql),
            store.map(|(kind, _)| kind),
            store.map(|(_, key)| key),
            ask.drill,
            ask.incident.map(db::to_sql)
        ];
        let mut rows = statement.query(bounds)?;
        let mut offers = Vec::new();
        while let Some(row) = rows.next()? {
            let lot: Lot = read_lot(row)?;
            let available = Amount::of_parts(row.get(13)?).unwrap_or_default();
            offers.push(Offer { lot: lot.id, expiry: lot.goods.expiry, available });
        }
        Ok(offers)
    }

    /// Leaves what does not go on the vehicle behind, as an allocation of its own.
    fn split(&mut self, allocation: &mut Allocation, part: Option<Amount>) -> Outcome<()> {
        let Some(part) = part.filter(|part| *part != allocation.held) else { return Ok(Ok(())) };
        let rest = allocation.held.less(part).filter(|_| part > Amount::ZERO);
        let rest = allowed!(rest.ok_or(StockError::NotEnough));
        let Some(lot) = allocation.lot else { return Ok(Err(Refused::Unknown)) };
        let mut left = allocation.clone();
        (left.asked, left.held, left.part_of) = (rest, rest, Some(allocation.id));
        left.id = self.insert(&left)?;
        let step = self.step("split", Some(left.id))?;
        let parts = rest.parts();
        allowed!(self.enter(step, lot, allocation.id, Account::Reserved, -parts)?);
        allowed!(self.enter(step, lot, left.id, Account::Reserved, parts)?);
        (allocation.asked, allocation.held) = (part, part);
        self.answer.allocations.push(left.id);
        Ok(Ok(()))
    }

    /// Does a step as the rules say it, and writes down what moves.
    fn advance(&mut self, allocation: &mut Allocation, step: Step, what: &str) -> Outcome<()> {
        let from = Allocated {
            stage: allocation.stage,
            amount: allocation.held,
            to_store: allocation.to.store.is_some(),
        };
        let done = allowed!(transition(from, step, !self.request.reason.is_empty()));
        let number = self.step(what, Some(allocation.id))?;
        if let (Some(lot), false) = (allocation.lot, done.postings.is_empty()) {
            allowed!(self.post(number, lot, allocation.id, &done.postings)?);
            let moved = done.postings.iter().filter(|posting| posting.to == Account::Moved);
            let arrived = moved.map(|posting| posting.amount.parts()).sum::<i64>();
            if let (Some(amount), Some(store)) =
                (Amount::of_parts(arrived).filter(|a| *a > Amount::ZERO), &allocation.to.store)
            {
                allowed!(self.take_in(number, lot, store, amount)?);
            }
        }
        (allocation.stage, allocation.held) = (done.stage, done.amount);
        self.update(allocation)?;
        self.answer.allocations.push(allocation.id);
        Ok(Ok(()))
    }

    /// Takes goods of a lot into another store, under the movement that brought them.
    fn take_in(&mut self, step: i64, lot: u64, store: &StoreRef, amount: Amount) -> Outcome<()> {
        let Some(from) = lot_of(self.tx, lot)? else { return Ok(Err(Refused::Unknown)) };
        let synthetic = from.synthetic;
        let incoming = Incoming { goods: &from.goods, store, amount, synthetic, record: "" };
        let new = self.lot(&incoming)?;
        let posting = Posting { from: Account::Moved, to: Account::Available, amount };
        allowed!(self.post(step, new, 0, &[posting])?);
        self.answer.lots.push(new);
        Ok(Ok(()))
    }
}
