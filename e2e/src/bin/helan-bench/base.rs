//! The base database with a million objects: what lies where, what is called how, and a large sheet beside the chain of alarms.

use std::{
    fmt::Write,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use geo::{LineString, MultiPolygon, Polygon};
use helan_base::{Catalogue, Entry, RecordId};
use helan_e2e::Api;
use helan_kernel::{AreaCode, Position};
use serde_json::json;

use crate::{
    load::{Helan, Target, load},
    measure::{Numbers, figure, median, percentile, timed},
    peers::Postgres,
    table::{Row, grouped},
};

/// Questions of one kind.
const QUESTIONS: u64 = 20_000;
/// West, south, width and height of the region in degrees.
const GROUND: [f64; 4] = [104.3, 35.2, 3.3, 4.2];
/// Radius of a danger area that is asked for, in degrees: about 1.5 km.
const RADIUS: f64 = 0.015;
/// Corners of it.
const CORNERS: u32 = 32;

/// A place in the region.
fn place(numbers: &mut Numbers) -> (f64, f64) {
    let [west, south, width, height] = GROUND;
    (west + width * numbers.part(), south + height * numbers.part())
}

/// A name of which a million are different and many alike, as in life.
fn name(numbers: &mut Numbers, n: u64) -> String {
    const TOWNS: [&str; 8] = ["银川", "石嘴山", "吴忠", "固原", "中卫", "灵武", "平罗", "盐池"];
    const KINDS: [&str; 8] = ["小学", "医院", "加油站", "社区", "商场", "化工厂", "粮库", "消防站"];
    let mut pick = |from: &[&'static str; 8]| {
        from.iter()
            .cycle()
            .nth(usize::try_from(numbers.next() % 8).unwrap_or(0))
            .copied()
            .unwrap_or_default()
    };
    format!("{}第{n}{}", pick(&TOWNS), pick(&KINDS))
}

fn circle((x, y): (f64, f64)) -> MultiPolygon {
    let corner = |n: u32| {
        let angle = f64::from(n) / f64::from(CORNERS) * std::f64::consts::TAU;
        (x + RADIUS * angle.cos(), y + RADIUS * angle.sin())
    };
    let ring: Vec<(f64, f64)> = (0..=CORNERS).map(|n| corner(n % CORNERS)).collect();
    MultiPolygon::new(vec![Polygon::new(LineString::from(ring), Vec::new())])
}

fn catalogue(objects: u64) -> Catalogue {
    let mut numbers = Numbers(1);
    Catalogue::load((0..objects).map(|n| {
        let place = place(&mut numbers);
        Entry {
            id: RecordId(i64::try_from(n).unwrap_or(i64::MAX)),
            kind: 0,
            area: AreaCode(640_104_000),
            name: name(&mut numbers, n),
            shape: Some(geo::Geometry::Point(place.into())),
        }
    }))
}

/// The time that 99 of 100 questions stay below.
fn p99(count: u64, mut ask: impl FnMut(&mut Numbers)) -> Duration {
    let mut numbers = Numbers(2);
    let mut spans: Vec<Duration> = (0..count).map(|_| timed(|| ask(&mut numbers)).0).collect();
    spans.sort_unstable();
    percentile(&spans, 99)
}

/// What lies inside a shape, and what is nearest; and what is called so.
pub fn questions(postgres: &Postgres, objects: u64) -> anyhow::Result<Vec<Row>> {
    let ours = catalogue(objects);
    let mut found = 0;
    let inside = p99(QUESTIONS, |numbers| {
        found += ours.within(&circle(place(numbers)), |_, _| true).count();
    });
    ensure!(found > 0, "nothing was found");
    let nearest = p99(QUESTIONS, |numbers| {
        let (lon, lat) = place(numbers);
        found += ours.nearest(Position { lon, lat }, 10, |_, _| true).len();
    });
    let (peer_inside, peer_nearest) = postgis(postgres, objects)?;
    let ratio = |peer: Duration, own: Duration| peer.as_secs_f64() / own.as_secs_f64();
    let ratios = (ratio(peer_inside, inside), ratio(peer_nearest, nearest));
    let places = Row {
        what: format!(
            "{} objects: inside a circle of 1.5 km, and the nearest 10, in memory",
            grouped(figure(objects))
        ),
        target: "p99 ≤ 1 ms each, ≥ 20 × PostGIS".into(),
        ours: format!("inside p99 {inside:.1?}, nearest p99 {nearest:.1?}"),
        beside: format!(
            "PostGIS with a GiST index, time inside its server: {peer_inside:.1?} ({:.0} ×), {peer_nearest:.1?} ({:.0} ×)",
            ratios.0, ratios.1
        ),
        met: Some(
            inside.max(nearest) <= Duration::from_millis(1) && ratios.0.min(ratios.1) >= 20.0,
        ),
    };
    // As somebody types: names with one, two, more signs, initials, and what is not there at all.
    const TYPED: [&str; 8] =
        ["银", "银川第7", "第4711", "小学", "ycd99", "hg", "不存在的名字", "zzqqxx"];
    let mut typed = TYPED.iter().cycle();
    let names = p99(1_000, |_| {
        let words = typed.next().copied().unwrap_or_default();
        found += ours.find(words, 20, |_, _| true).len();
    });
    let search = Row {
        what: format!(
            "search as somebody types, over {} names, pinyin initials too",
            grouped(figure(objects))
        ),
        target: "p99 ≤ 50 ms".into(),
        ours: format!("p99 {names:.1?}"),
        beside: "–".into(),
        met: Some(names <= Duration::from_millis(50)),
    };
    Ok(vec![places, search])
}

/// The same questions to PostGIS: p99 inside its server, so that the client's own cost does not count against it.
fn postgis(postgres: &Postgres, objects: u64) -> anyhow::Result<(Duration, Duration)> {
    let [west, south, width, height] = GROUND;
    postgres.run(&format!(
        "create extension if not exists postgis; drop table if exists o; \
         create table o(id int, geom geometry(Point, 4326)); \
         insert into o select n, ST_SetSRID(ST_MakePoint({west} + {width} * random(), {south} + {height} * random()), 4326) \
         from generate_series(1, {objects}) n; create index on o using gist (geom); vacuum analyze o;"
    ))?;
    let probe = |question: &str| {
        format!(
            "do $$ declare t timestamptz; spans float8[]; p geometry; g geometry; c bigint; begin \
             for i in 1..4000 loop p := ST_SetSRID(ST_MakePoint({west} + {width} * random(), {south} + {height} * random()), 4326); \
             g := ST_Buffer(p, {RADIUS}, 8); t := clock_timestamp(); {question} \
             spans := spans || extract(epoch from clock_timestamp() - t)::float8; end loop; drop table if exists probe; \
             create temp table probe as select percentile_disc(0.99) within group (order by u) q from unnest(spans) u; end $$; \
             select q from probe;"
        )
    };
    let ask = |question: &str| -> anyhow::Result<Duration> {
        Ok(Duration::from_secs_f64(postgres.run(&probe(question))?.trim().parse()?))
    };
    Ok((
        ask("select count(*) into c from o where ST_Contains(g, geom);")?,
        ask("perform id from o order by geom <-> p limit 10;")?,
    ))
}

/// A sheet of a million rows through the front door, and the chain of alarms before and beside it.
pub async fn import(rows: u64, runs: usize) -> anyhow::Result<Vec<Row>> {
    let helan = Helan::start()?;
    let platform = &helan.platform;
    let rare = ["--rate", "20", "--connections", "100", "--seconds", "5"];
    let idle = load(&Target::Helan(&helan), "rare", runs, &rare)?.median("/received_us/p99");
    // Only now: a connection that rests longer than half a minute is ended by the server.
    let api = Api::sign_in(platform, "admin", &platform.password_of("admin")?).await?;
    let sheet = sheet(rows)?;
    let response =
        api.send_file("/api/v1/base/imports?kind=bench-object&file=objects.csv", sheet).await?;
    let id = response.get("id").and_then(serde_json::Value::as_u64).context("no number")?;
    let path = format!("/api/v1/base/imports/{id}");
    wait(&api, &path, "checked").await?;
    let over = AtomicBool::new(false);
    let (span, most, busy) = std::thread::scope(|scope| -> anyhow::Result<_> {
        let sheet = scope.spawn(|| -> anyhow::Result<(Duration, u64)> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            // The runtime that made the connection waits for the load meanwhile.
            let loaded = runtime.block_on(load_sheet(&api.apart(), &path, platform));
            over.store(true, Ordering::Relaxed);
            loaded
        });
        // The chain is loaded as long as the import lasts.
        let mut busy = Vec::new();
        while busy.is_empty() || !over.load(Ordering::Relaxed) {
            busy.push(load(&Target::Helan(&helan), "rare", 1, &rare)?.median("/received_us/p99"));
        }
        let (span, most) =
            sheet.join().map_err(|_panic| anyhow::anyhow!("the import stopped"))??;
        Ok((span, most, median(busy)))
    })?;
    let (tile, objects) = tiles(&api).await?;
    let rate = figure(rows) / span.as_secs_f64();
    let ms = |us: f64| format!("{:.2} ms", us / 1000.0);
    Ok(vec![
        Row {
            what: format!(
                "import of {} CSV rows, validated and stored, beside the chain",
                grouped(figure(rows))
            ),
            target: "≥ 50 000 rows/s, memory ≤ 500 MB".into(),
            ours: format!(
                "{} rows/s, resident {:.0} MB at most",
                grouped(rate),
                figure(most) / 1e6
            ),
            beside: "–".into(),
            met: Some(rate >= 50_000.0 && figure(most) <= 500e6),
        },
        Row {
            what: "rare alarm (20/s, published → command received) while it loads".into(),
            target: "p99 ≤ 2 × idle".into(),
            ours: format!("p99 {}", ms(busy)),
            beside: format!("idle p99 {}", ms(idle)),
            met: Some(busy <= 2.0 * idle),
        },
        Row {
            what: format!(
                "map tile with some {} objects, asked for the first time over HTTP",
                grouped(objects)
            ),
            target: "p99 ≤ 30 ms".into(),
            ours: format!("p99 {tile:.1?}"),
            beside: "–".into(),
            met: Some(tile <= Duration::from_millis(30)),
        },
    ])
}

