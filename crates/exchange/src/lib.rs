//! Other people's files: tables and maps come in as [`Row`]s whatever their format ([`open`]), are matched with the fields of a
//! kind ([`Mapping`]) and checked row by row ([`Check`]); records go out the same way.
//!
//! Knows bytes and records, no sockets, no clock, and SQL only where a file is a database (GeoPackage). Every reader has limits,
//! and a file that lies about itself gets an error that says so ([`FileError`]).

mod archive;
mod check;
mod csv;
mod export;
mod filter;
mod geojson;
mod geotiff;
mod gpkg;
mod json;
mod mapping;
mod osm;
mod pump;
mod row;
mod shapefile;
mod sheet;
mod table;
mod tile;
mod xlsx;

use std::{fs::File, path::Path};

use helan_base::Kind;
use helan_kernel::Text;

pub use check::Check;
pub use export::{Export, ExportError, TableFormat, csv_row};
pub use filter::{Filter, FilterError, FilterLanguage};
pub use geojson::{geojson_areas, shape_of_json, shape_to_json};
pub use geotiff::{MetricRaster, Raster, elevation};
pub use json::open_records;
pub use mapping::{Mapping, Target};
pub use row::{Cell, Row, Rows};
pub use sheet::Sheet;
pub use table::Table;
pub use tile::{Dot, Heap, Tag, TileError, TileId, TileWriter, heaps};

/// Why a file cannot be read at all, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read from the disk.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not what its name says.
    #[error("this is no {expected} file: {why}")]
    Lies {
        /// What it claims to be.
        expected: &'static str,
        /// What gives it away.
        why: String,
    },
    /// The name ends in something that is not known.
    #[error("files that end in .{0} are not read; {READ} are")]
    Unknown(String),
    /// A workbook of the old format, or one that is locked by a password.
    #[error("workbooks of the old format (.xls) or with a password are not read: save it as .xlsx")]
    OldWorkbook,
    /// A shapefile without what belongs to it.
    #[error("a shapefile is several files: put the .shp, .dbf, .prj and .cpg into one .zip")]
    LooseShapes,
    /// An archive that grows beyond all measure.
    #[error("the archive is not unpacked: {0}")]
    Bomb(String),
    /// No sheet or layer has this name.
    #[error("there is no sheet or layer {0}")]
    NoLayer(String),
    /// Nothing says which things of OpenStreetMap are objects of the kind.
    #[error("kind {0} has no rules for OpenStreetMap")]
    NoRules(String),
    /// The heading of a sheet is merged.
    #[error("the heading has merged cells ({0}): split them, one name for each column")]
    MergedHeading(String),
    /// Another coordinate reference system than WGS-84 or CGCS2000.
    #[error(
        "its coordinates are of {0}: convert them to WGS 84 or CGCS2000, longitude and latitude"
    )]
    System(String),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It breaks off or does not follow its format, at about this row.
    #[error("row {row}: {why}")]
    Broken {
        /// Number of the row, as people count: the heading is row 1.
        row: u64,
        /// What is wrong.
        why: String,
    },
    /// Larger than what is read.
    #[error("more than {most} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        most: u64,
    },
}

impl FileError {
    /// In the words of both languages. What a library says of a broken file stays in English.
    #[must_use]
    pub fn words(&self) -> Text {
        let zh = match self {
            Self::Io(error) => format!("文件无法读取：{error}"),
            Self::Lies { expected, why } => format!("文件不是 {expected} 格式：{why}"),
            Self::Unknown(end) => format!("不支持 .{end} 文件；支持 {READ}"),
            Self::OldWorkbook => "不支持旧版（.xls）或加密的工作簿，请另存为 .xlsx".to_owned(),
            Self::LooseShapes => {
                "Shapefile 由多个文件组成，请将 .shp、.dbf、.prj、.cpg 打包为一个 .zip".to_owned()
            }
            Self::Bomb(why) => format!("压缩包解压后过大，已拒绝：{why}"),
            Self::NoLayer(name) => format!("没有名为“{name}”的工作表或图层"),
            Self::NoRules(kind) => format!("对象类型 {kind} 没有 OpenStreetMap 标签规则"),
            Self::MergedHeading(range) => {
                format!("表头含合并单元格（{range}），请取消合并，每列一个名称")
            }
            Self::System(name) => {
                format!("坐标系为 {name}，请先转换为 WGS 84 或 CGCS2000 经纬度坐标")
            }
            Self::Empty => "文件为空".to_owned(),
            Self::Broken { row, why } => format!("第 {row} 行：{why}"),
            Self::TooLarge { what, most } => format!("超过上限 {most}（{what}）"),
        };
        Text { zh, en: self.to_string() }
    }
}

/// Ends of names that are read.
const READ: &str = "xlsx, csv, tsv, geojson, json, gpkg, zip (shapefile) and osm.pbf";

/// What is to be opened.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Name of the file; its end tells the format.
    pub name: &'a str,
    /// Where it is.
    pub path: &'a Path,
    /// The sheet or layer; none: the first with something in it.
    pub layer: Option<&'a str>,
    /// What its rows shall become.
    pub kind: &'a Kind,
}

/// Opens a file by the end of its name, and looks whether it is what the name says.
///
/// # Errors
/// When it is not, or cannot be read.
pub fn open(ask: Ask<'_>) -> Result<Box<dyn Rows>, FileError> {
    let end = Path::new(ask.name).extension().and_then(|end| end.to_str()).unwrap_or_default();
    let file = || File::open(ask.path);
    Ok(match end.to_ascii_lowercase().as_str() {
        "csv" | "tsv" | "txt" => Box::new(csv::Reader::open(file()?)?),
        "geojson" | "json" => Box::new(geojson::Reader::open(file()?)?),
        "xlsx" | "xlsm" => Box::new(xlsx::open(file()?, ask.layer)?),
        "gpkg" => Box::new(gpkg::open(&ask)?),
        "zip" => Box::new(shapefile::open(ask.path, ask.layer)?),
        "pbf" => Box::new(osm::open(&ask)?),
        "xls" | "et" => return Err(FileError::OldWorkbook),
        "shp" | "dbf" | "shx" => return Err(FileError::LooseShapes),
        other => return Err(FileError::Unknown(other.to_owned())),
    })
}
