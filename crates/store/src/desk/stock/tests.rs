//! The ledger by examples, and at random beside a plain sum.

#![expect(clippy::float_cmp, reason = "whole numbers, and tenths that come back as they went")]

use helan_base::{
    Date, RecordId,
    stock::{Account, Amount, Stage, Step, StockError},
};
use helan_kernel::{AreaCode, Ms};
use proptest::prelude::*;

use super::*;

const NOW: Ms = Ms(1_700_000_000_000);
const COUNTY: AreaCode = AreaCode(640_104_000);

fn units(units: f64) -> Amount {
    Amount::of(units).unwrap()
}

fn store(key: &str, area: u32) -> StoreRef {
    StoreRef { kind: "relief-store".into(), key: key.into(), id: RecordId(1), area: AreaCode(area) }
}

fn tents(batch: &str, expiry: Option<i32>) -> Goods {
    Goods {
        item: "1010101".into(),
        name: "帐篷".into(),
        spec: "12 m2".into(),
        unit: "顶".into(),
        batch: batch.into(),
        expiry: expiry.map(Date),
    }
}

fn site() -> Destination {
    Destination { area: COUNTY, name: "安置点".into(), at: None, store: None }
}

struct Ledger {
    desk: Desk,
    _folder: tempfile::TempDir,
    next: std::cell::Cell<u64>,
}

impl Ledger {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).unwrap();
        Self { desk, _folder: folder, next: 0.into() }
    }

    /// A request of its own, a second after the one before it.
    fn ask<T>(&self, reason: &str, work: impl FnOnce(&Request<'_>) -> T) -> T {
        let number = self.next.get() + 1;
        self.next.set(number);
        let key = number.to_string();
        let now = NOW.after(Ms::seconds(i64::try_from(number).unwrap()));
        work(&Request { key: &key, by: "a", what: "", reason, now })
    }

    fn stock(&self, goods: &Goods, store: &StoreRef, amount: f64) -> u64 {
        let incoming =
            Incoming { goods, store, amount: units(amount), synthetic: false, record: "" };
        self.ask("", |request| self.desk.stock_in(request, &[incoming])).unwrap().unwrap().lots[0]
    }

    fn reserve(&self, amount: f64, granted: bool) -> Result<Vec<u64>, Refused> {
        let to = site();
        let wanted = Reservation {
            wanted: Wanted::Item { item: "1010101", unit: "顶", area: COUNTY, store: None },
            amount: units(amount),
            incident: Some(7),
            drill: false,
            to: &to,
            granted,
        };
        let done = self.ask("", |request| self.desk.stock_reserve(request, &wanted)).unwrap();
        done.map(|answer| answer.allocations)
    }

    fn step(
        &self,
        allocation: u64,
        step: Step,
        part: Option<f64>,
        reason: &str,
    ) -> Result<Answer, Refused> {
        let stepping = Stepping { allocation, step, vehicle: "宁A00001", part: part.map(units) };
        self.ask(reason, |request| self.desk.stock_step(request, &stepping)).unwrap()
    }

    fn of(&self, lot: u64, account: Account) -> f64 {
        helan_base::stock::units(self.desk.stock_lot(lot).unwrap().unwrap().balances.of(account))
    }

    fn good(&self) {
        assert_eq!(self.desk.check_stock(AreaCode(0)).unwrap().flaws, []);
    }
}