/// Every tile of zoom 10 over the region, once: none of them was made before. The time that 99 of 100 stay below, and how many
/// objects there are in one.
async fn tiles(api: &Api) -> anyhow::Result<(Duration, f64)> {
    /// West, north, east and south of the region in tiles.
    const TILES: [u32; 4] = [809, 390, 817, 404];
    let [west, north, east, south] = TILES;
    let mut spans = Vec::new();
    for (x, y) in (west..=east).flat_map(|x| (north..=south).map(move |y| (x, y))) {
        #[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
        let begin = std::time::Instant::now();
        let tile = api.get_file(&format!("/api/v1/base/tiles/10/{x}/{y}")).await?;
        spans.push(begin.elapsed());
        ensure!(!tile.is_empty(), "tile {x}/{y} is empty");
    }
    spans.sort_unstable();
    let [_, _, width, height] = GROUND;
    // A tile of zoom 10 is 360/1024 degrees wide, and at 37 degrees four fifths as high.
    let part = (360.0 / 1024.0) * (360.0 / 1024.0 * 0.8) / (width * height);
    Ok((percentile(&spans, 99), 1e6 * part))
}

async fn load_sheet(
    api: &Api,
    path: &str,
    platform: &helan_e2e::Platform,
) -> anyhow::Result<(Duration, u64)> {
    #[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
    let begin = std::time::Instant::now();
    api.post(&format!("{path}/load"), &json!({})).await?;
    let mut most = 0;
    loop {
        most = most.max(platform.server.resident_bytes()?);
        let import = api.get(path).await?;
        match state_of(&import) {
            "loading" => tokio::time::sleep(Duration::from_millis(50)).await,
            "loaded" => {
                ensure!(import.get("bad") == Some(&json!(0)), "bad rows: {import}");
                return Ok((begin.elapsed(), most));
            }
            _ => anyhow::bail!("{import}"),
        }
    }
}

fn state_of(import: &serde_json::Value) -> &str {
    import.get("state").and_then(serde_json::Value::as_str).unwrap_or_default()
}

async fn wait(api: &Api, path: &str, state: &str) -> anyhow::Result<()> {
    for _ in 0..1200 {
        let import = api.get(path).await?;
        if state_of(&import) == state {
            return Ok(());
        }
        ensure!(state_of(&import) != "failed", "{import}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{path} did not become {state}")
}

fn sheet(rows: u64) -> anyhow::Result<Vec<u8>> {
    let mut numbers = Numbers(3);
    let mut sheet = String::from("编号,名称,辖区,经度,纬度,类型,容量,建成日期,联系电话\n");
    for n in 0..rows {
        let (lon, lat) = place(&mut numbers);
        let name = name(&mut numbers, n);
        writeln!(
            sheet,
            "K{n},{name},640104,{lon:.6},{lat:.6},储罐,{},2019-06-{:02},0951-{:07}",
            numbers.next() % 5_000,
            1 + numbers.next() % 28,
            numbers.next() % 10_000_000
        )?;
    }
    Ok(sheet.into_bytes())
}
