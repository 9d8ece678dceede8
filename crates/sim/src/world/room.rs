//! Gas in a room: the mass balance of a well-mixed volume.
//!
//! `dC/dt = leak / volume − (air changes) × C`, solved exactly between two changes of its inputs. A concentration is
//! methane as a share of the volume; people and devices speak of it in % of the lower explosive limit (%LEL).

use helan_kernel::Ms;

/// Lower explosive limit of methane in air, as a share of the volume (5 %, GB/T 50493-2019 annex A).
pub const LEL_METHANE: f64 = 0.05;

/// What a room is like.
#[derive(Clone, Debug)]
pub struct RoomShape {
    /// Volume of air in cubic metres.
    pub volume_m3: f64,
    /// Air changes in an hour through gaps, windows shut.
    pub air_changes: f64,
    /// Further air changes in an hour while the fan runs.
    pub fan_air_changes: f64,
}

impl Default for RoomShape {
    /// A kitchen of 6 m² with a range hood of 600 m³/h.
    fn default() -> Self {
        Self { volume_m3: 15.0, air_changes: 0.5, fan_air_changes: 40.0 }
    }
}

/// A room at a moment.
#[derive(Clone, Debug)]
pub struct Room {
    shape: RoomShape,
    at: Ms,
    /// Methane as a share of the volume, 0 to 1.
    share: f64,
    /// Gas that would flow in with the valve open, in cubic metres in a second.
    leak_m3_s: f64,
    valve_open: bool,
    fan_running: bool,
    /// Gas that flowed in so far, in cubic metres.
    leaked_m3: f64,
    /// Highest share so far.
    peak: f64,
}

impl Room {
    /// A room with clean air at time 0.
    #[must_use]
    pub fn new(shape: RoomShape) -> Self {
        Self {
            shape,
            at: Ms(0),
            share: 0.0,
            leak_m3_s: 0.0,
            valve_open: true,
            fan_running: false,
            leaked_m3: 0.0,
            peak: 0.0,
        }
    }

    /// The leak that brings a closed room of this shape from clean air to `percent_lel` in `span`, in cubic metres a second.
    #[must_use]
    pub fn leak_for(shape: &RoomShape, percent_lel: f64, span: Ms) -> f64 {
        let share = percent_lel / 100.0 * LEL_METHANE;
        let seconds = seconds(span);
        let rate = shape.air_changes / 3600.0;
        if rate * seconds < 1e-9 {
            return share * shape.volume_m3 / seconds.max(1e-3);
        }
        share * shape.volume_m3 * rate / (1.0 - (-rate * seconds).exp())
    }

    /// Lets time pass.
    pub fn advance(&mut self, to: Ms) {
        let span = seconds(to.since(self.at));
        if span <= 0.0 {
            return;
        }
        self.at = to;
        let inflow = self.inflow_m3_s();
        let rate = self.exchange_per_s();
        let limit = inflow / self.shape.volume_m3;
        self.share = if rate > 0.0 {
            let end = limit / rate;
            end + (self.share - end) * (-rate * span).exp()
        } else {
            limit.mul_add(span, self.share)
        };
        self.share = self.share.clamp(0.0, 1.0);
        // Between two changes the share goes one way only, so its ends are its extremes.
        self.peak = self.peak.max(self.share);
        self.leaked_m3 += inflow * span;
    }

    /// Gas flowing in now, in cubic metres in a second.
    #[must_use]
    pub fn inflow_m3_s(&self) -> f64 {
        if self.valve_open { self.leak_m3_s } else { 0.0 }
    }

    /// Share of the air that is exchanged in a second.
    fn exchange_per_s(&self) -> f64 {
        let fan = if self.fan_running { self.shape.fan_air_changes } else { 0.0 };
        (self.shape.air_changes + fan) / 3600.0
    }

    /// Concentration in % of the lower explosive limit.
    #[must_use]
    pub fn percent_lel(&self) -> f64 {
        self.share / LEL_METHANE * 100.0
    }

    /// Highest concentration so far in % of the lower explosive limit.
    #[must_use]
    pub fn peak_percent_lel(&self) -> f64 {
        self.peak / LEL_METHANE * 100.0
    }

