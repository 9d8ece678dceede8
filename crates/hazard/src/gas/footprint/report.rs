//! A footprint as a report.

use super::{Direction, Footprint};
use crate::{Area, Report, gas::indoor};

impl Footprint {
    /// How far a level is reached inside of houses with windows shut, m: the air inside takes up a part of what passes outside. None where
    /// it is not reached even outside.
    #[must_use]
    pub fn indoor_reach_m(&self, level: &str) -> Option<f64> {
        let (threshold, outside) = self.levels.iter().find(|(t, _)| t.level.key == level)?;
        let outside = (*outside)?;
        let part = indoor::seeped(self.air_changes_per_h, self.exposure_min * 60.0);
        if part <= 0.0 {
            return Some(0.0);
        }
        let kg_m3 = threshold.kg_m3 / part;
        let farthest = self.clouds.iter().fold(0.0, |farthest: f64, cloud| {
            let cloud = cloud.widened(threshold.widening);
            if farthest > 0.0 && cloud.ends_before(farthest, kg_m3) {
                return farthest;
            }
            cloud.reach_m(kg_m3).map_or(farthest, |(x, _)| farthest.max(x))
        });
        Some(farthest.min(outside))
    }

    /// The report, with this many frames (0: none).
    #[must_use]
    pub fn report(&self, frames: usize) -> Report {
        let mut report = Report::default();
        report.say("substance", self.substance.key);
        report.say("source_model", self.term.model);
        for (name, value, unit) in [
            ("rate_kg_s", self.term.rate_kg_s, "kg/s"),
            ("duration_s", self.term.duration_s, "s"),
            ("airborne_kg", self.term.mass_kg, "kg"),
            ("density_kg_m3", self.term.density_kg_m3, "kg/m3"),
            ("start_kg_m3", self.term.start_kg_m3, "kg/m3"),
            ("temperature_k", self.term.temperature_k, "K"),
            ("flash_fraction", self.term.flash, ""),
            ("pool_kg", self.term.pool_kg, "kg"),
            ("exposure_min", self.exposure_min, "min"),
        ] {
            // A release whose end nobody knows has no duration and no mass.
            if value.is_finite() {
                report.put(name, value, unit);
            }
        }
        if let (Some(cloud), [(class, wind)]) = (self.clouds.first(), self.weathers.as_slice()) {
            report.say("dispersion_model", cloud.model());
            report.say("stability", class.letter());
            report.put("wind_10m_m_s", *wind, "m/s");
        }
        if let Direction::Sector { from_deg, half_angle_deg } = self.direction {
            report.put("wind_from_deg", from_deg, "deg");
            report.put("half_angle_deg", half_angle_deg, "deg");
        }
        for (threshold, reach) in &self.levels {
            let key = &threshold.level.key;
            report.put(&format!("{key}_kg_m3"), threshold.kg_m3, "kg/m3");
            if let Some(reach) = reach {
                report.put(&format!("{key}_reach_m"), *reach, "m");
            }
            if let Some(inside) = self.indoor_reach_m(key).filter(|_| !key.starts_with("lel")) {
                report.put(&format!("{key}_reach_indoor_m"), inside, "m");
            }
        }
        if let Some(mass) = self.explosive_kg {
            report.put("explosive_kg", mass, "kg");
        }
        report.areas.clone_from(&self.areas);
        // A level that was looked at and is reached nowhere is there, without a ring: that is not the same as one never looked at.
        let missed = self.levels.iter().map(|(threshold, _)| &threshold.level);
        let missed =
            missed.filter(|level| self.areas.iter().all(|area| area.level.key != level.key));
        report.areas.extend(missed.map(|level| Area::new(level.clone(), Vec::new())));
        report.areas.sort_by_key(|area| std::cmp::Reverse(area.level.severity));
        if frames > 0 {
            report.frames = self.frames(frames);
        }
        report.warnings.clone_from(&self.warnings);
        report
    }
}
