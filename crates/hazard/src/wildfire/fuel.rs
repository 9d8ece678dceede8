//! Fuels: the 13 models of Anderson 1982 (INT-122) and the 40 of Scott and Burgan 2005 (RMRS-GTR-153), in the units in which they are
//! printed.

use crate::{HazardError, bounds::together};

/// Tons per acre in pounds per square foot.
const TONS_PER_ACRE: f64 = 2_000.0 / 43_560.0;

/// A fuel model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fuel {
    /// Number, as on fuel maps: 1 to 13, 101 to 204.
    pub number: u16,
    /// Code.
    pub code: &'static str,
    /// What grows or lies there.
    pub name: &'static str,
    /// Depth of the bed, ft.
    pub depth_ft: f64,
    /// Moisture of the dead fuel at which it does not burn, as a share.
    pub extinction: f64,
    /// Heat of combustion, Btu/lb.
    pub heat_btu_lb: f64,
    /// Oven-dry loads, lb/ft²: dead of 1, 10 and 100 hours, living herbs, living wood.
    pub loads_lb_ft2: [f64; 5],
    /// Surface to volume, 1/ft: dead of 1 hour, herbs, wood. Dead of 10 and 100 hours have 109 and 30 everywhere.
    pub fineness_1_ft: [f64; 3],
    /// Whether herbs dry to dead fuel as their moisture falls.
    pub dynamic: bool,
}

type Name = (u16, &'static str, &'static str);

const fn anderson(name: Name, bed: [f64; 3], loads_lb_ft2: [f64; 5], fine: [f64; 3]) -> Fuel {
    let ((number, code, name), [depth_ft, extinction, heat_btu_lb]) = (name, bed);
    let fineness_1_ft = fine;
    Fuel {
        number,
        code,
        name,
        depth_ft,
        extinction,
        heat_btu_lb,
        loads_lb_ft2,
        fineness_1_ft,
        dynamic: false,
    }
}

const fn scott_burgan(name: Name, bed: [f64; 3], tons_acre: [f64; 5], fine: [f64; 3]) -> Fuel {
    let [a, b, c, d, e] = tons_acre;
    let t = TONS_PER_ACRE;
    let fuel = anderson(name, bed, [a * t, b * t, c * t, d * t, e * t], fine);
    Fuel { dynamic: d > 0.0, ..fuel }
}

