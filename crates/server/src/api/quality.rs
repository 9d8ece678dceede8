//! How good the base database is (R57): scores with their formula, what is to be put right, and how it was before.

use std::collections::BTreeMap;

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_base::{
    Kind, Mask,
    quality::{Aspect, FlawKind, Flaws, Rules, Tally},
};
use helan_kernel::{AreaCode, Ms};
use helan_store::{
    base::Stored,
    desk::{day, first_moment},
};

use super::{
    Api,
    base::kind_of,
    error::{ApiError, Code},
    extract::{Query, cursor, page_size},
    notices::sees_people,
    state::blocking,
    wire::{
        BaseFlaw, BaseObject, DayScore, FlawQuery, FlawedObject, Page, Score, ScoreQuery, Scores,
        TrendQuery,
    },
};
use crate::{access::Caller, base::BaseData, jobs::quality};

/// Days of a trend when nothing is asked for, and at most (as many as are kept).
const DAYS: u32 = 90;
const MAX_DAYS: u32 = 400;

/// By what rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A kind.
    Kind,
    /// A domain, which is the department that answers for its kinds.
    Domain,
    /// A city (GB/T 2260: four digits).
    City,
    /// A county (six digits).
    County,
}

impl By {
    /// By its word.
    ///
    /// # Errors
    /// When there is none.
    pub fn of(word: &str) -> Result<Self, ApiError> {
        match word {
            "kind" => Ok(Self::Kind),
            "domain" => Ok(Self::Domain),
            "city" => Ok(Self::City),
            "county" => Ok(Self::County),
            _ => Err(ApiError::with_detail(Code::OutOfRange, "by")),
        }
    }

    /// The row that records of a kind in an area belong to.
    #[must_use]
    pub fn key(self, kind: &Kind, area: AreaCode) -> String {
        match self {
            Self::Kind => kind.key.clone(),
            Self::Domain => kind.domain.word().to_owned(),
            Self::City => (area.0 / 100_000 * 100_000).to_string(),
            Self::County => (area.0 / 1_000 * 1_000).to_string(),
        }
    }
}

/// Kinds that are asked for, with their numbers.
fn kinds_of<'a>(
    base: &'a BaseData,
    kind: Option<&str>,
    domain: Option<&str>,
) -> Result<Vec<(u16, &'a Kind)>, ApiError> {
    if kind.is_some_and(|kind| base.number(kind).is_none()) {
        return Err(Code::NotFound.into());
    }
    let all = (0_u16..).zip(base.kinds().iter().map(|kind| &**kind));
    let wanted = all.filter(|(_, one)| {
        kind.is_none_or(|kind| one.key == kind)
            && domain.is_none_or(|domain| one.domain.word() == domain)
    });
    Ok(wanted.collect())
}

/// Scores of the caller's area.
#[utoipa::path(get, path = "/quality/scores", tag = "quality", params(ScoreQuery),
    responses((status = 200, body = Scores)))]
pub async fn scores(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ScoreQuery>,
) -> Result<Reply<Scores>, ApiError> {
    let by = By::of(query.by.as_deref().unwrap_or("kind"))?;
    let kinds = kinds_of(&api.base, query.kind.as_deref(), query.domain.as_deref())?;
    let now = api.platform.now();
    let mut rows: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut total, mut at, mut outdated) = (Tally::default(), None, false);
    for (number, kind) in kinds {
        outdated |= api.quality.is_outdated(&api.base, number, now);
        let Some(known) = api.quality.of(number) else { continue };
        let Some(area) = caller.part_of(query.area) else { continue };
        for (own, tally) in known.tallies.range(area..=area.last()) {
            at = Some(at.map_or(known.at.0, |at: i64| at.min(known.at.0)));
            rows.entry(by.key(kind, *own)).or_default().add(tally);
            total.add(tally);
        }
    }
    Ok(Reply(Scores {
        at,
        outdated,
        running: api.quality.is_running(),
        weights: Aspect::ALL.into_iter().map(|a| (a.word(), a.weight())).collect(),
        total: Score::of(String::new(), &total),
        rows: rows
            .into_iter()
            // Twins that lie in two areas belong to no row of one.
            .filter(|(_, tally)| tally.marks.records > 0)
            .map(|(key, tally)| Score::of(key, &tally))
            .collect(),
    }))
}

/// Records of a kind that are to be put right.
#[utoipa::path(get, path = "/quality/flaws", tag = "quality", params(FlawQuery),
    responses((status = 200, body = Page<FlawedObject>)))]
