//! The stock ledger's rules (R20, R40): where goods can be, what each step of an allocation moves, and which batch goes first.
//!
//! Every movement is two entries of one amount, out of one account and into another, so the entries of a lot always add up to
//! nothing. What is in a store, on its way or at a site is never below nothing; only the three accounts that explain where goods
//! come from or went may be. [`transition`] is the only way from one [`Stage`] to the next.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Date;

/// Days before its end from which a batch counts as expiring soon: a quarter, in which it can still be used up or exchanged.
pub const SOON_DAYS: i32 = 90;
/// Digits of a classification code of an item (GB/T 38565-2020, 5.2).
pub const CODE_DIGITS: usize = 7;

/// Parts of a unit that are counted: goods are weighed to the gram and measured to the millilitre, never finer.
const PARTS: f64 = 1000.0;

/// An amount of goods, in thousandths of their unit: whole, so that no sum is rounded.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest: a thousand million units, as in the fields of the base database.
    pub const MOST: Self = Self(1_000_000_000_000);

    /// An amount of so many units, rounded to thousandths; none when it is negative, no number, or above [`Amount::MOST`].
    #[must_use]
    pub fn of(units: f64) -> Option<Self> {
        let parts = (units * PARTS).round();
        let most = 1e12;
        if !(0.0..=most).contains(&parts) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, and within the range just checked"
        )]
        Some(Self(parts as u64))
    }

    /// An amount of so many thousandths; none above [`Amount::MOST`].
    #[must_use]
    pub fn of_parts(parts: i64) -> Option<Self> {
        u64::try_from(parts).ok().map(Self).filter(|amount| *amount <= Self::MOST)
    }

    /// In thousandths.
    #[must_use]
    pub fn parts(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// In units.
    #[must_use]
    pub fn units(self) -> f64 {
        units(self.parts())
    }

    /// What is left when so much is taken away; none when it is less than that.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Both together; none above [`Amount::MOST`].
    #[must_use]
    pub fn and(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self).filter(|sum| *sum <= Self::MOST)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.units().fmt(f)
    }
}

/// Thousandths as units.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "amounts end far below 2^53")]
pub fn units(parts: i64) -> f64 {
    parts as f64 / PARTS
}

/// Whether a text is a classification code: one digit for the class (1 living necessities, 2 equipment, 3 engineering materials and
/// machinery), then three levels of two digits each from 01 to 99 (GB/T 38565-2020, 5.2).
#[must_use]
pub fn is_code(text: &str) -> bool {
    let digits = text.len() == CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let levels = || text.as_bytes().get(1..).unwrap_or_default().chunks(2);
    digits && text.starts_with(['1', '2', '3']) && levels().all(|level| level != b"00")
}

/// Where goods of a lot can be, and what explains where they came from or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// Where goods that are stocked in come from.
    Outside,
    /// What went to another store, or came from one: over all lots it adds up to nothing.
    Moved,
    /// In the store, free.
    Available,
    /// In the store, promised.
    Reserved,
    /// On a vehicle that has not left.
    Loaded,
    /// On the way.
    Transit,
    /// At the site.
    Received,
    /// Used up at the site.
    Used,
    /// Missing or found, with a reason.
    Difference,
    /// Expired, broken, thrown away.
    WrittenOff,
}

impl Account {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Outside,
        Self::Moved,
        Self::Available,
        Self::Reserved,
        Self::Loaded,
        Self::Transit,
        Self::Received,
        Self::Used,
        Self::Difference,
        Self::WrittenOff,
    ];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Moved => "moved",
            Self::Available => "available",
            Self::Reserved => "reserved",
            Self::Loaded => "loaded",
            Self::Transit => "transit",
            Self::Received => "received",
            Self::Used => "used",
            Self::Difference => "difference",
            Self::WrittenOff => "written-off",
        }
    }

    /// The account with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.word() == word)
    }

    /// Whether it only explains, and so may fall below nothing.
    #[must_use]
    pub const fn explains(self) -> bool {
        matches!(self, Self::Outside | Self::Moved | Self::Difference)
    }
}

