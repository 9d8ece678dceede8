//! A feed of weather 气象: rows of another system become [`Event::Weather`], the newest of each station.
//!
//! Rows go the way of all connectors: the same scheduler, the same check of where it may reach, the same words for bad ones. What
//! is other is where they end: not in the base database but, as reports, in the node.

mod words;

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use geo::Geometry;
use helan_base::{
    Areas, Datum, Domain, Fault, Faulty, Field, Kind, Raw, Record, ShapeKind, Value, What,
};
use helan_exchange::{Mapping, Rows};
use helan_kernel::{
    Answer, AreaCode, Event, Ms, Position, Text,
    weather::{Weather, WeatherReport},
};
use helan_store::desk::connectors::{Connector, Run};

use super::{Connectors, Fetched, MAX_ROWS, Trouble, load::Stopped, told};

/// What a connector names instead of a kind of the base database.
pub const KIND: &str = "weather";
/// Longest key of a connector of weather: it stands before the key of each station, so that no feed speaks for another's.
pub const LONGEST_KEY: usize = 30;
/// Reports of one turn: some hundred microseconds, and alarms go in between.
const AT_ONCE: usize = 200;

/// A field that is read as a number: key, names, unit, smallest and largest value.
type Number = (&'static str, &'static str, &'static str, &'static str, (f64, f64));

/// Fields that are read as numbers.
const NUMBERS: [Number; 8] = [
    ("wind_m_s", "风速", "Wind speed", "m/s", (0.0, 75.0)),
    ("wind_km_h", "风速（千米每小时）", "Wind speed (km/h)", "km/h", (0.0, 270.0)),
    ("temperature_c", "气温", "Air temperature", "°C", (-60.0, 60.0)),
    ("humidity_pct", "相对湿度", "Relative humidity", "%", (0.0, 100.0)),
    ("cloud_tenths", "云量（成）", "Cloud (tenths)", "1", (0.0, 10.0)),
    ("cloud_oktas", "云量（八分量）", "Cloud (eighths)", "1", (0.0, 8.0)),
    ("cloud_pct", "云量（百分比）", "Cloud (per cent)", "%", (0.0, 100.0)),
    ("rain_mm", "一小时降水", "Rain of an hour", "mm", (0.0, 500.0)),
];

/// Fields that are read as words.
const WORDS: [(&str, &str, &str); 5] = [
    ("observed_at", "观测时间", "Observed at"),
    ("observed_at_utc", "观测时间（世界时）", "Observed at (UTC)"),
    ("time_zone", "时区", "Time zone"),
    ("wind_beaufort", "风力等级", "Wind force"),
    ("wind_from", "风向", "Wind from"),
];

/// What a row of a feed can hold, as a kind: so that headings are matched and cells are read as everywhere.
pub static ROW: LazyLock<Kind> = LazyLock::new(|| {
    let field = |key: &str, name: (&str, &str), unit: &str, what: What| Field {
        key: key.to_owned(),
        name: Text::new(name.0, name.1),
        unit: unit.to_owned(),
        what,
        required: false,
        mask: None,
        aliases: Vec::new(),
        standard: String::new(),
    };
    let words = WORDS.iter().map(|(key, zh, en)| field(key, (zh, en), "", What::Text { max: 64 }));
    let numbers = NUMBERS.iter().map(|(key, zh, en, unit, (min, max))| {
        field(key, (zh, en), unit, What::Number { min: *min, max: *max })
    });
    let name = Text::new("气象要素", "Weather");
    let fields = words.chain(numbers).collect();
    Kind { fields, ..Kind::bare(KIND, Domain::Infrastructure, name, ShapeKind::Point) }
});

/// What a feed said, newest of each station, and how it went.
struct Read {
    reports: BTreeMap<String, WeatherReport>,
    run: Run,
}

