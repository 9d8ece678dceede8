//! Names in one long text, line after line, and the search through it.

use std::ops::Range;

use helan_kernel::{AreaCode, Position};
use memchr::memmem;
use pinyin::ToPinyin;

use super::{Catalogue, Hit};

impl Catalogue {
    /// Records whose name holds the words, or whose initials do: names that begin with them first.
    pub fn find(
        &self,
        words: &str,
        most: usize,
        mut wanted: impl FnMut(u16, AreaCode) -> bool,
    ) -> Vec<Hit<'_>> {
        let words = words.trim().to_lowercase();
        if words.is_empty() || words.contains('\n') {
            return Vec::new();
        }
        let mut hits: Vec<Hit<'_>> = Vec::new();
        let letters = words.bytes().all(|b| b.is_ascii_alphanumeric());
        for beginning in [true, false] {
            for (lines, initials) in [(&self.names, false), (&self.initials, true)] {
                if initials && !letters {
                    continue;
                }
                for line in lines.with(&words, beginning) {
                    if hits.len() >= most {
                        return hits;
                    }
                    let Ok(number) = u32::try_from(line) else { continue };
                    let Some(slot) = self.slot(number) else { continue };
                    let fresh = !hits.iter().any(|hit| hit.id == slot.id);
                    if !slot.dead && fresh && wanted(slot.kind, slot.area) {
                        hits.push(Hit {
                            id: slot.id,
                            kind: slot.kind,
                            area: slot.area,
                            name: self.name(number, slot),
                            at: slot.centre.map(|at| Position { lon: at.x, lat: at.y }),
                        });
                    }
                }
            }
        }
        hits
    }
}

/// First letters of the words, and of the pinyin of the signs.
pub(super) fn initials(name: &str) -> String {
    let mut initials = String::with_capacity(name.len() / 3 + 1);
    let mut inside = false;
    for c in name.chars() {
        if let Some(pinyin) = c.to_pinyin() {
            initials.push_str(pinyin.first_letter());
            inside = false;
        } else if c.is_ascii_digit() {
            initials.push(c);
            inside = false;
        } else if c.is_alphanumeric() {
            if !inside && c.is_ascii() {
                initials.push(c);
            }
            inside = true;
        } else {
            inside = false;
        }
    }
    initials
}

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    start: u32,
    len: u32,
}

/// Texts, one behind the other, each after a line break.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    starts: Vec<u32>,
}

impl Lines {
    pub(super) fn push(&mut self, line: &str) -> Line {
        self.text.push('\n');
        // Four thousand million characters are a hundred million names; beyond that they cannot be searched.
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.starts.push(start);
        let one_line = |c: char| if c == '\n' { ' ' } else { c };
        self.text.extend(line.chars().map(one_line));
        Line { start, len: u32::try_from(line.len()).unwrap_or(0) }
    }

    pub(super) fn get(&self, line: Line) -> &str {
        let range: Range<usize> = line.start as usize..(line.start + line.len) as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// Numbers of the lines with these words, in order, each once for each time they stand in it.
    fn with<'a>(&'a self, words: &str, beginning: bool) -> impl Iterator<Item = usize> + 'a {
        let (wanted, skip) =
            if beginning { (format!("\n{words}"), 1) } else { (words.to_owned(), 0) };
        let finder = memmem::Finder::new(wanted.as_bytes()).into_owned();
        let mut from = 0;
        std::iter::from_fn(move || {
            let rest = self.text.as_bytes().get(from..)?;
            let at = from + finder.find(rest)?;
            from = at + 1;
            let offset = u32::try_from(at + skip).ok()?;
            self.starts.partition_point(|start| *start <= offset).checked_sub(1)
        })
    }
}
