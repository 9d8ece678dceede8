//! The emergency base database as the server holds it: the file with its one writer, the catalogue in memory, the areas.
//!
//! Everything here may wait for the disk: call it where that is allowed. What was stored is in the catalogue before the caller
//! goes on.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result};
use helan_base::{Area, Areas, Catalogue, Kind, Kinds, Origin, RecordId};
use helan_exchange::geojson_areas;
use helan_kernel::AreaCode;
use helan_store::{
    StoreError,
    base::{Base, BaseReader, Put, Stored, Wrote},
};

/// The base database.
pub struct BaseData {
    kinds: Kinds,
    /// By the number that the catalogue knows them by.
    numbered: Vec<Arc<Kind>>,
    areas: Arc<Areas>,
    catalogue: RwLock<Catalogue>,
    writer: Mutex<Base>,
    reader: Mutex<BaseReader>,
    folder: PathBuf,
    /// For each kind how often its records were changed since the start.
    changes: Vec<AtomicU64>,
}

impl BaseData {
    /// Opens the base database of a data folder with the kinds of the packs; takes all records into memory.
    ///
    /// # Errors
    /// When the kinds do not go together, or the file cannot be used.
    pub fn open(folder: &Path, kinds: Vec<Kind>) -> Result<Self> {
        let kinds = Kinds::new(kinds)?;
        let writer = Base::open(folder, &kinds).context("base database")?;
        let reader = BaseReader::open(folder, &kinds)?;
        let mut entries = Vec::new();
        reader.entries(|entry| entries.push(entry))?;
        let catalogue = Catalogue::load(entries);
        Ok(Self {
            numbered: kinds.iter().cloned().collect(),
            changes: kinds.iter().map(|_| AtomicU64::new(0)).collect(),
            folder: folder.to_owned(),
            kinds,
            areas: Arc::new(areas()?),
            catalogue: RwLock::new(catalogue),
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
        })
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
    pub fn changes(&self, number: u16) -> u64 {
        let count = self.changes.get(usize::from(number));
        count.map_or(0, |count| count.load(Ordering::Acquire))
    }

    fn changed(&self, kind: &Kind) {
        let number = self.number(&kind.key).map(usize::from);
        if let Some(count) = number.and_then(|number| self.changes.get(number)) {
            count.fetch_add(1, Ordering::Release);
        }
    }

    fn write(&self) -> MutexGuard<'_, Base> {
        // A transaction that did not end was rolled back: the file is whole.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where facts come from.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add_origin(&self, origin: &Origin) -> Result<u64, StoreError> {
        self.write().add_origin(origin)
    }

    /// Stores records: all of them or none.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put(
        &self,
        kind: &Kind,
        puts: &[Put],
        origin: u64,
        at: helan_kernel::Ms,
    ) -> Result<Vec<Wrote>, StoreError> {
        // Held until the catalogue has it, so that two changes of one record come there in the order of the file.
        let mut writer = self.write();
        let done = writer.put(&kind.key, puts, origin, at)?;
        self.changed(kind);
        let mut catalogue = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        let wrote = done.into_iter().map(|(wrote, entry)| {
            if wrote != Wrote::Same {
                catalogue.put(entry);
            }
            wrote
        });
        Ok(wrote.collect())
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
    pub fn remove(
        &self,
        kind: &Kind,
        key: &str,
        origin: u64,
        at: helan_kernel::Ms,
    ) -> Result<bool, StoreError> {
        let mut writer = self.write();
        let removed = writer.remove(&kind.key, key, origin, at)?;
        if let Some(id) = removed {
            self.changed(kind);
            self.catalogue.write().unwrap_or_else(PoisonError::into_inner).remove(id);
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

/// The areas of the region: the counties with their ground, and the cities and the region above them.
fn areas() -> Result<Areas> {
    let counties = geojson_areas(crate::api::COUNTIES).context("areas.geojson")?;
    let mut all: Vec<Area> = Vec::new();
    for (county, city) in counties {
        // The first four digits of a county are its city's, the first two its region's (GB/T 2260).
        let code = AreaCode(county.code.0 / 100_000 * 100_000);
        if !all.iter().any(|known| known.code == code) {
            all.push(Area { code, name: city, ground: None });
        }
        all.push(county);
    }
    all.push(Area {
        code: AreaCode(640_000_000), name: "宁夏回族自治区".into(), ground: None
    });
    Ok(Areas::new(all))
}
