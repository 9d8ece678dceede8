//! Reads the tables that are compiled in. A row that cannot be read is left out; a test holds that none is.

use super::{Aegl, Limits, Liquid, Probit, Substance};

const SUBSTANCES: &str = include_str!("../../data/substances.csv");
const AEGL: &str = include_str!("../../data/aegl.csv");
const LIMITS: &str = include_str!("../../data/limits.csv");

/// Rows below the head of a table; its cells hold no commas and no quotes.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    lines.skip(1).map(|l| l.split(',').map(str::trim).collect())
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

pub(super) fn substances() -> Vec<Substance> {
    rows(SUBSTANCES).filter_map(|cells| substance(&cells)).collect()
}

fn substance(cells: &[&'static str]) -> Option<Substance> {
    let [key, zh, en, formula, cas, un, molar, boiling, critical, rest @ ..] = cells else {
        return None;
    };
    let [latent, density, at, slope, gas_cp, gamma, cp, a, b, c, from, to, rest @ ..] = rest else {
        return None;
    };
    let [lel, uel, combustion, sure, aliases] = rest else { return None };
    let percent = |cell: &str| number(cell).map(|p| p / 100.0);
    Some(Substance {
        key,
        zh,
        en,
        formula,
        cas,
        un: un.parse().ok(),
        aliases: aliases.split('|').filter(|a| !a.is_empty()).collect(),
        molar_kg_mol: number(molar)? / 1000.0,
        boiling_k: number(boiling)?,
        critical_k: number(critical)?,
        gas_cp_j_kg_k: number(gas_cp)?,
        gamma: number(gamma)?,
        liquid: liquid([latent, density, at, slope, cp, a, b, c, from, to]),
        lel: percent(lel),
        uel: percent(uel),
        combustion_j_kg: number(combustion).map(|mj| mj * 1e6),
        limits: limits(key),
        sure: *sure == "yes",
    })
}

fn liquid(cells: [&str; 10]) -> Option<Liquid> {
    let [latent, density, at, slope, cp, a, b, c, from, to] = cells.map(number);
    Some(Liquid {
        latent_j_kg: latent? * 1000.0,
        density_kg_m3: density?,
        at_k: at?,
        slope_kg_m3_k: slope?,
        cp_j_kg_k: cp?,
        vapour_a: a?,
        vapour_b: b?,
        vapour_c: c?,
        from_k: from?,
        to_k: to?,
    })
}

fn limits(key: &str) -> Limits {
    let mut limits = Limits::default();
    for cells in rows(LIMITS) {
        let [of, e1, e2, e3, idlh, mac, twa, stel, a, b, n, sure] = cells.as_slice() else {
            continue;
        };
        if *of == key {
            limits.erpg_ppm = [e1, e2, e3].map(|e| number(e));
            limits.idlh_ppm = number(idlh);
            limits.mac_mg_m3 = number(mac);
            limits.twa_mg_m3 = number(twa);
            limits.stel_mg_m3 = number(stel);
            limits.probit = probit(number(a), number(b), number(n));
            limits.sure = *sure == "yes";
        }
    }
    for cells in rows(AEGL) {
        let [of, level, m10, m30, m60, m240, m480, sure] = cells.as_slice() else { continue };
        if *of == key {
            let ppm = [m10, m30, m60, m240, m480].map(|cell| number(cell));
            let tier = level.parse::<usize>().ok().and_then(|l| l.checked_sub(1));
            if let Some(slot) = tier.and_then(|t| limits.aegl.get_mut(t)) {
                *slot = Some(Aegl { ppm, sure: *sure == "yes" });
            }
        }
    }
    limits
}

fn probit(a: Option<f64>, b: Option<f64>, n: Option<f64>) -> Option<Probit> {
    Some(Probit { a: a?, b: b?, n: n? })
}

/// Rows of the tables, to be compared with what was read.
#[cfg(test)]
pub(super) fn counts() -> (usize, usize, usize) {
    (rows(SUBSTANCES).count(), rows(AEGL).count(), rows(LIMITS).count())
}
