//! What a question about thousands of homes needs of each: sixteen bytes that lie together, instead of a fact that lies somewhere.

use helan_kernel::Ms;
use rustc_hash::FxHashMap;

use crate::RecordId;

/// The least of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hot {
    /// When it was last said to be so, ms; [`Hot::NEVER`] when that is not known.
    checked: i64,
    /// Number of the label of the object in which its people are counted, too; [`Hot::NOWHERE`] when it names none.
    within: u32,
    /// Number of its kind.
    pub kind: u16,
    /// Whether the table of its kind says all that its fact does.
    pub plain: bool,
}

impl Hot {
    const NEVER: i64 = i64::MIN;
    const NOWHERE: u32 = u32::MAX;

    pub fn new(kind: u16, plain: bool, within: Option<u32>, checked: Option<Ms>) -> Self {
        let checked = checked.map_or(Self::NEVER, |at| at.0);
        Self { checked, within: within.unwrap_or(Self::NOWHERE), kind, plain }
    }

    pub fn within(self) -> Option<u32> {
        (self.within != Self::NOWHERE).then_some(self.within)
    }

    pub fn checked(self) -> Option<Ms> {
        (self.checked != Self::NEVER).then_some(Ms(self.checked))
    }
}

/// Something small of each of many records, by their number. The numbers of a store run without large gaps, so most stand in a row.
#[derive(Debug)]
pub(crate) struct Row<T> {
    row: Vec<Option<T>>,
    /// Those whose numbers run far ahead of how many there are.
    far: FxHashMap<RecordId, T>,
    count: usize,
}

impl<T> Default for Row<T> {
    fn default() -> Self {
        Self { row: Vec::new(), far: FxHashMap::default(), count: 0 }
    }
}

impl<T: Copy> Row<T> {
    /// The row may be so many times longer than there are facts, and so many more: it costs little beside the facts themselves.
    const TIMES: usize = 4;
    const MORE: usize = 65_536;

    fn place(id: RecordId) -> Option<usize> {
        usize::try_from(id.0).ok()
    }

    pub fn get(&self, id: RecordId) -> Option<T> {
        let near = Self::place(id).and_then(|place| *self.row.get(place)?);
        near.or_else(|| if self.far.is_empty() { None } else { self.far.get(&id).copied() })
    }

    pub fn put(&mut self, id: RecordId, one: T) {
        self.remove(id);
        self.count += 1;
        let room = self.count.saturating_mul(Self::TIMES).saturating_add(Self::MORE);
        match Self::place(id).filter(|place| *place < room) {
            Some(place) => {
                if self.row.len() <= place {
                    self.row.resize(place + 1, None);
                }
                if let Some(slot) = self.row.get_mut(place) {
                    *slot = Some(one);
                }
            }
            None => drop(self.far.insert(id, one)),
        }
    }

    pub fn remove(&mut self, id: RecordId) -> Option<T> {
        let near = Self::place(id).and_then(|place| self.row.get_mut(place)?.take());
        let known = near.or_else(|| self.far.remove(&id));
        self.count -= usize::from(known.is_some());
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far_numbers_come_back_and_go() {
        let mut all = Row::default();
        let hot = |kind| Hot::new(kind, false, None, Some(Ms(5)));
        let ids = [0, 7, 65_536 + 11, i64::MAX, -3];
        for (id, kind) in ids.iter().zip(0..) {
            all.put(RecordId(*id), hot(kind));
            all.put(RecordId(*id), hot(kind));
        }
        assert_eq!((all.count, all.far.len()), (5, 2));
        for (id, kind) in ids.iter().zip(0..) {
            assert_eq!(all.get(RecordId(*id)), Some(hot(kind)));
            all.remove(RecordId(*id));
            assert_eq!(all.get(RecordId(*id)), None);
        }
        assert_eq!(all.count, 0);
        let full = Hot::new(1, true, Some(9), None);
        assert_eq!((full.within(), full.checked()), (Some(9), None));
        assert_eq!((hot(1).within(), hot(1).checked()), (None, Some(Ms(5))));
        assert_eq!(size_of::<Option<Hot>>(), 16);
    }
}
