//! Weather 气象, as dangers ask for it: from own stations, from a feed, or by hand when all fails. A stale wind is said so.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Answer, Ms, Position, Quality, Refusal,
    event::Actor,
    registry::{Bounds, Device, Key, Quantity, Registry},
    watch::Watch,
};

/// What somebody says of the air at a place and a moment. Nothing is guessed: what was not said stays unknown.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct WeatherReport {
    /// Name of the station of the feed, or of the place that was set by hand; unique, at most 64 characters.
    pub key: String,
    /// Where it holds; it is taken for places within [`Weather::REACH_M`].
    pub position: Position,
    /// When it was observed.
    pub at: Ms,
    /// Mean wind at 10 m, m/s, 0 to 75.
    pub wind_m_s: Option<f64>,
    /// Where the wind comes from, degrees clockwise from north, 0 to 360.
    pub wind_from_deg: Option<f64>,
    /// Air temperature, °C, −60 to 60.
    pub temperature_c: Option<f64>,
    /// Relative humidity, %, 0 to 100.
    pub humidity_pct: Option<f64>,
    /// Cloud cover, tenths, 0 to 10.
    pub cloud_tenths: Option<f64>,
    /// Rain of the last hour, mm, 0 to 500.
    pub rain_mm: Option<f64>,
}

impl WeatherReport {
    /// Whether its figures are possible.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let within = |value: Option<f64>, min: f64, max: f64| {
            value.is_none_or(|v| v.is_finite() && (min..=max).contains(&v))
        };
        (1..=64).contains(&self.key.chars().count())
            && self.position.known().is_some()
            && within(self.wind_m_s, 0.0, 75.0)
            && within(self.wind_from_deg, 0.0, 360.0)
            && within(self.temperature_c, -60.0, 60.0)
            && within(self.humidity_pct, 0.0, 100.0)
            && within(self.cloud_tenths, 0.0, 10.0)
            && within(self.rain_mm, 0.0, 500.0)
    }
}

/// Where a statement about the air comes from.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AirSource {
    /// Nobody says anything.
    #[default]
    None,
    /// A device of our own, by key.
    Station(Key),
    /// A station of a feed, by its key.
    Feed(Arc<str>),
    /// A person wrote it down.
    Hand {
        /// What they called the place.
        key: Arc<str>,
        /// Who.
        by: Actor,
    },
}

/// The air at a place, as far as it is known, and who says so.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Air {
    /// Who says so.
    pub source: AirSource,
    /// When the wind was observed.
    pub at: Ms,
    /// How far from the place, metres.
    pub metres: f64,
    /// Whether it is older than [`Weather::FRESH`]: shown, and taken with a wider spread.
    pub stale: bool,
    /// Mean wind, m/s; none when unknown.
    pub wind_m_s: Option<f64>,
    /// Where the wind comes from, degrees clockwise from north; none when unknown.
    pub wind_from_deg: Option<f64>,
    /// Air temperature, °C.
    pub temperature_c: Option<f64>,
    /// Relative humidity, %.
    pub humidity_pct: Option<f64>,
    /// Cloud cover, tenths.
    pub cloud_tenths: Option<f64>,
}

impl Air {
    /// Whether the wind is so different that the area it makes is another one: 10° is half the spread of a plume in
    /// neutral air, and a third of the speed changes its length as much.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        const TURN_DEG: f64 = 10.0;
        const RATIO: f64 = 1.33;
        let turned = match (self.wind_from_deg, other.wind_from_deg) {
            (Some(a), Some(b)) => {
                let turn = (a - b).rem_euclid(360.0);
                turn.min(360.0 - turn) > TURN_DEG
            }
            (a, b) => a.is_some() != b.is_some(),
        };
        let changed = match (self.wind_m_s, other.wind_m_s) {
            // Below this a vane shows nothing.
            (Some(a), Some(b)) => a.max(b) > 0.5 && a.max(b) > RATIO * a.min(b),
            (a, b) => a.is_some() != b.is_some(),
        };
        turned || changed || self.stale != other.stale
    }
}

/// What feeds and people said, newest of each.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Weather {
    feeds: BTreeMap<Arc<str>, WeatherReport>,
    by_hand: BTreeMap<Arc<str>, (WeatherReport, Ms, Actor)>,
}

