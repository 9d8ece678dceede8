//! OpenStreetMap extracts as .osm.pbf: the things that the rules of a kind name, as rows.
//!
//! Such a file has first all nodes, then all ways, which name nodes, then relations, which name ways. It is read three times:
//! for the relations, for the ways, and for the places of the nodes; only what is wanted is held.

mod rings;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use geo::{Centroid, Coord, Geometry, LineString, Point, Polygon};
use helan_base::{Fault, Kind, ShapeKind};
use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType};

use crate::{
    Ask, Cell, FileError, Row,
    pump::{Head, Outlet, Pump, Stop},
};

/// Bytes of a block (the format's own limit).
pub(crate) const MAX_BLOCK: i32 = 32 * 1024 * 1024;
/// Places that ways name, at most: 24 bytes each are held. All roads of a region of a million people are a tenth of it.
pub(crate) const MAX_PLACES: usize = 8_000_000;
/// Ways and relations that are held until their places are known.
pub(crate) const MAX_HELD: usize = 1_000_000;
/// Tags that become columns: the most frequent ones.
const MAX_TAGS: usize = 60;
/// Different tags that are counted.
const MAX_COUNTED: usize = 20_000;
/// Characters of the text of a tag that are kept.
const MAX_TEXT: usize = 300;
/// Columns before those of the rules and tags.
const OWN: [&str; 5] = ["key", "name", "address", "lon", "lat"];
/// What goes into these columns, and what only describes the entry in the map.
const PASSED: [&str; 10] = [
    "name",
    "name:zh",
    "addr:full",
    "addr:city",
    "addr:street",
    "addr:housenumber",
    "source",
    "created_by",
    "note",
    "fixme",
];

/// Opens an extract for a kind.
pub fn open(ask: &Ask<'_>) -> Result<Pump, FileError> {
    let kind = ask.kind.clone();
    if kind.osm.is_empty() {
        return Err(FileError::NoRules(kind.key));
    }
    let mut first = Vec::new();
    File::open(ask.path)?.take(64).read_to_end(&mut first)?;
    // A length of four bytes, a field with a length, and the type of the first block.
    if first.get(6..15) != Some(b"OSMHeader") {
        return Err(lies("it does not begin with a header".to_owned()));
    }
    let blocks = count(ask.path)?;
    let path = ask.path.to_owned();
    Pump::start(move |out| Extract { path, kind, blocks, done: 0 }.read(out))
}

/// Looks at every block of a file once; those that hold no things are none.
pub(crate) fn walk<E: From<FileError>>(
    path: &Path,
    mut each: impl FnMut(Option<&PrimitiveBlock>) -> Result<(), E>,
) -> Result<(), E> {
    let broken = |error: osmpbf::Error| FileError::Broken { row: 0, why: error.to_string() };
    for blob in BlobReader::from_path(path).map_err(broken)? {
        match blob.map_err(broken)?.decode().map_err(broken)? {
            BlobDecode::OsmHeader(header) => {
                let known = ["OsmSchema-V0.6", "DenseNodes"];
                let mut features = header.required_features().iter();
                if let Some(new) = features.find(|name| !known.contains(&name.as_str())) {
                    return Err(lies(format!("it needs {new}, which is not known")).into());
                }
                each(None)?;
            }
            BlobDecode::OsmData(block) => each(Some(&block))?,
            BlobDecode::Unknown(_) => each(None)?,
        }
    }
    Ok(())
}

pub(crate) fn lies(why: String) -> FileError {
    FileError::Lies { expected: "OpenStreetMap (.osm.pbf)", why }
}

/// How many blocks there are; all of them are as small as the format says.
fn count(path: &Path) -> Result<u64, FileError> {
    let mut reader =
        BlobReader::seekable_from_path(path).map_err(|error| lies(error.to_string()))?;
    let mut count = 0;
    while let Some(next) = reader.next_header_skip_blob() {
        let (header, _) = next.map_err(|error| lies(error.to_string()))?;
        if !(0..=MAX_BLOCK).contains(&header.get_blob_size()) {
            return Err(FileError::Bomb("a block is larger than the format allows".to_owned()));
        }
        count += 1;
    }
    Ok(count)
}

/// One extract being read.
struct Extract {
    path: PathBuf,
    kind: Kind,
    /// Blocks of the file, and those read so far in all passes.
    blocks: u64,
    done: u64,
}

/// A way or relation that waits for places.
struct Held {
    id: i64,
    tags: Tags,
    parts: Parts,
}

