//! Texts for people, by message id: Chinese is the source, English the other language. The console has its own catalogue
//! with the same ids. Those of the pages for the public (`page.…`) stand in files of their own.

use std::{collections::BTreeMap, sync::LazyLock};

use helan_kernel::Text;

type Catalogue = BTreeMap<String, String>;

static ZH: LazyLock<Catalogue> =
    LazyLock::new(|| read(&[include_str!("zh.json"), include_str!("page.zh.json")]));
static EN: LazyLock<Catalogue> =
    LazyLock::new(|| read(&[include_str!("en.json"), include_str!("page.en.json")]));

/// The catalogues are part of the program; the tests below read them.
fn read(files: &[&str]) -> Catalogue {
    files
        .iter()
        .flat_map(|json| serde_json::from_str::<Catalogue>(json).unwrap_or_default())
        .collect()
}

/// A language of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// `zh` or `en`; anything else counts as Chinese.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "en" { Self::En } else { Self::Zh }
    }

    /// The one of two texts that is in it.
    #[must_use]
    pub fn pick(self, text: &Text) -> &str {
        match self {
            Self::Zh => &text.zh,
            Self::En => &text.en,
        }
    }

    /// The first of the two that an `Accept-Language` header names.
    #[must_use]
    pub fn of_header(header: &str) -> Self {
        let named = header.split(',').map(|part| part.trim().to_ascii_lowercase());
        named
            .filter_map(|tag| match tag.get(..2) {
                Some("zh") => Some(Self::Zh),
                Some("en") => Some(Self::En),
                _ => None,
            })
            .next()
            .unwrap_or_default()
    }
}

/// The text of a message id; the id itself when the catalogue lacks it.
#[must_use]
pub fn text(language: Language, id: &str) -> &str {
    let catalogue = match language {
        Language::Zh => &ZH,
        Language::En => &EN,
    };
    catalogue.get(id).map_or(id, String::as_str)
}

/// All texts whose message id begins so, with the rest of their ids.
pub fn under(
    language: Language,
    start: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let catalogue: &'static Catalogue = match language {
        Language::Zh => &ZH,
        Language::En => &EN,
    };
    let begins = move |(id, text): (&'static String, &'static String)| {
        Some((id.strip_prefix(start)?, text.as_str()))
    };
    catalogue.iter().filter_map(begins)
}

/// Whether a message id has a text in both languages.
#[must_use]
pub fn known(id: &str) -> bool {
    ZH.contains_key(id) && EN.contains_key(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_catalogues_hold_the_same_ids() {
        assert!(!ZH.is_empty());
        assert_eq!(ZH.keys().collect::<Vec<_>>(), EN.keys().collect::<Vec<_>>());
        assert!(ZH.values().chain(EN.values()).all(|text| !text.trim().is_empty()));
    }

    #[test]
    fn the_language_of_a_header() {
        let check = |header: &str, expected| assert_eq!(Language::of_header(header), expected);
        check("en-GB,en;q=0.9,zh;q=0.5", Language::En);
        check("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh);
        check("fr, en", Language::En);
        check("", Language::Zh);
        check("贺", Language::Zh);
    }
}