#[test]
fn goods_go_from_store_to_site_and_every_difference_is_explained() {
    let ledger = Ledger::new();
    let late = ledger.stock(&tents("b", Some(30_000)), &store("s", COUNTY.0), 10.0);
    let soon = ledger.stock(&tents("a", Some(20_000)), &store("s", COUNTY.0), 5.0);
    let gone = ledger.stock(&tents("old", Some(10_000)), &store("s", COUNTY.0), 50.0);
    assert_eq!(ledger.stock(&tents("b", Some(30_000)), &store("s", COUNTY.0), 2.0), late);
    assert_eq!(ledger.reserve(18.0, true), Err(StockError::NotEnough.into()), "expired is nothing");
    let ids = ledger.reserve(8.0, true).unwrap();
    let lots: Vec<_> =
        ids.iter().map(|id| ledger.desk.stock_allocation(*id).unwrap().unwrap().lot).collect();
    assert_eq!(lots, [Some(soon), Some(late)], "what expires first goes first");
    assert_eq!(
        (ledger.of(late, Account::Available), ledger.of(late, Account::Reserved)),
        (9.0, 3.0)
    );
    // One fits on the vehicle, two stay reserved.
    let rest = ledger.step(ids[1], Step::Load, Some(1.0), "").unwrap().allocations[0];
    ledger.step(rest, Step::Release, None, "").unwrap();
    assert_eq!(ledger.of(late, Account::Available), 11.0);
    ledger.step(ids[0], Step::Load, None, "").unwrap();
    ledger.step(ids[0], Step::Depart, None, "").unwrap();
    let before = ledger.step(ids[0], Step::Receive(units(4.0)), None, "");
    assert_eq!(before, Err(StockError::ReasonRequired.into()));
    ledger.step(ids[0], Step::Receive(units(4.0)), None, "一顶破损").unwrap();
    assert_eq!(
        (ledger.of(soon, Account::Received), ledger.of(soon, Account::Difference)),
        (4.0, 1.0)
    );
    ledger.step(ids[0], Step::Use(units(3.0)), None, "").unwrap();
    ledger.step(ids[0], Step::Return(units(1.0)), None, "").unwrap();
    assert_eq!((ledger.of(soon, Account::Available), ledger.of(soon, Account::Used)), (1.0, 3.0));
    let done = ledger.desk.stock_allocation(ids[0]).unwrap().unwrap();
    assert_eq!((done.stage, done.got), (Stage::Done, Some(units(4.0))));
    let steps: Vec<&str> = done.steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(steps, ["reserve", "load", "depart", "receive", "use", "return"]);
    assert_eq!(ledger.of(gone, Account::Available), 50.0);
    ledger.good();
}

#[test]
fn what_another_area_owns_is_held_when_its_owner_says_yes() {
    let ledger = Ledger::new();
    let lot = ledger.stock(&tents("a", None), &store("s", COUNTY.0), 10.0);
    let ids = ledger.reserve(8.0, false).unwrap();
    assert_eq!(ledger.of(lot, Account::Available), 10.0);
    let other = ledger.reserve(8.0, false).unwrap();
    ledger.step(ids[0], Step::Approve, None, "").unwrap();
    assert_eq!(ledger.of(lot, Account::Available), 2.0);
    let late = ledger.step(other[0], Step::Approve, None, "");
    assert_eq!(late, Err(StockError::NotEnough.into()), "not allocated twice");
    assert_eq!(
        ledger.step(other[0], Step::Refuse, None, ""),
        Err(StockError::ReasonRequired.into())
    );
    ledger.step(other[0], Step::Refuse, None, "库存不足").unwrap();
    ledger.good();
}

#[test]
fn goods_go_from_one_store_to_another() {
    let ledger = Ledger::new();
    let lot = ledger.stock(&tents("a", None), &store("s", COUNTY.0), 10.0);
    let to = Destination { store: Some(store("t", 640_221_000)), ..site() };
    let wanted = Reservation {
        wanted: Wanted::Lot(lot),
        amount: units(6.0),
        incident: None,
        drill: false,
        to: &to,
        granted: true,
    };
    let id =
        ledger.ask("", |r| ledger.desk.stock_reserve(r, &wanted)).unwrap().unwrap().allocations[0];
    ledger.step(id, Step::Load, None, "").unwrap();
    ledger.step(id, Step::Depart, None, "").unwrap();
    let answer = ledger.step(id, Step::Receive(units(5.0)), None, "少一顶").unwrap();
    let new = answer.lots[0];
    assert_eq!(
        (ledger.of(new, Account::Available), ledger.of(lot, Account::Difference)),
        (5.0, 1.0)
    );
    assert_eq!(ledger.of(lot, Account::Moved), -ledger.of(new, Account::Moved));
    ledger.good();
}

#[test]
fn the_same_request_moves_once() {
    let ledger = Ledger::new();
    let (goods, store) = (tents("a", None), store("s", COUNTY.0));
    let incoming = [Incoming {
        goods: &goods,
        store: &store,
        amount: units(5.0),
        synthetic: false,
        record: "",
    }];
    let request = Request { key: "k", by: "a", what: "five", reason: "", now: NOW };
    let first = ledger.desk.stock_in(&request, &incoming).unwrap();
    assert_eq!(ledger.desk.stock_in(&request, &incoming).unwrap(), first);
    let lot = first.unwrap().lots[0];
    assert_eq!(ledger.of(lot, Account::Available), 5.0);
    let other = Request { what: "six", ..request };
    assert_eq!(ledger.desk.stock_in(&other, &incoming).unwrap(), Err(Refused::KeyUsed));
    let somebody = Request { by: "b", ..request };
    assert!(ledger.desk.stock_in(&somebody, &incoming).unwrap().is_ok(), "keys are one's own");
    assert_eq!(ledger.of(lot, Account::Available), 10.0);
}

