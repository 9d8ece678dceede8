//! Who could help, with what, and where it is: forces, stock and beds in an area, as dispatch needs them.
//!
//! What the records of the base database say of forces is held in memory and read anew when a record changed; what is newer (orders,
//! readiness, places) comes from the desk at each question. Start reading at [`Forces::list`]; a matcher of needs calls
//! [`Forces::available`], [`stock_at`] and [`Forces::beds`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use helan_base::{
    Date, Domain, Kind, RecordId, Value, What,
    force::Readiness,
    number,
    stock::{Account, Amount, Freshness, freshness},
};
use helan_kernel::{AreaCode, Ms, Position};
use helan_store::{
    StoreError,
    base::{Page, Stored},
    desk::{
        Desk, day,
        forces::{Beds, ForceRef, ForceState, Order},
        stock::{Lot, LotFilter},
    },
};

use crate::base::BaseData;

/// Kind of the hospitals.
pub const HOSPITAL: &str = "hospital";
/// Fields that say whether a force could leave: the kinds that have one of them are forces.
const READY: [&str; 2] = ["ready", "state"];
/// Fields whose choice is a capability.
const SKILLS: [&str; 7] =
    ["skill", "vehicle_kind", "field", "trades", "task", "site_kind", "team_kind"];
/// Fields with how many people come, the surest first.
const STAFF: [&str; 4] = ["on_duty", "callable", "staff", "teams"];
/// Fields with how many vehicles there are.
const VEHICLES: [&str; 5] = ["engines", "ambulances_ready", "ambulances", "vehicles", "aircraft"];
/// Records read at once: the file is free for others in between.
const SLICE: usize = 500;
/// Lots of one answer to a matcher of which something is free and good: an item lies in some hundred stores of the region at most.
const MOST_LOTS: usize = 5_000;

/// How the place of a force is known of which nobody said where it is: it is at home, as its record says.
pub const RECORD: &str = "record";

/// What the record of a force says.
#[derive(Clone, Debug)]
pub struct ForceFacts {
    /// Its number.
    pub id: RecordId,
    /// Its kind and key.
    pub force: ForceRef,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: AreaCode,
    /// Where it is at home.
    pub home: Option<Position>,
    /// Its kind, its skills, and what its flags say it can do.
    pub capabilities: BTreeSet<String>,
    /// How many people come; none when not known.
    pub staff: Option<f64>,
    /// How many vehicles it has; none when not known. A vehicle is one.
    pub vehicles: Option<f64>,
    /// Seats of a vehicle; none when not known.
    pub seats: Option<f64>,
    /// From the order to leaving, minutes; none when not known.
    pub turnout_min: Option<f64>,
    /// Height, width (m) and gross mass (t) of a vehicle, where roads are low, narrow or weak; none when not known.
    pub size: [Option<f64>; 3],
    /// Whether it could leave, as the record says.
    pub readiness: Readiness,
    /// Since when that is so.
    pub checked_at: Ms,
    /// Telephone of its duty desk; may be empty.
    pub phone: String,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
}

/// Where something was last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Where.
    pub at: Position,
    /// When.
    pub seen: Ms,
    /// How that is known: [`RECORD`], or what was said.
    pub source: String,
}

/// A force as it is now.
#[derive(Clone, Debug)]
pub struct Force {
    /// What its record says.
    pub facts: ForceFacts,
    /// Whether it could leave, by the newest word.
    pub readiness: Readiness,
    /// When that was said.
    pub readiness_at: Ms,
    /// Why; may be empty.
    pub note: String,
    /// Where it was last seen; none when not even its home is known.
    pub place: Option<Seen>,
    /// Its open order.
    pub order: Option<Order>,
    /// The account that speaks for it.
    pub account: Option<String>,
}

impl Force {
    /// Whether it can be sent now.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.order.is_none() && self.readiness == Readiness::Ready
    }

    /// Whether it can be sent to an incident that is a drill, or one that is real: what is made up helps nobody who is in danger, and what
    /// only a drill holds is free for what is real.
    #[must_use]
    pub fn is_free_for(&self, drill: bool) -> bool {
        self.readiness == Readiness::Ready && self.may_serve(drill) && self.binding(drill).is_none()
    }

    /// Whether it may be sent to a drill, or to what is real, at all.
    #[must_use]
    pub const fn may_serve(&self, drill: bool) -> bool {
        drill || !self.facts.synthetic
    }

    /// The order that keeps it from a drill, or from what is real: that is none of a drill.
    #[must_use]
    pub fn binding(&self, drill: bool) -> Option<&Order> {
        self.order.as_ref().filter(|order| drill || !order.new.drill)
    }
}

/// A hospital and its beds.
#[derive(Clone, Debug)]
pub struct Hospital {
    /// Its number.
    pub id: RecordId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its area.
    pub area: AreaCode,
    /// Where it is; none when not known.
    pub at: Option<Position>,
    /// What it can treat: `burns`, `poisoning`, `hyperbaric`, and so on.
    pub capabilities: BTreeSet<String>,
    /// Beds by ward, the newest word; whoever is named as source is an account, or `record`.
    pub beds: Vec<Beds>,
    /// Whether it was made up for demonstration.
    pub synthetic: bool,
}

