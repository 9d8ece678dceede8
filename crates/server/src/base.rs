//! The emergency base database as the server holds it: the file with its one writer, the catalogue in memory, the areas.
//!
//! Everything here may wait for the disk: call it where that is allowed. What was stored is in the catalogue before the caller
//! goes on.

mod changes;
pub mod columns;
pub mod review;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result};
pub use changes::{Changed, Changes};
use helan_base::{
    Area, Areas, Catalogue, Kind, Kinds, Origin, Record, RecordId,
    inside::CensusArea,
    review::{Merged, Why},
};
use helan_exchange::geojson_areas;
use helan_kernel::{AreaCode, Ms};
use helan_store::{
    StoreError,
    base::{Base, BaseReader, Put, Stored, Wrote},
    desk::Desk,
};

/// The base database.
pub struct BaseData {
    kinds: Kinds,
    /// By the number that the catalogue knows them by.
    numbered: Vec<Arc<Kind>>,
    areas: Arc<Areas>,
    lines: Vec<AreaLine>,
    census: Vec<CensusArea>,
    catalogue: RwLock<Catalogue>,
    writer: Mutex<Base>,
    reader: Mutex<BaseReader>,
    folder: PathBuf,
    /// For each kind how often its records were changed since the start.
    times_changed: Vec<AtomicU64>,
    changes: Changes,
    /// Where contradictions wait.
    desk: Arc<Desk>,
    /// Held by a person's change from the look at what is there to the store.
    editing: Mutex<()>,
}

/// What became of records that were to be stored.
#[derive(Debug, Default)]
pub struct Done {
    /// Of each of them.
    pub wrote: Vec<Wrote>,
    /// How many values contradict what is stored and wait for a decision.
    pub reviews: u64,
}

impl BaseData {
    /// Opens the base database of a data folder with the kinds of the packs; takes all records into memory.
    ///
    /// # Errors
    /// When the kinds do not go together, or the file cannot be used.
    pub fn open(folder: &Path, kinds: Vec<Kind>, desk: Arc<Desk>) -> Result<Self> {
        let kinds = Kinds::new(kinds)?;
        let lines = area_lines()?;
        let writer = Base::open(folder, &kinds).context("base database")?;
        let reader = BaseReader::open(folder, &kinds)?;
        let mut entries = Vec::new();
        reader.entries(|entry| entries.push(entry))?;
        let catalogue = Catalogue::load(entries);
        let areas = areas(&lines)?;
        Ok(Self {
            numbered: kinds.iter().cloned().collect(),
            times_changed: kinds.iter().map(|_| AtomicU64::new(0)).collect(),
            folder: folder.to_owned(),
            kinds,
            census: census(&lines, &areas),
            areas: Arc::new(areas),
            lines,
            catalogue: RwLock::new(catalogue),
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            changes: Changes::default(),
            desk,
            editing: Mutex::default(),
        })
    }

    /// What changed since it was last asked.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The kinds.
    #[must_use]
    pub const fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The kind with this number in the catalogue.
    #[must_use]
    pub fn kind(&self, number: u16) -> Option<&Arc<Kind>> {
        self.numbered.get(usize::from(number))
    }

    /// The number of a kind in the catalogue.
    #[must_use]
    pub fn number(&self, kind: &str) -> Option<u16> {
        let place = self.numbered.iter().position(|known| known.key == kind)?;
        u16::try_from(place).ok()
    }

    /// The areas.
    #[must_use]
    pub const fn areas(&self) -> &Arc<Areas> {
        &self.areas
    }

    /// Region, cities, counties and townships by code.
    #[must_use]
    pub fn area_lines(&self) -> &[AreaLine] {
        &self.lines
    }

    /// The counties with the people of the census.
    #[must_use]
    pub fn census(&self) -> &[CensusArea] {
        &self.census
    }

