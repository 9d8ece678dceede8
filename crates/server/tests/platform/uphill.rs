//! Before a flood people are led uphill, when an elevation model is loaded: over a longer way, away from the nearer shelter down in
//! the valley.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;

use axum::http::StatusCode;
use helan_kernel::{Ms, Quality, Reading};
use helan_server::{access::Role, config::Config};
use serde_json::json;
use tiff::{
    encoder::{TiffEncoder, colortype},
    tags::Tag,
};

use crate::common::{HOME, World};

/// Where the house stands, in the danger area of the gully.
const HOUSE: (f64, f64) = (105.982, 38.735);
/// Cells of the elevation model from west to east, and its side in degrees.
const CELLS: (u32, f64) = (40, 0.005);

/// Ground that falls to the east by some ten metres a kilometre.
fn write_heights(file: &Path) {
    let (columns, side) = CELLS;
    let heights: Vec<f32> = (0..columns * columns)
        .map(|cell| 1_500.0 - 5.0 * f32::from(u16::try_from(cell % columns).expect("few")))
        .collect();
    let mut file = std::fs::File::create(file).expect("file");
    let mut encoder = TiffEncoder::new(&mut file).expect("encoder");
    let mut image =
        encoder.new_image::<colortype::Gray32Float>(columns, columns).expect("an image");
    let tags = image.encoder();
    let keys: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326];
    tags.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice()).expect("keys");
    tags.write_tag(Tag::ModelPixelScaleTag, [side, side, 0.0].as_slice()).expect("scale");
    let northwest = [0.0, 0.0, 0.0, 105.88, 38.84, 0.0];
    tags.write_tag(Tag::ModelTiepointTag, northwest.as_slice()).expect("tie");
    image.write_data(&heights).expect("heights");
}

/// To which shelter the people of the house are led.
async fn shelter(elevation: String) -> String {
    let mut config = Config::default();
    config.response.elevation = elevation;
    let mut world = World::open_with(config, true).await;
    let all = world.token(Role::Steward, 0);
    // Up to the west it is half a kilometre farther than down to the east.
    let (up, down) = ((105.915, HOUSE.1), (106.043, HOUSE.1));
    world.road(&all, "up", &[HOUSE, up]).await;
    world.road(&all, "down", &[HOUSE, down]).await;
    for (key, place) in [("up", up), ("down", down)] {
        let shelter = json!({ "shelter_class": "short", "indoors": "indoor", "capacity": 500, "state": "ready" });
        world.put(&all, &format!("shelter/{key}"), &[place], shelter).await;
    }
    let home =
        json!({ "floors": 2, "exits": 1, "stairs": 1, "people_day": 30, "people_night": 30 });
    world.put(&all, "residential-building/house", &[HOUSE], home).await;
    let admin = world.token(Role::Admin, 0);
    let gully = json!({ "PutDevice": {
        "key": "gully", "profile": "gully-forecast", "name": "", "area": HOME,
        "position": { "lon": HOUSE.0, "lat": HOUSE.1 }, "facility": "", "room": "", "stair": "", "floor": 0,
        "post": "", "camera": "", "gateway": "", "attributes": {}, "drill": false,
    } });
    let response = world.post(&admin, "/api/v1/registry", json!({ "changes": [gully] })).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    let duty = world.token(Role::Duty, HOME);
    world.roads_known(&duty, up, down).await;
    foretold(&world).await;
    let id = world
        .until("the incident", async |world| {
            let open = world.get(&duty, "/api/v1/incidents").await;
            open["items"].as_array()?.first()?["id"].as_u64()
        })
        .await;
    let path = format!("/api/v1/incidents/{id}/response");
    let answer = world
        .until("the house", async |world| {
            let answer = world.get(&duty, &path).await;
            (!answer["blocks"].as_array()?.is_empty()).then_some(answer)
        })
        .await;
    answer["blocks"][0]["shelter"].as_str().map(str::to_owned).expect("somebody is led to one")
}

/// The forecast says that the gully of Suyukou overflows.
async fn foretold(world: &World) {
    let platform = &world.server.api.platform;
    let points = platform
        .ask(|engine| {
            let registry = engine.registry();
            let device = registry.devices.by_key("gully")?;
            let point = |name| registry.point(device, name);
            Some((point("gully")?, point("ratio")?))
        })
        .await
        .expect("node");
    let (number, ratio) = points.expect("points");
    let at = Ms(platform.now().0 - 1_000);
    let reading = |point, value| Reading { point, at, value, quality: Quality::Good };
    platform.read(vec![reading(number, 1.0)]).await.expect("node");
    platform.read(vec![reading(ratio, 1.6)]).await.expect("node");
}

#[tokio::test]
async fn people_flee_water_uphill_where_heights_are_known() {
    assert_eq!(shelter(String::new()).await, "down", "the nearer one");
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("heights.tif");
    write_heights(&file);
    assert_eq!(shelter(file.to_string_lossy().into_owned()).await, "up");
}
