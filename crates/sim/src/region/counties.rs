//! The 22 counties of Ningxia: facts that the spread of the virtual devices follows.
//!
//! Codes: GB/T 2260. Population: Seventh National Population Census of 2020, bulletins of Ningxia and its cities.
//! Seats: to about one kilometre.

use helan_kernel::{AreaCode, Position};

/// A county, district or county-level city.
#[derive(Clone, Copy, Debug)]
pub struct County {
    /// Six digits.
    pub code: u32,
    /// Name.
    pub name: &'static str,
    /// City it belongs to.
    pub city: &'static str,
    /// Telephone area code of that city.
    pub dial: &'static str,
    /// Residents at the census of 2020.
    pub population: u32,
    /// Longitude and latitude of the seat, WGS-84.
    pub seat: (f64, f64),
}

impl County {
    /// The whole county as an area.
    #[must_use]
    pub const fn area(&self) -> AreaCode {
        AreaCode(self.code * 1000)
    }

    /// The seat.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { lon: self.seat.0, lat: self.seat.1 }
    }
}

const fn county(
    code: u32,
    name: &'static str,
    city: &'static str,
    dial: &'static str,
    population: u32,
    seat: (f64, f64),
) -> County {
    County { code, name, city, dial, population, seat }
}

/// All of them, by code.
pub const COUNTIES: [County; 22] = [
    county(640104, "兴庆区", "银川市", "0951", 808_282, (106.289, 38.474)),
    county(640105, "西夏区", "银川市", "0951", 449_559, (106.156, 38.491)),
    county(640106, "金凤区", "银川市", "0951", 643_952, (106.242, 38.473)),
    county(640121, "永宁县", "银川市", "0951", 321_618, (106.254, 38.278)),
    county(640122, "贺兰县", "银川市", "0951", 341_507, (106.35, 38.554)),
    county(640181, "灵武市", "银川市", "0951", 294_156, (106.34, 38.103)),
    county(640202, "大武口区", "石嘴山市", "0952", 298_292, (106.376, 39.014)),
    county(640205, "惠农区", "石嘴山市", "0952", 178_891, (106.781, 39.24)),
    county(640221, "平罗县", "石嘴山市", "0952", 274_206, (106.524, 38.913)),
    county(640302, "利通区", "吴忠市", "0953", 460_790, (106.199, 37.985)),
    county(640303, "红寺堡区", "吴忠市", "0953", 197_604, (106.063, 37.425)),
    county(640323, "盐池县", "吴忠市", "0953", 159_208, (107.407, 37.783)),
    county(640324, "同心县", "吴忠市", "0953", 320_805, (105.914, 36.981)),
    county(640381, "青铜峡市", "吴忠市", "0953", 244_306, (106.075, 38.021)),
    county(640402, "原州区", "固原市", "0954", 471_329, (106.288, 36.004)),
    county(640422, "西吉县", "固原市", "0954", 315_827, (105.729, 35.964)),
    county(640423, "隆德县", "固原市", "0954", 109_451, (106.112, 35.626)),
    county(640424, "泾源县", "固原市", "0954", 85_026, (106.331, 35.498)),
    county(640425, "彭阳县", "固原市", "0954", 160_509, (106.632, 35.858)),
    county(640502, "沙坡头区", "中卫市", "0955", 399_795, (105.174, 37.516)),
    county(640521, "中宁县", "中卫市", "0955", 334_023, (105.685, 37.491)),
    county(640522, "海原县", "中卫市", "0955", 333_518, (105.643, 36.565)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counties_are_the_region() {
        assert!(COUNTIES.windows(2).all(|w| w[0].code < w[1].code));
        assert!(COUNTIES.iter().all(|c| c.area().0 / 10_000_000 == 64));
        // 7 202 654 at the census; the bulletins of the cities are rounded and count one development zone differently.
        let all: u32 = COUNTIES.iter().map(|c| c.population).sum();
        assert!((7_000_000..7_300_000).contains(&all), "{all}");
    }
}
