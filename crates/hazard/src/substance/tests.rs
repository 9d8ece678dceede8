use super::*;

#[test]
fn every_row_of_the_tables_is_read() {
    let (substances, aegl, limits) = read::counts();
    assert_eq!(all().len(), substances);
    let tiers: usize = all().iter().map(|s| s.limits.aegl.iter().flatten().count()).sum();
    assert_eq!(tiers, aegl);
    let keys: std::collections::BTreeSet<_> = all().iter().map(|s| s.key).collect();
    assert_eq!(keys.len(), substances, "keys are different");
    let with = |s: &&Substance| s.limits.idlh_ppm.is_some() || s.limits.twa_mg_m3.is_some();
    assert!(limits - all().iter().filter(with).count() <= 1, "limits belong to a substance");
}

#[test]
fn people_find_a_substance_by_any_of_its_names() {
    for name in
        ["氨", "液氨", "NH3", "nh3", "ammonia", "Anhydrous Ammonia", "7664-41-7", "UN1005", "1005"]
    {
        assert_eq!(find(name).map(|s| s.key), Ok("ammonia"), "{name}");
    }
    assert_eq!(find("天然气").map(|s| s.key), Ok("methane"));
    assert_eq!(find("液化气").map(|s| s.key), Ok("lpg"));
    assert_eq!(find("CO").map(|s| s.key), Ok("carbon-monoxide"));
    assert!(matches!(find("unobtainium"), Err(HazardError::Substance { .. })));
    assert!(find("").is_err() && find("  -").is_err());
}

#[test]
fn names_belong_to_one_substance_only() {
    for substance in all() {
        for name in [substance.key, substance.zh, substance.en].iter().chain(&substance.aliases) {
            let found = find(name).map(|s| s.key);
            assert_eq!(found, Ok(substance.key), "{name} is found as another substance");
        }
    }
}

#[test]
fn constants_go_together() {
    for s in all() {
        assert!(s.boiling_k < s.critical_k && s.gamma > 1.0 && s.gamma < 1.7, "{}", s.key);
        assert!(s.molar_kg_mol > 0.002 && s.molar_kg_mol < 0.25, "{}", s.key);
        let cp_molar = s.gas_cp_j_kg_k * s.molar_kg_mol;
        assert!(
            (cp_molar / (cp_molar - GAS_CONSTANT) - s.gamma).abs() < 0.02,
            "gamma of {}",
            s.key
        );
        if let (Some(lel), Some(uel)) = (s.lel, s.uel) {
            assert!(lel < uel, "{}", s.key);
        }
        // Carbon dioxide sublimes: its boiling point is not on the curve of the liquid.
        if s.liquid.is_some() && s.key != "carbon-dioxide" {
            let p = s.vapour_pa(s.boiling_k).unwrap();
            assert!((p / ATMOSPHERE_PA - 1.0).abs() < 0.16, "{} boils at {p} Pa", s.key);
        }
    }
}

#[test]
fn ammonia_in_a_tank_at_20_degrees() {
    let ammonia = find("ammonia").unwrap();
    // NIST: 857 kPa and 610 kg/m³ at 293.15 K.
    assert!((ammonia.vapour_pa(293.15).unwrap() / 857e3 - 1.0).abs() < 0.01);
    assert!((ammonia.liquid_density_kg_m3(293.15).unwrap() / 610.2 - 1.0).abs() < 0.01);
    let flash = ammonia.flash_fraction(293.15);
    assert!(flash > 0.15 && flash < 0.20, "{flash}");
    assert!(ammonia.vapour_pa(500.0).is_none(), "no liquid above the critical temperature");
}

#[test]
fn the_aegl_of_an_exposure_between_two_is_that_of_the_longer() {
    let tier = find("ammonia").unwrap().limits.aegl[1].unwrap();
    assert_eq!(tier.for_minutes(5.0), Some(220.0));
    assert_eq!(tier.for_minutes(31.0), Some(160.0));
    assert_eq!(tier.for_minutes(9999.0), Some(110.0));
    assert_eq!(find("CO").unwrap().limits.aegl[0].unwrap().for_minutes(60.0), None);
}
