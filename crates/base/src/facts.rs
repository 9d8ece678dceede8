//! What is held of records beside name and place, so that questions of risk are answered from memory: people, distances, what
//! a record brings, answers, sees.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use geo::BoundingRect;
use helan_kernel::{AreaCode, Ms, Position};
use rustc_hash::FxHashMap;

use crate::{
    Danger, Date, Equipment, Field, Kind, Kinds, Presence, Record, RecordId, Team, Value,
    distance_of,
    homes::Homes,
    hot::{Hot, Row},
    number, people_in,
    pyramid::Pyramid,
    sum::Member,
    table::{Table, tables},
    together::Together,
};

/// What is held of one record. What is read of each of thousands of homes in a danger comes first, so that it lies together in memory.
#[derive(Clone, Debug, PartialEq)]
#[repr(C)]
pub struct Fact {
    /// The record.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Its area.
    pub area: AreaCode,
    /// Number of the label of the object in which its people are counted, too; none when it names none.
    pub(crate) within: Option<u32>,
    /// When somebody or something last said that it is so; none when that is not known.
    pub checked: Option<Ms>,
    /// People of each group of its table of occupancy, as its fields count them; empty when they say nothing.
    pub groups: Box<[Option<u32>]>,
    /// Its middle; none when its place is not known.
    pub at: Option<Position>,
    /// Its key.
    pub key: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Unit that it is graded with; empty when alone.
    pub unit: Arc<str>,
    /// People in it; none when not known.
    pub people: Option<u32>,
    /// Distance that others must keep, m; none when not known.
    pub distance: Option<f64>,
    /// Dangers that it answers, a bit each.
    pub answers: u64,
    /// Minutes that it takes to turn out; 0 when not known.
    pub turnout: f64,
    /// Dangers that it sees, a bit each.
    pub sees: u64,
    /// How far it sees, m.
    pub range: f64,
    /// Values of the fields that are shown when it is listed, by their place.
    pub shown: Box<[(usize, Value)]>,
}

/// Equipment of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The record.
    pub id: RecordId,
    /// Its area.
    pub area: AreaCode,
    /// Key of the object that it belongs to.
    pub object: Arc<str>,
    /// Key of the need that it meets.
    pub need: Arc<str>,
    /// How many there are.
    pub count: u32,
    /// The day after which it no longer counts; none when it has no end.
    pub expires: Option<Date>,
    /// Whether it works.
    pub working: bool,
}

/// What a kind has to do with risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    /// Dangers that its objects bring, a bit each.
    brings: u64,
    /// Whether anything of its records is held.
    held: bool,
}

/// What is held of all records, and the data that says what.
#[derive(Debug, Default)]
pub struct Facts {
    dangers: Vec<Danger>,
    kinds: Vec<Arc<Kind>>,
    parts: Vec<Part>,
    all: FxHashMap<RecordId, Fact>,
    hot: Row<Hot>,
    /// Of each kind a fact of which its table says all.
    plain: Vec<Fact>,
    pieces: HashMap<RecordId, Piece>,
    by_object: HashMap<Arc<str>, BTreeSet<RecordId>>,
    /// Who is where at which hour, by number of the kind.
    tables: Vec<Option<Table>>,
    presence: Presence,
    homes: Homes,
    together: Together,
}

impl Facts {
    /// Nothing yet, for these kinds (their numbers are their places) and dangers. Of dangers beyond [`Danger::MOST`] nothing is
    /// held.
    #[must_use]
    pub fn new(kinds: &Kinds, dangers: Vec<Danger>) -> Self {
        let kinds: Vec<Arc<Kind>> = kinds.iter().cloned().collect();
        let parts = kinds.iter().map(|kind| Part::of(kind, &dangers)).collect();
        let presence = Presence::default();
        let tables = tables(&kinds, &presence);
        let plain = (0_u16..).zip(&kinds).map(|(number, _)| Fact::plain(number)).collect();
        Self { dangers, kinds, parts, tables, presence, plain, ..Self::default() }
    }

    /// The same, knowing who is where at which hour.
    ///
    /// # Errors
    /// When a table does not go together with its kind.
    pub fn with_presence(mut self, presence: Presence) -> Result<Self, String> {
        let kind = |key: &str| self.kinds.iter().find(|kind| kind.key == key).map(|kind| &**kind);
        presence.check(kind)?;
        self.tables = tables(&self.kinds, &presence);
        self.presence = presence;
        for (part, table) in self.parts.iter_mut().zip(&self.tables) {
            part.held |= table.is_some();
        }
        Ok(self)
    }

    /// Who is where at which hour.
    #[must_use]
    pub const fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Who is in the objects of a kind, and when; none when nobody is counted there and none is listed.
    pub(crate) fn table(&self, kind: u16) -> Option<&Table> {
        self.tables.get(usize::from(kind))?.as_ref()
    }

    /// Which homes are counted through which building.
    pub(crate) const fn homes(&self) -> &Homes {
        &self.homes
    }