    /// What lies where and is called how.
    pub fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, to be asked.
    pub fn read(&self) -> MutexGuard<'_, BaseReader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another door to the file, for whoever reads much of it.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn reader(&self) -> Result<BaseReader, StoreError> {
        BaseReader::open(&self.folder, &self.kinds)
    }

    /// How often records of a kind were changed since the start: what was computed at another number is outdated.
    #[must_use]
    pub fn times_changed(&self, number: u16) -> u64 {
        let count = self.times_changed.get(usize::from(number));
        count.map_or(0, |count| count.load(Ordering::Acquire))
    }

    fn changed(&self, kind: &Kind) {
        let number = self.number(&kind.key).map(usize::from);
        if let Some(count) = number.and_then(|number| self.times_changed.get(number)) {
            count.fetch_add(1, Ordering::Release);
        }
    }

    fn write(&self) -> MutexGuard<'_, Base> {
        // A transaction that did not end was rolled back: the file is whole.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps others from changing a record by hand while somebody looks at it to change it.
    pub fn edit(&self) -> MutexGuard<'_, ()> {
        self.editing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where facts come from.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add_origin(&self, origin: &Origin) -> Result<u64, StoreError> {
        self.write().add_origin(origin)
    }

    /// Stores records: all of them or none. What contradicts facts of higher standing waits for a decision.
    ///
    /// # Errors
    /// When the disk fails, or too much waits.
    pub fn put(
        &self,
        kind: &Kind,
        puts: &[Put],
        origin: u64,
        at: Ms,
    ) -> Result<Vec<Wrote>, StoreError> {
        Ok(self.put_as_of(kind, puts, (origin, None), at)?.wrote)
    }

    /// Stores records as [`BaseData::put`] does; the origin has the day that they speak of beside it, or none when they speak of the
    /// day they came.
    ///
    /// # Errors
    /// When the disk fails, or too much waits.
    pub fn put_as_of(
        &self,
        kind: &Kind,
        puts: &[Put],
        (number, as_of): (u64, Option<Ms>),
        at: Ms,
    ) -> Result<Done, StoreError> {
        let origin = self.read().origin(number)?;
        let origin = origin.ok_or_else(|| StoreError::Damaged(format!("no origin {number}")))?;
        let as_of = as_of.unwrap_or(at);
        let (known, found) = (HashMap::new(), Vec::new());
        let mut judge = review::Reviewer { base: self, kind, origin, as_of, now: at, known, found };
        // Held until the catalogue has it, so that two changes of one record come there in the order of the file.
        let mut writer = self.write();
        let done = writer.put_judged(&kind.key, puts, number, at, &mut judge)?;
        self.changed(kind);
        let mut catalogue = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        let mut touched = Vec::new();
        let wrote = done.into_iter().map(|(wrote, entry)| {
            if wrote != Wrote::Same {
                touched.push((entry.kind, entry.id));
                catalogue.put(entry);
            }
            wrote
        });
        let wrote = wrote.collect();
        drop(catalogue);
        self.changes.tell(touched.into_iter());
        Ok(Done { wrote, reviews: judge.found.len() as u64 })
    }

    /// Brings a form that was filled in on what a record was at a past moment together with what it is now. What both changed
    /// differently waits for a decision.
    ///
    /// # Errors
    /// When the disk fails, or too much waits.
    pub fn merge(
        &self,
        kind: &Kind,
        known: &Stored,
        mine: &Record,
        seen: Ms,
        theirs: &Origin,
    ) -> Result<Merged, StoreError> {
        let then = self.read().at(&kind.key, &known.record.key, seen)?;
        let then = then.map(|then| then.record);
        let merged = helan_base::review::merge(kind, then.as_ref(), &known.record, mine);
        let mut reviews = Vec::with_capacity(merged.disputed.len());
        for column in &merged.disputed {
            let from = known.origins.get(column).copied().unwrap_or(known.origin);
            let ours = self.read().origin(from)?;
            let ours = ours.ok_or_else(|| StoreError::Damaged(format!("no origin {from}")))?;
            let value = columns::shown(kind, mine, column);
            let origins = (ours, theirs.clone());
            reviews.push(review::review(
                kind,
                known,
                (column, Why::Both),
                origins,
                value,
                theirs.at,
            ));
        }
        // Before the record is stored: whatever happens then, nothing that was typed is lost.
        self.desk.add_reviews(&reviews)?;
        Ok(merged)
    }

    /// Notes that somebody looked at a record and found it so.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn confirm(
        &self,
        kind: &Kind,
        id: RecordId,
        at: helan_kernel::Ms,
    ) -> Result<bool, StoreError> {
        let confirmed = self.write().confirm(&kind.key, id, at)?;
        self.changed(kind);
        Ok(confirmed)
    }

    /// Takes a record away. Says whether it was there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove(&self, kind: &Kind, key: &str, origin: u64, at: Ms) -> Result<bool, StoreError> {
        let mut writer = self.write();
        let removed = writer.remove(&kind.key, key, origin, at)?;
        if let (Some(id), Some(number)) = (removed, self.number(&kind.key)) {
            self.changed(kind);
            self.catalogue.write().unwrap_or_else(PoisonError::into_inner).remove(id);
            self.changes.tell([(number, id)].into_iter());
        }
        Ok(removed.is_some())
    }

    /// A record as it is stored.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn get(&self, kind: &Kind, key: &str) -> Result<Option<Stored>, StoreError> {
        self.read().get(&kind.key, key)
    }
}

