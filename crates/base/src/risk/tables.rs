//! The figures that the methods need, as packs bring them. Each says where it comes from and whether that was checked.

use serde::{Deserialize, Serialize};

use super::{AreaRule, Colour};

/// All figures. A method without its table grades nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Of the risk matrix.
    pub matrix: Option<MatrixTable>,
    /// Of LEC.
    pub lec: Option<LecTable>,
    /// Of major hazard sources.
    pub source: Option<SourceTable>,
    /// How the colour of an area follows from its objects: the first rule that holds; none: blue.
    #[serde(default)]
    pub area: Vec<AreaRule>,
}

/// The risk matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixTable {
    /// Colours: rows by likelihood 1 to 5, columns by consequence 1 to 5.
    pub colours: [[Colour; 5]; 5],
    /// Where it comes from.
    pub source: String,
    /// Whether it was checked against that.
    #[serde(default)]
    pub sure: bool,
}

impl MatrixTable {
    /// The colour of a pair of steps; none when one is no whole step of 1 to 5.
    #[must_use]
    pub fn colour(&self, likelihood: f64, consequence: f64) -> Option<Colour> {
        let place = |step: f64| {
            let whole = step.fract().abs() < f64::EPSILON && (1.0..=5.0).contains(&step);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 5")]
            whole.then_some(step as usize - 1)
        };
        self.colours.get(place(likelihood)?)?.get(place(consequence)?).copied()
    }
}

/// Cut points of LEC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LecTable {
    /// D from which it is red.
    pub red: f64,
    /// D from which it is orange.
    pub orange: f64,
    /// D from which it is yellow; below it is blue.
    pub yellow: f64,
    /// Where it comes from.
    pub source: String,
    /// Whether it was checked against that.
    #[serde(default)]
    pub sure: bool,
}

impl LecTable {
    /// The colour of a product.
    #[must_use]
    pub fn colour(&self, d: f64) -> Colour {
        match d {
            d if d >= self.red => Colour::Red,
            d if d >= self.orange => Colour::Orange,
            d if d >= self.yellow => Colour::Yellow,
            _ => Colour::Blue,
        }
    }
}

/// Grading of major hazard sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceTable {
    /// How far around residents count, m.
    pub radius: f64,
    /// α by residents, the most people first; the last step is 0 people.
    pub alpha: Vec<AlphaStep>,
    /// Grades by R, the largest R first; the last begins at 0.
    pub grades: Vec<Grade>,
    /// Critical quantities and β by substance.
    #[serde(default)]
    pub substance: Vec<Substance>,
    /// Where it comes from.
    pub source: String,
    /// Whether it was checked against that.
    #[serde(default)]
    pub sure: bool,
}

/// One step of α.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlphaStep {
    /// Residents at least.
    pub people: u32,
    /// α.
    pub alpha: f64,
}

/// One grade of major hazard sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// R at least.
    pub from: f64,
    /// Name, for example `III`.
    pub grade: String,
    /// Colour.
    pub colour: Colour,
}

/// One substance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substance {
    /// Names that people write.
    pub names: Vec<String>,
    /// Critical quantity Q, t.
    pub critical: f64,
    /// β.
    pub beta: f64,
    /// Where it comes from.
    pub source: String,
    /// Whether it was checked against that.
    #[serde(default)]
    pub sure: bool,
}

impl SourceTable {
    /// α for so many residents.
    #[must_use]
    pub fn alpha(&self, people: u32) -> Option<f64> {
        self.alpha.iter().find(|step| people >= step.people).map(|step| step.alpha)
    }

    /// The grade of an R.
    #[must_use]
    pub fn grade(&self, r: f64) -> Option<&Grade> {
        self.grades.iter().find(|grade| r >= grade.from)
    }

    /// The substance that somebody calls so.
    #[must_use]
    pub fn substance(&self, name: &str) -> Option<&Substance> {
        let name = name.trim();
        self.substance.iter().find(|s| s.names.iter().any(|n| n.eq_ignore_ascii_case(name)))
    }
}

impl Tables {
    /// Whether they can be used.
    ///
    /// # Errors
    /// Says the first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        if let Some(lec) = &self.lec
            && !(lec.red > lec.orange && lec.orange > lec.yellow && lec.yellow > 0.0)
        {
            return Err("the cut points of LEC do not fall".into());
        }
        let Some(source) = &self.source else { return Ok(()) };
        if !falls(source.alpha.iter().map(|step| f64::from(step.people))) {
            return Err("the steps of alpha do not fall to 0 people".into());
        }
        if !falls(source.grades.iter().map(|grade| grade.from)) {
            return Err("the grades do not fall to 0".into());
        }
        if !(0.0..=crate::Distance::MAX).contains(&source.radius) {
            return Err("the radius is out of range".into());
        }
        let bad = source.substance.iter().find(|s| !(s.critical > 0.0 && s.beta > 0.0));
        bad.map_or(Ok(()), |s| Err(format!("substance {:?}: not above 0", s.names)))
    }
}

/// Whether steps fall, the last one to 0, so that every value has one.
fn falls(mut steps: impl Iterator<Item = f64>) -> bool {
    let mut last = f64::INFINITY;
    let fall = steps.all(|step| step >= 0.0 && step < std::mem::replace(&mut last, step));
    fall && last.abs() < f64::EPSILON
}
