use std::io::Cursor;

use tiff::{
    encoder::{TiffEncoder, colortype},
    tags::Tag,
};

use super::*;

/// What a test file says of itself.
struct Says {
    keys: Vec<u16>,
    scale: Vec<f64>,
    tie: Vec<f64>,
    nothing: Option<&'static str>,
}

fn plain() -> Says {
    Says {
        keys: vec![1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326],
        scale: vec![0.01, 0.02, 0.0],
        tie: vec![0.0, 0.0, 0.0, 106.0, 38.5, 0.0],
        nothing: Some("-9999"),
    }
}

fn written(says: &Says, heights: &[f32], columns: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let rows = u32::try_from(heights.len()).unwrap() / columns;
    let mut image = encoder.new_image::<colortype::Gray32Float>(columns, rows).unwrap();
    let tags = image.encoder();
    if !says.keys.is_empty() {
        tags.write_tag(Tag::GeoKeyDirectoryTag, says.keys.as_slice()).unwrap();
    }
    if !says.scale.is_empty() {
        tags.write_tag(Tag::ModelPixelScaleTag, says.scale.as_slice()).unwrap();
        tags.write_tag(Tag::ModelTiepointTag, says.tie.as_slice()).unwrap();
    }
    if let Some(nothing) = says.nothing {
        tags.write_tag(Tag::GdalNodata, nothing).unwrap();
    }
    image.write_data(heights).unwrap();
    file.into_inner()
}

fn check(says: &Says) -> Result<Raster, FileError> {
    read(Cursor::new(written(says, &[1100.0, 1101.5, -9999.0, 1103.0, 1104.0, 1105.0], 3)))
}

#[test]
fn heights_lie_where_the_file_says() {
    let raster = check(&plain()).unwrap();
    assert_eq!((raster.columns, raster.rows), (3, 2));
    assert_eq!(raster.height_m(106.005, 38.49), Some(1100.0));
    assert_eq!(raster.height_m(106.015, 38.49), Some(1101.5));
    assert_eq!(raster.height_m(106.025, 38.49), None, "nothing is known there");
    assert_eq!(raster.height_m(106.005, 38.47), Some(1103.0), "the second row lies south");
    assert_eq!(raster.height_m(105.99, 38.49), None);
    assert_eq!(raster.height_m(106.005, 38.45), None);
}

#[test]
fn a_height_of_a_point_lies_in_the_middle_of_its_cell() {
    let mut says = plain();
    says.keys[11] = 2;
    let raster = check(&says).unwrap();
    assert!((raster.northwest.0 - 105.995).abs() < 1e-9, "{:?}", raster.northwest);
    assert!((raster.northwest.1 - 38.51).abs() < 1e-9, "{:?}", raster.northwest);
}

#[test]
fn what_cannot_be_placed_is_refused() {
    let refused = |change: &dyn Fn(&mut Says)| {
        let mut says = plain();
        change(&mut says);
        check(&says).unwrap_err()
    };
    assert!(matches!(refused(&|s| s.keys.clear()), FileError::Lies { .. }));
    assert!(matches!(refused(&|s| s.scale.clear()), FileError::Lies { .. }));
    assert!(matches!(refused(&|s| s.scale[0] = f64::NAN), FileError::Lies { .. }));
    assert!(matches!(refused(&|s| s.tie[3] = 5_000_000.0), FileError::Lies { .. }));
    let projected = refused(&|s| s.keys = vec![1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32648]);
    assert!(matches!(&projected, FileError::System(s) if s == "EPSG:32648"), "{projected}");
    assert!(matches!(refused(&|s| s.keys[15] = 4214), FileError::System(_)), "Beijing 1954");
}

#[test]
fn what_is_no_raster_breaks_off_or_lies_is_refused() {
    assert!(read(Cursor::new(b"Not a TIFF".to_vec())).is_err());
    let whole = written(&plain(), &[1.0; 100], 10);
    for cut in 0..whole.len() {
        assert!(read(Cursor::new(whole[..cut].to_vec())).is_err(), "cut at {cut}");
    }
    // Each byte in turn is something else: an answer or an error, never a panic.
    for place in 0..whole.len() {
        for value in [0, 1, 127, 255] {
            let mut bytes = whole.clone();
            bytes[place] = value;
            if let Ok(raster) = read(Cursor::new(bytes)) {
                assert_eq!(raster.heights_m.len(), raster.columns * raster.rows);
            }
        }
    }
}

/// Written by another program: tiles, deflate, differences of floats, CGCS2000; height = 1000 + 10 row + column.
#[test]
fn a_packed_file_of_another_program_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/heights.tif");
    let raster = elevation(&path).unwrap();
    assert_eq!((raster.columns, raster.rows), (40, 30));
    assert_eq!(raster.height_m(106.0 + 0.0005, 38.6 - 0.0005), Some(1000.0));
    assert_eq!(raster.height_m(106.0 + 0.0395, 38.6 - 0.0295), Some(1329.0));
    assert_eq!(raster.height_m(106.0 + 0.0055, 38.6 - 0.0075), None, "a hole");
}

#[test]
fn metres_around_a_place_keep_the_heights() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/heights.tif");
    let raster = elevation(&path).unwrap();
    let metric = raster.around((106.02, 38.585), 600.0).unwrap();
    assert!((metric.cell_m - 111.195).abs() < 1e-3 && metric.columns == 12, "{metric:?}");
    assert_eq!(metric.heights_m.len(), 144);
    // Heights rise by ten metres a row.
    assert!((metric.heights_m[12 * 5 + 6] - metric.heights_m[12 * 4 + 6] - 10.0).abs() < 1e-9);
    assert!(metric.heights_m.iter().all(|h| h.is_finite()));
    assert!(raster.around((100.0, 30.0), 600.0).is_err());
}