/// How far an allocation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Somebody of another area asks; nothing is held yet.
    Asked,
    /// Held in the store.
    Reserved,
    /// On a vehicle.
    Loaded,
    /// On the way.
    Moving,
    /// The vehicle is there; nobody has counted.
    Arrived,
    /// Counted at the site.
    Received,
    /// All of it is used, returned or in another store.
    Done,
    /// The owner said no.
    Refused,
    /// Given back before it left.
    Released,
    /// Lost on the way.
    Lost,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Asked,
        Self::Reserved,
        Self::Loaded,
        Self::Moving,
        Self::Arrived,
        Self::Received,
        Self::Done,
        Self::Refused,
        Self::Released,
        Self::Lost,
    ];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Reserved => "reserved",
            Self::Loaded => "loaded",
            Self::Moving => "moving",
            Self::Arrived => "arrived",
            Self::Received => "received",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Released => "released",
            Self::Lost => "lost",
        }
    }

    /// The stage with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// Whether something can still be done with it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Refused | Self::Released | Self::Lost)
    }

    /// The account in which the goods are meanwhile; none when the allocation holds nothing.
    #[must_use]
    pub const fn account(self) -> Option<Account> {
        match self {
            Self::Reserved => Some(Account::Reserved),
            Self::Loaded => Some(Account::Loaded),
            Self::Moving | Self::Arrived => Some(Account::Transit),
            Self::Received => Some(Account::Received),
            Self::Asked | Self::Done | Self::Refused | Self::Released | Self::Lost => None,
        }
    }
}

/// What is done with an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The owner grants it: from now on it is held.
    Approve,
    /// The owner does not.
    Refuse,
    /// It is not needed any more; what was loaded goes back to its place.
    Release,
    /// It goes on a vehicle.
    Load,
    /// The vehicle leaves.
    Depart,
    /// The vehicle is there.
    Arrive,
    /// So much was counted at the site.
    Receive(Amount),
    /// So much was used up there.
    Use(Amount),
    /// So much came back to its store.
    Return(Amount),
    /// The vehicle with all that is on it is lost.
    Lose,
}

impl Step {
    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Release => "release",
            Self::Load => "load",
            Self::Depart => "depart",
            Self::Arrive => "arrive",
            Self::Receive(_) => "receive",
            Self::Use(_) => "use",
            Self::Return(_) => "return",
            Self::Lose => "lose",
        }
    }

    /// Whether it says that goods are gone, or that somebody goes without: that needs a reason in any case.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Refuse | Self::Lose)
    }
}

/// One amount out of one account and into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Out of this one.
    pub from: Account,
    /// Into this one.
    pub to: Account,
    /// How much; never nothing.
    pub amount: Amount,
}

/// An allocation as a step finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// How far it is.
    pub stage: Stage,
    /// What it holds, or asks for; at the site, what is left there.
    pub amount: Amount,
    /// Whether it goes to another store, which takes it in.
    pub to_store: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How far the allocation is then.
    pub stage: Stage,
    /// What it holds then.
    pub amount: Amount,
    /// What moves between the accounts of its lot.
    pub postings: Vec<Posting>,
}

/// Why a step cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StockError {
    /// Not at this stage.
    #[error("the allocation is not at that stage")]
    WrongStage,
    /// Nothing, or more than is there.
    #[error("there is not so much of it")]
    NotEnough,
    /// Something is missing, found or given up, and nobody says why.
    #[error("a reason is required")]
    ReasonRequired,
}

/// What a step does to an allocation and to the accounts of its lot. Whether the store still has what an approval grants is for
/// the caller to see: [`Account::Available`] must not fall below nothing.
///
/// # Errors
/// When the step cannot be done at that stage, moves nothing or more than is there, or leaves a difference without a reason.
pub fn transition(from: Allocated, step: Step, has_reason: bool) -> Result<Outcome, StockError> {
    use Account as A;
    use Stage as S;
    if step.needs_reason() && !has_reason {
        return Err(StockError::ReasonRequired);
    }
    let all = from.amount;
    let moved = |stage, from: Account, to: Account| Outcome {
        stage,
        amount: all,
        postings: posting(from, to, all),
    };
    let still = |stage| Outcome { stage, amount: all, postings: Vec::new() };
    Ok(match (from.stage, step) {
        (S::Asked, Step::Approve) => moved(S::Reserved, A::Available, A::Reserved),
        (S::Asked, Step::Refuse) => still(S::Refused),
        (S::Asked, Step::Release) => still(S::Released),
        (S::Reserved, Step::Release) => moved(S::Released, A::Reserved, A::Available),
        (S::Loaded, Step::Release) => moved(S::Released, A::Loaded, A::Available),
        (S::Reserved, Step::Load) => moved(S::Loaded, A::Reserved, A::Loaded),
        (S::Loaded, Step::Depart) => moved(S::Moving, A::Loaded, A::Transit),
        (S::Moving, Step::Arrive) => still(S::Arrived),
        (S::Moving | S::Arrived, Step::Receive(got)) => return receive(from, got, has_reason),
        (S::Moving | S::Arrived, Step::Return(back)) if back == all => {
            moved(S::Done, A::Transit, A::Available)
        }
        (S::Received, Step::Use(used)) => return part(from, used, A::Used),
        (S::Received, Step::Return(back)) => return part(from, back, A::Available),
        (S::Loaded, Step::Lose) => moved(S::Lost, A::Loaded, A::Difference),
        (S::Moving | S::Arrived, Step::Lose) => moved(S::Lost, A::Transit, A::Difference),
        _ => return Err(StockError::WrongStage),
    })
}