impl Weather {
    /// A wind older than this is stale: synoptic stations report every hour, automatic ones every ten minutes.
    pub const FRESH: Ms = Ms::seconds(20 * 60);
    /// A wind older than this is not taken at all: fronts pass within hours.
    pub const GONE: Ms = Ms::seconds(3 * 3600);
    /// A station farther away than this says nothing about a place: in the plain winds agree over some 30 km.
    pub const REACH_M: f64 = 30_000.0;
    /// What a person writes down holds at most so long.
    pub const LONGEST_BY_HAND: Ms = Ms::seconds(6 * 3600);
    /// Stations of feeds: ten times those of the region.
    pub const MOST: usize = 10_000;
    /// Places set by hand at once: somebody typed each.
    pub const MOST_BY_HAND: usize = 200;

    /// A feed reports. An older report than the one known is passed over.
    pub fn report(&mut self, now: Ms, report: &WeatherReport) -> Answer {
        if !report.is_valid() || report.at > now.after(Self::FRESH) {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let key: Arc<str> = report.key.as_str().into();
        match self.feeds.get(&key) {
            Some(known) if known.at > report.at => return Answer::Late,
            Some(known) if known == report => return Answer::Duplicate,
            Some(_) => {}
            None => {
                if self.feeds.len() >= Self::MOST {
                    // Stations that fell silent make room.
                    self.feeds.retain(|_, report| now.since(report.at) <= Self::GONE);
                }
                if self.feeds.len() >= Self::MOST {
                    return Answer::Refused(Refusal::LimitReached);
                }
            }
        }
        self.feeds.insert(key, report.clone());
        Answer::Done
    }

    /// What feeds said last, by the key of the station.
    pub fn reports(&self) -> impl Iterator<Item = &WeatherReport> {
        self.feeds.values()
    }

    /// What people said that holds now, until when, and who.
    pub fn by_hand(&self, now: Ms) -> impl Iterator<Item = (&WeatherReport, Ms, &Actor)> {
        let holds = self.by_hand.values().filter(move |(_, until, _)| *until > now);
        holds.map(|(report, until, by)| (report, *until, by))
    }

    /// Own stations that have measured a wind lately, with what they measured.
    pub fn own<'a>(
        now: Ms,
        registry: &'a Registry,
        watch: &'a Watch,
    ) -> impl Iterator<Item = (&'a Device, Air)> {
        let stations = registry.stations();
        stations.filter_map(move |d| Some((d, observed(now, registry, watch, d, 0.0)?)))
    }

    /// A person says how the air is at a place, until a moment; a moment that has passed takes it back.
    pub fn set_by_hand(
        &mut self,
        now: Ms,
        report: &WeatherReport,
        until: Ms,
        by: &Actor,
    ) -> Answer {
        if !report.is_valid() || until.since(now) > Self::LONGEST_BY_HAND {
            return Answer::Refused(Refusal::OutOfRange);
        }
        self.by_hand.retain(|_, (_, until, _)| *until > now);
        let key: Arc<str> = report.key.as_str().into();
        if until <= now {
            // Whoever takes back what nobody wrote would believe that the wrong wind is gone.
            let Some(_) = self.by_hand.remove(&key) else {
                return Answer::Refused(Refusal::Unknown);
            };
        } else if self.by_hand.len() >= Self::MOST_BY_HAND && !self.by_hand.contains_key(&key) {
            return Answer::Refused(Refusal::LimitReached);
        } else {
            self.by_hand.insert(key, (report.clone(), until, by.clone()));
        }
        Answer::Done
    }