/// Free goods in a place.
#[derive(Clone, Debug)]
pub struct StockAt {
    /// The lot.
    pub lot: Lot,
    /// What is free of it.
    pub available: Amount,
    /// Where its store is; none when not known.
    pub at: Option<Position>,
    /// Name of its store; its key when the record is gone.
    pub store: String,
}

type Slices<T> = Mutex<BTreeMap<u16, (u64, Arc<Vec<T>>)>>;

/// What is known of forces and hospitals from their records.
#[derive(Default)]
pub struct Forces {
    forces: Slices<ForceFacts>,
    hospitals: Slices<Hospital>,
}

/// Whether objects of a kind are forces that can be ordered.
#[must_use]
pub fn is_force(kind: &Kind) -> bool {
    kind.domain == Domain::Forces
        && !kind.is_private()
        && READY.iter().any(|field| kind.place(field).is_some())
}

impl Forces {
    /// All forces of an area as they are now, by number; of one kind, or of all.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn list(
        &self,
        base: &BaseData,
        desk: &Desk,
        area: AreaCode,
        wanted: Option<&str>,
    ) -> Result<Vec<Force>, StoreError> {
        let (mut states, mut busy) = (desk.force_states()?, desk.busy_forces()?);
        let mut forces = Vec::new();
        for (kind, number) in base.kinds().iter().zip(0_u16..) {
            if !is_force(kind) || wanted.is_some_and(|wanted| wanted != kind.key) {
                continue;
            }
            let facts = slice(&self.forces, base, number, kind, facts_of)?;
            for facts in facts.iter().filter(|facts| area.contains(facts.area)) {
                let state = states.remove(&facts.force).unwrap_or_default();
                let order = busy.remove(&facts.force);
                forces.push(force_of(facts.clone(), state, order));
            }
        }
        forces.sort_by_key(|force| force.facts.id);
        Ok(forces)
    }

    /// The forces of an area that can be sent now, to a drill or to what is real.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn available(
        &self,
        base: &BaseData,
        desk: &Desk,
        area: AreaCode,
        drill: bool,
    ) -> Result<Vec<Force>, StoreError> {
        let mut forces = self.list(base, desk, area, None)?;
        forces.retain(|force| force.is_free_for(drill));
        Ok(forces)
    }

    /// The hospitals of an area with their beds, by number.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn beds(
        &self,
        base: &BaseData,
        desk: &Desk,
        area: AreaCode,
    ) -> Result<Vec<Hospital>, StoreError> {
        let Some((number, kind)) = base.number(HOSPITAL).zip(base.kinds().get(HOSPITAL)) else {
            return Ok(Vec::new());
        };
        let known = slice(&self.hospitals, base, number, kind, hospital_of)?;
        let mut said = desk.beds()?;
        let inside = known.iter().filter(|hospital| area.contains(hospital.area));
        let hospitals = inside.map(|hospital| {
            let mut hospital = hospital.clone();
            for beds in said.remove(&hospital.key).unwrap_or_default() {
                hospital.beds.retain(|known| known.ward != beds.ward || known.at > beds.at);
                if !hospital.beds.iter().any(|known| known.ward == beds.ward) {
                    hospital.beds.push(beds);
                }
            }
            hospital.beds.sort_by(|a, b| a.ward.cmp(&b.ward));
            hospital
        });
        Ok(hospitals.collect())
    }
}

/// What is free of an item in an area, where it lies, and until when it is good; nothing that is expired. What expires first comes first.
///
/// # Errors
/// When the file cannot be read.
pub fn stock_at(
    base: &BaseData,
    desk: &Desk,
    area: AreaCode,
    item: &str,
    now: Ms,
) -> Result<Vec<StockAt>, StoreError> {
    let today = today(now);
    let filter = LotFilter {
        area,
        item: Some(item),
        store: None,
        words: None,
        expires_before: None,
        free_on: Some(today),
        at: None,
        after: 0,
        most: MOST_LOTS,
    };
    let lots = desk.stock_lots(&filter)?;
    let catalogue = base.catalogue();
    let free = lots.into_iter().filter_map(|lot| {
        let available = Amount::of_parts(lot.balances.of(Account::Available))?;
        let good = freshness(lot.goods.expiry, today) != Freshness::Expired;
        (available > Amount::ZERO && good).then(|| {
            let store = catalogue.name_of(lot.store.id).unwrap_or(&lot.store.key).to_owned();
            StockAt { at: catalogue.place_of(lot.store.id), store, available, lot }
        })
    });
    let mut free: Vec<StockAt> = free.collect();
    free.sort_by_key(|stock| (stock.lot.goods.expiry.map_or(i32::MAX, |day| day.0), stock.lot.id));
    Ok(free)
}

/// The day of a moment in China.
#[must_use]
pub fn today(now: Ms) -> Date {
    Date(i32::try_from(day(now)).unwrap_or(i32::MAX))
}

