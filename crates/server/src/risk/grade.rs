//! One round of gradings.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
};

use helan_base::{
    Kind, Method, RecordId,
    risk::{self, Around, Difference, Given, Known, Neighbour},
};
use helan_kernel::{Position, Text};
use helan_store::{
    StoreError,
    base::Stored,
    desk::{RiskPut, RiskRow},
};

use super::{BATCH, MOST_MEMBERS, Worker, unit_of};

/// How much farther than the radius of the table a changed object is looked around, m: half of the largest building or site.
const SLACK: f64 = 2_000.0;
/// Metres of a degree of latitude, and of longitude at the equator; a little less than they are.
const DEGREE: f64 = 111_000.0;

impl Worker {
    /// Grades these objects and stores what became other.
    pub(super) fn grade(&self, dirty: &BTreeSet<RecordId>) -> Result<(), StoreError> {
        let mut puts = Vec::new();
        let mut gone = Vec::new();
        let mut colours = Vec::with_capacity(dirty.len());
        for id in dirty {
            let row = match self.stored(*id)? {
                Some((kind, stored)) => self.one(&kind, &stored)?,
                None => None,
            };
            let known = self.held.desk.risk(*id)?;
            match row {
                Some(row) => {
                    colours.push((*id, row.judged.colour));
                    puts.extend(news(row, known.as_ref()));
                }
                None if known.is_some() => gone.push(*id),
                None => {}
            }
            if puts.len() >= BATCH {
                self.held.desk.put_risks(&std::mem::take(&mut puts))?;
            }
        }
        self.held.desk.put_risks(&puts)?;
        self.held.desk.end_risks(&gone)?;
        let mut all = self.held.colours.write().unwrap_or_else(PoisonError::into_inner);
        all.extend(colours);
        for id in gone {
            all.remove(&id);
        }
        Ok(())
    }

    /// A graded record with its kind; none when it is gone.
    fn stored(&self, id: RecordId) -> Result<Option<(Arc<Kind>, Stored)>, StoreError> {
        let kind =
            self.facts(|facts| facts.get(id).and_then(|fact| facts.kind(fact.kind).cloned()));
        let Some(kind) = kind else { return Ok(None) };
        Ok(self.reader.get_by_id(&kind.key, id)?.map(|stored| (kind, stored)))
    }

    fn one(&self, kind: &Kind, stored: &Stored) -> Result<Option<RiskRow>, StoreError> {
        let members = match &kind.safety.risk {
            Some(Method::RValue { .. }) => self.members(kind, stored)?,
            _ => Vec::new(),
        };
        let neighbours = self.neighbours(&members);
        let around = Around { unit: members.iter().map(given).collect(), neighbours };
        let Some(judged) = risk::judge(kind, given(stored), &around, &self.held.tables) else {
            return Ok(None);
        };
        Ok(Some(RiskRow {
            record: stored.id,
            kind: kind.key.clone(),
            key: stored.record.key.clone(),
            name: stored.record.name.clone(),
            area: stored.record.area,
            at: (self.held.clock)(),
            judged,
            why: Vec::new(),
        }))
    }

    /// The records of a unit, by key; nothing when there are too many.
    fn members(&self, kind: &Kind, stored: &Stored) -> Result<Vec<Stored>, StoreError> {
        let unit = self.facts(|facts| facts.get(stored.id).and_then(unit_of));
        let alone = BTreeSet::from([stored.id]);
        let ids = unit.and_then(|unit| self.units.get(&unit)).unwrap_or(&alone);
        if ids.len() > MOST_MEMBERS {
            return Ok(Vec::new());
        }
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            members.extend(self.reader.get_by_id(&kind.key, *id)?);
        }
        members.sort_by(|a, b| a.record.key.cmp(&b.record.key));
        Ok(members)
    }

    /// Objects that are graded by the people around them and may stand near a place.
    pub(super) fn graded_near(&self, at: Position) -> Vec<RecordId> {
        let Some(table) = &self.held.tables.source else { return Vec::new() };
        let high = (table.radius + SLACK) / DEGREE;
        let wide = high / at.lat.to_radians().cos().max(0.01);
        let near = |there: &Position| {
            (there.lat - at.lat).abs() <= high && (there.lon - at.lon).abs() <= wide
        };
        self.sources.iter().filter(|(_, there)| near(there)).map(|(id, _)| *id).collect()
    }

    /// Objects with residents around the records of a unit, each once, the nearest first.
    fn neighbours(&self, members: &[Stored]) -> Vec<Neighbour> {
        let Some(table) = &self.held.tables.source else { return Vec::new() };
        let base = &self.held.base;
        let resident = |kind: u16, _| {
            let people = base.kind(kind).and_then(|kind| kind.safety.people.as_ref());
            people.is_some_and(|people| people.resident)
        };
        let mut nearest: BTreeMap<RecordId, f64> = BTreeMap::new();
        let catalogue = base.catalogue();
        for member in members {
            for found in catalogue.around(member.id, table.radius, resident) {
                let metres = nearest.entry(found.id).or_insert(found.metres);
                *metres = metres.min(found.metres);
            }
        }
        drop(catalogue);
        let whole = |(id, metres): (RecordId, f64)| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "short")]
            let metres = metres.max(0.0) as u32;
            (metres, id)
        };
        let mut found: Vec<(u32, RecordId)> = nearest.into_iter().map(whole).collect();
        found.sort_unstable();
        self.facts(|facts| {
            let neighbour = |(metres, id): (u32, RecordId)| {
                let fact = facts.get(id)?;
                let kind = facts.kind(fact.kind)?;
                Some(Neighbour {
                    kind: kind.key.clone(),
                    group: kind.safety.people.as_ref()?.group.clone(),
                    key: fact.key.to_string(),
                    name: fact.name.to_string(),
                    area: fact.area,
                    metres,
                    people: fact.people,
                })
            };
            found.into_iter().filter_map(neighbour).collect()
        })
    }
}

fn given(stored: &Stored) -> Given<'_> {
    Given { record: &stored.record, origin: stored.origin, origins: &stored.origins }
}

/// The grading when it says something new.
fn news(mut row: RiskRow, known: Option<&RiskRow>) -> Option<RiskPut> {
    let Some(known) = known else { return Some(RiskPut { row, replaces: false }) };
    let same = known.judged == row.judged
        && (known.area, &known.key, &known.name) == (row.area, &row.key, &row.name);
    if same {
        return None;
    }
    row.why = risk::differences(&known.judged, &row.judged);
    if row.why.is_empty() && known.judged.colour != row.judged.colour {
        let word = |judged: &risk::Judged| {
            Some(Known::Words(format!("{} {}", judged.method, judged.colour.word())))
        };
        row.why.push(Difference {
            key: "method".into(),
            name: Text::new("评价方法或判据", "method or figures"),
            unit: String::new(),
            before: word(&known.judged),
            after: word(&row.judged),
            area: None,
        });
    }
    // Another name or another origin of the same facts is no other grading.
    let replaces = row.why.is_empty();
    if replaces {
        row.at = known.at;
        row.why.clone_from(&known.why);
    }
    Some(RiskPut { row, replaces })
}
