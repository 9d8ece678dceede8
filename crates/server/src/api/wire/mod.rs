//! What the console and other programs see: wire types, apart from the kernel's own, and the explicit way from one to the
//! other. Only this module knows the JSON of the console API.

mod alarm;
mod base;
mod connector;
mod danger;
mod desk;
mod device;
mod dispatch;
mod disposal;
mod duty;
mod export;
mod exposure;
mod fire;
mod forces;
mod forecast;
mod inside;
mod live;
mod notice;
mod observed;
mod page;
mod plan;
mod profile;
mod quality;
mod report;
mod response;
mod review;
mod risk;
mod session;
mod sharing;
mod stock;
mod suppose;
mod system;
mod weather;

pub use alarm::*;
pub use base::*;
pub use connector::*;
pub use danger::*;
pub use desk::*;
pub use device::*;
pub use dispatch::*;
pub use disposal::*;
pub use duty::*;
pub use export::*;
pub use exposure::*;
pub use fire::*;
pub use forces::*;
pub use forecast::*;
pub use inside::*;
pub use live::*;
pub use notice::*;
pub use observed::*;
pub use page::*;
pub use plan::*;
pub use profile::*;
pub use quality::*;
pub use report::*;
pub use response::*;
pub use review::*;
pub use risk::*;
pub use session::*;
pub use sharing::*;
pub use stock::*;
pub use suppose::*;
pub use system::*;
pub use weather::*;

use helan_kernel::{Quality, Reading, event};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text in Chinese (the source) and English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<&helan_kernel::Text> for Text {
    fn from(text: &helan_kernel::Text) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// A place on WGS-84, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Longitude, east positive.
    pub lon: f64,
    /// Latitude, north positive.
    pub lat: f64,
}

impl From<helan_kernel::Position> for Position {
    fn from(position: helan_kernel::Position) -> Self {
        Self { lon: position.lon, lat: position.lat }
    }
}

impl From<Position> for helan_kernel::Position {
    fn from(position: Position) -> Self {
        Self { lon: position.lon, lat: position.lat }
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// Sign-in name.
    pub account: String,
    /// Name for people.
    pub name: String,
}

impl From<&event::Actor> for Actor {
    fn from(actor: &event::Actor) -> Self {
        Self { account: actor.account.to_string(), name: actor.name.to_string() }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `after` for the next page; null when there is none.
    pub next: Option<String>,
}

/// One reading: moment (ms UTC), value in the unit of the point, quality (`good`, `uncertain`, `bad`).
pub type ReadingRow = (i64, f64, &'static str);

/// A reading as a row.
#[must_use]
pub fn reading_row(reading: &Reading) -> ReadingRow {
    (reading.at.0, reading.value, quality(reading.quality))
}

/// The word for a quality.
#[must_use]
pub const fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Uncertain => "uncertain",
        Quality::Bad => "bad",
    }
}