    /// The building that a home is counted through; none when it counts by itself.
    pub(crate) fn building_of(
        &self,
        home: Member<'_>,
        at: impl FnOnce() -> Option<Position>,
    ) -> Option<RecordId> {
        self.together.building_of(self, home, at)
    }

    /// Sums of what is on the ground; none while changes are to be worked in, see [`Facts::settle`].
    pub(crate) fn pyramid(&self) -> Option<&Pyramid> {
        self.together.pyramid()
    }

    /// Works what was put in or removed into the sums over the ground. Until then questions about an area look at every object in it,
    /// and take longer. To be called after some hundreds of changes: of each house that changed all homes are looked at.
    pub fn settle(&mut self) {
        self.together = std::mem::take(&mut self.together).settle(self);
    }

    /// What is shown of an object that is listed: fields and what stands in them, of a choice its key.
    pub fn shown(&self, id: RecordId) -> impl Iterator<Item = (&Field, &Value)> {
        let fact = self.get(id);
        let kind = fact.and_then(|fact| self.kind(fact.kind));
        let shown = fact.into_iter().flat_map(|fact| &fact.shown);
        shown.filter_map(move |(place, value)| Some((kind?.fields.get(*place)?, value)))
    }

    /// The dangers; a danger's bit is its place.
    #[must_use]
    pub fn dangers(&self) -> &[Danger] {
        &self.dangers
    }

    /// Whether anything of the records of a kind is held.
    #[must_use]
    pub fn holds(&self, kind: u16) -> bool {
        self.parts.get(usize::from(kind)).is_some_and(|part| part.held)
    }

    /// Whether objects of a kind bring a danger.
    #[must_use]
    pub fn brings(&self, kind: u16, danger: usize) -> bool {
        self.parts.get(usize::from(kind)).is_some_and(|part| part.brings & bit(danger) != 0)
    }

    /// The kind with this number.
    #[must_use]
    pub fn kind(&self, number: u16) -> Option<&Arc<Kind>> {
        self.kinds.get(usize::from(number))
    }

    /// Takes a record in, or replaces what was held of it; `checked` is when it was last said to be so, if that is known.
    pub fn put(&mut self, number: u16, id: RecordId, record: &Record, checked: Option<Ms>) {
        let known = self.kinds.get(usize::from(number)).filter(|_| self.holds(number));
        let Some(kind) = known.cloned() else { return };
        let piece = kind.safety.equipment.as_ref().and_then(|e| piece(e, &kind, id, record));
        let mut fact = fact(&kind, number, id, record, &self.dangers);
        fact.checked = checked;
        drop(self.remove(id));
        if let Some(table) = self.tables.get(usize::from(number)).and_then(Option::as_ref) {
            table.fill(&kind, record, &mut fact);
            if table.holds {
                self.together.moved(self.homes.add_building(&fact));
                self.together.put_building(&fact, table.near_m);
            }
            let building = table.building(&kind, record);
            fact.within = building.and_then(|name| self.homes.add_home(&fact, name));
            // Homes, of which there are most, are only counted.
            let counted = table.counted_in.is_some() && table.occupancy.class.is_none();
            let plain = counted && !table.holds && fact.groups.is_empty();
            self.hot.put(id, Hot::new(number, plain, fact.within, fact.checked));
            self.together.put(id, record.shape.as_ref().and_then(BoundingRect::bounding_rect));
        }
        self.all.insert(id, fact);
        if let Some(piece) = piece {
            self.by_object.entry(piece.object.clone()).or_default().insert(id);
            self.pieces.insert(id, piece);
        }
    }

    /// Forgets a record; gives what was held of it.
    pub fn remove(&mut self, id: RecordId) -> Option<Fact> {
        if let Some(piece) = self.pieces.remove(&id)
            && let Some(others) = self.by_object.get_mut(&piece.object)
        {
            others.remove(&id);
            if others.is_empty() {
                self.by_object.remove(&piece.object);
            }
        }
        let fact = self.all.remove(&id)?;
        if self.hot.remove(id).is_some() {
            self.together.remove(id);
            self.together.remove_building(&fact);
            // A home without a place of its own stands in its building's sums alone.
            let building = fact.within.and_then(|label| self.homes.labelled(label));
            self.together.moved(building.into_iter().collect());
        }
        self.together.moved(self.homes.remove(&fact));
        Some(fact)
    }

    /// Equipment of the object with this key, whatever its kind.
    pub fn pieces_of(&self, object: &str) -> impl Iterator<Item = &Piece> {
        let ids = self.by_object.get(object).into_iter().flatten();
        ids.filter_map(|id| self.pieces.get(id))
    }

    /// What is held of a record.
    #[must_use]
    pub fn get(&self, id: RecordId) -> Option<&Fact> {
        self.all.get(&id)
    }

    /// The least of what is held of a record whose people are counted, or that is listed.
    pub(crate) fn hot(&self, id: RecordId) -> Option<Hot> {
        self.hot.get(id)
    }