/// The region, its cities and counties with the people of the census (packs/ningxia/census.csv).
const CENSUS: &str = include_str!("../../../packs/ningxia/census.csv");
/// Its townships and streets (packs/ningxia/townships.csv).
const TOWNSHIPS: &str = include_str!("../../../packs/ningxia/townships.csv");

/// An area as people choose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaLine {
    /// Code.
    pub code: AreaCode,
    /// Name.
    pub name: &'static str,
    /// Name in pinyin; empty for townships.
    pub name_en: &'static str,
    /// People at the census of 2020; none for townships.
    pub people: Option<u32>,
}

/// Region, cities, counties and townships by code.
fn area_lines() -> Result<Vec<AreaLine>> {
    let mut all = Vec::new();
    for line in CENSUS.lines().skip(1).chain(TOWNSHIPS.lines().skip(1)) {
        let mut cells = line.split(',');
        let code = cells.next().unwrap_or_default().parse().with_context(|| line.to_owned())?;
        let (name, name_en) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let people = cells.next().map(str::parse).transpose().with_context(|| line.to_owned())?;
        all.push(AreaLine { code: AreaCode(code), name, name_en, people });
    }
    all.sort_by_key(|area| area.code);
    Ok(all)
}

/// The areas by name and place: the counties with their ground, and what lies above and below them.
fn areas(lines: &[AreaLine]) -> Result<Areas> {
    let mut all = geojson_areas(crate::api::COUNTIES).context("areas.geojson")?;
    for line in lines {
        if !all.iter().any(|known| known.code == line.code) {
            all.push(Area { code: line.code, name: line.name.into(), ground: None });
        }
    }
    Ok(Areas::new(all))
}

/// The areas whose ground and people are both known: the counties.
fn census(lines: &[AreaLine], areas: &Areas) -> Vec<CensusArea> {
    let known = areas.grounds().filter_map(|(code, ground)| {
        let people = lines.iter().find(|line| line.code == code)?.people?;
        CensusArea::new(code, people.into(), ground)
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seventh National Population Census of 2020: bulletins of the region and its cities.
    #[test]
    fn counties_add_up_to_cities_and_these_to_the_region() {
        let lines = area_lines().unwrap();
        let part = |code: AreaCode, size: u32| code.0.is_multiple_of(size);
        let region: Vec<_> = lines.iter().filter(|a| part(a.code, 10_000_000)).collect();
        let cities = lines.iter().filter(|a| part(a.code, 100_000) && !part(a.code, 10_000_000));
        let cities: Vec<_> = cities.collect();
        let counties = lines.iter().filter(|a| part(a.code, 1_000) && !part(a.code, 100_000));
        let counties: Vec<_> = counties.collect();
        let towns = lines.iter().filter(|a| !part(a.code, 1_000));
        let towns: Vec<_> = towns.collect();
        assert_eq!((region.len(), cities.len(), counties.len(), towns.len()), (1, 5, 22, 259));
        let people = |areas: &[&AreaLine]| areas.iter().filter_map(|a| a.people).sum::<u32>();
        assert_eq!(people(&region), 7_202_654);
        assert_eq!(people(&cities), people(&region));
        assert_eq!(people(&counties), people(&region));
        for city in &cities {
            let own: Vec<_> =
                counties.iter().copied().filter(|county| city.code.contains(county.code)).collect();
            assert_eq!(people(&own), city.people.unwrap(), "{}", city.name);
        }
        // Every county has its ground and its townships.
        let areas = areas(&lines).unwrap();
        assert_eq!(areas.len(), lines.len());
        assert_eq!(census(&lines, &areas).len(), counties.len());
        for county in counties {
            assert!(towns.iter().any(|town| county.code.contains(town.code)), "{}", county.name);
            assert_eq!(areas.find(county.name), Some(county.code));
        }
    }
}