impl Connectors {
    /// Hands the rows of a feed to the node.
    pub(super) async fn report(
        &self,
        connector: &Connector,
        fetched: Fetched,
        cancel: std::sync::Arc<AtomicBool>,
    ) -> Result<Run, Trouble> {
        let prefix = format!("{}/", connector.key);
        let known = self.platform.ask(move |engine| {
            let own = engine.weather().reports().filter(|report| report.key.starts_with(&prefix));
            own.map(|report| (report.key.clone(), report.clone())).collect::<BTreeMap<_, _>>()
        });
        let known = known.await.map_err(|_closed| stopping())?;
        let (areas, now) = (self.base.areas().clone(), (self.clock)());
        let own = connector.clone();
        let work = move || read(&own, &fetched, &areas, now, &cancel);
        let Ok(found) = crate::api::apart("helan-connector", work).await else {
            return Err(Trouble::new("内部错误", "it fell over"));
        };
        let Read { reports, mut run } = found?;
        let mut news = Vec::new();
        for (key, report) in reports {
            match known.get(&key) {
                Some(known) if *known == report => run.same += 1,
                Some(known) if known.at > report.at => run.late += 1,
                known => news.push((known.is_some(), report)),
            }
        }
        for some in news.chunks(AT_ONCE) {
            let events = some.iter().map(|(_, report)| Event::Weather(Box::new(report.clone())));
            let answers = self.platform.act_all(events.collect()).await;
            for ((known, _), answer) in some.iter().zip(answers.map_err(|_closed| stopping())?) {
                match answer {
                    Answer::Done if *known => run.updated += 1,
                    Answer::Done => run.created += 1,
                    Answer::Late => run.late += 1,
                    Answer::Refused(_) => {
                        run.bad += 1;
                        run.failed = Some(too_many().0);
                    }
                    Answer::Duplicate | Answer::Conflict | Answer::Created(_) => run.same += 1,
                }
            }
        }
        Ok(run)
    }
}

fn stopping() -> Trouble {
    Trouble::new("平台正在停止", "the platform is stopping")
}

fn too_many() -> Trouble {
    Trouble::new(
        format!("气象站超过 {} 个，其余未采用", Weather::MOST),
        format!("more than {} stations: the rest was not taken", Weather::MOST),
    )
}

/// Reads all rows; bad ones are told and cost nothing else.
fn read(
    connector: &Connector,
    fetched: &Fetched,
    areas: &Areas,
    now: Ms,
    cancel: &AtomicBool,
) -> Result<Read, Trouble> {
    let mut rows: Box<dyn Rows> = fetched.rows(&ROW).map_err(Stopped::from)?;
    let chosen = with_units(rows.heading(), &connector.mapping);
    let mapping = Mapping::chosen(&ROW, rows.heading(), &chosen);
    let mapping = mapping.map_err(Stopped::NoField)?;
    let columns: Vec<Option<String>> =
        mapping.keys(&ROW).into_iter().map(|key| key.map(str::to_owned)).collect();
    let datum = Datum::of_word(&connector.datum).unwrap_or_default();
    let mut found = Read { reports: BTreeMap::new(), run: Run::default() };
    while !cancel.load(Ordering::Relaxed)
        && let Some(row) = rows.next().map_err(Stopped::from)?
    {
        if found.run.rows >= MAX_ROWS {
            found.run.failed = Some(super::too_many_rows().0);
            break;
        }
        found.run.rows += 1;
        let mut draft = mapping.draft(&ROW, &row);
        // Stations have keys; few feeds name them as well.
        if draft.name.to_string().is_empty() {
            draft.name = Raw::Text("-");
        }
        let torn = row.faults.iter().filter_map(|(place, fault)| {
            let column = place.map_or(Some("geom"), |place| columns.get(place)?.as_deref())?;
            Some(Faulty { column: column.to_owned(), fault: fault.clone() })
        });
        let torn: Vec<Faulty> = torn.collect();
        let record = if torn.is_empty() { draft.check(&ROW, datum, areas) } else { Err(torn) };
        match record.and_then(|record| report(connector, &record, now).map_err(|f| vec![f])) {
            Ok(report) => keep(&mut found, report),
            Err(faults) => {
                found.run.bad += 1;
                told(&mut found.run, row.number, &faults);
            }
        }
    }
    Ok(found)
}

/// What people chose, and beside it what the unit in a heading says: guessing by words alone would read km/h as m/s.
fn with_units(
    heading: &[String],
    chosen: &BTreeMap<String, Option<String>>,
) -> BTreeMap<String, Option<String>> {
    let mut all = chosen.clone();
    for name in heading {
        if let Some(field) = by_unit(&name.to_lowercase()) {
            all.entry(name.clone()).or_insert_with(|| field.map(str::to_owned));
        }
    }
    all
}

/// The field that a heading with another unit than the usual one means; nothing for units that are not read.
fn by_unit(heading: &str) -> Option<Option<&'static str>> {
    let has = |parts: &[&str]| parts.iter().any(|part| heading.contains(part));
    let field = if has(&["风速", "wind"]) {
        match () {
            () if has(&["km/h", "kph", "千米", "公里"]) => Some("wind_km_h"),
            () if has(&["kt", "knot", "节", "mph", "英里"]) => None,
            () => return None,
        }
    } else if has(&["云量", "cloud"]) {
        match () {
            () if has(&["%", "百分", "per cent", "percent"]) => Some("cloud_pct"),
            () if has(&["八分", "okta", "eighth", "/8"]) => Some("cloud_oktas"),
            () => return None,
        }
    } else if has(&["气温", "temperature"]) && has(&["°f", "℉", "华氏", "(k)", "（k）"]) {
        None
    } else {
        return None;
    };
    Some(field)
}