    /// A fact of which the table of its kind says all.
    pub(crate) fn plain(&self, kind: u16) -> Option<&Fact> {
        self.plain.get(usize::from(kind))
    }

    /// All that is held, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.all.values()
    }
}

impl Fact {
    /// A fact of which the table of its kind says all.
    fn plain(kind: u16) -> Self {
        Self {
            id: RecordId(0),
            kind,
            area: AreaCode::ALL,
            within: None,
            checked: None,
            groups: Box::default(),
            at: None,
            key: "".into(),
            name: "".into(),
            unit: "".into(),
            people: None,
            distance: None,
            answers: 0,
            turnout: 0.0,
            sees: 0,
            range: 0.0,
            shown: Box::default(),
        }
    }
}

impl Part {
    fn of(kind: &Kind, dangers: &[Danger]) -> Self {
        let bits = |has: &dyn Fn(&Danger) -> bool| {
            let having = dangers.iter().enumerate().filter(|(_, danger)| has(danger));
            having.map(|(place, _)| bit(place)).fold(0, |all, one| all | one)
        };
        let brings = bits(&|danger| danger.kinds.contains(&kind.key));
        let helps = bits(&|danger| {
            danger.team.iter().any(|team| team.kind == kind.key)
                || danger.watch.iter().any(|watch| watch.kind == kind.key)
        });
        let safety = &kind.safety;
        let own = safety.risk.is_some()
            || safety.distance.is_some()
            || safety.people.is_some()
            || safety.equipment.is_some();
        Self { brings, held: own || brings | helps != 0 || !kind.needs.is_empty() }
    }
}

/// The bit of a danger; none beyond [`Danger::MOST`].
const fn bit(place: usize) -> u64 {
    if place < Danger::MOST { 1 << place } else { 0 }
}

fn fact(kind: &Kind, of: u16, id: RecordId, record: &Record, dangers: &[Danger]) -> Fact {
    let field = |name: &str| record.values.get(kind.place(name)?);
    let (mut answers, mut turnout, mut sees, mut range) = (0, 0.0_f64, 0, 0.0_f64);
    for (place, danger) in dangers.iter().enumerate() {
        for team in danger.team.iter().filter(|team| team.kind == kind.key) {
            if can(team, field) {
                answers |= bit(place);
                turnout = turnout.max(number(field(&team.turnout)).unwrap_or_default());
            }
        }
        for watch in danger.watch.iter().filter(|watch| watch.kind == kind.key) {
            let unit = kind.fields.iter().find(|f| f.key == watch.field).map(|f| f.unit.as_str());
            let metres = if unit == Some("km") { 1000.0 } else { 1.0 };
            let own = number(field(&watch.field)).map(|far| far * metres);
            sees |= bit(place);
            range = range.max(own.unwrap_or(watch.metres));
        }
    }
    let unit = match &kind.safety.risk {
        Some(crate::Method::RValue { unit, .. }) => match field(unit) {
            Some(Value::Text(unit)) => unit.as_str(),
            _ => "",
        },
        _ => "",
    };
    let middle = record.shape.as_ref().and_then(crate::catalogue::centre);
    Fact {
        id,
        kind: of,
        key: record.key.as_str().into(),
        name: record.name.as_str().into(),
        area: record.area,
        at: middle.map(|at| Position { lon: at.x, lat: at.y }),
        unit: unit.into(),
        people: people_in(kind, &record.values),
        distance: distance_of(kind, &record.values),
        answers,
        turnout,
        sees,
        range,
        groups: Box::default(),
        within: None,
        checked: None,
        shown: Box::default(),
    }
}

/// The equipment that a record is; none when it says not whose.
fn piece(of: &Equipment, kind: &Kind, id: RecordId, record: &Record) -> Option<Piece> {
    let field = |name: &str| record.values.get(kind.place(name)?);
    let words = |name: &str| match field(name) {
        Some(Value::Text(words)) => Some(Arc::<str>::from(words.as_str())),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let count = number(field(&of.count)).unwrap_or(1.0).clamp(0.0, 1e6) as u32;
    Some(Piece {
        id,
        area: record.area,
        object: words(&of.object)?,
        need: words(&of.need)?,
        count,
        expires: match field(&of.expires) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        },
        // What says nothing of its state is taken to be in order.
        working: words(&of.state).is_none_or(|state| of.working.iter().any(|w| **w == *state)),
    })
}

/// Whether a team can answer, and is ready to.
fn can<'a>(team: &Team, field: impl Fn(&str) -> Option<&'a Value>) -> bool {
    let is = |name: &str, of: &[String]| match field(name) {
        Some(Value::Text(word)) => of.iter().any(|one| one == word),
        Some(Value::Flag(flag)) => *flag,
        _ => false,
    };
    (team.field.is_empty() || is(&team.field, &team.of))
        && (team.ready.is_empty() || is(&team.ready, &team.ready_of))
}
