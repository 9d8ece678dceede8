//! A row of any file.

use geo::Geometry;
use helan_base::{Date, Fault, Raw};

use crate::FileError;

/// One cell.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Date),
}

impl Cell {
    /// As a draft takes it.
    #[must_use]
    pub fn raw(&self) -> Raw<'_> {
        match self {
            Self::Empty => Raw::Empty,
            Self::Text(text) => Raw::Text(text),
            Self::Number(number) => Raw::Number(*number),
            Self::Flag(flag) => Raw::Flag(*flag),
            Self::Date(date) => Raw::Date(*date),
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Row {
    /// Its number in the file, as people count: the heading of a sheet is row 1.
    pub number: u64,
    /// Its cells, in the order of the heading; missing ones at the end are empty.
    pub cells: Vec<Cell>,
    /// Its shape, in the coordinate system of the file.
    pub shape: Option<Geometry>,
    /// What the file itself says is wrong, by the place of the column (none: the shape): a formula without a value, a
    /// merged cell, bytes that are no shape.
    pub faults: Vec<(Option<usize>, Fault)>,
}

/// A file that is read row by row.
pub trait Rows: Send {
    /// Names of the columns.
    fn heading(&self) -> &[String];

    /// The next row; none at the end.
    ///
    /// # Errors
    /// When the file breaks off or does not follow its format; nothing more can be read then.
    fn next(&mut self) -> Result<Option<Row>, FileError>;

    /// How much of the file has been read, 0 to 1.
    fn progress(&self) -> f64;

    /// The sheets or layers that can be chosen; the one that is read stands first.
    fn layers(&self) -> &[String] {
        &[]
    }
}
