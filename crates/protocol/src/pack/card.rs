//! Guidance cards for the public: what to do in a danger, one TOML file each (`packs/cards/*.toml`).

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use helan_kernel::Text;
use serde::Deserialize;

use super::PackError;

/// Folder of the cards, within the folder of packs.
pub const FOLDER: &str = "cards";
/// The card for whatever has none of its own.
pub const GENERAL: &str = "general";
/// Most cards: a list that a person can still look through.
const MAX_CARDS: usize = 100;
/// Most lines under one heading: two cards fit on a page, and nobody reads more when it burns.
const MAX_LINES: usize = 7;
/// Longest line, in characters: two lines of print.
const MAX_CHARS: usize = 220;

/// One card.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Unique, and the last part of its address: lower-case letters, digits, `-`.
    pub key: String,
    /// Raised with every change.
    pub version: u32,
    /// The danger, for people.
    pub name: Text,
    /// Kinds of incidents that it is for.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Beginnings of event codes of GB/T 35561-2017 that it is for.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Whether the danger goes with the wind: then the way out is across it.
    #[serde(default)]
    pub wind: bool,
    /// What to do at once, the most important first.
    pub now: Vec<Text>,
    /// For whoever has been told to leave.
    #[serde(default)]
    pub leave: Vec<Text>,
    /// For whoever has been told to stay inside.
    #[serde(default)]
    pub stay: Vec<Text>,
    /// What never to do.
    pub never: Vec<Text>,
    /// Before anything happens.
    #[serde(default)]
    pub before: Vec<Text>,
    /// Whom to call.
    pub call: Vec<Number>,
    /// Where the facts come from; the words are the project's own.
    pub sources: Vec<Text>,
    /// Whether somebody of the trade has yet to look at it.
    #[serde(default)]
    pub unsure: bool,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The number.
    pub number: String,
    /// Whose it is.
    pub name: Text,
}

/// All cards, in order of their files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cards(Vec<Card>);

impl Cards {
    /// Checks cards together.
    ///
    /// # Errors
    /// When two have the same key, one is empty where it must not be, or one does not fit on its half of a page.
    pub fn new(cards: Vec<Card>) -> Result<Self, PackError> {
        let wrong = |place: &str, why: String| PackError::Value { place: place.to_owned(), why };
        if cards.len() > MAX_CARDS {
            return Err(wrong(FOLDER, format!("{} cards, more than {MAX_CARDS}", cards.len())));
        }
        let mut keys = BTreeSet::new();
        for card in &cards {
            check(card).map_err(|why| wrong(&format!("card {}", card.key), why))?;
            if !keys.insert(&card.key) {
                return Err(wrong(&format!("card {}", card.key), "twice".to_owned()));
            }
        }
        if !keys.contains(&GENERAL.to_owned()) {
            return Err(wrong(FOLDER, format!("the card `{GENERAL}` is missing")));
        }
        Ok(Self(cards))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Card> {
        self.0.iter()
    }

    /// The card with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Card> {
        self.0.iter().find(|card| card.key == key)
    }

    /// The card for a kind of incident and its event code; the general one when there is none.
    #[must_use]
    pub fn of_incident(&self, kind: &str, code: &str) -> Option<&Card> {
        let by_kind = self.0.iter().find(|card| card.kinds.iter().any(|own| own == kind));
        let by_code = || {
            let fits = |own: &&String| !own.is_empty() && code.starts_with(own.as_str());
            let longest = |card: &&Card| card.codes.iter().filter(fits).map(String::len).max();
            self.0.iter().filter(|card| longest(card).is_some()).max_by_key(longest)
        };
        by_kind.or_else(by_code).or_else(|| self.get(GENERAL))
    }
}

