//! Rows of private persons: each looks like those of at least [`K`] records (k-anonymity: L. Sweeney, 2002).
//!
//! All columns that leave count as known to the attacker. The records are split, column by column and from rough to fine, as
//! long as every part keeps [`K`] of them; parts too small stay together and are told more roughly. Rows of one part are equal
//! to the letter and stand in the order of their pseudonyms, so whoever holds the original, and this program too, learns which
//! part a record is in, and never which row it is.

use std::collections::BTreeMap;

use helan_kernel::AreaCode;

use super::{K, Place, Shared, Terms, is_given, pseudonym::pseudonym, rough};
use crate::{Date, Kind, Mask, Record, RecordId, Value, catalogue::centre};

/// Most records of a release: a city's households of one kind. More of them are asked for county by county.
const MOST: usize = 200_000;

/// There are more records than a release holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MOST} records: ask for a smaller area")]
pub struct TooMany;

/// All rows that a grant gives of a private kind.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// Pseudonym and part of each row, by pseudonym.
    rows: Vec<(String, u32)>,
    parts: Vec<Shared>,
}

impl Release {
    /// How many rows it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none: nobody is there, or too few to hide among.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows after a pseudonym, in their order.
    pub fn after(&self, pseudonym: &str) -> impl Iterator<Item = Shared> + '_ {
        let from = self.rows.partition_point(|(own, _)| own.as_str() <= pseudonym);
        let rest = self.rows.get(from..).unwrap_or_default();
        rest.iter().filter_map(|(key, part)| {
            let part = self.parts.get(*part as usize)?;
            Some(Shared { key: key.clone(), ..part.clone() })
        })
    }
}

/// What is told of one column at one degree of roughness.
#[derive(Clone, Copy, Debug)]
enum Told<'a> {
    /// The area, to the end of this block of codes.
    Area(u32),
    /// The cell with this side.
    Cell(u16),
    Address,
    /// The field with this place in the kind.
    Field(usize, &'a str),
}

/// A step from rough to fine.
struct Step<'a> {
    /// Number of the column.
    column: usize,
    told: Told<'a>,
}

fn steps<'a>(kind: &'a Kind, terms: &'a Terms) -> Vec<Step<'a>> {
    // Region, city, county, township (GB/T 2260).
    let areas =
        [10_000_000, 100_000, 1_000, 1].map(|block| Step { column: 0, told: Told::Area(block) });
    let mut steps: Vec<Step<'_>> = areas.into();
    for (field, column) in terms.fields.iter().zip(1..) {
        match field.as_str() {
            "place" => {
                let cells = rough::SIDES.iter().map(|side| Told::Cell(*side));
                steps.extend(cells.map(|told| Step { column, told }));
            }
            "address" => steps.push(Step { column, told: Told::Address }),
            key => {
                let place = kind.place(key);
                let place =
                    place.filter(|p| kind.fields.get(*p).is_some_and(|f| is_given(kind, f)));
                steps.extend(place.map(|p| Step { column, told: Told::Field(p, key) }));
            }
        }
    }
    steps
}

/// What was told.
#[derive(Clone, Debug)]
enum Said {
    Area(AreaCode),
    Cell(Option<rough::Cell>),
    Value(Value),
}

impl Told<'_> {
    fn of(self, kind: &Kind, record: &Record) -> Said {
        let words = |text: String| if text.is_empty() { Value::Empty } else { Value::Text(text) };
        match self {
            Self::Area(block) => Said::Area(AreaCode(record.area.0 / block * block)),
            Self::Cell(side) => {
                let at = record.shape.as_ref().and_then(centre);
                Said::Cell(at.map(|at| rough::Cell::with_side(at, side)))
            }
            Self::Address => Said::Value(words(street(&record.address))),
            Self::Field(place, _) => {
                let mask = kind.fields.get(place).and_then(|field| field.mask);
                Said::Value(match (record.values.get(place), mask) {
                    (Some(Value::Text(text)), Some(Mask::Address)) => words(street(text)),
                    (Some(flag @ Value::Flag(_)), _) => flag.clone(),
                    (Some(value), _) => words(rounded(value)),
                    (None, _) => Value::Empty,
                })
            }
        }
    }
}

impl Said {
    /// Equal words are told alike.
    fn words(&self) -> String {
        match self {
            Self::Area(area) => area.0.to_string(),
            Self::Cell(None) | Self::Value(Value::Empty) => String::new(),
            Self::Cell(Some(cell)) => format!("{} {}", cell.west, cell.south),
            Self::Value(Value::Text(text)) => text.clone(),
            Self::Value(value) => rounded(value),
        }
    }
}

/// The street of an address, without what stands for the rest; nothing when there is none.
fn street(address: &str) -> String {
    Mask::Address.blur(address).trim_end_matches('*').to_owned()
}

/// A value, told no more exactly than many share it.
fn rounded(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Text(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Date(date) => year(*date),
        Value::Whole(whole) if whole.unsigned_abs() < 10 => whole.to_string(),
        Value::Whole(whole) => {
            let mut step = 1_u64;
            while whole.unsigned_abs() / step >= 10 {
                step *= 10;
            }
            let low = whole.unsigned_abs() / step * step;
            let sign = if *whole < 0 { "-" } else { "" };
            format!("{sign}{low}–{sign}{}", low + step - 1)
        }
        Value::Number(number) if *number == 0.0 => "0".to_owned(),
        Value::Number(number) => {
            // One digit is told, and how large it is.
            let step = 10_f64.powf(number.abs().log10().floor());
            format!("{:e}", (number / step).trunc() * step)
        }
    }
}

fn year(date: Date) -> String {
    date.to_string().chars().take(4).collect()
}

