//! The history, asked from async handlers: reads wait for the disk, so each runs on a thread for such things.

use std::path::PathBuf;

use helan_kernel::{
    AreaCode, IncidentId, Ms, PointId, command::TimelineEntry, danger::DangerArea, push::Warning,
};
use helan_store::{
    History as Store, StoreError, VerifyReport,
    codec::chunk::Sample,
    history::{AuditEntry, Filter, Positions, Record},
};

use super::{error::ApiError, state::blocking};

/// Lines of one timeline that are shown; a longer one is read in portions.
pub const MAX_LINES: u32 = 5_000;

/// Handle to the history; cheap to clone.
#[derive(Clone)]
pub struct History {
    store: Store,
    folder: PathBuf,
}

impl History {
    /// Over an open history of a data folder.
    #[must_use]
    pub const fn new(store: Store, folder: PathBuf) -> Self {
        Self { store, folder }
    }

    async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<A, StoreError> + Send + 'static,
    ) -> Result<A, ApiError> {
        let store = self.store.clone();
        Ok(blocking(move || question(&store)).await??)
    }

    /// One record.
    pub async fn get<R: Record + Send + 'static>(&self, id: u64) -> Result<Option<R>, ApiError> {
        self.ask(move |store| store.get(id)).await
    }

    /// Closed records, newest first.
    pub async fn closed<R: Record + Send + 'static>(
        &self,
        area: AreaCode,
        incident: Option<u64>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<R>, ApiError> {
        let filter = Filter {
            area,
            incident: incident.map(IncidentId),
            open: Some(false),
            before,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            ..Filter::default()
        };
        self.ask(move |store| store.page(&filter)).await
    }

    /// Records of an incident, open or closed, newest first.
    pub async fn of_incident<R: Record + Send + 'static>(
        &self,
        incident: IncidentId,
        limit: u32,
    ) -> Result<Vec<R>, ApiError> {
        self.page(Filter { incident: Some(incident), limit, ..Filter::default() }).await
    }

    /// Records by a filter, newest first.
    pub async fn page<R: Record + Send + 'static>(
        &self,
        filter: Filter,
    ) -> Result<Vec<R>, ApiError> {
        self.ask(move |store| store.page(&filter)).await
    }

    /// Timeline of an incident, oldest first.
    pub async fn timeline(&self, incident: IncidentId) -> Result<Vec<TimelineEntry>, ApiError> {
        self.ask(move |store| store.timeline(incident, 0, MAX_LINES)).await
    }

    /// How far the dangers of an incident reached, oldest first.
    pub async fn dangers_of(&self, incident: IncidentId) -> Result<Vec<DangerArea>, ApiError> {
        self.ask(move |store| store.dangers_of(incident)).await
    }

    /// When the dangers of an incident were over, oldest first.
    pub async fn dangers_over(&self, incident: IncidentId) -> Result<Vec<Ms>, ApiError> {
        self.ask(move |store| store.dangers_over(incident)).await
    }

    /// Warnings of an incident, oldest first.
    pub async fn warnings_of(&self, incident: IncidentId) -> Result<Vec<Warning>, ApiError> {
        self.ask(move |store| store.warnings_of(incident)).await
    }

    /// Warnings since a moment, newest first.
    pub async fn warnings(&self, since: Ms, limit: u32) -> Result<Vec<Warning>, ApiError> {
        self.ask(move |store| store.warnings(AreaCode::ALL, since, limit)).await
    }

    /// Readings of a point from `from` to `to` (both included), oldest first.
    pub async fn readings(
        &self,
        point: PointId,
        from: Ms,
        to: Ms,
        limit: usize,
    ) -> Result<Vec<Sample>, ApiError> {
        self.ask(move |store| store.readings(point, from, to, limit)).await
    }

    /// Rows of the audit chain, newest first.
    pub async fn audit(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, ApiError> {
        self.ask(move |store| store.audit(before, limit)).await
    }

    /// How far it lies behind the journal.
    pub async fn positions(&self) -> Result<Positions, ApiError> {
        self.ask(Store::positions).await
    }

    /// Walks the whole audit chain: takes long.
    pub async fn verify(&self) -> Result<VerifyReport, ApiError> {
        let folder = self.folder.clone();
        Ok(blocking(move || helan_store::verify(&folder)).await??)
    }

    /// The history itself, for jobs that have a thread of their own.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }
}