    /// Gas that flowed in since the beginning, in cubic metres.
    #[must_use]
    pub fn leaked_m3(&self) -> f64 {
        self.leaked_m3
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &RoomShape {
        &self.shape
    }

    /// From `at` on so much gas flows in while the valve is open.
    pub fn set_leak(&mut self, at: Ms, leak_m3_s: f64) {
        self.advance(at);
        self.leak_m3_s = leak_m3_s.max(0.0);
    }

    /// Opens or shuts the valve at `at`.
    pub fn set_valve(&mut self, at: Ms, open: bool) {
        self.advance(at);
        self.valve_open = open;
    }

    /// Starts or stops the fan at `at`.
    pub fn set_fan(&mut self, at: Ms, running: bool) {
        self.advance(at);
        self.fan_running = running;
    }

    /// Opens or shuts windows at `at`: air changes in an hour without the fan.
    pub fn set_air_changes(&mut self, at: Ms, air_changes: f64) {
        self.advance(at);
        self.shape.air_changes = air_changes.max(0.0);
    }
}

/// What a sensor shows of a value: a lag of first order.
#[derive(Clone, Debug)]
pub struct Lag {
    at: Ms,
    shown: f64,
    /// Time constant in seconds: after it, 63 % of a jump are shown. T90 is 2.3 times as long.
    constant_s: f64,
}

impl Lag {
    /// A sensor that shows 0 at time 0.
    #[must_use]
    pub fn new(constant_s: f64) -> Self {
        Self { at: Ms(0), shown: 0.0, constant_s: constant_s.max(1e-3) }
    }

    /// What it shows at `to`, the value having been `value` since the last time it was asked.
    pub fn follow(&mut self, to: Ms, value: f64) -> f64 {
        let span = seconds(to.since(self.at)).max(0.0);
        self.at = self.at.max(to);
        self.shown = value + (self.shown - value) * (-span / self.constant_s).exp();
        self.shown
    }
}

/// Seconds of a span.
#[expect(clippy::cast_precision_loss, reason = "spans of centuries in ms stay below 2^53")]
pub(crate) fn seconds(span: Ms) -> f64 {
    span.0 as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaking(percent_lel: f64, minutes: i64) -> Room {
        let mut room = Room::new(RoomShape::default());
        let leak = Room::leak_for(room.shape(), percent_lel, Ms::seconds(60 * minutes));
        room.set_leak(Ms(0), leak);
        room
    }

    #[test]
    fn a_leak_fills_the_room_as_asked() {
        let mut room = leaking(30.0, 4);
        room.advance(Ms::seconds(120));
        assert!((room.percent_lel() - 15.0).abs() < 0.2, "{}", room.percent_lel());
        room.advance(Ms::seconds(240));
        assert!((room.percent_lel() - 30.0).abs() < 1e-9, "{}", room.percent_lel());
    }

    #[test]
    fn gas_is_neither_made_nor_lost() {
        let mut room = leaking(30.0, 4);
        room.set_air_changes(Ms(0), 0.0);
        room.advance(Ms::seconds(100));
        let inside = room.percent_lel() / 100.0 * LEL_METHANE * room.shape().volume_m3;
        assert!((inside - room.leaked_m3()).abs() < 1e-12);
    }

    #[test]
    fn small_steps_and_one_step_agree() {
        let (mut once, mut often) = (leaking(30.0, 4), leaking(30.0, 4));
        once.advance(Ms::seconds(200));
        for s in 0..=2000 {
            often.advance(Ms(s * 100));
        }
        assert!((once.percent_lel() - often.percent_lel()).abs() < 1e-9);
    }

    #[test]
    fn a_shut_valve_lowers_the_gas_and_the_fan_does_it_faster() {
        let after = |fan: bool| {
            let mut room = leaking(30.0, 4);
            room.set_valve(Ms::seconds(240), false);
            room.set_fan(Ms::seconds(240), fan);
            room.advance(Ms::seconds(540));
            room.percent_lel()
        };
        assert!(after(false) < 30.0 && after(false) > 25.0, "{}", after(false));
        assert!(after(true) < 2.0, "{}", after(true));
    }

    #[test]
    fn a_sensor_follows_with_its_lag() {
        let mut lag = Lag::new(10.0);
        lag.follow(Ms(0), 0.0);
        let shown = (1..=23).map(|s| lag.follow(Ms::seconds(s), 10.0)).last().unwrap();
        assert!((shown - 9.0).abs() < 0.05, "{shown}");
    }
}
