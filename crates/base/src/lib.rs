//! The emergency base database (应急基础数据库): what is where, how dangerous, who answers for it, who can help.
//!
//! Every kind of object of the six domains is data ([`Kind`]): a new kind, or a new sector, needs no code. A [`Record`] is one
//! object of a kind; a [`Draft`] is what somebody typed or sent, and [`Draft::check`] makes the one of the other, or says
//! everything that is wrong with it. [`Catalogue`] answers from memory what lies where and what is called how.
//!
//! What follows from them is here, too: [`risk`], [`review`] (contradictions), [`roster`], and how goods and forces that it names
//! are given out ([`stock`], [`force`]).
//!
//! Pure and synchronous: no files, no SQL, no clock. `crates/store` keeps the records (a GeoPackage), `crates/exchange` reads and
//! writes other people's files. Start reading at [`Kind`].

mod areas;
mod catalogue;
mod danger;
mod datum;
mod draft;
mod facts;
pub mod force;
mod gpkg;
mod ground;
mod homes;
mod hot;
pub mod inside;
mod kind;
pub mod need;
mod occupancy;
mod osm;
mod pyramid;
pub mod quality;
mod record;
pub mod review;
pub mod risk;
pub mod roster;
mod safety;
pub mod share;
pub mod stock;
mod sum;
mod table;
mod together;
mod value;

pub use areas::{Area, Areas};
pub use catalogue::{Catalogue, Entry, Found, Hit, Within, centre};
pub use danger::{Danger, Team, Watch};
pub use datum::Datum;
pub use draft::{Draft, Fault, Faulty, Raw};
pub use facts::{Fact, Facts, Piece};
pub use gpkg::{BlobError, WGS84, shape_of_blob, shape_to_blob, shape_to_ewkb};
pub use ground::Ground;
pub use kind::{Choice, Domain, Field, Kind, KindError, Kinds, Mask, Need, ShapeKind, What};
pub use occupancy::{
    CensusSpread, Class, CountedIn, Group, HOURS, Hours, Occupancy, Presence, Vulnerable,
};
pub use osm::{OsmRule, OsmTag};
pub use record::{Origin, Record, RecordId, Source};
pub use safety::{
    Distance, Duty, Equipment, Method, People, Safety, distance_of, number, people_in, people_of,
};
pub use value::{Date, Value};
