//! Crowds as rows of the catalogue.

use super::{
    Tightness, Walkway,
    egress::{self, Part},
};
use crate::{
    Field, HazardError, Inputs, Model, Report, Warning,
    bounds::{count, together},
};

/// Crowds.
pub const MODELS: &[Model] = &[
    Model {
        key: "crowd-walking",
        title: ("人群密度与速度", "Speed and flow of a crowd"),
        fields: &[Field::number("density_m2", "1/m2", 0.0, 20.0, "people per m2")],
        sources: &["Weidmann 1993", "SFPE Handbook", "Fruin 1993", "Helbing et al. 2007"],
        validity: "adults on level ground; children, luggage and darkness slow it",
        run: walking,
    },
    Model {
        key: "crowd-egress",
        title: ("疏散时间", "Time to empty a room"),
        fields: &[
            Field::number("people", "", 0.0, 1e6, "people in it"),
            Field::table(
                "parts",
                &["kind", "width_m", "length_m"],
                "way out, part by part; kind: 0 level or door, 1 to 4 stairs from steep to wide",
            ),
        ],
        sources: &["SFPE Handbook, hydraulic model"],
        validity: "people who move at once and know the way; add what it takes until they do",
        run: emptying,
    },
];

fn walking(inputs: &Inputs) -> Result<Report, HazardError> {
    let density = inputs.number("density_m2")?;
    let mut report = Report::default();
    let weidmann = super::weidmann_m_s(density);
    report.put("weidmann_m_s", weidmann, "m/s");
    report.put("weidmann_flow_m_s", weidmann * density, "1/(m s)");
    report.put("sfpe_m_s", Walkway::Level.speed_m_s(density), "m/s");
    report.put("sfpe_flow_m_s", Walkway::Level.flow_m_s(density), "1/(m s)");
    let tightness = super::tightness(density);
    report.put(
        "tightness",
        f64::from(
            u8::from(tightness >= Tightness::Dense)
                + u8::from(tightness >= Tightness::Warn)
                + u8::from(tightness >= Tightness::Crush),
        ),
        "",
    );
    match tightness {
        Tightness::Crush => report.warnings.push(Warning::new(
            "crush",
            "人群密度达到 6 人/m² 以上，有踩踏挤压危险，立即停止进入并向外疏导",
            "6 people per m2 and more: people are crushed; stop the inflow and lead people out at once",
        )),
        Tightness::Warn => report.warnings.push(Warning::new(
            "crowd-dense",
            "人群密度达到 4 人/m² 以上，停止进入、单向疏导",
            "4 people per m2 and more: stop the inflow, lead people one way",
        )),
        Tightness::Dense | Tightness::Free => {}
    }
    Ok(report)
}

fn emptying(inputs: &Inputs) -> Result<Report, HazardError> {
    let part = |row: &Vec<f64>| {
        let &[kind, width_m, length_m] = row.as_slice() else {
            return Err(together("a part has three figures"));
        };
        let kinds = [
            Walkway::Level,
            Walkway::SteepStair,
            Walkway::Stair,
            Walkway::EasyStair,
            Walkway::WideStair,
        ];
        let found = (0_u8..).zip(kinds).find(|(i, _)| (f64::from(*i) - kind).abs() < 0.5);
        let (_, walkway) = found.ok_or_else(|| together("the kind of a part is 0 to 4"))?;
        Ok(Part { walkway, width_m, length_m })
    };
    let parts: Vec<Part> = inputs.table("parts").iter().map(part).collect::<Result<_, _>>()?;
    let emptying = egress::empty(inputs.number("people")?, &parts)?;
    let mut report = Report::default();
    report.put("whole_s", emptying.whole_s, "s");
    report.put("walk_s", emptying.walk_s, "s");
    report.put("queue_s", emptying.queue_s, "s");
    report.put("narrowest", count(emptying.narrowest), "");
    report.put("people_s", emptying.people_s, "1/s");
    Ok(report)
}