/// A part of the records.
struct Part {
    /// Their places among all.
    records: Vec<u32>,
    /// Steps that were told, by number.
    told: Vec<usize>,
    /// Columns that are told no more finely.
    closed: Vec<bool>,
}

/// Collects the records of a grant one by one; only what may leave is kept of each.
pub struct Collect<'a> {
    kind: &'a Kind,
    steps: Vec<Step<'a>>,
    columns: usize,
    area: AreaCode,
    ids: Vec<RecordId>,
    /// For each record and step the number of its words.
    words: Vec<u32>,
    known: Vec<BTreeMap<String, u32>>,
    /// For each step and number of words what they say.
    said: Vec<Vec<Said>>,
    empty: Shared,
}

/// Begins a release: give it all records of the area, then [`Collect::finish`] it.
#[must_use]
pub fn release<'a>(kind: &'a Kind, terms: &'a Terms) -> Collect<'a> {
    let steps = steps(kind, terms);
    let values = terms.fields.iter().filter(|field| field.as_str() != "place");
    let empty = Shared {
        key: String::new(),
        area: terms.area,
        place: Place::None,
        values: values.map(|field| (field.clone(), Value::Empty)).collect(),
    };
    Collect {
        kind,
        columns: terms.fields.len() + 1,
        area: terms.area,
        ids: Vec::new(),
        words: Vec::new(),
        known: steps.iter().map(|_| BTreeMap::new()).collect(),
        said: steps.iter().map(|_| Vec::new()).collect(),
        steps,
        empty,
    }
}

impl Collect<'_> {
    /// Takes a record in; one that lies outside the granted area is passed over.
    ///
    /// # Errors
    /// When there are too many.
    pub fn add(&mut self, id: RecordId, record: &Record) -> Result<(), TooMany> {
        if !self.area.contains(record.area) {
            return Ok(());
        }
        if self.ids.len() == MOST {
            return Err(TooMany);
        }
        self.ids.push(id);
        for ((step, known), all) in self.steps.iter().zip(&mut self.known).zip(&mut self.said) {
            let said = step.told.of(self.kind, record);
            let next = u32::try_from(all.len()).map_err(|_beyond| TooMany)?;
            let number = *known.entry(said.words()).or_insert(next);
            if number == next {
                all.push(said);
            }
            self.words.push(number);
        }
        Ok(())
    }

    /// Splits the records into parts and gives the rows. `secret` is the grant's own.
    #[must_use]
    pub fn finish(self, secret: &[u8]) -> Release {
        if self.ids.len() < K {
            return Release::default();
        }
        let all = (0..).take(self.ids.len()).collect();
        let closed = vec![false; self.columns];
        let mut parts = vec![Part { records: all, told: Vec::new(), closed }];
        for number in 0..self.steps.len() {
            parts = parts.into_iter().flat_map(|part| self.split(part, number)).collect();
        }
        let mut rows = Vec::with_capacity(self.ids.len());
        for (part, number) in parts.iter().zip(0_u32..) {
            for id in part.records.iter().filter_map(|place| self.ids.get(*place as usize)) {
                rows.push((pseudonym(secret, &self.kind.key, *id), number));
            }
        }
        rows.sort_unstable();
        Release { rows, parts: parts.iter().map(|part| self.row(part)).collect() }
    }

    fn word(&self, record: u32, step: usize) -> u32 {
        let place = record as usize * self.steps.len() + step;
        self.words.get(place).copied().unwrap_or_default()
    }

    /// Splits a part by what a step tells; what is too small to stand alone stays together and is not told it.
    fn split(&self, part: Part, step: usize) -> Vec<Part> {
        let column = self.steps.get(step).map_or(0, |step| step.column);
        if part.closed.get(column).copied().unwrap_or(true) {
            return vec![part];
        }
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for record in part.records {
            groups.entry(self.word(record, step)).or_default().push(record);
        }
        let (mut large, small): (Vec<_>, Vec<_>) =
            groups.into_values().partition(|group| group.len() >= K);
        let mut rest = small.concat();
        // The smallest first, so that the fewest are told less.
        large.sort_by_key(|group| std::cmp::Reverse(group.len()));
        while !rest.is_empty() && rest.len() < K {
            let Some(group) = large.pop() else { break };
            rest.extend(group);
        }
        let told: Vec<usize> = part.told.iter().copied().chain([step]).collect();
        let mut parts: Vec<Part> = large
            .into_iter()
            .map(|records| Part { records, told: told.clone(), closed: part.closed.clone() })
            .collect();
        if !rest.is_empty() {
            let mut closed = part.closed;
            if let Some(closed) = closed.get_mut(column) {
                *closed = true;
            }
            parts.push(Part { records: rest, told: part.told, closed });
        }
        parts
    }

    /// What all rows of a part say.
    fn row(&self, part: &Part) -> Shared {
        let mut row = self.empty.clone();
        let Some(first) = part.records.first() else { return row };
        for number in &part.told {
            let word = self.word(*first, *number) as usize;
            let step = self.steps.get(*number).map(|step| step.told);
            let said = self.said.get(*number).and_then(|all| all.get(word));
            match (step, said) {
                // Rougher than what was granted anyway tells less than the grant itself.
                (_, Some(Said::Area(area))) if self.area.contains(*area) => row.area = *area,
                (_, Some(Said::Cell(cell))) => row.place = cell.map_or(Place::None, Place::Cell),
                (Some(Told::Address), Some(Said::Value(value))) => {
                    row.values.insert("address".to_owned(), value.clone());
                }
                (Some(Told::Field(_, key)), Some(Said::Value(value))) => {
                    row.values.insert(key.to_owned(), value.clone());
                }
                _ => {}
            }
        }
        row
    }
}