fn posting(from: Account, to: Account, amount: Amount) -> Vec<Posting> {
    if amount == Amount::ZERO { Vec::new() } else { vec![Posting { from, to, amount }] }
}

fn receive(from: Allocated, got: Amount, has_reason: bool) -> Result<Outcome, StockError> {
    let sent = from.amount;
    if got != sent && !has_reason {
        return Err(StockError::ReasonRequired);
    }
    let to = if from.to_store { Account::Moved } else { Account::Received };
    let mut postings = posting(Account::Transit, to, sent.min(got));
    if let Some(missing) = sent.less(got) {
        postings.extend(posting(Account::Transit, Account::Difference, missing));
    } else if let Some(found) = got.less(sent) {
        postings.extend(posting(Account::Difference, to, found));
    }
    let over = from.to_store || got == Amount::ZERO;
    let (stage, amount) = if over { (Stage::Done, Amount::ZERO) } else { (Stage::Received, got) };
    Ok(Outcome { stage, amount, postings })
}

fn part(from: Allocated, amount: Amount, to: Account) -> Result<Outcome, StockError> {
    let left = from.amount.less(amount).filter(|_| amount > Amount::ZERO);
    let left = left.ok_or(StockError::NotEnough)?;
    let stage = if left == Amount::ZERO { Stage::Done } else { Stage::Received };
    Ok(Outcome { stage, amount: left, postings: posting(Account::Received, to, amount) })
}

/// How long a batch is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// It does not expire, or not soon.
    Good,
    /// Within [`SOON_DAYS`].
    Soon,
    /// Its last day is over.
    Expired,
}

impl Freshness {
    /// The word it is shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Soon => "soon",
            Self::Expired => "expired",
        }
    }
}

/// How long a batch is still good; `expiry` is its last good day.
#[must_use]
pub fn freshness(expiry: Option<Date>, today: Date) -> Freshness {
    match expiry {
        Some(last) if last < today => Freshness::Expired,
        Some(last) if last.0.saturating_sub(today.0) <= SOON_DAYS => Freshness::Soon,
        _ => Freshness::Good,
    }
}

/// A lot that could give some of what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Number of the lot.
    pub lot: u64,
    /// Its last good day.
    pub expiry: Option<Date>,
    /// What is free of it.
    pub available: Amount,
}

