//! The stock ledger under many programs at once that are killed at any moment: it adds up, nothing is given out twice, and nothing
//! that was confirmed is lost.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use helan_base::{
    RecordId,
    stock::{Account, Amount, Step},
};
use helan_kernel::{AreaCode, Ms};
use helan_store::desk::{
    Desk,
    stock::{
        Destination, Goods, Incoming, LotFilter, Refused, Request, Reservation, Stepping, StoreRef,
        Wanted, check_stock,
    },
};

/// Tells a worker its folder and number.
const WORKER: &str = "HELAN_TEST_STOCK_WORKER";
const WORKERS: u64 = 6;
/// Each makes some five requests of it.
const ROUNDS: u64 = 60;
/// Each is killed so often before it may come to its end.
const KILLS: u64 = 6;
const LOTS: u32 = 4;
const STOCKED: f64 = 200.0;
const COUNTY: AreaCode = AreaCode(640_104_000);
const NOW: Ms = Ms(1_700_000_000_000);

fn units(units: f64) -> Amount {
    Amount::of(units).unwrap()
}

/// Numbers that look random, the same in each run.
fn random(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 31;
    x.wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
}

fn request<'a>(key: &'a str, by: &'a str, reason: &'a str) -> Request<'a> {
    Request { key, by, what: key, reason, now: NOW }
}

fn stock(desk: &Desk) {
    for n in 0..LOTS {
        let area = AreaCode(COUNTY.0 + n);
        let store =
            StoreRef { kind: "relief-store".into(), key: format!("s{n}"), id: RecordId(1), area };
        let goods = Goods {
            item: "1010101".into(),
            name: "帐篷".into(),
            spec: String::new(),
            unit: "顶".into(),
            batch: String::new(),
            expiry: None,
        };
        let incoming = Incoming {
            goods: &goods,
            store: &store,
            amount: units(STOCKED),
            synthetic: false,
            record: "",
        };
        desk.stock_in(&request(&format!("in{n}"), "steward", ""), &[incoming]).unwrap().unwrap();
    }
}

/// Not a test of its own: what each of the programs does. Says the key of each request that was confirmed.
#[test]
fn worker() {
    let Ok(told) = std::env::var(WORKER) else { return };
    let (number, folder) = told.split_once(' ').unwrap();
    let number: u64 = number.parse().unwrap();
    let desk = Desk::open(Path::new(folder)).unwrap();
    let by = format!("w{number}");
    let mut out = std::io::stdout().lock();
    let mut confirm = |key: &str| {
        writeln!(out, "confirmed {by} {key} .").unwrap();
        out.flush().unwrap();
    };
    let to = Destination { area: COUNTY, name: "现场".into(), at: None, store: None };
    for round in 0..ROUNDS {
        let dice = random(number * 1_000 + round);
        let key = format!("{round}-reserve");
        let wanted = Reservation {
            wanted: Wanted::Item { item: "1010101", unit: "顶", area: COUNTY, store: None },
            amount: units(1.0 + f64::from(u32::try_from(dice % 5).unwrap())),
            incident: Some(number),
            drill: false,
            to: &to,
            granted: true,
        };
        let answer = match desk.stock_reserve(&request(&key, &by, ""), &wanted).unwrap() {
            Ok(answer) => answer,
            Err(Refused::Rule(_)) => continue,
            Err(other) => panic!("{other}"),
        };
        confirm(&key);
        for allocation in answer.allocations {
            let held = desk.stock_allocation(allocation).unwrap().unwrap().asked;
            let short = held.less(units(1.0)).unwrap();
            let steps: &[Step] = match dice % 3 {
                0 => &[Step::Release],
                1 => &[Step::Load, Step::Depart, Step::Lose],
                _ => &[Step::Load, Step::Depart, Step::Arrive, Step::Receive(short)],
            };
            for step in steps {
                let key = format!("{round}-{allocation}-{}", step.word());
                let stepping = Stepping { allocation, step: *step, vehicle: "v", part: None };
                let request = request(&key, &by, "途中损失");
                desk.stock_step(&request, &stepping).unwrap().unwrap();
                confirm(&key);
            }
        }
    }
}

