//! A fuel bed on level ground without wind: Rothermel 1972 with the changes of Albini 1976 and the drying of herbs of Scott and Burgan
//! 2005, written down by Andrews 2018 (RMRS-GTR-371), whose symbols the comments name. Feet, pounds, minutes and Btu within, since every
//! constant is in them.

use super::Fuel;
use crate::{HazardError, bounds::within};

/// Classes: dead of 1, 10, 100 hours, herbs that dried, living herbs, living wood.
const CLASSES: usize = 6;
/// The first classes are dead.
const DEAD: usize = 4;
/// Total and effective minerals, particle density (lb/ft³): the same for every model.
const MINERAL: f64 = 0.0555;
const EFFECTIVE_MINERAL: f64 = 0.010;
const PARTICLE_LB_FT3: f64 = 32.0;

/// Moistures as shares of the dry weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moisture {
    /// Dead, 1 hour.
    pub dead_1h: f64,
    /// Dead, 10 hours.
    pub dead_10h: f64,
    /// Dead, 100 hours.
    pub dead_100h: f64,
    /// Living herbs: dry from 0.3 down, green from 1.2 up.
    pub herb: f64,
    /// Living wood.
    pub wood: f64,
}

impl Moisture {
    fn classes(&self) -> Result<[f64; CLASSES], HazardError> {
        let check = |name, value| within(name, value, (0.0, 3.0), "");
        let one = check("dead_1h", self.dead_1h)?;
        Ok([
            one,
            check("dead_10h", self.dead_10h)?,
            check("dead_100h", self.dead_100h)?,
            one,
            check("herb", self.herb)?,
            check("wood", self.wood)?,
        ])
    }
}

/// A bed that may burn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bed {
    /// R₀, ft/min: 0 when it is too wet to burn.
    pub still_ft_min: f64,
    /// I_R, Btu/(ft² min).
    pub reaction_btu_ft2_min: f64,
    /// t_r, min.
    pub residence_min: f64,
    /// β.
    pub packing: f64,
    /// β/β_op.
    pub relative_packing: f64,
    /// Wind factors C, B, E.
    pub wind: [f64; 3],
    /// Depth, ft.
    pub depth_ft: f64,
}

type Each = [f64; CLASSES];

fn each(f: impl FnMut(usize) -> f64) -> Each {
    std::array::from_fn(f)
}

fn of(values: &Each, class: usize) -> f64 {
    values.get(class).copied().unwrap_or(0.0)
}

fn dead(values: &Each) -> f64 {
    values.iter().take(DEAD).sum()
}