/// How much of which lots is taken: what expires first goes first, what is expired never. None when they have not so much together.
#[must_use]
pub fn choose(offers: &[Offer], wanted: Amount, today: Date) -> Option<Vec<(u64, Amount)>> {
    let good = |offer: &&Offer| freshness(offer.expiry, today) != Freshness::Expired;
    let mut offers: Vec<&Offer> = offers.iter().filter(good).collect();
    offers.sort_unstable_by_key(|offer| (offer.expiry.unwrap_or(Date(i32::MAX)), offer.lot));
    let (mut left, mut taken) = (wanted, Vec::new());
    for offer in offers {
        let take = left.min(offer.available);
        if take > Amount::ZERO {
            taken.push((offer.lot, take));
            left = left.less(take)?;
        }
    }
    (left == Amount::ZERO && !taken.is_empty()).then_some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(units: f64) -> Amount {
        Amount::of(units).unwrap()
    }

    fn at(stage: Stage, amount: f64) -> Allocated {
        Allocated { stage, amount: units(amount), to_store: false }
    }

    #[test]
    fn amounts_are_whole_thousandths_and_never_negative() {
        assert_eq!(units(1.2345).parts(), 1235);
        assert_eq!(units(0.1).and(units(0.2)), Some(units(0.3)));
        for bad in [-0.001, f64::NAN, f64::INFINITY, 1e9 + 1.0] {
            assert_eq!(Amount::of(bad), None, "{bad}");
        }
        assert_eq!(Amount::of(1e9), Some(Amount::MOST));
        assert_eq!(Amount::MOST.and(units(0.001)), None);
        assert_eq!(units(1.0).less(units(1.001)), None);
    }

    #[test]
    fn codes_have_seven_digits() {
        assert!(is_code("1010101") && is_code("3999999"));
        for bad in
            ["", "101010", "10101010", "101010a", "１０１０１０１", "4010101", "1000101", "1010100"]
        {
            assert!(!is_code(bad), "{bad}");
        }
    }

    #[test]
    fn an_allocation_goes_from_store_to_site() {
        let mut held = at(Stage::Asked, 10.0);
        let steps = [
            (Step::Approve, Stage::Reserved),
            (Step::Load, Stage::Loaded),
            (Step::Depart, Stage::Moving),
            (Step::Arrive, Stage::Arrived),
            (Step::Receive(units(10.0)), Stage::Received),
            (Step::Use(units(4.0)), Stage::Received),
            (Step::Return(units(6.0)), Stage::Done),
        ];
        for (step, stage) in steps {
            let done = transition(held, step, false).unwrap();
            assert_eq!(done.stage, stage, "{step:?}");
            (held.stage, held.amount) = (done.stage, done.amount);
        }
        assert_eq!(held.amount, Amount::ZERO);
        assert_eq!(transition(held, Step::Return(units(1.0)), true), Err(StockError::WrongStage));
    }

    #[test]
    fn a_difference_needs_a_reason() {
        let moving = at(Stage::Moving, 10.0);
        for got in [9.0, 11.0, 0.0] {
            let step = Step::Receive(units(got));
            assert_eq!(transition(moving, step, false), Err(StockError::ReasonRequired), "{got}");
            assert!(transition(moving, step, true).is_ok(), "{got}");
        }
        let short = transition(moving, Step::Receive(units(9.0)), true).unwrap();
        let wanted = [
            Posting { from: Account::Transit, to: Account::Received, amount: units(9.0) },
            Posting { from: Account::Transit, to: Account::Difference, amount: units(1.0) },
        ];
        assert_eq!(short.postings, wanted);
        assert_eq!(transition(moving, Step::Lose, false), Err(StockError::ReasonRequired));
    }

    #[test]
    fn what_expires_first_goes_first_and_what_is_expired_never() {
        let offer = |lot, expiry: Option<i32>, available| Offer {
            lot,
            expiry: expiry.map(Date),
            available: units(available),
        };
        let offers = [
            offer(1, None, 5.0),
            offer(2, Some(120), 3.0),
            offer(3, Some(99), 50.0),
            offer(4, Some(100), 2.0),
        ];
        let today = Date(100);
        let chosen = choose(&offers, units(6.0), today);
        assert_eq!(chosen, Some(vec![(4, units(2.0)), (2, units(3.0)), (1, units(1.0))]));
        assert_eq!(choose(&offers, units(10.001), today), None);
        assert_eq!(choose(&offers, Amount::ZERO, today), None);
        assert_eq!(freshness(Some(Date(100)), today), Freshness::Soon);
        assert_eq!(freshness(Some(Date(191)), today), Freshness::Good);
    }

    fn step() -> impl Strategy<Value = Step> {
        let amount = || (0.0..20.0_f64).prop_map(units);
        prop_oneof![
            Just(Step::Approve),
            Just(Step::Refuse),
            Just(Step::Release),
            Just(Step::Load),
            Just(Step::Depart),
            Just(Step::Arrive),
            amount().prop_map(Step::Receive),
            amount().prop_map(Step::Use),
            amount().prop_map(Step::Return),
            Just(Step::Lose),
        ]
    }

    proptest! {
        /// Whatever is done, the account of the stage holds what the allocation says, and no other account of goods is below nothing.
        #[test]
        fn accounts_follow_the_stage(
            amount in 0.001..20.0_f64,
            to_store: bool,
            steps in prop::collection::vec((step(), any::<bool>()), 0..40),
        ) {
            let mut held = Allocated { stage: Stage::Asked, amount: units(amount), to_store };
            let mut books = std::collections::BTreeMap::new();
            books.insert(Account::Available, units(amount).parts());
            books.insert(Account::Outside, -units(amount).parts());
            for (step, has_reason) in steps {
                let Ok(done) = transition(held, step, has_reason) else { continue };
                for posting in done.postings {
                    prop_assert!(posting.amount > Amount::ZERO);
                    *books.entry(posting.from).or_insert(0) -= posting.amount.parts();
                    *books.entry(posting.to).or_insert(0) += posting.amount.parts();
                }
                (held.stage, held.amount) = (done.stage, done.amount);
                prop_assert_eq!(books.values().sum::<i64>(), 0);
                for (account, balance) in &books {
                    prop_assert!(account.explains() || *balance >= 0, "{:?} {}", account, balance);
                }
                for account in [Account::Reserved, Account::Loaded, Account::Transit, Account::Received] {
                    let holds = held.stage.account() == Some(account);
                    let wanted = if holds { held.amount.parts() } else { 0 };
                    prop_assert_eq!(books.get(&account).copied().unwrap_or(0), wanted);
                }
            }
        }
    }
}
