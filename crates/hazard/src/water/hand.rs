//! Height above the nearest drainage (HAND; Nobre and others 2011): what a stage of the stream floods.

use super::{
    outline,
    terrain::{Drainage, Grid},
};
use crate::{
    Area, HazardError, Level,
    bounds::{together, within},
    solve::farthest,
};

/// Highest stage that is looked at, metres.
pub const HIGHEST_M: f64 = 100.0;

/// Heights above the stream that each cell drains to.
#[derive(Clone, Debug, PartialEq)]
pub struct Hand {
    columns: usize,
    cell_m: f64,
    /// NaN where the ground is unknown or drains off the grid without meeting a stream.
    heights_m: Vec<f64>,
    /// What a cell covers with its slope, m².
    ground_m2: Vec<f64>,
}

impl Hand {
    /// Heights above streams that begin where so many cells come together.
    ///
    /// # Errors
    /// When no cell is a stream: the grid is too small for it.
    pub fn of(
        grid: &Grid,
        drainage: &Drainage,
        stream_from_cells: u32,
    ) -> Result<Self, HazardError> {
        let cells = grid.columns() * grid.rows();
        let mut above: Vec<f64> = vec![f64::NAN; cells];
        let mut bed: Vec<f64> = vec![f64::NAN; cells];
        let mut ground_m2 = vec![0.0; cells];
        let mut streams = 0_usize;
        for cell in drainage.upwards() {
            let filled = drainage.filled_m.get(cell).copied().unwrap_or(f64::NAN);
            let stream = drainage.is_stream(cell, stream_from_cells);
            streams += usize::from(stream);
            let receiver = drainage.receiver(cell);
            let below = receiver.and_then(|r| bed.get(r).copied()).unwrap_or(f64::NAN);
            let own_bed = if stream { filled } else { below };
            if let (Some(b), Some(h), Some(g)) =
                (bed.get_mut(cell), above.get_mut(cell), ground_m2.get_mut(cell))
            {
                *b = own_bed;
                *h = filled - own_bed;
                let down = receiver.and_then(|r| drainage.filled_m.get(r).copied());
                let fall = down.map_or(0.0, |d| (filled - d) / grid.cell_m());
                *g = grid.cell_m() * grid.cell_m() * fall.hypot(1.0);
            }
        }
        if streams == 0 {
            return Err(together("no stream: fewer cells come together than asked for"));
        }
        Ok(Self { columns: grid.columns(), cell_m: grid.cell_m(), heights_m: above, ground_m2 })
    }

    /// Height of a cell above its stream; NaN where there is none.
    #[must_use]
    pub fn height_m(&self, cell: usize) -> f64 {
        self.heights_m.get(cell).copied().unwrap_or(f64::NAN)
    }

    /// Depth of water on a cell at a stage; none where it stays dry.
    #[must_use]
    pub fn depth_m(&self, cell: usize, stage_m: f64) -> Option<f64> {
        let depth = stage_m - self.height_m(cell);
        (depth > 0.0).then_some(depth)
    }

    /// Discharge of the reach at a stage, m³/s: Manning with the mean section that the grid holds (synthetic rating curve, Zheng and
    /// others 2018).
    #[must_use]
    pub fn discharge_m3_s(&self, reach: &Reach, stage_m: f64) -> f64 {
        let (mut volume, mut bed) = (0.0, 0.0);
        for (height, ground) in self.heights_m.iter().zip(&self.ground_m2) {
            if stage_m > *height {
                volume += (stage_m - height) * self.cell_m * self.cell_m;
                bed += ground;
            }
        }
        if bed <= 0.0 {
            return 0.0;
        }
        let section = volume / reach.length_m;
        section * (volume / bed).powf(2.0 / 3.0) * reach.slope.sqrt() / reach.roughness
    }

    /// Stage of a discharge, metres above the bed of the streams.
    ///
    /// # Errors
    /// When it is negative, not finite, or more than the reach carries at [`HIGHEST_M`].
    pub fn stage_m(&self, reach: &Reach, discharge_m3_s: f64) -> Result<f64, HazardError> {
        let reach = reach.checked()?;
        let most = self.discharge_m3_s(&reach, HIGHEST_M);
        let wanted = within("discharge_m3_s", discharge_m3_s, (0.0, most), "m3/s")?;
        let missing = |stage: f64| wanted - self.discharge_m3_s(&reach, stage);
        Ok(farthest(missing, 0.0, (0.0, HIGHEST_M)).unwrap_or(0.0))
    }

    /// What a stage floods, in depths that matter (NaN stays dry), worst first; metres around a place on the grid, counted from its
    /// northwest corner eastwards and southwards.
    ///
    /// # Errors
    /// When the stage is out of bounds.
    pub fn areas(&self, stage_m: f64, origin: (f64, f64)) -> Result<Vec<Area>, HazardError> {
        /// Depths: 1.5 m drowns, 0.5 m sweeps people and cars away, any wets houses (the usual bands of flood maps; unsure).
        const DEPTHS_M: [(f64, u8); 3] = [(1.5, 3), (0.5, 2), (0.0, 1)];
        let stage = within("stage_m", stage_m, (0.0, HIGHEST_M), "m")?;
        let masks: Vec<Vec<bool>> = DEPTHS_M
            .iter()
            .map(|(depth, _)| self.heights_m.iter().map(|h| stage - h > *depth).collect())
            .collect();
        let outlines = outline::of_masks(&masks, self.columns, self.cell_m, origin);
        let areas = DEPTHS_M.iter().zip(outlines).filter(|(_, rings)| !rings.is_empty());
        Ok(areas
            .map(|((depth, severity), rings)| {
                let level = Level {
                    key: format!("depth-{depth}-m"),
                    severity: *severity,
                    threshold: *depth,
                    unit: "m".to_owned(),
                };
                Area::new(level, rings)
            })
            .collect())
    }
}

/// A reach of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Length of the stream, metres.
    pub length_m: f64,
    /// Its slope.
    pub slope: f64,
    /// Manning's n of bed and plain.
    pub roughness: f64,
}

impl Reach {
    fn checked(self) -> Result<Self, HazardError> {
        within("length_m", self.length_m, (1.0, 1e7), "m")?;
        within("slope", self.slope, (1e-7, 1.0), "")?;
        within("roughness", self.roughness, (0.005, 0.5), "s/m^(1/3)")?;
        Ok(self)
    }
}