fn live(values: &Each) -> f64 {
    values.iter().skip(DEAD).sum()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Size classes by surface to volume, within which loads count together.
fn size(fineness: f64) -> u8 {
    match fineness {
        s if s >= 1_200.0 => 0,
        s if s >= 192.0 => 1,
        s if s >= 96.0 => 2,
        s if s >= 48.0 => 3,
        s if s >= 16.0 => 4,
        _ => 5,
    }
}

/// η_M.
fn moisture_damping(moisture: f64, extinction: f64) -> f64 {
    if moisture >= extinction {
        return 0.0;
    }
    let r = moisture / extinction;
    (1.0 - 2.59 * r + 5.11 * r * r - 3.52 * r * r * r).max(0.0)
}

impl Bed {
    /// The bed of a fuel at a moisture.
    ///
    /// # Errors
    /// When a moisture is out of bounds.
    pub fn new(fuel: &Fuel, moisture: &Moisture) -> Result<Self, HazardError> {
        let moist = moisture.classes()?;
        let [one, ten, hundred, herb, wood] = fuel.loads_lb_ft2;
        let [fine_one, fine_herb, fine_wood] = fuel.fineness_1_ft;
        let dried = if fuel.dynamic { ((1.2 - moisture.herb) / 0.9).clamp(0.0, 1.0) } else { 0.0 };
        let load = [one, ten, hundred, herb * dried, herb * (1.0 - dried), wood];
        let fineness = [fine_one, 109.0, 30.0, fine_herb, fine_herb, fine_wood];
        let weights = Weights::of(&load, &fineness);

        let sigma = weights.mean(&fineness);
        let packing = load.iter().sum::<f64>() / PARTICLE_LB_FT3 / fuel.depth_ft;
        let best = 3.348 * sigma.powf(-0.8189);
        let relative_packing = packing / best;
        let reaction =
            reaction(fuel, (&load, &fineness, &moist), &weights, (sigma, relative_packing));

        // ξ, ε and Q_ig.
        let flux =
            ((0.792 + 0.681 * sigma.sqrt()) * (packing + 0.1)).exp() / (192.0 + 0.2595 * sigma);
        let bulk = load.iter().sum::<f64>() / fuel.depth_ft;
        let heated = each(|i| {
            let fine = of(&fineness, i);
            let share = if fine > 0.0 { (-138.0 / fine).exp() } else { 0.0 };
            share * (250.0 + 1_116.0 * of(&moist, i))
        });
        let sink = bulk * weights.mean(&heated);
        Ok(Self {
            still_ft_min: ratio(reaction * flux, sink),
            reaction_btu_ft2_min: reaction,
            residence_min: ratio(384.0, sigma),
            packing,
            relative_packing,
            wind: [
                7.47 * (-0.133 * sigma.powf(0.55)).exp(),
                0.025_26 * sigma.powf(0.54),
                0.715 * (-3.59e-4 * sigma).exp(),
            ],
            depth_ft: fuel.depth_ft,
        })
    }
}

/// f_ij and f_i: shares of the surface.
struct Weights {
    class: Each,
    dead: f64,
    live: f64,
}

impl Weights {
    fn of(load: &Each, fineness: &Each) -> Self {
        let surface = each(|i| of(load, i) * of(fineness, i) / PARTICLE_LB_FT3);
        let (dead, live) = (dead(&surface), live(&surface));
        let class = each(|i| ratio(of(&surface, i), if i < DEAD { dead } else { live }));
        let whole = dead + live;
        Self { class, dead: ratio(dead, whole), live: ratio(live, whole) }
    }

    /// Mean over all classes by their surface.
    fn mean(&self, values: &Each) -> f64 {
        let weighted = each(|i| of(&self.class, i) * of(values, i));
        self.dead * dead(&weighted) + self.live * live(&weighted)
    }
}

/// I_R.
fn reaction(
    fuel: &Fuel,
    (load, fineness, moist): (&Each, &Each, &Each),
    weights: &Weights,
    (sigma, relative): (f64, f64),
) -> f64 {
    // g_ij: a class counts with the surface of all of its size.
    let net = each(|i| {
        let same =
            |j: usize| (i < DEAD) == (j < DEAD) && size(of(fineness, i)) == size(of(fineness, j));
        let together: f64 = (0..CLASSES).filter(|j| same(*j)).map(|j| of(&weights.class, j)).sum();
        together * of(load, i) * (1.0 - MINERAL)
    });
    let damp = each(|i| of(&weights.class, i) * of(moist, i));
    let extinction_live = live_extinction(fuel, load, fineness, moist);
    let minerals = (0.174 * EFFECTIVE_MINERAL.powf(-0.19)).min(1.0);
    let burning = dead(&net) * moisture_damping(dead(&damp), fuel.extinction)
        + live(&net) * moisture_damping(live(&damp), extinction_live);
    // Γ′.
    let power = sigma.powf(1.5);
    let fastest = power / (495.0 + 0.0594 * power);
    let a = 133.0 * sigma.powf(-0.7913);
    let velocity = fastest * relative.powf(a) * (a * (1.0 - relative)).exp();
    velocity * fuel.heat_btu_lb * burning * minerals
}

/// (M_x)₂: living fuel burns up to the moisture that the dead fuel around it can dry.
fn live_extinction(fuel: &Fuel, load: &Each, fineness: &Each, moist: &Each) -> f64 {
    let fine = |i: usize, by: f64| match of(fineness, i) {
        f if f > 0.0 => of(load, i) * (-by / f).exp(),
        _ => 0.0,
    };
    let dead_fine = each(|i| if i < DEAD { fine(i, 138.0) } else { 0.0 });
    let live_fine = each(|i| if i < DEAD { 0.0 } else { fine(i, 500.0) });
    let living: f64 = live_fine.iter().sum();
    if living <= 0.0 {
        return fuel.extinction;
    }
    let dying: f64 = dead_fine.iter().sum();
    let wet = ratio(each(|i| of(&dead_fine, i) * of(moist, i)).iter().sum(), dying);
    (2.9 * dying / living * (1.0 - wet / fuel.extinction) - 0.226).max(fuel.extinction)
}
