//! What a quake may cost: ranges, not numbers.
//!
//! Collapse by building type and intensity, then deaths by the share that collapses (Yin Zhiqian 1991, the method of GB/T 30352-2013):
//! lg RD = 12.479 A^0.1 − 13.3, deaths = ft fρ RD people. The collapse table is our judgement of what Chinese quakes of 1990 to 2022
//! showed and is marked unsure; so are the factors of the hour and of density, kept from memory of the standard.

use serde::Serialize;

use crate::{
    HazardError,
    bounds::{together, within},
};

/// Most zones of one question.
pub const MOST_ZONES: usize = 10_000;

/// A building type.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Building {
    /// Key.
    pub key: &'static str,
    /// Name, Chinese and English.
    pub name: (&'static str, &'static str),
    /// Share of the floor that collapses at VI, VII, VIII, IX, X and more: low, likely, high.
    pub collapse: [[f64; 3]; 5],
    /// Whether the figures are ours by judgement.
    pub unsure: bool,
}

/// Types of buildings in Ningxia.
pub const BUILDINGS: [Building; 4] = [
    Building {
        key: "adobe",
        name: ("土坯、土窑", "adobe and loess caves"),
        collapse: [
            [0.002, 0.01, 0.04],
            [0.02, 0.08, 0.2],
            [0.15, 0.35, 0.6],
            [0.5, 0.75, 0.95],
            [0.8, 0.95, 1.0],
        ],
        unsure: true,
    },
    Building {
        key: "masonry",
        name: ("砖木、未设防砖混", "brick without seismic design"),
        collapse: [
            [0.0, 0.001, 0.005],
            [0.002, 0.01, 0.04],
            [0.02, 0.08, 0.2],
            [0.15, 0.35, 0.6],
            [0.5, 0.75, 0.95],
        ],
        unsure: true,
    },
    Building {
        key: "designed-masonry",
        name: ("设防砖混", "brick with seismic design"),
        collapse: [
            [0.0, 0.0, 0.001],
            [0.0, 0.001, 0.005],
            [0.002, 0.01, 0.04],
            [0.02, 0.08, 0.2],
            [0.15, 0.35, 0.6],
        ],
        unsure: true,
    },
    Building {
        key: "frame",
        name: ("钢筋混凝土框架、剪力墙", "reinforced concrete"),
        collapse: [
            [0.0, 0.0, 0.0005],
            [0.0, 0.0005, 0.002],
            [0.0005, 0.004, 0.02],
            [0.01, 0.04, 0.12],
            [0.08, 0.2, 0.4],
        ],
        unsure: true,
    },
];

/// A zone of one intensity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Intensity, 1 to 12.
    pub intensity: f64,
    /// People inside, as registered or as estimated for the hour.
    pub people: f64,
    /// People per km².
    pub density_km2: f64,
    /// Shares of the floor by type, in the order of [`BUILDINGS`]; they are divided by their sum.
    pub shares: [f64; 4],
}

/// A range: low, likely, high.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Range {
    /// Low.
    pub low: f64,
    /// Likely.
    pub likely: f64,
    /// High.
    pub high: f64,
}

impl Range {
    fn of([low, likely, high]: [f64; 3]) -> Self {
        Self { low, likely, high }
    }

    fn add(&mut self, other: Self) {
        self.low += other.low;
        self.likely += other.likely;
        self.high += other.high;
    }
}

/// What a quake may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Loss {
    /// Deaths.
    pub deaths: Range,
    /// Injured who need a hospital.
    pub injured: Range,
    /// People whose home collapsed.
    pub homeless: Range,
}

/// Injured per death, low to high: Chinese quakes had three to ten; few where most houses stood. Unsure.
const INJURED_PER_DEATH: [f64; 3] = [3.0, 5.0, 10.0];

/// Loss of all zones together; at night, people sleep in the houses that collapse.
///
/// # Errors
/// When a number is out of bounds, no share is given, or there are too many zones.
pub fn loss(zones: &[Zone], night: bool) -> Result<Loss, HazardError> {
    if zones.len() > MOST_ZONES {
        return Err(together(format!("at most {MOST_ZONES} zones in one question")));
    }
    let mut total = Loss::default();
    for zone in zones {
        let intensity = within("intensity", zone.intensity, (1.0, 12.0), "")?;
        let people = within("people", zone.people, (0.0, 2e9), "")?;
        let density = within("density_km2", zone.density_km2, (0.0, 1e6), "1/km2")?;
        let collapsed = collapsed(intensity, &zone.shares)?;
        let mut rates = death_rates(intensity, night, density, &zone.shares)?;
        // The factor of the night falls with the intensity: what less shaking costs, more does not spare.
        for degree in (6..=12_u8).map(f64::from).filter(|degree| *degree < intensity) {
            let less = death_rates(degree, night, density, &zone.shares)?;
            rates = most(rates, less);
        }
        let deaths = rates.map(|rate| rate * people);
        let hurt = zip(deaths, INJURED_PER_DEATH).map(|x| x.min(people));
        total.deaths.add(Range::of(deaths));
        total.injured.add(Range::of(hurt));
        total.homeless.add(Range::of(collapsed.map(|share| share * people)));
    }
    Ok(total)
}

