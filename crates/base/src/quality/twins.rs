//! Records of one kind that are probably the same object.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use helan_kernel::Position;

use super::{FlawKind, Flaws};
use crate::{Kind, Mask, Record, RecordId, Value, What, catalogue::centre, value::narrow};

/// Two of the same name this near are one: a campus is that large, and two branches of a chain stand farther apart.
const NEAR_METRES: f64 = 100.0;
/// Of so many of one name side by side each is compared with the next ones only: a row of stalls must not take all day.
const COMPARED: usize = 64;
/// Shorter numbers are those of services (119, 120), which many share.
const LEAST_DIGITS: usize = 7;
/// The field of the unified social credit code in every kind that has one.
const CODE: &str = "credit_code";

/// Collects the records of a kind one by one; only numbers are kept of each (a name of 40, a telephone of 16 bytes).
#[derive(Debug, Default)]
pub struct Twins {
    names: Vec<(u64, Position, RecordId)>,
    phones: Vec<(u64, RecordId)>,
    codes: Vec<(u64, RecordId)>,
}

fn number(text: &str) -> u64 {
    // The same numbers in every run: hashes of 64 bits of a million names are all different but for one chance in ten million.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A name without what people write now one way and now another.
fn plain(name: &str) -> String {
    narrow(name).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Twins {
    /// Takes a record in.
    pub fn add(&mut self, kind: &Kind, id: RecordId, record: &Record) {
        // Many families share a name, and a house.
        if !kind.private_name
            && let Some(at) = record.shape.as_ref().and_then(centre)
        {
            let at = Position { lon: at.x, lat: at.y };
            self.names.push((number(&plain(&record.name)), at, id));
        }
        for (field, value) in kind.fields.iter().zip(&record.values) {
            let Value::Text(text) = value else { continue };
            // Telephones of a duty room may serve many; those of persons should not.
            if field.what == What::Phone && field.mask == Some(Mask::Phone) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                if digits.len() >= LEAST_DIGITS {
                    self.phones.push((number(&digits), id));
                }
            } else if field.key == CODE {
                self.codes.push((number(&plain(text)), id));
            }
        }
    }

    /// The flaws of those that have a twin.
    #[must_use]
    pub fn finish(mut self) -> BTreeMap<RecordId, Flaws> {
        let mut found: BTreeMap<RecordId, Flaws> = BTreeMap::new();
        let mut flaw = |id: RecordId, kind| {
            let flaws = found.entry(id).or_default();
            *flaws = flaws.with(kind);
        };
        self.names.sort_by(|a, b| (a.0.cmp(&b.0)).then(a.1.lat.total_cmp(&b.1.lat)));
        for (place, (name, at, id)) in self.names.iter().enumerate() {
            let next = self.names.get(place + 1..).unwrap_or_default();
            for (_, there, other) in next.iter().take(COMPARED).take_while(|(n, ..)| n == name) {
                if at.metres_to(*there) <= NEAR_METRES {
                    flaw(*id, FlawKind::SameName);
                    flaw(*other, FlawKind::SameName);
                }
            }
        }
        for (mut all, kind) in
            [(self.phones, FlawKind::SamePhone), (self.codes, FlawKind::SameCode)]
        {
            all.sort_unstable();
            for same in all.chunk_by(|a, b| a.0 == b.0) {
                // One record may have a number in two of its fields.
                let (first, last) = (same.first(), same.last());
                if first.map(|one| one.1) != last.map(|one| one.1) {
                    same.iter().for_each(|(_, id)| flaw(*id, kind));
                }
            }
        }
        found
    }
}