/// Keeps the newest report of each station, of no more stations than the node takes.
fn keep(found: &mut Read, report: WeatherReport) {
    let full = found.reports.len() >= Weather::MOST;
    match found.reports.get_mut(&report.key) {
        Some(known) if known.at >= report.at => found.run.late += 1,
        Some(known) => {
            found.run.late += 1;
            *known = report;
        }
        None if full => found.run.failed = Some(too_many().0),
        None => drop(found.reports.insert(report.key.clone(), report)),
    }
}

/// A row that was read as a report.
fn report(connector: &Connector, record: &Record, now: Ms) -> Result<WeatherReport, Faulty> {
    let fault = |column: &str, fault| Faulty { column: column.to_owned(), fault };
    if !connector.area.contains(record.area) || record.area == AreaCode::ALL {
        return Err(fault("area", Fault::NotAllowed));
    }
    let Some(Geometry::Point(at)) = &record.shape else {
        return Err(fault("lon", Fault::Missing));
    };
    let key = format!("{}/{}", connector.key, record.key);
    if key.chars().count() > 64 {
        let max = 63_usize.saturating_sub(connector.key.chars().count());
        return Err(fault("key", Fault::TooLong { max }));
    }
    let value = |name: &str| ROW.place(name).and_then(|place| record.values.get(place));
    let number = |name: &str| match value(name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let text = |name: &str| match value(name) {
        Some(Value::Text(text)) if !text.trim().is_empty() => Some(text.trim()),
        _ => None,
    };
    let told = |name: &'static str| move |what: Fault| fault(name, what);
    let zone = text("time_zone").map(words::zone).transpose().map_err(told("time_zone"))?;
    let observed = match (text("observed_at"), text("observed_at_utc")) {
        (Some(at), _) => words::moment(at, zone.unwrap_or_else(words::china)),
        (None, Some(at)) => words::moment(at, zone.unwrap_or(jiff::tz::TimeZone::UTC)),
        (None, None) => Err(Fault::Missing),
    };
    let observed = observed.map_err(told("observed_at"))?;
    if observed > now.after(Weather::FRESH) {
        return Err(fault("observed_at", Fault::Future));
    }
    let force = text("wind_beaufort").map(words::beaufort_m_s).transpose();
    let force = force.map_err(told("wind_beaufort"))?;
    let wind_m_s = number("wind_m_s").or_else(|| number("wind_km_h").map(|v| v / 3.6)).or(force);
    let from = text("wind_from").map(words::degrees).transpose().map_err(told("wind_from"))?;
    let cloud = number("cloud_tenths");
    let cloud = cloud.or_else(|| number("cloud_oktas").map(|oktas| oktas * 1.25));
    let report = WeatherReport {
        key,
        position: Position { lon: at.x(), lat: at.y() },
        at: observed,
        wind_m_s,
        wind_from_deg: from.flatten(),
        temperature_c: number("temperature_c"),
        humidity_pct: number("humidity_pct"),
        cloud_tenths: cloud.or_else(|| number("cloud_pct").map(|pct| pct / 10.0)),
        rain_mm: number("rain_mm"),
    };
    let says = [report.wind_m_s, report.temperature_c, report.humidity_pct, report.rain_mm];
    if says.iter().all(Option::is_none) {
        return Err(fault("wind_m_s", Fault::Missing));
    }
    if report.is_valid() { Ok(report) } else { Err(fault("lon", Fault::NotPlace)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_in_a_heading_counts_and_a_choice_comes_first() {
        let headings =
            ["风速(km/h)", "风速(m/s)", "Wind speed (kt)", "云量(%)", "云量", "气温(℉)", "气温"];
        let heading: Vec<String> = headings.map(str::to_owned).to_vec();
        let field = |chosen: &BTreeMap<String, Option<String>>, name: &str| {
            let found = Mapping::chosen(&ROW, &heading, &with_units(&heading, chosen)).unwrap();
            let place = heading.iter().position(|h| h == name).unwrap();
            found.keys(&ROW)[place].map(str::to_owned)
        };
        let none = BTreeMap::new();
        assert_eq!(field(&none, "风速(km/h)").as_deref(), Some("wind_km_h"));
        assert_eq!(field(&none, "Wind speed (kt)"), None, "knots are not read as m/s");
        assert_eq!(field(&none, "云量(%)").as_deref(), Some("cloud_pct"));
        assert_eq!(field(&none, "气温(℉)"), None);
        let own = BTreeMap::from([("风速(km/h)".to_owned(), Some("wind_m_s".to_owned()))]);
        assert_eq!(field(&own, "风速(km/h)").as_deref(), Some("wind_m_s"), "as it was chosen");
    }
}
