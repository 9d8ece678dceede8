//! Questions that every model of the catalogue can answer.

use helan_hazard::Value;

/// A model's key with its inputs.
pub type Question = (&'static str, Vec<(&'static str, Value)>);

/// A number.
pub fn n(value: f64) -> Value {
    Value::Number(value)
}

/// A word.
pub fn w(word: &str) -> Value {
    Value::Word(word.to_owned())
}

/// Keys with inputs.
pub fn questions() -> Vec<Question> {
    let mut all = others();
    all.extend(gas());
    all
}

/// Those about gas.
fn gas() -> Vec<Question> {
    let of = |name: &str| ("substance", w(name));
    let place = [("wind_m_s", n(3.0)), ("x_m", n(300.0))];
    let with = |own: &[(&'static str, Value)]| [own, &place].concat();
    vec![
        (
            "gas-release",
            vec![of("氨"), ("source", w("rate")), ("rate_kg_s", n(2.0)), ("frames", n(5.0))],
        ),
        (
            "gas-release",
            vec![
                of("氯"),
                ("source", w("vessel")),
                ("mass_kg", n(5000.0)),
                ("hole_m", n(0.02)),
                ("pipe_m", n(1.0)),
                ("wind_m_s", n(3.0)),
                ("wind_from_deg", n(270.0)),
                ("frames", n(5.0)),
            ],
        ),
        ("explosive-cloud", vec![of("LPG"), ("source", w("stock")), ("mass_kg", n(500.0))]),
        (
            "gas-hole",
            vec![
                of("氨"),
                ("hole_m", n(0.01)),
                ("pressure_pa", n(8e5)),
                ("temperature_k", n(293.0)),
            ],
        ),
        ("liquid-hole", vec![of("氨"), ("hole_m", n(0.01)), ("temperature_k", n(293.0))]),
        ("two-phase-hole", vec![of("氨"), ("hole_m", n(0.01)), ("temperature_k", n(293.0))]),
        ("pool-evaporation", vec![of("苯"), ("mass_kg", n(1000.0))]),
        (
            "blowdown",
            vec![
                of("天然气"),
                ("volume_m3", n(10.0)),
                ("hole_m", n(0.02)),
                ("pressure_pa", n(4e6)),
                ("temperature_k", n(293.0)),
            ],
        ),
        ("gaussian-plume", with(&[("rate_kg_s", n(1.0)), ("stability", w("D"))])),
        ("gaussian-puff", with(&[("mass_kg", n(1.0)), ("stability", w("D"))])),
        ("dense-plume", with(&[("rate_kg_s", n(1.0)), ("density_kg_m3", n(3.0))])),
        ("dense-puff", with(&[("mass_kg", n(1.0)), ("density_kg_m3", n(3.0))])),
        ("stability", vec![("wind_m_s", n(2.0)), ("sun_deg", n(50.0)), ("cloud_tenths", n(3.0))]),
        ("erg-distance", vec![of("液氯")]),
        ("indoor-gas", vec![of("天然气"), ("volume_m3", n(30.0)), ("leak_m3_s", n(0.001))]),
        ("infiltration", vec![("outside_ppm", Value::List(vec![100.0, 100.0, 0.0, 0.0]))]),
        ("toxic-probit", vec![of("H2S"), ("ppm", n(500.0)), ("minutes", n(30.0))]),
    ]
}

fn others() -> Vec<Question> {
    vec![
        (
            "fire-pool",
            vec![("fuel", w("gasoline")), ("diameter_m", n(12.0)), ("distance_m", n(30.0))],
        ),
        (
            "fire-pool",
            vec![("fuel", w("crude oil")), ("diameter_m", n(30.0)), ("wind_m_s", n(12.0))],
        ),
        ("fire-jet", vec![("rate_kg_s", n(5.0)), ("distance_m", n(60.0))]),
        ("fire-jet", vec![("rate_kg_s", n(5.0)), ("towards_deg", n(90.0))]),
        ("fire-fireball", vec![("mass_kg", n(50_000.0)), ("distance_m", n(200.0))]),
        ("blast-tnt", vec![("mass_kg", n(1000.0)), ("distance_m", n(100.0))]),
        ("blast-vapour-cloud", vec![("flammable_kg", n(2000.0)), ("distance_m", n(300.0))]),
        (
            "blast-domino",
            vec![
                ("tnt_kg", n(1000.0)),
                ("vessels", Value::Table(vec![vec![30.0, 0.0], vec![900.0, 1.0]])),
            ],
        ),
        (
            "blast-domino",
            vec![("radiated_kw", n(1e5)), ("vessels", Value::Table(vec![vec![30.0, 0.0]]))],
        ),
        ("quake-intensity", vec![("magnitude", n(7.0)), ("strike_deg", n(30.0))]),
        ("quake-intensity", vec![("magnitude", n(8.5)), ("region", w("west"))]),
        (
            "quake-motion",
            vec![
                ("magnitude", n(7.0)),
                ("strike_deg", n(30.0)),
                ("east_m", n(2e4)),
                ("north_m", n(0.0)),
            ],
        ),
        ("quake-instrument", vec![("pga_m_s2", n(1.35)), ("pgv_m_s", n(0.12))]),
        ("quake-warning", vec![("places_km", Value::List(vec![10.0, 100.0]))]),
        (
            "quake-loss",
            vec![("zones", Value::Table(vec![vec![8.0, 5e4, 150.0, 0.2, 0.4, 0.3, 0.1]]))],
        ),
        (
            "water-runoff",
            vec![("rain_mm", Value::List(vec![20.0, 60.0])), ("curve_number", n(80.0))],
        ),
        (
            "water-gully",
            vec![
                ("rain_mm", Value::List(vec![5.0, 20.0, 30.0, 10.0])),
                ("step_s", n(600.0)),
                ("area_km2", n(30.0)),
                ("way_m", n(9000.0)),
                ("slope", n(0.06)),
                ("curve_number", n(82.0)),
                ("threshold_m3_s", n(20.0)),
            ],
        ),
        (
            "water-rational",
            vec![("coefficient", n(0.6)), ("rain_mm_h", n(40.0)), ("area_km2", n(5.0))],
        ),
        ("water-concentration", vec![("way_m", n(3000.0)), ("slope", n(0.02))]),
        (
            "water-channel",
            vec![
                ("bottom_m", n(20.0)),
                ("bank", n(2.0)),
                ("bed_slope", n(5e-4)),
                ("discharge_m3_s", n(87.0)),
            ],
        ),
        (
            "water-routing",
            vec![
                ("inflow_m3_s", Value::List(vec![10.0, 50.0, 20.0])),
                ("step_s", n(3600.0)),
                ("travel_s", n(5000.0)),
            ],
        ),
        (
            "water-inundation",
            vec![
                (
                    "heights_m",
                    Value::List(
                        (0..400_i32)
                            .map(|c| f64::from(100 - c / 20 + (c % 20 - 10).abs()))
                            .collect(),
                    ),
                ),
                ("columns", n(20.0)),
                ("cell_m", n(30.0)),
                ("stream_cells", n(40.0)),
                ("stage_m", n(2.2)),
            ],
        ),
        ("water-dam-breach", vec![("volume_m3", n(4e6)), ("height_m", n(12.0))]),
        ("water-ice-jam", vec![("drift", n(0.8)), ("stage_rise_m_h", n(0.4))]),
        (
            "wildfire-spread",
            vec![
                ("fuel", n(104.0)),
                ("slope", n(0.2)),
                ("winds", Value::Table(vec![vec![0.0, 5.0, 270.0], vec![3600.0, 8.0, 200.0]])),
                ("places", Value::Table(vec![vec![500.0, 0.0]])),
            ],
        ),
        (
            "wildfire-crew",
            vec![
                ("fuel", n(104.0)),
                ("winds", Value::Table(vec![vec![0.0, 5.0, 270.0]])),
                ("way", Value::Table(vec![vec![-500.0, 0.0], vec![500.0, 0.0]])),
            ],
        ),
        ("wildfire", vec![("fuel", n(2.0)), ("wind_m_s", n(8.0)), ("wind_from_deg", n(270.0))]),
        (
            "wildfire-wang",
            vec![
                ("air_c", n(25.0)),
                ("wind_m_s", n(4.0)),
                ("humidity", n(30.0)),
                ("heading_deg", n(45.0)),
            ],
        ),
        ("wildfire-wang", vec![("air_c", n(25.0)), ("wind_m_s", n(4.0)), ("humidity", n(30.0))]),
        ("crowd-walking", vec![("density_m2", n(4.5))]),
        (
            "crowd-egress",
            vec![
                ("people", n(90.0)),
                ("parts", Value::Table(vec![vec![0.0, 1.5, 0.0], vec![2.0, 1.1, 8.0]])),
            ],
        ),
        (
            "lifeline-balance",
            vec![
                ("inflow", Value::List(vec![1000.0])),
                ("outflow", Value::List(vec![500.0, 300.0])),
            ],
        ),
        (
            "lifeline-leak",
            vec![
                ("quiet", Value::List(vec![20.0, 21.0, 19.0, 20.5, 19.5, 20.0, 20.2, 19.8])),
                ("series", Value::List(vec![20.0, 22.0, 22.0, 22.0, 22.0, 22.0])),
            ],
        ),
        (
            "lifeline-isolation",
            vec![
                (
                    "edges",
                    Value::Table(vec![
                        vec![0.0, 1.0, 1.0],
                        vec![1.0, 2.0, 0.0],
                        vec![2.0, 3.0, 1.0],
                    ]),
                ),
                ("sources", Value::List(vec![0.0])),
                ("customers", Value::Table(vec![vec![3.0, 12.0]])),
                ("leak", n(1.0)),
            ],
        ),
        ("forecast-figures", vec![("pairs", Value::Table(vec![vec![1.0, 2.0, 3.0]; 25]))]),
        ("forecast-events", vec![("chances", Value::Table(vec![vec![0.8, 1.0, 0.0]; 25]))]),
        (
            "forecast-areas",
            vec![
                (
                    "foretold",
                    Value::Table(vec![
                        vec![0.0, 0.0, 0.0],
                        vec![0.0, 9.0, 0.0],
                        vec![0.0, 0.0, 9.0],
                    ]),
                ),
                (
                    "came",
                    Value::Table(vec![
                        vec![0.0, 0.0, 0.0],
                        vec![0.0, 5.0, 0.0],
                        vec![0.0, 0.0, 9.0],
                    ]),
                ),
            ],
        ),
    ]
}
