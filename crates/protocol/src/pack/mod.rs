//! Sector packs: kinds of devices, rules, programs and push policies as TOML (`docs/protocols/packs.md`).
//!
//! A pack is a folder with a `pack.toml`. [`parse`] reads one file; [`load`] reads a folder of packs; [`plan`] reads packs of plans,
//! [`card`] the guidance cards for the public.

pub mod card;
mod convert;
mod kinds;
pub mod plan;
mod wire;

use std::path::{Path, PathBuf};

use helan_base::{CensusSpread, Danger, Hours, Kind, Occupancy, need::Needs, risk::Tables};
use helan_kernel::{Text, registry::RegistryChange};

/// A pack, ready for the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Unique key; rules, programs and policies of the pack are named `key/…`.
    pub key: String,
    /// Version, raised with every change.
    pub version: u32,
    /// Name for people.
    pub name: Text,
    /// What the engine has to take in, in this order.
    pub changes: Vec<RegistryChange>,
    /// Kinds of objects of the base database.
    pub kinds: Vec<Kind>,
    /// Figures that risks are graded with; of several packs the last one's count.
    pub risk: Option<Tables>,
    /// What may happen, who answers it and what sees it coming.
    pub dangers: Vec<Danger>,
    /// Parts of people by hour of day.
    pub hours: Vec<Hours>,
    /// Who is in the objects of which kind, and when.
    pub occupancy: Vec<Occupancy>,
    /// How the people of a census are spread; of several packs the last one's counts.
    pub census: Option<CensusSpread>,
    /// What incidents ask for: teams, goods, beds.
    pub needs: Needs,
}

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The text is not TOML, or a field is missing, unknown or of the wrong kind.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A value makes no sense.
    #[error("{place}: {why}")]
    Value {
        /// Which part of the pack.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// A file could not be read.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An error in a file of a folder.
    #[error("{path}: {error}")]
    In {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<PackError>,
    },
}

/// Largest `pack.toml` that is read: packs are written by hand.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Reads one pack.
///
/// # Errors
/// When the text is no pack, or a value in it makes no sense; the error names the place.
pub fn parse(text: &str) -> Result<Pack, PackError> {
    let file: wire::File = toml::from_str(text)?;
    convert::pack(file)
}

/// Reads all packs of a folder: every `*/pack.toml`, in order of the folder names, so that a start is repeatable.
///
/// # Errors
/// When a file cannot be read or is no pack; the error names the file.
pub fn load(folder: &Path) -> Result<Vec<Pack>, PackError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| PackError::File { path, source }
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(file_error(folder))? {
        let path = entry.map_err(file_error(folder))?.path().join("pack.toml");
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<Pack, PackError> {
    let text = read_text(path)?;
    parse(&text).map_err(|error| PackError::In { path: path.to_owned(), error: Box::new(error) })
}

/// The text of a file that is not too large.
fn read_text(path: &Path) -> Result<String, PackError> {
    let file_error = |source| PackError::File { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(file_error)?.len();
    if size > MAX_BYTES {
        return Err(PackError::Value {
            place: path.display().to_string(),
            why: format!("{size} bytes, more than {MAX_BYTES}"),
        });
    }
    std::fs::read_to_string(path).map_err(file_error)
}

#[cfg(test)]
mod tests {
    use helan_base::Presence;
    use helan_kernel::{Answer, Engine, Event, Ms};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
    }

    #[test]
    fn every_pack_of_the_project_is_taken_in_whole() {
        for name in ["packs", "scenarios/bench/packs"] {
            let packs = load(&folder(name)).unwrap();
            assert!(!packs.is_empty(), "{name}");
            let mut engine = Engine::default();
            for pack in packs {
                for change in pack.changes {
                    let event = Event::Registry(Box::new(change));
                    let answer = engine.step(Ms(0), &event, &mut Vec::new());
                    let taken = matches!(answer, Answer::Done | Answer::Created(_));
                    assert!(taken, "{}: {event:?} -> {answer:?}", pack.key);
                }
            }
        }
    }

    /// What the packs say together of who is where at which hour goes with their kinds, and every number says where it comes from.
    #[test]
    fn people_by_hour_go_together_with_the_kinds() {
        let packs = load(&folder("packs")).unwrap();
        let kinds: Vec<Kind> = packs.iter().flat_map(|pack| pack.kinds.clone()).collect();
        let presence = Presence {
            hours: packs.iter().flat_map(|pack| pack.hours.clone()).collect(),
            kinds: packs.iter().flat_map(|pack| pack.occupancy.clone()).collect(),
            census: packs.iter().find_map(|pack| pack.census.clone()).unwrap(),
        };
        presence.check(|key| kinds.iter().find(|kind| kind.key == key)).unwrap();
        assert!(!presence.census.source.is_empty());
        for table in &presence.kinds {
            assert!(kinds.iter().any(|kind| kind.key == table.kind), "{}", table.kind);
        }
        let counted = kinds.iter().filter(|kind| kind.safety.people.is_some());
        for kind in counted {
            assert!(presence.kinds.iter().any(|table| table.kind == kind.key), "{}", kind.key);
        }
    }

    #[test]
    fn a_wrong_pack_names_the_place() {
        let head = "[pack]\nkey='p'\nversion=1\nname={zh='包',en='p'}\nauthor='a'\nsigned_by='b'\n";
        let check = |text: &str, expected: &str| {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("", "missing field `pack`");
        check(&format!("{head}colour='red'"), "unknown field `colour`");
        check(&head.replace("'b'", "'a'"), "pack.signed_by");
        let profile = "[[profile]]\nkey='x'\nname={zh='',en=''}\npoint=[{name='t',label={zh='',en=''},\
                       unit='Cel',min=5,max=1}]\n";
        check(&format!("{head}{profile}"), "min must be below max");
        let rule = "[[rule]]\nkey='r'\nname={zh='',en=''}\nsource=''\nprofile='x'\npoint='t'\n\
                    condition={silence={after='3 parsecs'}}\npriority='low'\nadvice={zh='',en=''}\n";
        check(&format!("{head}{rule}"), "`3 parsecs` is no span");
        let known = rule.replace("3 parsecs", "3s");
        check(&format!("{head}{known}programs=['x']\n"), "no program `x` in this pack");
        check(&format!("{head}{known}policy='y'\n"), "no policy `y` in this pack");
        let other = format!("{head}{known}programs=['other/x']\npolicy='other/y'\n");
        assert!(parse(&other).is_ok());
        let nan = rule.replace(
            "{silence={after='3 parsecs'}}",
            "{limit={side='high',levels=[{limit=nan,priority='low'}],deadband=0}}",
        );
        check(&format!("{head}{nan}"), "numbers out of range");
    }
}
