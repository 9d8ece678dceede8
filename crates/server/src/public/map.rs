//! The small map of a page: zones, shelters, a few names. Drawn once, where it can be cached; the phone only marks the asker on it.

use helan_kernel::{Position, push::Protective};
use maud::{Markup, html};

use super::{
    ground::Flat,
    view::{Reach, View, Zone},
    words,
};
use crate::{
    api::wire::protective,
    text::{Language, text},
};

/// Width of the drawing in its own units: a small phone's.
const WIDTH: f64 = 360.0;
/// Height of the drawing.
const HEIGHT: f64 = 300.0;
/// Room around what must be seen.
const MARGIN: f64 = 26.0;
/// At least so many metres are shown from the middle: whoever stands at the edge must find themselves.
const LEAST_M: f64 = 150.0;
/// Names of places on it: more hide the zones.
const NAMES: usize = 8;
/// Shelters that the map makes room for.
const SHELTERS: usize = 3;
/// …when they are not farther than so many times the reach of the danger.
const SHELTER_BEYOND: f64 = 2.5;

/// How places become points of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    west: f64,
    north: f64,
    per_lon: f64,
    per_lat: f64,
}

impl Frame {
    /// What must be seen; none when nothing has a place.
    #[must_use]
    pub fn of(view: &View) -> Option<Self> {
        let source = view.source?;
        let flat = Flat::around(source);
        let (mut low, mut high) = ((-LEAST_M, -LEAST_M), (LEAST_M, LEAST_M));
        let mut take = |(x, y): (f64, f64), metres: f64| {
            low = (low.0.min(x - metres), low.1.min(y - metres));
            high = (high.0.max(x + metres), high.1.max(y + metres));
        };
        for zone in &view.zones {
            match &zone.reach {
                Reach::Building => {}
                Reach::Circle(centre, metres) => take(flat.metres(*centre), *metres),
                Reach::Rings(rings) => {
                    rings.iter().flat_map(|r| &r.points).for_each(|p| take(flat.metres(*p), 0.0));
                }
            }
        }
        let reach = (high.0 - low.0).max(high.1 - low.1) / 2.0;
        let near = |at: &Position| source.metres_to(*at) <= reach * SHELTER_BEYOND;
        let shelters = view.shelters.iter().map(|shelter| shelter.at).filter(near).take(SHELTERS);
        let mut take = |(x, y): (f64, f64)| {
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        };
        shelters.for_each(|at| take(flat.metres(at)));
        let (wide, tall) = (high.0 - low.0, high.1 - low.1);
        let scale = ((WIDTH - 2.0 * MARGIN) / wide).min((HEIGHT - 2.0 * MARGIN) / tall);
        if !scale.is_finite() || scale <= 0.0 {
            return None;
        }
        let (middle_x, middle_y) = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
        Some(Self {
            west: source.lon + (middle_x - WIDTH / 2.0 / scale) / flat.lon_m(),
            north: source.lat + (middle_y + HEIGHT / 2.0 / scale) / Position::DEGREE_M,
            per_lon: scale * flat.lon_m(),
            per_lat: scale * Position::DEGREE_M,
        })
    }

    /// For the script: west, north, units per degree of longitude and latitude, width, height.
    #[must_use]
    pub fn numbers(&self) -> [f64; 6] {
        let degrees = |value: f64| (value * 1e6).round() / 1e6;
        let units = |value: f64| (value * 10.0).round() / 10.0;
        let per = (units(self.per_lon), units(self.per_lat));
        [degrees(self.west), degrees(self.north), per.0, per.1, WIDTH, HEIGHT]
    }

    fn point(&self, at: Position) -> (f64, f64) {
        ((at.lon - self.west) * self.per_lon, (self.north - at.lat) * self.per_lat)
    }

    fn units(&self, metres: f64) -> f64 {
        metres / Position::DEGREE_M * self.per_lat
    }
}