#[test]
fn any_past_moment_is_known_and_a_clock_that_goes_back_changes_none() {
    let ledger = Ledger::new();
    let goods = tents("a", None);
    let lot = ledger.stock(&goods, &store("s", COUNTY.0), 5.0);
    let then = NOW.after(Ms::seconds(1));
    ledger.stock(&goods, &store("s", COUNTY.0), 3.0);
    let early = Request { key: "early", by: "a", what: "", reason: "盘亏", now: Ms(5) };
    ledger.desk.stock_count(&early, lot, units(7.0)).unwrap().unwrap();
    let filter = |at| LotFilter {
        area: COUNTY,
        item: None,
        store: None,
        words: None,
        expires_before: None,
        free_on: None,
        at,
        after: 0,
        most: 9,
    };
    let count = |at| {
        let lots = ledger.desk.stock_lots(&filter(at)).unwrap();
        lots.iter().map(|lot| lot.balances.of(Account::Available)).sum::<i64>()
    };
    assert_eq!((count(Some(Ms(NOW.0))), count(Some(then)), count(None)), (0, 5_000, 7_000));
    let moves = ledger.desk.stock_moves(lot, None, 9).unwrap();
    let whats: Vec<&str> = moves.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(whats, ["count", "stock-in", "stock-in"]);
    assert_eq!(moves[0].entries, [(Account::Available, -1000), (Account::Difference, 1000)]);
}

#[test]
fn what_an_incident_has_got_is_what_is_held_or_was_used() {
    let ledger = Ledger::new();
    let lot = ledger.stock(&tents("a", None), &store("s", COUNTY.0), 1_000.0);
    let has = || {
        let known = ledger.desk.stock_of_incident(COUNTY, 7).unwrap();
        known.get(&("1010101".to_owned(), "顶".to_owned())).copied().unwrap_or(0) / 1_000
    };
    let sent = |amount| {
        let id = ledger.reserve(amount, true).unwrap()[0];
        ledger.step(id, Step::Load, None, "").unwrap();
        ledger.step(id, Step::Depart, None, "").unwrap();
        id
    };
    assert_eq!(has(), 0);
    ledger.reserve(50.0, false).unwrap();
    assert_eq!(has(), 0, "only asked for");
    let id = sent(100.0);
    assert_eq!(has(), 100);
    ledger.step(id, Step::Receive(units(10.0)), None, "路上受损").unwrap();
    assert_eq!(has(), 10, "of a hundred that were sent ten came");
    ledger.step(id, Step::Use(units(4.0)), None, "").unwrap();
    assert_eq!(has(), 10, "what was used up there was there");
    ledger.step(id, Step::Return(units(6.0)), None, "").unwrap();
    assert_eq!(has(), 4);
    let turned = sent(100.0);
    ledger.step(turned, Step::Return(units(100.0)), None, "").unwrap();
    let lost = sent(100.0);
    ledger.step(lost, Step::Lose, None, "坠崖").unwrap();
    assert_eq!(has(), 4, "turned back, and lost");
    assert_eq!(ledger.desk.stock_of_incident(AreaCode(650_000_000), 7).unwrap().len(), 0);
    assert_eq!(ledger.of(lot, Account::Available), 806.0);
}

#[test]
fn lots_that_are_empty_or_expired_take_no_place_among_those_that_are_free() {
    let ledger = Ledger::new();
    for day in 0..20 {
        ledger.stock(&tents(&format!("old {day}"), Some(day)), &store("s", COUNTY.0), 1.0);
    }
    let empty = ledger.stock(&tents("empty", Some(101)), &store("s", COUNTY.0), 1.0);
    let count = |request: &Request<'_>| ledger.desk.stock_count(request, empty, Amount::ZERO);
    ledger.ask("盘亏", count).unwrap().unwrap();
    let good = [Some(100), None]
        .map(|expiry| ledger.stock(&tents("good", expiry), &store("s", COUNTY.0), 1.0));
    let filter = LotFilter {
        area: COUNTY,
        item: Some("1010101"),
        store: None,
        words: None,
        expires_before: None,
        free_on: Some(Date(100)),
        at: None,
        after: 0,
        most: 2,
    };
    let lots = ledger.desk.stock_lots(&filter).unwrap();
    assert_eq!(lots.iter().map(|lot| lot.id).collect::<Vec<_>>(), good);
}