enum Parts {
    /// Nodes of a way.
    Way(Vec<i64>),
    /// Ways of a relation: outer and inner.
    Relation(Vec<i64>, Vec<i64>),
}

/// Tags that are held: their keys are few, and kept once.
type Tags = Box<[(Arc<str>, Box<str>)]>;

/// The keys of tags that are held.
#[derive(Default)]
struct Keys(BTreeSet<Arc<str>>);

impl Keys {
    fn held(&mut self, tags: &[(&str, &str)]) -> Tags {
        let one = |(key, value): &(&str, &str)| {
            let known = self.0.get(*key).cloned().unwrap_or_else(|| {
                let new: Arc<str> = (*key).into();
                self.0.insert(new.clone());
                new
            });
            (known, bounded(value).into_boxed_str())
        };
        tags.iter().map(one).collect()
    }
}

/// Nodes of ways that relations name.
type Nodes = HashMap<i64, Vec<i64>>;

/// Columns of the rows.
struct Columns {
    /// Fields that rules speak of.
    fields: Vec<String>,
    tags: Vec<String>,
}

/// Places of the nodes that are wanted: 10^-7 degrees.
pub(crate) struct Places {
    ids: Vec<i64>,
    at: Vec<Option<(i32, i32)>>,
}

impl Places {
    pub(crate) fn new(mut ids: Vec<i64>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        let at = vec![None; ids.len()];
        Self { ids, at }
    }

    pub(crate) fn put(&mut self, id: i64, lon: i32, lat: i32) {
        if let Ok(place) = self.ids.binary_search(&id)
            && let Some(at) = self.at.get_mut(place)
        {
            *at = Some((lon, lat));
        }
    }

    /// The place of a node, if it is in the extract.
    pub(crate) fn get(&self, id: i64) -> Option<Coord> {
        (*self.at.get(self.ids.binary_search(&id).ok()?)?).map(coord)
    }

    /// The places of a way; those outside the extract are left out.
    fn line(&self, nodes: &[i64]) -> Vec<Coord> {
        nodes.iter().filter_map(|id| self.get(*id)).collect()
    }
}

fn coord((lon, lat): (i32, i32)) -> Coord {
    Coord { x: f64::from(lon) / 1e7, y: f64::from(lat) / 1e7 }
}

impl Extract {
    fn read(mut self, out: &Outlet) -> Result<(), Stop> {
        let (columns, relations, wanted) = self.relations(out)?;
        let heading = OWN.iter().map(|own| (*own).to_owned());
        let heading = heading.chain(columns.fields.iter().chain(&columns.tags).cloned()).collect();
        out.head(Head { heading, layers: Vec::new() })?;
        let (ways, parts) = self.ways(out, &wanted)?;
        let named = ways.iter().filter_map(|way| match &way.parts {
            Parts::Way(nodes) => Some(nodes),
            Parts::Relation(..) => None,
        });
        let places = named.chain(parts.values()).flatten().copied().collect();
        let mut places = Places::new(places);
        let mut number = 0;
        self.nodes(out, &columns, &mut places, &mut number)?;
        for held in ways.into_iter().chain(relations) {
            number += 1;
            out.row(self.row(number, &columns, held, &places, &parts))?;
        }
        Ok(())
    }

    /// Looks at every block of the file once.
    fn walk(
        &mut self,
        out: &Outlet,
        mut each: impl FnMut(&PrimitiveBlock) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let (done, blocks) = (&mut self.done, self.blocks);
        walk(&self.path, |block| {
            block.map_or(Ok(()), &mut each)?;
            *done += 1;
            out.progress(*done, blocks * 3);
            Ok(())
        })
    }

    /// First pass: which tags there are, relations that are objects, and the ways that those name.
    fn relations(&mut self, out: &Outlet) -> Result<(Columns, Vec<Held>, BTreeSet<i64>), Stop> {
        let kind = self.kind.clone();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let (mut relations, mut wanted, mut keys) = (Vec::new(), BTreeSet::new(), Keys::default());
        self.walk(out, |block| {
            let mut full = false;
            block.for_each_element(|element| {
                let tags = tags_of(&element);
                if rule(&kind, &tags).is_none() {
                    return;
                }
                for (key, _) in &tags {
                    if counts.len() < MAX_COUNTED || counts.contains_key(*key) {
                        *counts.entry((*key).to_owned()).or_default() += 1;
                    }
                }
                let Element::Relation(relation) = element else { return };
                let set = tags.contains(&("type", "multipolygon"));
                if !set || kind.shape == ShapeKind::Line {
                    return;
                }
                let (mut outer, mut inner) = (Vec::new(), Vec::new());
                for member in relation.members() {
                    if member.member_type == RelMemberType::Way {
                        let role = member.role().unwrap_or_default();
                        let ring = if role == "inner" { &mut inner } else { &mut outer };
                        ring.push(member.member_id);
                    }
                }
                wanted.extend(outer.iter().chain(&inner).copied());
                full |= relations.len() >= MAX_HELD || wanted.len() > MAX_HELD;
                let (id, tags) = (relation.id(), keys.held(&tags));
                relations.push(Held { id, tags, parts: Parts::Relation(outer, inner) });
            });
            if full { Err(too_many("relations", MAX_HELD)) } else { Ok(()) }
        })?;
        Ok((Columns::of(&kind, counts), relations, wanted))
    }

