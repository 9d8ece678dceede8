//! What can be wrong with a graph, a question or an area.

/// Why a graph cannot be built or a question cannot be answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RouteError {
    /// Without roads there are no ways.
    #[error("the road graph is empty")]
    EmptyGraph,
    /// More than a graph holds.
    #[error("more than {most} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is taken.
        most: usize,
    },
    /// No such node in the graph.
    #[error("node {0} is not in the graph")]
    UnknownNode(u32),
    /// No such edge in the graph.
    #[error("edge {0} is not in the graph")]
    UnknownEdge(u32),
    /// A place that is none: not a number, or off the globe.
    #[error("longitude {lon} and latitude {lat} are no place")]
    BadPlace {
        /// Degrees east.
        lon: f64,
        /// Degrees north.
        lat: f64,
    },
    /// A number outside its range: negative, infinite or not a number.
    #[error("{what} must not be {value}")]
    BadNumber {
        /// Which number.
        what: &'static str,
        /// What it was.
        value: f64,
    },
    /// A turn between edges that do not meet.
    #[error("edges {from} and {to} do not meet")]
    NoTurn {
        /// Edge before the turn.
        from: u32,
        /// Edge after the turn.
        to: u32,
    },
    /// A line of a file that is not understood.
    #[error("line {line}: {why}")]
    BadLine {
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// The area is no polygon.
    #[error("the area is no polygon: {0}")]
    BadArea(String),
    /// The graph has no coordinates, so that a place or an area means nothing to it.
    #[error("the graph has no coordinates")]
    NoCoordinates,
    /// No road that the vehicle may use is near.
    #[error("no usable road within {within_m} m of longitude {lon}, latitude {lat}")]
    NoRoadNear {
        /// Degrees east.
        lon: f64,
        /// Degrees north.
        lat: f64,
        /// How far was looked, metres.
        within_m: f64,
    },
    /// The target lies in a closed area, and nobody may enter one.
    #[error("the target lies in the closed area {0}")]
    TargetClosed(String),
    /// No way leads there.
    #[error("no way leads there")]
    NoWay,
    /// The parts of a question do not fit together.
    #[error("{0}")]
    Question(String),
}