    /// The air at a place. What a person says comes first, because a person only says it when the rest is wrong or missing;
    /// then the nearest fresh wind of a station or feed, then the nearest stale one. Of a person who says nothing of the wind the
    /// rest is taken: their word on the temperature is none on the wind.
    #[must_use]
    pub fn at(
        &self,
        now: Ms,
        registry: &Registry,
        watch: &Watch,
        place: Position,
        drill: bool,
    ) -> Air {
        let near = |at: Position| {
            let metres = at.metres_to(place);
            (metres <= Self::REACH_M).then_some(metres)
        };
        let hand = self.by_hand(now).filter_map(|(report, _, by)| {
            let source = AirSource::Hand { key: report.key.as_str().into(), by: by.clone() };
            Some(told(report, source, near(report.position)?, false))
        });
        let mut hand: Vec<Air> = hand.collect();
        hand.sort_by(|a, b| a.metres.total_cmp(&b.metres));
        let said = hand.iter().find(|air| air.wind_m_s.is_some()).cloned();
        let mut air = said
            .or_else(|| self.measured(now, registry, watch, (place, drill)))
            .unwrap_or_default();
        let nearest = |value: fn(&Air) -> Option<f64>| hand.iter().find_map(value);
        air.temperature_c = nearest(|air| air.temperature_c).or(air.temperature_c);
        air.humidity_pct = nearest(|air| air.humidity_pct).or(air.humidity_pct);
        air.cloud_tenths = nearest(|air| air.cloud_tenths).or(air.cloud_tenths);
        air
    }

    /// The best wind that is measured near a place, by ourselves or by a feed.
    fn measured(
        &self,
        now: Ms,
        registry: &Registry,
        watch: &Watch,
        (place, drill): (Position, bool),
    ) -> Option<Air> {
        let near = |at: Position| {
            let metres = at.metres_to(place);
            (metres <= Self::REACH_M).then_some(metres)
        };
        let own = stations(registry, place)
            .filter(|device| device.spec.drill == drill || !device.spec.drill)
            .filter_map(|device| {
                observed(now, registry, watch, device, near(device.spec.position)?)
            });
        let fed = self.feeds.values().filter(|r| now.since(r.at) <= Self::GONE).filter_map(|r| {
            let stale = now.since(r.at) > Self::FRESH;
            Some(told(r, AirSource::Feed(r.key.as_str().into()), near(r.position)?, stale))
        });
        own.chain(fed).filter(|air| air.wind_m_s.is_some()).min_by(|a, b| {
            let rank = |air: &Air| (air.stale, air.wind_from_deg.is_none());
            // A drill's own weather is made for it.
            let made = |air: &Air| !(drill && matches!(air.source, AirSource::Station(_)));
            (rank(a), made(a)).cmp(&(rank(b), made(b))).then(a.metres.total_cmp(&b.metres))
        })
    }
}

fn told(report: &WeatherReport, source: AirSource, metres: f64, stale: bool) -> Air {
    Air {
        source,
        at: report.at,
        metres,
        stale,
        wind_m_s: report.wind_m_s,
        wind_from_deg: report.wind_from_deg,
        temperature_c: report.temperature_c,
        humidity_pct: report.humidity_pct,
        cloud_tenths: report.cloud_tenths,
    }
}

fn stations(registry: &Registry, place: Position) -> impl Iterator<Item = &Device> {
    let bounds = Bounds::around(place, Weather::REACH_M);
    registry.stations().filter(move |device| {
        let at = device.spec.position;
        (bounds.low.lon..=bounds.high.lon).contains(&at.lon)
            && (bounds.low.lat..=bounds.high.lat).contains(&at.lat)
    })
}

/// The air as a device of our own measures it; none when it has measured no wind lately.
fn observed(
    now: Ms,
    registry: &Registry,
    watch: &Watch,
    device: &Device,
    metres: f64,
) -> Option<Air> {
    let latest = |quantity: Quantity| {
        let points = &registry.profile_of(device)?.points;
        let place = points.iter().position(|p| p.quantity == Some(quantity))?;
        let point = crate::PointId(device.first_point.0.checked_add(u32::try_from(place).ok()?)?);
        let latest = watch.latest(point)?;
        let taken = latest.quality == Quality::Good && now.since(latest.at) <= Weather::GONE;
        taken.then_some(latest)
    };
    let value = |quantity: Quantity| latest(quantity).map(|l| l.value);
    let speed = latest(Quantity::WindSpeed)?;
    Some(Air {
        source: AirSource::Station(device.key.clone()),
        at: speed.at,
        metres,
        stale: now.since(speed.at) > Weather::FRESH,
        wind_m_s: Some(speed.value.max(0.0)),
        wind_from_deg: value(Quantity::WindFrom).map(|deg| deg.rem_euclid(360.0)),
        temperature_c: value(Quantity::AirTemperature),
        humidity_pct: value(Quantity::Humidity),
        cloud_tenths: value(Quantity::Cloud),
    })
}
