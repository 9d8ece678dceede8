//! Ice jams of the Yellow River: rules as data.
//!
//! No equation foretells a jam. What those on the river watch is written down as rules; each is marked sure or unsure, and a region can
//! bring its own. The Ningxia reach freezes from the north (Shizuishan) upstream and breaks up from the south downstream, which is why ice
//! comes down on ice.

use serde::{Deserialize, Serialize};

use crate::{
    HazardError,
    bounds::{together, within},
};

/// Most rules of one question.
pub const MOST_RULES: usize = 1_000;

/// What a station tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// How fast the stage rises, m/h.
    StageRise,
    /// Stage above the bank, m.
    AboveBank,
    /// Temperature of the water, °C.
    Water,
    /// Mean temperature of the air over three days, °C.
    Air,
    /// Discharge, m³/s.
    Discharge,
    /// Share of the surface under drifting ice, 0 to 1.
    Drift,
}

/// One condition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Of what.
    pub of: Quantity,
    /// At least this, when given.
    pub min: Option<f64>,
    /// At most this, when given.
    pub max: Option<f64>,
}

/// A rule: all conditions together propose a colour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Key.
    pub key: String,
    /// What it says, in Chinese and English.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Conditions, all of which must hold.
    pub when: Vec<Condition>,
    /// Severity as of a [`crate::Level`].
    pub severity: u8,
    /// Where it comes from.
    pub source: String,
    /// Whether the figures are judgement.
    pub unsure: bool,
}

/// What a station told, as far as it told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
    /// m/h.
    pub stage_rise_m_h: Option<f64>,
    /// m.
    pub above_bank_m: Option<f64>,
    /// °C.
    pub water_c: Option<f64>,
    /// °C.
    pub air_c: Option<f64>,
    /// m³/s.
    pub discharge_m3_s: Option<f64>,
    /// 0 to 1.
    pub drift: Option<f64>,
}

impl State {
    fn of(&self, quantity: Quantity) -> Option<f64> {
        match quantity {
            Quantity::StageRise => self.stage_rise_m_h,
            Quantity::AboveBank => self.above_bank_m,
            Quantity::Water => self.water_c,
            Quantity::Air => self.air_c,
            Quantity::Discharge => self.discharge_m3_s,
            Quantity::Drift => self.drift,
        }
    }
}

/// How a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// All conditions hold.
    Yes,
    /// One does not.
    No,
    /// None is broken, but not all are told: somebody should look.
    Unknown,
}

impl Rule {
    /// How the rule stands.
    #[must_use]
    pub fn holds(&self, state: &State) -> Holds {
        let mut answer = Holds::Yes;
        for condition in &self.when {
            match state.of(condition.of) {
                None => answer = Holds::Unknown,
                Some(value) => {
                    let low = condition.min.is_some_and(|min| value < min);
                    let high = condition.max.is_some_and(|max| value > max);
                    if low || high || !value.is_finite() {
                        return Holds::No;
                    }
                }
            }
        }
        answer
    }
}

/// The rules that hold or may hold, worst first.
///
/// # Errors
/// When there are too many rules, or a figure is out of what a river can show.
pub fn judge<'a>(rules: &'a [Rule], state: &State) -> Result<Vec<(&'a Rule, Holds)>, HazardError> {
    if rules.len() > MOST_RULES {
        return Err(together(format!("at most {MOST_RULES} rules")));
    }
    let bounds = [
        ("stage_rise_m_h", state.stage_rise_m_h, (-20.0, 20.0)),
        ("above_bank_m", state.above_bank_m, (-100.0, 100.0)),
        ("water_c", state.water_c, (-5.0, 50.0)),
        ("air_c", state.air_c, (-70.0, 60.0)),
        ("discharge_m3_s", state.discharge_m3_s, (0.0, 1e5)),
        ("drift", state.drift, (0.0, 1.0)),
    ];
    for (name, value, bounds) in bounds {
        if let Some(value) = value {
            within(name, value, bounds, "")?;
        }
    }
    let mut found: Vec<(&Rule, Holds)> = rules
        .iter()
        .map(|rule| (rule, rule.holds(state)))
        .filter(|(_, holds)| *holds != Holds::No)
        .collect();
    found.sort_by_key(|(rule, holds)| (*holds != Holds::Yes, std::cmp::Reverse(rule.severity)));
    Ok(found)
}