    /// Second pass: ways that are objects, and the nodes of those that relations name.
    fn ways(&mut self, out: &Outlet, wanted: &BTreeSet<i64>) -> Result<(Vec<Held>, Nodes), Stop> {
        let kind = self.kind.clone();
        let (mut ways, mut parts, mut count) = (Vec::new(), HashMap::new(), 0);
        let mut keys = Keys::default();
        self.walk(out, |block| {
            block.for_each_element(|element| {
                let tags = tags_of(&element);
                let Element::Way(way) = element else { return };
                let own = rule(&kind, &tags).is_some();
                // What follows is thrown away when there are too many.
                if count > MAX_PLACES || !(own || wanted.contains(&way.id())) {
                    return;
                }
                let nodes: Vec<i64> = way.refs().collect();
                if wanted.contains(&way.id()) {
                    count += nodes.len();
                    parts.insert(way.id(), nodes.clone());
                }
                if own {
                    count += nodes.len();
                    let tags = keys.held(&tags);
                    ways.push(Held { id: way.id(), tags, parts: Parts::Way(nodes) });
                }
            });
            match () {
                () if count > MAX_PLACES => Err(too_many("places of ways", MAX_PLACES)),
                () if ways.len() > MAX_HELD => Err(too_many("ways", MAX_HELD)),
                () => Ok(()),
            }
        })?;
        Ok((ways, parts))
    }

    /// Third pass: where the nodes are; those that are objects are rows.
    fn nodes(
        &mut self,
        out: &Outlet,
        columns: &Columns,
        places: &mut Places,
        number: &mut u64,
    ) -> Result<(), Stop> {
        let kind = self.kind.clone();
        self.walk(out, |block| {
            let mut rows = Vec::new();
            block.for_each_element(|element| {
                let tags = tags_of(&element);
                let (id, lon, lat) = match &element {
                    Element::Node(node) => (node.id(), node.decimicro_lon(), node.decimicro_lat()),
                    Element::DenseNode(node) => {
                        (node.id(), node.decimicro_lon(), node.decimicro_lat())
                    }
                    Element::Way(_) | Element::Relation(_) => return,
                };
                places.put(id, lon, lat);
                // A place alone is no road and no zone.
                let point = matches!(kind.shape, ShapeKind::Point | ShapeKind::Any);
                if point && rule(&kind, &tags).is_some() {
                    let shape = Some(Geometry::Point(Point(coord((lon, lat)))));
                    rows.push((format!("osm-n{id}"), columns.cells(&kind, &tags), shape));
                }
            });
            for (key, cells, shape) in rows {
                *number += 1;
                out.row(finished(&kind, *number, key, cells, shape))?;
            }
            Ok(())
        })
    }

    /// The row of a way or relation.
    fn row(
        &self,
        number: u64,
        columns: &Columns,
        held: Held,
        places: &Places,
        parts: &Nodes,
    ) -> Row {
        let cells = columns.cells(&self.kind, &held.tags);
        let (letter, shape) = match &held.parts {
            Parts::Way(nodes) => {
                let closed = nodes.len() > 3 && nodes.first() == nodes.last();
                let line = LineString(places.line(nodes));
                let shape = match self.kind.shape {
                    _ if line.0.len() < 2 => None,
                    ShapeKind::Line => Some(line.into()),
                    _ if closed => Some(Polygon::new(line, Vec::new()).into()),
                    _ => Some(line.into()),
                };
                ('w', shape)
            }
            Parts::Relation(outer, inner) => {
                let lines = |ways: &[i64]| -> Vec<LineString> {
                    let nodes = ways.iter().filter_map(|way| parts.get(way));
                    nodes.map(|nodes| LineString(places.line(nodes))).collect()
                };
                ('r', rings::polygons(lines(outer), lines(inner)))
            }
        };
        let shape = match self.kind.shape {
            ShapeKind::Point => shape.and_then(|s: Geometry| s.centroid()).map(Geometry::Point),
            _ => shape,
        };
        finished(&self.kind, number, format!("osm-{letter}{}", held.id), cells, shape)
    }
}

