//! Distances, directions and times as people say them.

use helan_kernel::{Ms, Position, Viewpoint, push::Protective};
use jiff::{Timestamp, tz::TimeZone};

use super::view::{Reach, View, Zone};
use crate::text::{Language, text, under};

/// A text of the page's catalogue with its places filled in.
#[must_use]
pub fn say(language: Language, id: &str, values: &[(&str, &str)]) -> String {
    let mut said = text(language, id).to_owned();
    for (name, value) in values {
        said = said.replace(&format!("{{{name}}}"), value);
    }
    said
}

/// A distance, rounded as a walker needs it: to 10 m below a kilometre, else to 0.1 km.
#[must_use]
pub fn distance(language: Language, metres: f64) -> String {
    let metres = metres.max(0.0);
    if metres < 995.0 {
        let near = (metres / 10.0).round().max(1.0) * 10.0;
        say(language, "page.metres", &[("n", &format!("{near:.0}"))])
    } else {
        say(language, "page.kilometres", &[("n", &format!("{:.1}", metres / 1000.0))])
    }
}

/// One of eight directions.
#[must_use]
pub fn direction(language: Language, degrees: f64) -> &'static str {
    const IDS: [&str; 8] = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
    let eighth = (degrees.rem_euclid(360.0) / 45.0).round();
    let place = (0..8_u8).find(|n| (f64::from(*n) - eighth).abs() < 0.5).unwrap_or(0);
    let id = IDS.get(usize::from(place)).copied().unwrap_or("n");
    named(language, "page.way.", id)
}

/// A word of a list: `page.way.ne`.
fn named(language: Language, list: &str, id: &str) -> &'static str {
    under(language, list).find(|(own, _)| *own == id).map_or("", |(_, text)| text)
}

/// A moment as a clock on the wall shows it: Beijing time, with the day.
#[must_use]
pub fn moment(language: Language, at: Ms) -> String {
    let Ok(at) = Timestamp::from_millisecond(at.0) else { return String::new() };
    // A fixed offset: the country has one time and no summer time.
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let form = match language {
        Language::Zh => "%-m月%-d日%H:%M",
        Language::En => "%-d %b %H:%M",
    };
    at.to_zoned_datetime(zone).strftime(form).to_string()
}

/// Where a zone is, in words that need no map.
#[must_use]
pub fn reach(language: Language, view: &View, zone: &Zone) -> String {
    match (&zone.reach, view.source) {
        (Reach::Building, _) => text(language, "page.reach.building").to_owned(),
        (Reach::Circle(_, metres), _) => {
            let far = distance(language, *metres);
            say(language, "page.reach.circle", &[("far", &far)])
        }
        (Reach::Rings(_), Some(source)) => match (zone.around(source), zone.farthest(source)) {
            (Some(metres), _) => {
                let far = distance(language, metres);
                say(language, "page.reach.circle", &[("far", &far)])
            }
            (None, Some((metres, at))) => {
                let far = distance(language, metres);
                let way = direction(language, Viewpoint::new(source).way_to(at).bearing_deg);
                say(language, "page.reach.ring", &[("far", &far), ("way", way)])
            }
            (None, None) => text(language, "page.reach.map").to_owned(),
        },
        (Reach::Rings(_), None) => text(language, "page.reach.map").to_owned(),
    }
}

/// Where something is as seen from the place of the danger.
#[must_use]
pub fn from_there(language: Language, from: Position, to: Position) -> String {
    let way = Viewpoint::new(from).way_to(to);
    let far = distance(language, way.metres);
    say(language, "page.from", &[("way", direction(language, way.bearing_deg)), ("far", &far)])
}

/// What people shall do, in a word.
#[must_use]
pub fn action(language: Language, action: Protective) -> &'static str {
    named(language, "page.action.", crate::api::wire::protective(action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_directions_and_times() {
        let far = |metres| distance(Language::En, metres);
        assert_eq!(
            (far(0.0), far(344.0), far(994.9)),
            ("10 m".into(), "340 m".into(), "990 m".into())
        );
        assert_eq!((far(995.0), far(12_340.0)), ("1.0 km".into(), "12.3 km".into()));
        let way = |degrees| direction(Language::En, degrees);
        assert_eq!(
            (way(0.0), way(359.0), way(44.0), way(-90.0)),
            ("north", "north", "north-east", "west")
        );
        assert_eq!(way(f64::NAN), "north");
        let at = Ms(1_764_144_000_000);
        assert_eq!(moment(Language::Zh, at), "11月26日16:00");
        assert_eq!(moment(Language::En, at), "26 Nov 16:00");
        assert_eq!(moment(Language::En, Ms::MAX), "");
    }
}