/// Deaths per person: low, likely, high.
fn death_rates(
    intensity: f64,
    night: bool,
    density_km2: f64,
    shares: &[f64; 4],
) -> Result<[f64; 3], HazardError> {
    let factor = hour_factor(intensity, night) * density_factor(density_km2);
    let rate = |share: f64| (factor * death_rate(share)).min(share);
    Ok(collapsed(intensity, shares)?.map(rate))
}

fn most(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
    [a0.max(b0), a1.max(b1), a2.max(b2)]
}

/// Share of the floor that collapses: low, likely, high; between two degrees in proportion, below V nothing.
fn collapsed(intensity: f64, shares: &[f64; 4]) -> Result<[f64; 3], HazardError> {
    for share in shares {
        within("shares", *share, (0.0, 1e12), "")?;
    }
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return Err(together("a zone says no share of any building type"));
    }
    let mut of_all = [0.0; 3];
    for (building, share) in BUILDINGS.iter().zip(shares) {
        let mut before = [0.0; 3];
        let mut at = [0.0; 3];
        // V with nothing, then VI to X; each degree pulls the value to its own as far as the intensity has gone into it.
        for (degree, next) in (6_u8..).zip(&building.collapse) {
            let into = (intensity - f64::from(degree) + 1.0).clamp(0.0, 1.0);
            if into > 0.0 {
                at = mix(before, *next, into);
            }
            before = *next;
        }
        of_all = mix_add(of_all, at, share / sum);
    }
    Ok(of_all)
}

fn mix(a: [f64; 3], b: [f64; 3], t: f64) -> [f64; 3] {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
    [a0 + (b0 - a0) * t, a1 + (b1 - a1) * t, a2 + (b2 - a2) * t]
}

fn mix_add(a: [f64; 3], b: [f64; 3], t: f64) -> [f64; 3] {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
    [a0 + b0 * t, a1 + b1 * t, a2 + b2 * t]
}

fn zip(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
    [a0 * b0, a1 * b1, a2 * b2]
}

/// Deaths per person where this share of the floor collapses.
fn death_rate(collapsed: f64) -> f64 {
    if collapsed <= 0.0 {
        return 0.0;
    }
    10.0_f64.powf(12.479 * collapsed.powf(0.1) - 13.3)
}

/// Deaths at night against deaths by day: at VI, VII, VIII, IX, X and more, between two degrees in proportion.
fn hour_factor(intensity: f64, night: bool) -> f64 {
    const AT_NIGHT: [f64; 5] = [17.0, 8.0, 4.0, 2.0, 1.5];
    if !night {
        return 1.0;
    }
    let mut factor = 17.0;
    for ((degree, at), next) in (6_u8..).zip(AT_NIGHT).zip(AT_NIGHT.iter().skip(1)) {
        let into = (intensity - f64::from(degree)).clamp(0.0, 1.0);
        if into > 0.0 {
            factor = at + (next - at) * into;
        }
    }
    factor
}

fn density_factor(people_per_km2: f64) -> f64 {
    match people_per_km2 {
        d if d < 50.0 => 0.8,
        d if d < 200.0 => 1.0,
        d if d < 500.0 => 1.1,
        _ => 1.2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(intensity: f64, shares: [f64; 4]) -> Zone {
        Zone { intensity, people: 100_000.0, density_km2: 150.0, shares }
    }

    #[test]
    fn stronger_weaker_built_and_nightly_quakes_cost_more() {
        let mixed = [0.1, 0.4, 0.3, 0.2];
        let mut before = 0.0;
        for tenth in 50..110 {
            let loss = loss(&[zone(f64::from(tenth) / 10.0, mixed)], false).expect("good");
            let deaths = loss.deaths;
            assert!(deaths.low <= deaths.likely && deaths.likely <= deaths.high);
            assert!(deaths.likely >= before, "{tenth}");
            before = deaths.likely;
        }
        let adobe = loss(&[zone(8.0, [1.0, 0.0, 0.0, 0.0])], false).expect("good");
        let frame = loss(&[zone(8.0, [0.0, 0.0, 0.0, 1.0])], false).expect("good");
        assert!(adobe.deaths.likely > 50.0 * frame.deaths.likely);
        let night = loss(&[zone(8.0, [1.0, 0.0, 0.0, 0.0])], true).expect("good");
        assert!(night.deaths.likely > 3.0 * adobe.deaths.likely);
        assert!(loss(&[zone(8.0, [0.0; 4])], true).is_err());
    }

    #[test]
    fn nights_do_not_get_safer_with_more_shaking() {
        let shares = [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.1, 0.4, 0.3, 0.2],
        ];
        for shares in shares {
            let mut before = Range::default();
            for hundredth in 500..1_200 {
                let intensity = f64::from(hundredth) / 100.0;
                let deaths = loss(&[zone(intensity, shares)], true).expect("good").deaths;
                for (now, before) in [
                    (deaths.low, before.low),
                    (deaths.likely, before.likely),
                    (deaths.high, before.high),
                ] {
                    assert!(
                        now >= before * (1.0 - 1e-12),
                        "{shares:?} at {intensity}: {before} {now}"
                    );
                }
                before = deaths;
            }
        }
    }

    #[test]
    fn everybody_can_be_lost_but_nobody_twice() {
        let worst = loss(&[zone(12.0, [1.0, 0.0, 0.0, 0.0])], true).expect("good");
        assert!(worst.deaths.high <= 100_000.0 && worst.injured.high <= 100_000.0);
        assert!(worst.homeless.high <= 100_000.0);
    }
}
