//! Rows into records, or into faults.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use helan_base::{Areas, Datum, Fault, Faulty, Kind, Record};
use helan_kernel::AreaCode;

use crate::{Mapping, Row};

/// Checks the rows of one file.
pub struct Check {
    kind: Arc<Kind>,
    mapping: Mapping,
    datum: Datum,
    areas: Arc<Areas>,
    /// The area that the rows must lie in.
    own: AreaCode,
    synthetic: bool,
    /// Rows of the keys so far. Only hashes: of a million keys two are taken for one once in forty million files.
    seen: HashMap<u64, u64>,
    hasher: RandomState,
}

impl Check {
    /// Begins with a file.
    #[must_use]
    pub fn new(
        kind: Arc<Kind>,
        mapping: Mapping,
        datum: Datum,
        areas: Arc<Areas>,
        own: AreaCode,
        synthetic: bool,
    ) -> Self {
        let (seen, hasher) = (HashMap::new(), RandomState::new());
        Self { kind, mapping, datum, areas, own, synthetic, seen, hasher }
    }

    /// Makes a record of a row.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn row(&mut self, row: &Row) -> Result<Record, Vec<Faulty>> {
        let mut draft = self.mapping.draft(&self.kind, row);
        draft.synthetic |= self.synthetic;
        let columns = self.mapping.keys(&self.kind);
        // What the file says of a column that is passed over harms nobody.
        let mut faults: Vec<Faulty> = Vec::new();
        for (place, fault) in &row.faults {
            let column = place.map_or(Some("geom"), |place| columns.get(place).copied().flatten());
            if let Some(column) = column {
                faults.push(Faulty { column: column.to_owned(), fault: fault.clone() });
            }
        }
        let record = match draft.check(&self.kind, self.datum, &self.areas) {
            Ok(record) if faults.is_empty() => record,
            Ok(_) => return Err(faults),
            Err(mut more) => {
                let placeless = faults.iter().any(|told| told.column == "geom");
                more.retain(|more| {
                    let follows = placeless && more.fault == Fault::NoArea;
                    !follows && faults.iter().all(|told| told.column != more.column)
                });
                faults.extend(more);
                return Err(faults);
            }
        };
        if !self.own.contains(record.area) {
            return Err(vec![Faulty { column: "area".to_owned(), fault: Fault::NotAllowed }]);
        }
        let earlier = *self.seen.entry(self.hasher.hash_one(&record.key)).or_insert(row.number);
        if earlier != row.number {
            let fault = Fault::Double { row: earlier };
            return Err(vec![Faulty { column: "key".to_owned(), fault }]);
        }
        Ok(record)
    }
}