#[test]
fn a_check_finds_what_somebody_changed_by_hand() {
    let ledger = Ledger::new();
    let lot = ledger.stock(&tents("a", None), &store("s", COUNTY.0), 5.0);
    ledger.reserve(2.0, true).unwrap();
    ledger.good();
    for (table, column, rows, what) in [
        ("stock_balance", "amount", "account = 'available'", "balance"),
        ("stock_entry", "amount", "id = 2", "move"),
        ("stock_entry", "amount", "id = 2", "lot"),
        ("stock_allocation", "held", "true", "allocation"),
    ] {
        let change = |by: i32| {
            let sql = format!("UPDATE {table} SET {column} = {column} + {by} WHERE {rows}");
            ledger.desk.db().execute(&sql, []).unwrap();
        };
        change(1);
        let flaws = ledger.desk.check_stock(COUNTY).unwrap().flaws;
        assert!(flaws.iter().any(|flaw| flaw.what == what), "{what}: {flaws:?}");
        change(-1);
    }
    ledger.good();
    let refused = ledger.desk.db().execute(
        "UPDATE stock_balance SET amount = -1 WHERE lot = ?1 AND account = 'available'",
        [i64::try_from(lot).unwrap()],
    );
    assert!(refused.is_err(), "the file itself refuses goods below nothing");
}

#[derive(Clone, Debug)]
enum Deed {
    Stock(f64),
    Reserve(f64, bool),
    Step(usize, u8, f64, bool),
    Count(f64),
    WriteOff(f64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (0.0..20.0_f64).prop_map(Deed::Stock),
        ((0.0..20.0_f64), any::<bool>())
            .prop_map(|(amount, granted)| Deed::Reserve(amount, granted)),
        (any::<usize>(), 0..10_u8, 0.0..20.0_f64, any::<bool>())
            .prop_map(|(which, step, amount, why)| Deed::Step(which, step, amount, why)),
        (any::<usize>(), 0..10_u8, 0.0..20.0_f64, any::<bool>())
            .prop_map(|(which, step, amount, why)| Deed::Step(which, step, amount, why)),
        (0.0..20.0_f64).prop_map(Deed::Count),
        (0.0..20.0_f64).prop_map(Deed::WriteOff),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever people do in whatever order: the books add up after each of it.
    #[test]
    fn the_books_always_add_up(deeds in prop::collection::vec(deed(), 1..40)) {
        let ledger = Ledger::new();
        let lot = ledger.stock(&tents("a", None), &store("s", COUNTY.0), 30.0);
        let mut ids: Vec<u64> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Stock(amount) if units(amount) > Amount::ZERO => {
                    ledger.stock(&tents("a", None), &store("s", COUNTY.0), amount);
                }
                Deed::Stock(_) => {}
                Deed::Reserve(amount, granted) => ids.extend(ledger.reserve(amount, granted).unwrap_or_default()),
                Deed::Step(which, step, amount, why) if !ids.is_empty() => {
                    let step = match step {
                        0 => Step::Approve,
                        1 => Step::Refuse,
                        2 => Step::Release,
                        3 => Step::Load,
                        4 => Step::Depart,
                        5 => Step::Arrive,
                        6 => Step::Receive(units(amount)),
                        7 => Step::Use(units(amount)),
                        8 => Step::Return(units(amount)),
                        _ => Step::Lose,
                    };
                    let reason = if why { "原因" } else { "" };
                    let answer = ledger.step(ids[which % ids.len()], step, why.then_some(amount), reason);
                    ids.extend(answer.unwrap_or_default().allocations);
                }
                Deed::Step(..) => {}
                Deed::Count(amount) => {
                    ledger.ask("盘点", |r| ledger.desk.stock_count(r, lot, units(amount))).unwrap().unwrap();
                }
                Deed::WriteOff(amount) => {
                    let _short = ledger.ask("过期", |r| ledger.desk.stock_write_off(r, lot, units(amount))).unwrap();
                }
            }
            prop_assert_eq!(ledger.desk.check_stock(AreaCode(0)).unwrap().flaws, []);
        }
    }
}
