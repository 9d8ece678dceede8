//! Words of weather feeds: moments with and without a zone, points of the compass, forces of the wind.

use helan_base::Fault;
use helan_kernel::Ms;
use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// Where a feed of ours says nothing of its zone: China is eight hours ahead of UTC, and has no summer time.
pub fn china() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// A zone: `+08:00`, `+0800`, `8`, `UTC`, `Z`, `Asia/Shanghai`.
pub fn zone(text: &str) -> Result<TimeZone, Fault> {
    let bare = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text).trim();
    if bare.is_empty() || bare.eq_ignore_ascii_case("z") {
        return Ok(TimeZone::UTC);
    }
    if bare.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c)) {
        return offset(bare).map(TimeZone::fixed).ok_or(Fault::NotMoment);
    }
    TimeZone::get(bare).map_err(|_unknown| Fault::NotMoment)
}

fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

/// A moment: with a zone in it, as seconds (10 digits) or milliseconds (13 digits) since 1970, or as a time of this zone.
pub fn moment(text: &str, zone: TimeZone) -> Result<Ms, Fault> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(text.len(), 10 | 13) {
        let number: i64 = text.parse().map_err(|_large| Fault::NotMoment)?;
        return Ok(Ms(if text.len() == 10 { number * 1000 } else { number }));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Ms(at.as_millisecond()));
    }
    let civil = if digits { compact(text) } else { civil(text) };
    let at = civil.and_then(|civil| zone.to_timestamp(civil).ok()).ok_or(Fault::NotMoment)?;
    Ok(Ms(at.as_millisecond()))
}

fn compact(text: &str) -> Option<DateTime> {
    let form = match text.len() {
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return None,
    };
    DateTime::strptime(form, text).ok()
}

fn civil(text: &str) -> Option<DateTime> {
    let plain = text.replace('/', "-");
    // The library takes a day alone for its midnight.
    if !plain.contains([':', '时']) {
        return None;
    }
    plain.parse().ok().or_else(|| {
        let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y年%m月%d日%H时%M分", "%Y-%m-%d %H时"];
        forms.iter().find_map(|form| DateTime::strptime(form, &plain).ok())
    })
}

/// Lower bounds of the forces 0 to 17, m/s, and the upper one of 17 (GB/T 28591-2012, table 1).
const FORCES_M_S: [f64; 19] = [
    0.0, 0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7, 37.0, 41.5, 46.2, 51.0,
    56.1, 61.3,
];

/// The middle of a force, or of two: `4`, `4级`, `3-4级`, `3～4`.
pub fn beaufort_m_s(text: &str) -> Result<f64, Fault> {
    let bare = text.trim_end_matches(['级', ' ']);
    let parts = bare.split(['-', '~', '～', '—', '至']).map(|part| {
        let force: usize =
            part.trim().trim_end_matches('级').parse().map_err(|_word| Fault::NotNumber)?;
        let bounds = FORCES_M_S.get(force).zip(FORCES_M_S.get(force + 1));
        let (low, high) = bounds.ok_or(Fault::OutOfRange { min: 0.0, max: 17.0 })?;
        Ok(f64::midpoint(*low, *high))
    });
    let parts: Vec<f64> = parts.collect::<Result<_, Fault>>()?;
    match parts.as_slice() {
        [one] => Ok(*one),
        [low, high] => Ok(f64::midpoint(*low, *high)),
        _ => Err(Fault::NotNumber),
    }
}

/// Sixteen points of the compass, clockwise from north.
const POINTS: [(&str, &str); 16] = [
    ("北", "N"),
    ("北东北", "NNE"),
    ("东北", "NE"),
    ("东东北", "ENE"),
    ("东", "E"),
    ("东东南", "ESE"),
    ("东南", "SE"),
    ("南东南", "SSE"),
    ("南", "S"),
    ("南西南", "SSW"),
    ("西南", "SW"),
    ("西西南", "WSW"),
    ("西", "W"),
    ("西西北", "WNW"),
    ("西北", "NW"),
    ("北西北", "NNW"),
];