fn start(folder: &Path, number: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker", "--nocapture"])
        .env(WORKER, format!("{number} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a program says from now on to its end, or so many lines of it. What was cut off was not said.
fn confirmed(
    lines: &mut impl Iterator<Item = String>,
    most: usize,
) -> impl Iterator<Item = (String, String)> {
    let said = lines.filter_map(|line| {
        let (by, key) = line.strip_prefix("confirmed ")?.strip_suffix(" .")?.split_once(' ')?;
        Some((by.to_owned(), key.to_owned()))
    });
    said.take(most)
}

fn run(folder: &Path, number: u64) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for kill in 0..=KILLS {
        let mut child = start(folder, number);
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = out.lines().map_while(Result::ok);
        if kill < KILLS {
            let dice = random(number * 77 + kill);
            said.extend(confirmed(&mut lines, 10 + usize::try_from(dice % 50).unwrap()));
            // Somewhere in one of its next requests.
            let (_open, never) = mpsc::channel::<()>();
            let _over = never.recv_timeout(Duration::from_micros(dice % 9_000));
            child.kill().unwrap();
        }
        said.extend(confirmed(&mut lines, usize::MAX));
        assert_eq!(child.wait().unwrap().success(), kill == KILLS, "worker {number}");
    }
    said
}

#[test]
fn once_the_books_add_up_whoever_is_killed_when() {
    let folder = tempfile::tempdir().unwrap();
    stock(&Desk::open(folder.path()).unwrap());
    let said: Vec<(String, String)> = std::thread::scope(|scope| {
        let path = folder.path();
        let workers: Vec<_> =
            (0..WORKERS).map(|number| scope.spawn(move || run(path, number))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let books = check_stock(folder.path()).unwrap();
    assert_eq!(books.flaws, []);
    assert_eq!(books.lots, u64::from(LOTS));

    // As somebody does who has nothing but the file.
    let db = rusqlite::Connection::open(folder.path().join("desk.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let unbalanced =
        "SELECT count(*) FROM (SELECT lot FROM stock_entry GROUP BY lot HAVING sum(amount) <> 0)";
    assert_eq!(count(unbalanced), 0);
    let mut known = BTreeSet::new();
    let mut rows = db.prepare("SELECT by, key FROM stock_request").unwrap();
    let mut rows = rows.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        known.insert((row.get::<_, String>(0).unwrap(), row.get::<_, String>(1).unwrap()));
    }
    for confirmed in &said {
        assert!(known.contains(confirmed), "{confirmed:?} was confirmed and is lost");
    }
    assert!(said.len() > 1_000 && known.len() > 500, "{} of {}", said.len(), known.len());
    // Said again after each kill, done once: a step of an allocation stands in the book once.
    assert!(said.len() > known.len(), "nobody asked again");
    let twice = "SELECT count(*) FROM (SELECT 1 FROM stock_move WHERE allocation IS NOT NULL
         GROUP BY allocation, what HAVING count(*) > 1)";
    assert_eq!(count(twice), 0);

    let desk = Desk::open(folder.path()).unwrap();
    let filter = LotFilter {
        area: COUNTY,
        item: None,
        store: None,
        words: None,
        expires_before: None,
        free_on: None,
        at: None,
        after: 0,
        most: 100,
    };
    let mut sums: BTreeMap<Account, i64> = BTreeMap::new();
    for lot in desk.stock_lots(&filter).unwrap() {
        for (account, amount) in lot.balances.0 {
            *sums.entry(account).or_default() += amount;
            assert!(account.explains() || amount >= 0, "{account:?} {amount}");
        }
    }
    let stocked = units(STOCKED * f64::from(LOTS)).parts();
    assert_eq!(sums[&Account::Outside], -stocked);
    assert_eq!(sums.values().sum::<i64>(), 0);
    assert!(sums[&Account::Available] < stocked / 2, "it was hardly used: {sums:?}");
}