/// What was made of the records of a kind; made anew when one of them changed.
fn slice<T>(
    known: &Slices<T>,
    base: &BaseData,
    number: u16,
    kind: &Kind,
    make: impl Fn(&Kind, Stored) -> T,
) -> Result<Arc<Vec<T>>, StoreError> {
    let times = base.times_changed(number);
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, all)) = lock().get(&number)
        && *at == times
    {
        return Ok(all.clone());
    }
    let (mut all, mut after) = (Vec::new(), RecordId(0));
    loop {
        let page = Page { area: AreaCode(0), after, most: SLICE };
        let stored = base.read().list(&kind.key, page)?;
        let count = stored.len();
        after = stored.last().map_or(after, |last| last.id);
        all.extend(stored.into_iter().map(|stored| make(kind, stored)));
        if count < SLICE {
            break;
        }
    }
    let all = Arc::new(all);
    lock().insert(number, (times, all.clone()));
    Ok(all)
}

fn force_of(facts: ForceFacts, state: ForceState, order: Option<Order>) -> Force {
    // A record that was looked at after the last word on it is newer than that.
    let said = state.readiness.filter(|(_, at, _)| *at >= facts.checked_at);
    let (readiness, readiness_at) =
        said.map_or((facts.readiness, facts.checked_at), |(said, at, _)| (said, at));
    let home = facts.home.map(|at| Seen { at, seen: facts.checked_at, source: RECORD.into() });
    let place = state.place.map(|(at, seen, source)| Seen { at, seen, source }).or(home);
    Force { readiness, readiness_at, note: state.note, place, order, account: state.account, facts }
}

fn value<'a>(kind: &Kind, stored: &'a Stored, field: &str) -> Option<&'a Value> {
    stored.record.values.get(kind.place(field)?)
}

fn figure(kind: &Kind, stored: &Stored, fields: &[&str]) -> Option<f64> {
    fields.iter().find_map(|field| number(value(kind, stored, field)))
}

fn words(kind: &Kind, stored: &Stored, field: &str) -> String {
    match value(kind, stored, field) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// What an object can do: its flags that are set, and what it chose in some fields.
fn capabilities(kind: &Kind, stored: &Stored, choices: &[&str]) -> BTreeSet<String> {
    let fields = kind.fields.iter().zip(&stored.record.values);
    let can = fields.filter_map(|(field, value)| match (&field.what, value) {
        (What::Flag, Value::Flag(true)) => Some(field.key.clone()),
        (What::Choice { .. }, Value::Text(choice)) => {
            choices.contains(&field.key.as_str()).then(|| choice.clone())
        }
        _ => None,
    });
    can.collect()
}

fn place(stored: &Stored) -> Option<Position> {
    let at = helan_base::centre(stored.record.shape.as_ref()?)?;
    Some(Position { lon: at.x, lat: at.y })
}

fn facts_of(kind: &Kind, stored: Stored) -> ForceFacts {
    let mut capabilities = capabilities(kind, &stored, &SKILLS);
    capabilities.insert(kind.key.clone());
    let ready = READY.iter().map(|field| words(kind, &stored, field));
    let ready = ready.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    let vehicle = kind.place("vehicle_kind").is_some().then_some(1.0);
    ForceFacts {
        id: stored.id,
        capabilities,
        staff: figure(kind, &stored, &STAFF),
        vehicles: figure(kind, &stored, &VEHICLES).or(vehicle),
        seats: figure(kind, &stored, &["seats"]),
        turnout_min: figure(kind, &stored, &["turnout"]),
        size: ["height", "width", "weight"].map(|field| figure(kind, &stored, &[field])),
        readiness: Readiness::of_record(&ready),
        checked_at: stored.checked_at,
        phone: words(kind, &stored, "duty_phone"),
        home: place(&stored),
        force: ForceRef { kind: kind.key.clone(), key: stored.record.key },
        name: stored.record.name,
        area: stored.record.area,
        synthetic: stored.record.synthetic,
    }
}

fn hospital_of(kind: &Kind, stored: Stored) -> Hospital {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float to an integer ends at its limits; beds are few and whole"
    )]
    let count = |field| figure(kind, &stored, &[field]).map(|count| count as u32);
    let beds = |ward: &str, total: u32, free: u32| Beds {
        hospital: stored.record.key.clone(),
        ward: ward.to_owned(),
        total,
        free: free.min(total),
        at: stored.checked_at,
        by: "record".to_owned(),
    };
    // Beds of which nobody says that they are free are not.
    let mut known = Vec::new();
    known.extend(count("beds").map(|all| beds("all", all, count("beds_free").unwrap_or(0))));
    known.extend(count("icu_beds").map(|all| beds("icu", all, 0)));
    Hospital {
        id: stored.id,
        capabilities: capabilities(kind, &stored, &["grade"]),
        at: place(&stored),
        beds: known,
        synthetic: stored.record.synthetic,
        key: stored.record.key.clone(),
        name: stored.record.name.clone(),
        area: stored.record.area,
    }
}
