//! What goes wrong with a device, and when.

use helan_kernel::Ms;

/// A fault in a span of world time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// From this moment…
    pub from: Ms,
    /// …until before this one.
    pub to: Ms,
    /// What.
    pub kind: FaultKind,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// Connected, but sends nothing: dead sensor.
    Silence,
    /// The connection is gone.
    LinkLost,
    /// Repeats its last values.
    Stuck,
    /// One wrong sample, then it is over.
    Spike(f64),
    /// Wrong samples as long as the fault holds.
    Value(f64),
    /// Adds normally distributed noise of this standard deviation.
    Noise(f64),
    /// Its clock is wrong by so much.
    Clock(Ms),
    /// Says itself that its values are bad.
    Bad,
}

impl Fault {
    /// Whether it holds at a moment.
    #[must_use]
    pub fn holds(&self, now: Ms) -> bool {
        self.from <= now && now < self.to
    }
}