fn too_many(what: &'static str, most: usize) -> Stop {
    FileError::TooLarge { what, most: most as u64 }.into()
}

/// A row with what follows from its key and shape.
fn finished(
    kind: &Kind,
    number: u64,
    key: String,
    mut cells: Vec<Cell>,
    shape: Option<Geometry>,
) -> Row {
    let mut put = |place: usize, value: Cell| {
        if let Some(cell) = cells.get_mut(place) {
            *cell = value;
        }
    };
    if let Some(Geometry::Point(at)) = &shape {
        // So that a sheet of bad rows says where they are.
        put(3, Cell::Number(at.x()));
        put(4, Cell::Number(at.y()));
    }
    put(0, Cell::Text(key.clone()));
    if cells.get(1) == Some(&Cell::Empty) {
        // Most roads and houses have no name in the map; an object must have one.
        let id = key.strip_prefix("osm-").unwrap_or(&key);
        if let Some(cell) = cells.get_mut(1) {
            *cell = Cell::Text(format!("{} {id}", kind.name.zh));
        }
    }
    let faults = match shape {
        Some(_) => Vec::new(),
        None => vec![(None, Fault::WrongShape)],
    };
    Row { number, cells, shape, faults }
}

pub(crate) fn tags_of<'a>(element: &Element<'a>) -> Vec<(&'a str, &'a str)> {
    match element {
        Element::Node(node) => node.tags().collect(),
        Element::DenseNode(node) => node.tags().collect(),
        Element::Way(way) => way.tags().collect(),
        Element::Relation(relation) => relation.tags().collect(),
    }
}

/// The text of a tag, no longer than is kept.
fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

pub(crate) fn tag<'a, K: AsRef<str>, V: AsRef<str>>(
    tags: &'a [(K, V)],
    key: &str,
) -> Option<&'a str> {
    tags.iter().find(|(known, _)| known.as_ref() == key).map(|(_, value)| value.as_ref())
}

/// The first rule of the kind that fits.
fn rule<'k, K: AsRef<str>, V: AsRef<str>>(
    kind: &'k Kind,
    tags: &[(K, V)],
) -> Option<&'k helan_base::OsmRule> {
    if tags.is_empty() {
        return None;
    }
    kind.osm.iter().find(|rule| rule.fits(&|key| tag(tags, key)))
}

impl Columns {
    fn of(kind: &Kind, counts: BTreeMap<String, u64>) -> Self {
        let fields: BTreeSet<&String> =
            kind.osm.iter().flat_map(|rule| rule.values.keys()).collect();
        let fields: Vec<String> = fields.into_iter().cloned().collect();
        let mut tags: Vec<(u64, String)> = counts
            .into_iter()
            .filter(|(key, _)| !PASSED.contains(&key.as_str()) && !OWN.contains(&key.as_str()))
            .filter(|(key, _)| !fields.contains(key))
            .map(|(key, count)| (count, key))
            .collect();
        tags.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        tags.truncate(MAX_TAGS);
        Self { fields, tags: tags.into_iter().map(|(_, key)| key).collect() }
    }

    /// Cells of a thing; key and place come later.
    fn cells<K: AsRef<str>, V: AsRef<str>>(&self, kind: &Kind, tags: &[(K, V)]) -> Vec<Cell> {
        let get = |key: &str| tag(tags, key);
        let cell = |text: Option<&str>| match text.map(str::trim) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(bounded(text)),
        };
        let address = get("addr:full").map(str::to_owned).unwrap_or_else(|| {
            let parts = ["addr:city", "addr:street", "addr:housenumber"];
            parts.iter().filter_map(|part| get(part)).collect()
        });
        let name = get("name:zh").or(get("name")).or(get("ref"));
        let mut cells =
            vec![Cell::Empty, cell(name), cell(Some(&address)), Cell::Empty, Cell::Empty];
        let rule = rule(kind, tags);
        let told = |field: &String| rule.and_then(|rule| rule.value(field, &get));
        cells.extend(self.fields.iter().map(|field| cell(told(field))));
        cells.extend(self.tags.iter().map(|key| cell(get(key))));
        cells
    }
}

#[cfg(test)]
mod tests;