fn check(card: &Card) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if card.key.is_empty() || !card.key.chars().all(plain) {
        return Err("key: lower-case letters, digits and - only".to_owned());
    }
    let lists = [
        ("now", &card.now),
        ("leave", &card.leave),
        ("stay", &card.stay),
        ("never", &card.never),
        ("before", &card.before),
        ("sources", &card.sources),
    ];
    for (name, lines) in lists {
        let must = matches!(name, "now" | "never" | "sources");
        if lines.len() > MAX_LINES || must && lines.is_empty() {
            return Err(format!("{name}: 1 to {MAX_LINES} lines"));
        }
        for text in lines.iter().flat_map(|line| [&line.zh, &line.en]) {
            if text.trim().is_empty() || text.chars().count() > MAX_CHARS {
                return Err(format!("{name}: a line needs both languages, each up to {MAX_CHARS}"));
            }
        }
    }
    if card.name.zh.is_empty() || card.name.en.is_empty() {
        return Err("name: both languages".to_owned());
    }
    let dials = |call: &Number| {
        !call.number.is_empty() && call.number.chars().all(|c| c.is_ascii_digit() || c == '-')
    };
    if card.call.is_empty() || card.call.len() > MAX_LINES || !card.call.iter().all(dials) {
        return Err("call: at least one number, digits and - only".to_owned());
    }
    Ok(())
}

/// Reads one card.
///
/// # Errors
/// When the text is no card; the error names the place.
pub fn parse(text: &str) -> Result<Card, PackError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        card: Card,
    }
    let file: File = toml::from_str(text)?;
    Ok(file.card)
}

/// Reads all cards of a folder of packs, in order of the file names, and checks them together. Without the folder there are none.
///
/// # Errors
/// When a file cannot be read or is no card, or they are wrong together.
pub fn load(packs: &Path) -> Result<Cards, PackError> {
    let folder = packs.join(FOLDER);
    if !folder.is_dir() {
        return Ok(Cards::default());
    }
    let file_error = |source| PackError::File { path: folder.clone(), source };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(file_error)? {
        let path = entry.map_err(file_error)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let text = super::read_text(path)?;
        let inside = |error| PackError::In { path: path.clone(), error: Box::new(error) };
        parse(&text).map_err(inside)
    };
    Cards::new(paths.iter().map(read).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cards_of_the_project_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let cards = load(&folder).unwrap();
        for key in [
            "earthquake",
            "fire",
            "flood",
            "gas-leak",
            "general",
            "sandstorm",
            "toxic-gas",
            "wildfire",
        ] {
            assert!(cards.get(key).is_some(), "{key}");
        }
        let of = |kind: &str, code: &str| cards.of_incident(kind, code).unwrap().key.as_str();
        assert_eq!(of("ammonia-leak", ""), "toxic-gas");
        assert_eq!(of("gas-leak", ""), "gas-leak");
        assert_eq!(of("never-heard-of", ""), GENERAL);
        let with_wind: Vec<&str> = cards.iter().filter(|c| c.wind).map(|c| &*c.key).collect();
        assert_eq!(with_wind, ["chemical-fire", "toxic-gas", "wildfire"]);
    }

    #[test]
    fn a_wrong_card_names_the_place() {
        let good = "[card]\nkey='general'\nversion=1\nname={zh='一',en='a'}\nnow=[{zh='一',en='a'}]\n\
                    never=[{zh='一',en='a'}]\nsources=[{zh='一',en='a'}]\n\
                    call=[{number='119',name={zh='一',en='a'}}]\n";
        let check = |from: &str, to: &str, expected: &str| {
            let text = good.replace(from, to);
            let error = parse(&text).and_then(|card| Cards::new(vec![card])).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        };
        assert!(Cards::new(vec![parse(good).unwrap()]).is_ok());
        check("version=1", "version=1\ncolour='red'", "unknown field `colour`");
        check("'general'", "'a b'", "lower-case");
        check("'general'", "'other'", "`general` is missing");
        check("now=[{zh='一',en='a'}]", "now=[]", "now: 1 to 7 lines");
        check("now=[{zh='一',en='a'}]", "now=[{zh='一',en=' '}]", "both languages");
        check("'119'", "'javascript:'", "call");
        let twice = vec![parse(good).unwrap(), parse(good).unwrap()];
        assert!(Cards::new(twice).unwrap_err().to_string().contains("twice"));
        let error = load(&std::env::temp_dir().join("no-packs-here")).unwrap();
        assert_eq!(error, Cards::default());
    }
}