/// Where the wind comes from, degrees: a number or a point of the compass; none in a calm and where it turns about.
pub fn degrees(text: &str) -> Result<Option<f64>, Fault> {
    if let Ok(number) = text.trim_end_matches(['°', '度']).trim().parse::<f64>() {
        let within = (0.0..=360.0).contains(&number);
        return within.then_some(Some(number)).ok_or(Fault::OutOfRange { min: 0.0, max: 360.0 });
    }
    let words: String = text.to_lowercase().chars().filter(|c| !" -_".contains(*c)).collect();
    if matches!(&*words, "静风" | "无风" | "calm" | "c" | "旋转不定" | "不定" | "variable" | "vrb")
    {
        return Ok(None);
    }
    let short = words.replace("north", "n").replace("south", "s");
    let short = short.replace("east", "e").replace("west", "w").to_uppercase();
    // 东北风 and 北偏东 are said as well as 东北 and 北东北.
    let chinese = words.trim_end_matches('风');
    let point = POINTS.iter().zip(0_u8..).find(|((zh, en), _)| *zh == chinese || *en == short);
    let leaning = || {
        let (main, side) = chinese.split_once('偏')?;
        let at = |word: &str| POINTS.iter().position(|(zh, _)| *zh == word);
        let (main, side) = (at(main)?, at(side)?);
        let step = if (main + 4) % 16 == side { 1 } else { 15 };
        ((main + 4) % 16 == side || (side + 4) % 16 == main).then(|| (main + step) % 16)
    };
    let place = point.map(|(_, place)| usize::from(place)).or_else(leaning);
    let place = place.and_then(|place| u8::try_from(place).ok()).ok_or(Fault::NotDirection)?;
    Ok(Some(f64::from(place) * 22.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_with_and_without_a_zone() {
        // 2024-03-05T00:30:00Z.
        let at = Ms(1_709_598_600_000);
        for text in [
            "2024-03-05T08:30:00+08:00",
            "2024-03-05T00:30:00Z",
            "2024-03-05 08:30:00",
            "2024-03-05 08:30",
            "2024/03/05 08:30",
            "2024年03月05日08时30分",
            "202403050830",
            "20240305083000",
            "1709598600",
            "1709598600000",
        ] {
            assert_eq!(moment(text, china()), Ok(at), "{text}");
        }
        for name in ["UTC", "Z", "UTC+0", "+00:00", "0", "GMT"] {
            let zone = zone(name).unwrap();
            assert_eq!(moment("2024-03-05 00:30:00", zone), Ok(at), "{name}");
        }
        let zone_of = |name: &str| moment("2024-03-05 08:30:00", zone(name).unwrap());
        assert_eq!(zone_of("Asia/Shanghai"), Ok(at));
        assert_eq!(zone_of("+0800"), Ok(at));
        assert_eq!(zone_of("UTC+8"), Ok(at));
        // A day alone is no moment of an observation.
        for text in ["", "yesterday", "2024-13-05 08:30", "99", "2024-03-05"] {
            assert_eq!(moment(text, china()), Err(Fault::NotMoment), "{text}");
        }
        for text in ["Moon/Sea", "+25:00", "8:99", "-"] {
            assert!(zone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn points_of_the_compass_in_both_languages() {
        for (text, degrees) in [
            ("北", 0.0),
            ("东北风", 45.0),
            ("NNE", 22.5),
            ("north-north-east", 22.5),
            ("South West", 225.0),
            ("南偏西", 202.5),
            ("西偏南", 247.5),
            ("270", 270.0),
            ("270°", 270.0),
            ("360", 360.0),
        ] {
            assert_eq!(super::degrees(text), Ok(Some(degrees)), "{text}");
        }
        assert_eq!(super::degrees("静风"), Ok(None));
        assert_eq!(super::degrees("VRB"), Ok(None));
        assert_eq!(super::degrees("up"), Err(Fault::NotDirection));
        assert!(super::degrees("361").is_err() && super::degrees("NaN").is_err());
    }

    #[test]
    fn forces_of_the_wind() {
        let near = |text: &str, m_s: f64| (beaufort_m_s(text).unwrap() - m_s).abs() < 1e-9;
        assert!(near("0", 0.15) && near("4级", 6.75) && near("12", 34.85));
        assert!(near("3-4级", (4.45 + 6.75) / 2.0) && near("3～4", 5.6) && near("3级至4级", 5.6));
        assert_eq!(beaufort_m_s("微风"), Err(Fault::NotNumber));
        assert!(beaufort_m_s("18").is_err() && beaufort_m_s("1-2-3").is_err());
    }
}
