//! Records of one kind that are probably the same object.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use helan_kernel::{AreaCode, Position};

use super::FlawKind;
use crate::{Kind, Mask, Record, RecordId, Value, What, catalogue::centre, value::narrow};

/// Two of the same name this near are one: a campus is that large, and two branches of a chain stand farther apart.
const NEAR_METRES: f64 = 100.0;
/// Of so many of one name side by side each is compared with the next ones only: a row of stalls must not take all day.
const COMPARED: usize = 64;
/// Shorter numbers are those of services (119, 120), which many share.
const LEAST_DIGITS: usize = 7;
/// The field of the unified social credit code in every kind that has one.
const CODE: &str = "credit_code";

/// A flaw by which a record has a twin, and the smallest area that holds both: whoever does not see all of it must not learn that there
/// is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// What they share.
    pub flaw: FlawKind,
    /// Where both are.
    pub area: AreaCode,
}

/// Twins of each record that has some: at most one for each flaw, the nearest by area.
pub type Found = BTreeMap<RecordId, Vec<Twin>>;

/// A record that has a number.
type One = (u64, AreaCode, RecordId);

/// Collects the records of a kind one by one; only numbers are kept of each (40 bytes for its name, 24 for each telephone).
#[derive(Debug, Default)]
pub struct Twins {
    names: Vec<(u64, Position, AreaCode, RecordId)>,
    phones: Vec<One>,
    codes: Vec<One>,
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

/// The smallest area that holds both: township, county, city, region, or everything (GB/T 2260).
fn common(a: AreaCode, b: AreaCode) -> AreaCode {
    let blocks = [1, 1_000, 100_000, 10_000_000];
    let of = |code: AreaCode, block: u32| AreaCode(code.0 / block * block);
    let same = blocks.into_iter().find(|block| of(a, *block) == of(b, *block));
    same.map_or(AreaCode::ALL, |block| of(a, block))
}

fn note(found: &mut Found, id: RecordId, flaw: FlawKind, area: AreaCode) {
    let twins = found.entry(id).or_default();
    match twins.iter_mut().find(|twin| twin.flaw == flaw) {
        // Of two areas that both hold the record one holds the other.
        Some(twin) if twin.area.contains(area) => twin.area = area,
        Some(_) => {}
        None => twins.push(Twin { flaw, area }),
    }
}

impl Twins {
    /// Takes a record in.
    pub fn add(&mut self, kind: &Kind, id: RecordId, record: &Record) {
        let area = record.area;
        // Many families share a name, and a house.
        if !kind.private_name
            && let Some(at) = record.shape.as_ref().and_then(centre)
        {
            let at = Position { lon: at.x, lat: at.y };
            self.names.push((number(&plain(&record.name)), at, area, id));
        }
        for (field, value) in kind.fields.iter().zip(&record.values) {
            let Value::Text(text) = value else { continue };
            // Telephones of a duty room may serve many; those of persons should not.
            if field.what == What::Phone && field.mask == Some(Mask::Phone) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                if digits.len() >= LEAST_DIGITS {
                    self.phones.push((number(&digits), area, id));
                }
            } else if field.key == CODE {
                self.codes.push((number(&plain(text)), area, id));
            }
        }
    }

    /// The records that have a twin.
    #[must_use]
    pub fn finish(mut self) -> Found {
        let mut found = Found::new();
        self.names.sort_by(|a, b| (a.0.cmp(&b.0)).then(a.1.lat.total_cmp(&b.1.lat)));
        for (place, (name, at, area, id)) in self.names.iter().enumerate() {
            let next = self.names.get(place + 1..).unwrap_or_default();
            for (_, there, other, twin) in
                next.iter().take(COMPARED).take_while(|(n, ..)| n == name)
            {
                if at.metres_to(*there) <= NEAR_METRES {
                    let both = common(*area, *other);
                    note(&mut found, *id, FlawKind::SameName, both);
                    note(&mut found, *twin, FlawKind::SameName, both);
                }
            }
        }
        for (mut all, flaw) in
            [(self.phones, FlawKind::SamePhone), (self.codes, FlawKind::SameCode)]
        {
            // By area, too: of those with one number the nearest by area stand side by side.
            all.sort_unstable();
            // One record may have a number in two of its fields.
            all.dedup();
            for same in all.chunk_by(|a, b| a.0 == b.0) {
                for pair in same.windows(2) {
                    if let [(_, area, id), (_, other, twin)] = pair {
                        let both = common(*area, *other);
                        note(&mut found, *id, flaw, both);
                        note(&mut found, *twin, flaw, both);
                    }
                }
            }
        }
        found
    }
}