pub async fn flaws(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<FlawQuery>,
) -> Result<Reply<Page<FlawedObject>>, ApiError> {
    let kind = kind_of(&api, &query.kind)?;
    let wanted = query.flaw.as_deref().map(|code| {
        FlawKind::of(code).ok_or_else(|| ApiError::with_detail(Code::OutOfRange, "flaw"))
    });
    let wanted = wanted.transpose()?;
    let after = cursor(query.after.as_deref())?.unwrap_or(0);
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let most = page_size(query.limit);
    let number = api.base.number(&kind.key).ok_or(Code::NotFound)?;
    let (known, area) = (api.quality.of(number), caller.part_of(query.area));
    let (Some(known), Some(area)) = (known, area) else {
        return Ok(Reply(Page { items: Vec::new(), next: None }));
    };
    let private = sees_people(&caller, false);
    let (shared, now, seen) = (api.clone(), api.platform.now(), caller.area);
    let page = blocking(move || {
        let from = known.flawed.partition_point(|flawed| flawed.id.0 <= after);
        let rest = known.flawed.get(from..).unwrap_or_default().iter();
        let is_wanted = |flaws: Flaws| match wanted {
            Some(flaw) => flaws.has(flaw),
            None => !flaws.is_empty(),
        };
        let ones =
            rest.filter(|one| area.contains(one.area) && is_wanted(known.known_in(one, seen)));
        let ones: Vec<_> = ones.take(most).collect();
        let mut items = Vec::with_capacity(ones.len());
        for one in &ones {
            let stored = shared.base.read().get_by_id(&kind.key, one.id)?;
            // What was put right, moved or taken away since is not shown any more.
            let Some(stored) = stored.filter(|stored| area.contains(stored.record.area)) else {
                continue;
            };
            let flaws = flaws_of(&shared, seen, (&kind, number), &stored, now);
            if !flaws.iter().any(|flaw| wanted.is_none_or(|wanted| flaw.code == wanted.code())) {
                continue;
            }
            let name = stored.record.name;
            items.push(FlawedObject {
                id: one.id.0,
                kind: kind.key.clone(),
                key: stored.record.key,
                name: if private || !kind.private_name { name } else { Mask::Name.blur(&name) },
                area: stored.record.area.0,
                flaws,
                checked_at: stored.checked_at.0,
            });
        }
        let next = ones.last().filter(|_| ones.len() == most).map(|one| one.id.0.to_string());
        Ok::<_, ApiError>(Page { items, next })
    })
    .await??;
    Ok(Reply(page))
}

/// What is wrong with a record as it is now, for whoever sees an area. Twins are those that were found when all were compared last.
fn flaws_of(
    api: &Api,
    seen: AreaCode,
    (kind, number): (&Kind, u16),
    stored: &Stored,
    now: Ms,
) -> Vec<BaseFlaw> {
    let posts = api.quality.posts();
    let rules = Rules { kind, areas: api.base.areas(), posts: posts.as_deref(), now };
    let verdict = rules.judge(&stored.record, stored.checked_at);
    let known = api.quality.of(number);
    let twins = known
        .filter(|known| stored.changed_at <= known.at)
        .map_or(Flaws::default(), |known| known.twins_of(stored.id, seen));
    let own = verdict.flaws.iter().map(|flaw| BaseFlaw::of(flaw.kind, &flaw.column));
    own.chain(twins.iter().map(|flaw| BaseFlaw::of(flaw, ""))).collect()
}

/// Says on an object what is wrong with it, for whoever sees an area.
pub fn mark(api: &Api, seen: AreaCode, kind: &Kind, stored: &Stored, object: &mut BaseObject) {
    let Some(number) = api.base.number(&kind.key) else { return };
    object.flaws = flaws_of(api, seen, (kind, number), stored, api.platform.now());
    object.doubtful = is_doubtful(&object.flaws);
}

/// Whether an object is stale, and whether it is doubtful, for whoever sees an area.
pub fn doubts(
    api: &Api,
    seen: AreaCode,
    kind: (&Kind, u16),
    stored: &Stored,
    now: Ms,
) -> (bool, bool) {
    let flaws = flaws_of(api, seen, kind, stored, now);
    (flaws.iter().any(|flaw| flaw.code == FlawKind::Stale.code()), is_doubtful(&flaws))
}

fn is_doubtful(flaws: &[BaseFlaw]) -> bool {
    flaws.iter().any(|flaw| FlawKind::of(flaw.code).is_some_and(FlawKind::is_doubt))
}

/// Scores of past days in the caller's area, oldest first.
#[utoipa::path(get, path = "/quality/trend", tag = "quality", params(TrendQuery),
    responses((status = 200, body = [DayScore])))]
pub async fn trend(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<TrendQuery>,
) -> Result<Reply<Vec<DayScore>>, ApiError> {
    let kinds = kinds_of(&api.base, query.kind.as_deref(), query.domain.as_deref())?;
    let kinds: Vec<String> = kinds.into_iter().map(|(_, kind)| kind.key.clone()).collect();
    let Some(area) = caller.part_of(query.area) else { return Ok(Reply(Vec::new())) };
    let days = query.days.unwrap_or(DAYS).clamp(1, MAX_DAYS);
    let since = day(api.platform.now()) + 1 - i64::from(days);
    let desk = api.desk.clone();
    let days = blocking(move || {
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        desk.marks_by_day(&kinds, area, since)
    })
    .await??;
    let days = days.iter().map(|(day, marks)| DayScore::of(first_moment(*day).0, marks));
    Ok(Reply(days.collect()))
}

/// Compute now what is outdated.
#[utoipa::path(post, path = "/quality/run", tag = "quality", responses((status = 202)))]
pub async fn run(State(api): State<Api>, caller: Caller) -> Result<StatusCode, ApiError> {
    api.note(&caller, "quality run", "", true).await?;
    tokio::spawn(async move { quality::compute(&api, true).await });
    Ok(StatusCode::ACCEPTED)
}
