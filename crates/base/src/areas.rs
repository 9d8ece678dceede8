//! Areas by code, by name and by place.

use std::collections::HashMap;

use geo::{BoundingRect, Contains, Coord, Geometry, Rect};
use helan_kernel::AreaCode;

/// One area that is known by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Code (GB/T 2260, and the three digits of the township).
    pub code: AreaCode,
    /// Name.
    pub name: String,
    /// Its ground on WGS-84; none when its borders are not known.
    pub ground: Option<Geometry>,
}

/// All areas that are known by name.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    by_code: HashMap<AreaCode, String>,
    /// Names that more than one area has lead nowhere.
    by_name: HashMap<String, Option<AreaCode>>,
    grounds: Vec<(AreaCode, Rect, Geometry)>,
}

impl Areas {
    /// Takes areas together.
    #[must_use]
    pub fn new(areas: impl IntoIterator<Item = Area>) -> Self {
        let mut all = Self::default();
        for area in areas {
            all.by_name
                .entry(area.name.clone())
                .and_modify(|known| *known = known.filter(|code| *code == area.code))
                .or_insert(Some(area.code));
            if let Some(ground) = area.ground
                && let Some(bounds) = ground.bounding_rect()
            {
                all.grounds.push((area.code, bounds, ground));
            }
            all.by_code.insert(area.code, area.name);
        }
        all
    }

    /// The area with this name, or with this code of 6, 9 or 12 digits.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<AreaCode> {
        if let Some(code) = self.by_name.get(text) {
            return *code;
        }
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let code = match text.len() {
            6 if digits => text.parse::<u32>().ok()?.checked_mul(1000)?,
            9 | 12 if digits => text.get(..9)?.parse().ok()?,
            _ => return None,
        };
        self.contains(AreaCode(code)).then_some(AreaCode(code))
    }

    /// Whether the code is that of a known area, or of one inside a known county.
    #[must_use]
    pub fn contains(&self, code: AreaCode) -> bool {
        let county = AreaCode(code.0 / 1000 * 1000);
        self.by_code.contains_key(&code) || self.by_code.contains_key(&county)
    }

    /// Name of an area; none when it is not known.
    #[must_use]
    pub fn name(&self, code: AreaCode) -> Option<&str> {
        self.by_code.get(&code).map(String::as_str)
    }

    /// The areas whose borders are known, with their ground on WGS-84.
    pub fn grounds(&self) -> impl Iterator<Item = (AreaCode, &Geometry)> {
        self.grounds.iter().map(|(code, _, ground)| (*code, ground))
    }

    /// The area that a place on WGS-84 lies in.
    #[must_use]
    pub fn at(&self, at: Coord) -> Option<AreaCode> {
        self.grounds
            .iter()
            .find(|(_, bounds, ground)| bounds.contains(&at) && ground.contains(&at))
            .map(|(code, ..)| *code)
    }

    /// Middles of the cells of a grid over the ground of the areas inside another one; `step` is their width in degrees. Of more
    /// than `most` cells none are given.
    #[must_use]
    pub fn cells(&self, own: AreaCode, step: f64, most: usize) -> Vec<(AreaCode, Coord)> {
        let mut cells = Vec::new();
        if step.is_nan() || step <= 0.0 {
            return cells;
        }
        for (code, bounds, ground) in self.grounds.iter().filter(|(code, ..)| own.contains(*code)) {
            // The grid is one for all areas, so that no place is in two cells.
            let mut y = (bounds.min().y / step).floor() * step + step / 2.0;
            while y < bounds.max().y {
                let mut x = (bounds.min().x / step).floor() * step + step / 2.0;
                while x < bounds.max().x {
                    if cells.len() >= most {
                        return Vec::new();
                    }
                    let at = Coord { x, y };
                    if ground.contains(&at) {
                        cells.push((*code, at));
                    }
                    x += step;
                }
                y += step;
            }
        }
        cells
    }

    /// How many areas are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether no area is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

#[cfg(test)]
impl Areas {
    /// Two counties side by side.
    pub(crate) fn for_tests() -> Self {
        let square = |x: f64| Geometry::Rect(Rect::new((x, 38.0), (x + 1.0, 39.0)));
        let area = |code, name: &str, x| Area {
            code: AreaCode(code),
            name: name.into(),
            ground: Some(square(x)),
        };
        Self::new([area(640_104_000, "兴庆区", 106.0), area(640_105_000, "西夏区", 105.0)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_found_by_name_code_and_place() {
        let areas = Areas::for_tests();
        let code = AreaCode(640_104_000);
        for text in ["兴庆区", "640104", "640104000", "640104000000"] {
            assert_eq!(areas.find(text), Some(code), "{text}");
        }
        assert_eq!(
            areas.find("640104001"),
            Some(AreaCode(640_104_001)),
            "a township of a known county"
        );
        for text in ["", "999999", "6401041", "金凤区"] {
            assert_eq!(areas.find(text), None, "{text}");
        }
        assert_eq!(areas.at(Coord { x: 105.5, y: 38.5 }), Some(AreaCode(640_105_000)));
        assert_eq!(areas.at(Coord { x: 100.0, y: 38.5 }), None);
    }

    #[test]
    fn cells_cover_the_ground_once() {
        let areas = Areas::for_tests();
        let cells = areas.cells(AreaCode(640_104_000), 0.1, 1_000);
        assert_eq!(cells.len(), 100);
        assert!(cells.iter().all(|(code, at)| code.0 == 640_104_000 && at.x > 106.0));
        assert_eq!(areas.cells(AreaCode::ALL, 0.1, 1_000).len(), 200);
        assert_eq!(areas.cells(AreaCode::ALL, 0.1, 150).len(), 0);
        assert_eq!(areas.cells(AreaCode(640_221_000), 0.1, 1_000).len(), 0);
    }

    #[test]
    fn a_name_of_two_areas_leads_nowhere() {
        let area = |code| Area { code: AreaCode(code), name: "城关镇".into(), ground: None };
        let areas = Areas::new([area(640_422_100), area(640_424_100)]);
        assert_eq!(areas.find("城关镇"), None);
        assert_eq!(areas.name(AreaCode(640_424_100)), Some("城关镇"));
    }
}