/// Rules to begin with; all figures are judgement and marked so.
#[must_use]
pub fn rules() -> Vec<Rule> {
    let rule =
        |key: &str, zh: &str, en: &str, severity, when: &[(Quantity, Option<f64>, Option<f64>)]| {
            Rule {
                key: key.to_owned(),
                zh: zh.to_owned(),
                en: en.to_owned(),
                when: when
                    .iter()
                    .map(|(of, min, max)| Condition { of: *of, min: *min, max: *max })
                    .collect(),
                severity,
                source: "judgement, to be confirmed by the hydrological station".to_owned(),
                unsure: true,
            }
        };
    vec![
        rule(
            "jam-over-bank",
            "冰坝壅水漫滩：水位超过滩地且急涨",
            "a jam floods the banks: stage above the bank and rising fast",
            3,
            &[(Quantity::AboveBank, Some(0.0), None), (Quantity::StageRise, Some(0.1), None)],
        ),
        rule(
            "jam-forming",
            "冰塞冰坝形成：流凌密度大、水位每小时上涨 0.3 m 以上",
            "a jam forms: much drifting ice and a rise of 0.3 m an hour",
            3,
            &[(Quantity::Drift, Some(0.5), None), (Quantity::StageRise, Some(0.3), None)],
        ),
        rule(
            "stage-jump",
            "凌汛期水位急涨：水温低于 1 ℃ 时每小时上涨 0.15 m 以上",
            "the stage jumps in the ice season: water below 1 °C, a rise of 0.15 m an hour",
            2,
            &[(Quantity::Water, None, Some(1.0)), (Quantity::StageRise, Some(0.15), None)],
        ),
        rule(
            "mechanical-break-up",
            "武开河：气温回升、流量增大，冰盖未融",
            "the cover may break by force: thaw and much discharge while the water is still cold",
            2,
            &[
                (Quantity::Air, Some(3.0), None),
                (Quantity::Water, None, Some(1.0)),
                (Quantity::Discharge, Some(700.0), None),
            ],
        ),
        rule(
            "freeze-up",
            "流凌封河：水温接近 0 ℃，三日平均气温低于 -8 ℃",
            "the river freezes: water near 0 °C and three days below −8 °C",
            1,
            &[(Quantity::Water, None, Some(0.2)), (Quantity::Air, None, Some(-8.0))],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hold_break_or_stay_open() {
        let rules = rules();
        let jam = State {
            drift: Some(0.8),
            stage_rise_m_h: Some(0.4),
            above_bank_m: Some(-0.5),
            water_c: Some(0.1),
            ..State::default()
        };
        let found = judge(&rules, &jam).expect("a state of a river");
        let holding: Vec<&str> = found
            .iter()
            .filter(|(_, holds)| *holds == Holds::Yes)
            .map(|(rule, _)| rule.key.as_str())
            .collect();
        assert_eq!(holding, ["jam-forming", "stage-jump"]);
        let open: Vec<&str> = found
            .iter()
            .filter(|(_, holds)| *holds == Holds::Unknown)
            .map(|(rule, _)| rule.key.as_str())
            .collect();
        assert_eq!(open, ["mechanical-break-up", "freeze-up"], "no air temperature was told");
        assert!(judge(&rules, &State { drift: Some(3.0), ..jam }).is_err());
        assert!(rules.iter().all(|r| r.unsure && !r.when.is_empty()));
    }
}