/// All fuels: (number, code, name), (depth, extinction, heat), loads, fineness.
#[rustfmt::skip]
pub const FUELS: [Fuel; 53] = [
    anderson((1, "R01", "short grass"),
        [1.0, 0.12, 8000.0], [0.034, 0.0, 0.0, 0.0, 0.0], [3500.0, 0.0, 0.0]),
    anderson((2, "R02", "timber with grass"),
        [1.0, 0.15, 8000.0], [0.092, 0.046, 0.023, 0.023, 0.0], [3000.0, 1500.0, 0.0]),
    anderson((3, "R03", "tall grass"),
        [2.5, 0.25, 8000.0], [0.138, 0.0, 0.0, 0.0, 0.0], [1500.0, 0.0, 0.0]),
    anderson((4, "R04", "chaparral"),
        [6.0, 0.2, 8000.0], [0.23, 0.184, 0.092, 0.0, 0.23], [2000.0, 0.0, 1500.0]),
    anderson((5, "R05", "brush"),
        [2.0, 0.2, 8000.0], [0.046, 0.023, 0.0, 0.0, 0.092], [2000.0, 0.0, 1500.0]),
    anderson((6, "R06", "dormant brush, hardwood slash"),
        [2.5, 0.25, 8000.0], [0.069, 0.115, 0.092, 0.0, 0.0], [1750.0, 0.0, 0.0]),
    anderson((7, "R07", "southern rough"),
        [2.5, 0.4, 8000.0], [0.052, 0.086, 0.069, 0.0, 0.017], [1750.0, 0.0, 1550.0]),
    anderson((8, "R08", "closed timber litter"),
        [0.2, 0.3, 8000.0], [0.069, 0.046, 0.115, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    anderson((9, "R09", "hardwood litter"),
        [0.2, 0.25, 8000.0], [0.134, 0.019, 0.007, 0.0, 0.0], [2500.0, 0.0, 0.0]),
    anderson((10, "R10", "timber with litter and understory"),
        [1.0, 0.25, 8000.0], [0.138, 0.092, 0.23, 0.0, 0.092], [2000.0, 0.0, 1500.0]),
    anderson((11, "R11", "light slash"),
        [1.0, 0.15, 8000.0], [0.069, 0.207, 0.253, 0.0, 0.0], [1500.0, 0.0, 0.0]),
    anderson((12, "R12", "medium slash"),
        [2.3, 0.2, 8000.0], [0.184, 0.644, 0.759, 0.0, 0.0], [1500.0, 0.0, 0.0]),
    anderson((13, "R13", "heavy slash"),
        [3.0, 0.25, 8000.0], [0.322, 1.058, 1.288, 0.0, 0.0], [1500.0, 0.0, 0.0]),
    scott_burgan((101, "GR1", "short, sparse dry climate grass"),
        [0.4, 0.15, 8000.0], [0.1, 0.0, 0.0, 0.3, 0.0], [2200.0, 2000.0, 0.0]),
    scott_burgan((102, "GR2", "low load, dry climate grass"),
        [1.0, 0.15, 8000.0], [0.1, 0.0, 0.0, 1.0, 0.0], [2000.0, 1800.0, 0.0]),
    scott_burgan((103, "GR3", "low load, very coarse, humid climate grass"),
        [2.0, 0.3, 8000.0], [0.1, 0.4, 0.0, 1.5, 0.0], [1500.0, 1300.0, 0.0]),
    scott_burgan((104, "GR4", "moderate load, dry climate grass"),
        [2.0, 0.15, 8000.0], [0.25, 0.0, 0.0, 1.9, 0.0], [2000.0, 1800.0, 0.0]),
    scott_burgan((105, "GR5", "low load, humid climate grass"),
        [1.5, 0.4, 8000.0], [0.4, 0.0, 0.0, 2.5, 0.0], [1800.0, 1600.0, 0.0]),
    scott_burgan((106, "GR6", "moderate load, humid climate grass"),
        [1.5, 0.4, 9000.0], [0.1, 0.0, 0.0, 3.4, 0.0], [2200.0, 2000.0, 0.0]),
    scott_burgan((107, "GR7", "high load, dry climate grass"),
        [3.0, 0.15, 8000.0], [1.0, 0.0, 0.0, 5.4, 0.0], [2000.0, 1800.0, 0.0]),
    scott_burgan((108, "GR8", "high load, very coarse, humid climate grass"),
        [4.0, 0.3, 8000.0], [0.5, 1.0, 0.0, 7.3, 0.0], [1500.0, 1300.0, 0.0]),
    scott_burgan((109, "GR9", "very high load, humid climate grass"),
        [5.0, 0.4, 8000.0], [1.0, 1.0, 0.0, 9.0, 0.0], [1800.0, 1600.0, 0.0]),
    scott_burgan((121, "GS1", "low load, dry climate grass-shrub"),
        [0.9, 0.15, 8000.0], [0.2, 0.0, 0.0, 0.5, 0.65], [2000.0, 1800.0, 1800.0]),
    scott_burgan((122, "GS2", "moderate load, dry climate grass-shrub"),
        [1.5, 0.15, 8000.0], [0.5, 0.5, 0.0, 0.6, 1.0], [2000.0, 1800.0, 1800.0]),
    scott_burgan((123, "GS3", "moderate load, humid climate grass-shrub"),
        [1.8, 0.4, 8000.0], [0.3, 0.25, 0.0, 1.45, 1.25], [1800.0, 1600.0, 1600.0]),
    scott_burgan((124, "GS4", "high load, humid climate grass-shrub"),
        [2.1, 0.4, 8000.0], [1.9, 0.3, 0.1, 3.4, 7.1], [1800.0, 1600.0, 1600.0]),
    scott_burgan((141, "SH1", "low load, dry climate shrub"),
        [1.0, 0.15, 8000.0], [0.25, 0.25, 0.0, 0.15, 1.3], [2000.0, 1800.0, 1600.0]),
    scott_burgan((142, "SH2", "moderate load, dry climate shrub"),
        [1.0, 0.15, 8000.0], [1.35, 2.4, 0.75, 0.0, 3.85], [2000.0, 0.0, 1600.0]),
    scott_burgan((143, "SH3", "moderate load, humid climate shrub"),
        [2.4, 0.4, 8000.0], [0.45, 3.0, 0.0, 0.0, 6.2], [1600.0, 0.0, 1400.0]),
    scott_burgan((144, "SH4", "low load, humid climate timber-shrub"),
        [3.0, 0.3, 8000.0], [0.85, 1.15, 0.2, 0.0, 2.55], [2000.0, 1800.0, 1600.0]),
    scott_burgan((145, "SH5", "high load, dry climate shrub"),
        [6.0, 0.15, 8000.0], [3.6, 2.1, 0.0, 0.0, 2.9], [750.0, 0.0, 1600.0]),
    scott_burgan((146, "SH6", "low load, humid climate shrub"),
        [2.0, 0.3, 8000.0], [2.9, 1.45, 0.0, 0.0, 1.4], [750.0, 0.0, 1600.0]),
    scott_burgan((147, "SH7", "very high load, dry climate shrub"),
        [6.0, 0.15, 8000.0], [3.5, 5.3, 2.2, 0.0, 3.4], [750.0, 0.0, 1600.0]),
    scott_burgan((148, "SH8", "high load, humid climate shrub"),
        [3.0, 0.4, 8000.0], [2.05, 3.4, 0.85, 0.0, 4.35], [750.0, 0.0, 1600.0]),
    scott_burgan((149, "SH9", "very high load, humid climate shrub"),
        [4.4, 0.4, 8000.0], [4.5, 2.45, 0.0, 1.55, 7.0], [750.0, 1800.0, 1500.0]),
    scott_burgan((161, "TU1", "light load, dry climate timber-grass-shrub"),
        [0.6, 0.2, 8000.0], [0.2, 0.9, 1.5, 0.2, 0.9], [2000.0, 1800.0, 1600.0]),
    scott_burgan((162, "TU2", "moderate load, humid climate timber-shrub"),
        [1.0, 0.3, 8000.0], [0.95, 1.8, 1.25, 0.0, 0.2], [2000.0, 0.0, 1600.0]),
    scott_burgan((163, "TU3", "moderate load, humid climate timber-grass-shrub"),
        [1.3, 0.3, 8000.0], [1.1, 0.15, 0.25, 0.65, 1.1], [1800.0, 1600.0, 1400.0]),
    scott_burgan((164, "TU4", "dwarf conifer with understory"),
        [0.5, 0.12, 8000.0], [4.5, 0.0, 0.0, 0.0, 2.0], [2300.0, 0.0, 2000.0]),
    scott_burgan((165, "TU5", "very high load, dry climate timber-shrub"),
        [1.0, 0.25, 8000.0], [4.0, 4.0, 3.0, 0.0, 3.0], [1500.0, 0.0, 750.0]),
    scott_burgan((181, "TL1", "low load, compact conifer litter"),
        [0.2, 0.3, 8000.0], [1.0, 2.2, 3.6, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((182, "TL2", "low load, broadleaf litter"),
        [0.2, 0.25, 8000.0], [1.4, 2.3, 2.2, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((183, "TL3", "moderate load, conifer litter"),
        [0.3, 0.2, 8000.0], [0.5, 2.2, 2.8, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((184, "TL4", "small downed logs"),
        [0.4, 0.25, 8000.0], [0.5, 1.5, 4.2, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((185, "TL5", "high load, conifer litter"),
        [0.6, 0.25, 8000.0], [1.15, 2.5, 4.4, 0.0, 0.0], [2000.0, 0.0, 1600.0]),
    scott_burgan((186, "TL6", "moderate load, broadleaf litter"),
        [0.3, 0.25, 8000.0], [2.4, 1.2, 1.2, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((187, "TL7", "large downed logs"),
        [0.4, 0.25, 8000.0], [0.3, 1.4, 8.1, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((188, "TL8", "long-needle litter"),
        [0.3, 0.35, 8000.0], [5.8, 1.4, 1.1, 0.0, 0.0], [1800.0, 0.0, 0.0]),
    scott_burgan((189, "TL9", "very high load, broadleaf litter"),
        [0.6, 0.35, 8000.0], [6.65, 3.3, 4.15, 0.0, 0.0], [1800.0, 0.0, 1600.0]),
    scott_burgan((201, "SB1", "low load activity fuel"),
        [1.0, 0.25, 8000.0], [1.5, 3.0, 11.0, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((202, "SB2", "moderate load activity fuel or low load blowdown"),
        [1.0, 0.25, 8000.0], [4.5, 4.25, 4.0, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((203, "SB3", "high load activity fuel or moderate load blowdown"),
        [1.2, 0.25, 8000.0], [5.5, 2.75, 3.0, 0.0, 0.0], [2000.0, 0.0, 0.0]),
    scott_burgan((204, "SB4", "high load blowdown"),
        [2.7, 0.25, 8000.0], [5.25, 3.5, 5.25, 0.0, 0.0], [2000.0, 0.0, 0.0]),
];

impl Fuel {
    /// A fuel by its number.
    ///
    /// # Errors
    /// When there is none.
    pub fn numbered(number: f64) -> Result<Self, HazardError> {
        let found = FUELS.iter().find(|f| (f64::from(f.number) - number).abs() < 0.5);
        found.copied().ok_or_else(|| together(format!("no fuel model has the number {number}")))
    }
}