fn tenth(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn zone(frame: &Frame, zone: &Zone) -> Markup {
    let class = protective(zone.action);
    match &zone.reach {
        Reach::Building => html! {},
        Reach::Circle(centre, metres) => {
            let (x, y) = frame.point(*centre);
            html! { circle class=(class) cx=(tenth(x)) cy=(tenth(y)) r=(tenth(frame.units(*metres).max(3.0))) {} }
        }
        Reach::Rings(rings) => {
            let mut path = String::new();
            for ring in rings {
                let mut last = String::new();
                let mut letter = 'M';
                for point in &ring.points {
                    let (x, y) = frame.point(*point);
                    let here = format!("{} {}", tenth(x), tenth(y));
                    if here != last {
                        path.push(letter);
                        path.push_str(&here);
                        letter = 'L';
                    }
                    last = here;
                }
                path.push('Z');
            }
            html! { path class=(class) d=(path) {} }
        }
    }
}

/// A round length for the scale, about a quarter of the width, and its length in units.
fn scale(frame: &Frame) -> (f64, f64) {
    let most = WIDTH / 4.0 / frame.units(1.0);
    let power = 10.0_f64.powf(most.log10().floor());
    let metres = [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|m| *m <= most);
    let metres = metres.unwrap_or(power);
    (metres, frame.units(metres))
}

fn names(frame: &Frame, view: &View) -> Markup {
    let mut taken: Vec<(f64, f64)> = view.source.iter().map(|at| frame.point(*at)).collect();
    taken.extend(view.shelters.iter().map(|shelter| frame.point(shelter.at)));
    let mut shown = Vec::new();
    let order = [true, false]
        .into_iter()
        .flat_map(|first| view.places.iter().filter(move |place| place.landmark == first));
    for place in order {
        let (x, y) = frame.point(place.at);
        let inside = x > 8.0 && x < WIDTH - 60.0 && y > 30.0 && y < HEIGHT - 30.0;
        let clear = taken.iter().all(|(a, b)| (a - x).abs() > 70.0 || (b - y).abs() > 18.0);
        if inside && clear && shown.len() < NAMES {
            taken.push((x, y));
            let short: String = place.name.chars().take(10).collect();
            shown.push((tenth(x), tenth(y), tenth(x + 5.0), tenth(y + 4.0), short));
        }
    }
    html! {
        @for (x, y, words_x, words_y, name) in &shown {
            circle class="dot" cx=(x) cy=(y) r="2.5" {}
            text x=(words_x) y=(words_y) { (name) }
        }
    }
}

/// The drawing.
#[must_use]
pub fn drawing(language: Language, view: &View, frame: &Frame) -> Markup {
    let label = text(language, "page.map.label");
    let widest = view.zones.iter().rev();
    let (metres, length) = scale(frame);
    let far = words::distance(language, metres);
    html! {
        svg #map .map viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(label) {
            @for each in widest { (zone(frame, each)) }
            (names(frame, view))
            @for (at, shelter) in view.shelters.iter().enumerate() {
                @let (x, y) = frame.point(shelter.at);
                @if x > 0.0 && x < WIDTH && y > 0.0 && y < HEIGHT {
                    rect .mark x=(tenth(x - 8.0)) y=(tenth(y - 8.0)) width="16" height="16" rx="3" {}
                    text .count x=(tenth(x)) y=(tenth(y + 4.0)) { (at + 1) }
                }
            }
            @if let Some(source) = view.source {
                @let (x, y) = frame.point(source);
                path .source d=(format!("M{0} {1}l12 12m0 -12l-12 12", tenth(x - 6.0), tenth(y - 6.0))) {}
            }
            path .line d="M12 26V8M7 14l5 -7l5 7" {}
            text x="20" y="18" { (text(language, "page.north")) }
            @if let Some(wind) = view.wind.as_ref().filter(|_| view.drifts) {
                g transform=(format!("translate(330 28) rotate({:.0})", wind.from_deg + 180.0)) {
                    path .wind d="M0 -20L9 -4L4 -6L4 18L-4 18L-4 -6L-9 -4Z" {}
                }
                text x="300" y="62" { (text(language, "page.wind.short")) }
            }
            path .line d=(format!("M12 {0}v6h{1}v-6", HEIGHT - 18.0, tenth(length))) {}
            text x="16" y=(HEIGHT - 16.0) { (far) }
        }
    }
}

/// What the signs mean.
#[must_use]
pub fn legend(language: Language, view: &View) -> Markup {
    let sample = |class: &str| {
        html! { svg .map viewBox="0 0 32 20" aria-hidden="true" { rect class=(class) x="2" y="2" width="28" height="16" {} } }
    };
    let mut actions: Vec<Protective> = view.zones.iter().map(|zone| zone.action).collect();
    actions.dedup();
    html! {
        ul .legend {
            @for action in actions {
                li { (sample(protective(action))) (words::action(language, action)) }
            }
            @if !view.shelters.is_empty() { li { (sample("mark")) (text(language, "page.shelters")) } }
            li { svg viewBox="0 0 32 20" aria-hidden="true" { path d="M10 4l12 12m0 -12l-12 12" stroke="#111" stroke-width="4" {} }
                (text(language, "page.map.source")) }
        }
    }
}
