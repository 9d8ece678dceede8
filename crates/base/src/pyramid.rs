//! Objects on the ground in a pyramid of squares, each with what all in it adds up to: of a large piece of ground that lies wholly in
//! a danger nobody needs to be looked at one by one.

use geo::{Coord, Intersects, Rect};
use helan_kernel::AreaCode;
use smallvec::SmallVec;

use crate::{RecordId, sum::Tally};

/// Objects that count together: a building with the homes that are counted through it, or one object by itself.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The box around all of them.
    pub bounds: Rect,
    /// The smallest area that all of them belong to.
    pub area: AreaCode,
    /// Their numbers, that of the building first; homes without a place of their own are not among them.
    pub members: Box<[RecordId]>,
    /// The kind of what is listed by name; none when it is only counted.
    pub listed: Option<u16>,
    /// What they add up to; none when that hangs on more than where they are, so that each is looked at by itself.
    pub tally: Option<Tally>,
}

/// An object that is listed by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its number.
    pub id: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Where it is; none when it is more than a point.
    pub point: Option<Coord>,
}

impl Item {
    /// What is listed of it; none when it is only counted, or looked at one by one.
    fn entry(&self) -> Option<Entry> {
        let (kind, id) = (self.listed?, *self.members.first()?);
        let point = (self.bounds.min() == self.bounds.max()).then(|| self.bounds.min());
        self.tally.as_ref().map(|_| Entry { id, kind, point })
    }
}

/// How a box lies to some ground that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lies {
    /// Wholly in the ground with this number, and touches none before it.
    In(usize),
    /// Perhaps partly.
    Across,
    /// Touches none.
    Out,
}

/// What is found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    /// What all in a square adds up to; those of them that are listed come by themselves, too.
    Sum(usize, &'a Tally),
    /// An object that is listed. Its people are in a sum.
    Listed(usize, Entry),
    /// Whoever of these lies in the ground has to be looked for one by one.
    Look(&'a Item),
}

/// Number of an item or a square.
type Number = u32;

#[derive(Clone, Debug)]
struct Square {
    bounds: Rect,
    above: Option<Number>,
    depth: u8,
    /// South-west, south-east, north-west, north-east.
    below: Option<[Number; 4]>,
    /// Items that none of those below holds whole.
    items: Vec<Seat>,
    /// Of all in it that count together.
    tally: Tally,
    /// Its own items that are listed; where there are few, those of the squares below, too: side by side in memory, for they are walked
    /// through by the ten thousands.
    listed: Vec<Entry>,
    /// The same of items that are looked at one by one.
    loose: Vec<Number>,
    /// Whether those of the squares below are among them.
    whole: bool,
    /// How many in it and below are one or the other.
    apart: usize,
    /// The smallest area that all in it belong to; none when nothing is in it.
    area: Option<AreaCode>,
    /// Whether what stands above from the tally on is to be made anew.
    stale: bool,
}

/// An item in its square, with what says whether it is looked at: side by side in memory, for on the edge of some ground thousands are
/// passed over.
#[derive(Clone, Debug)]
struct Seat {
    number: Number,
    bounds: Rect,
    area: AreaCode,
}

#[derive(Clone, Debug)]
struct Held {
    item: Item,
    square: Number,
}

/// The pyramid.
#[derive(Clone, Debug)]
pub(crate) struct Pyramid {
    squares: Vec<Square>,
    items: Vec<Option<Held>>,
    free: Vec<Number>,
}

impl Default for Pyramid {
    fn default() -> Self {
        let globe = Rect::new((-180.0, -90.0), (180.0, 90.0));
        Self { squares: vec![Square::new(globe, None, 0)], items: Vec::new(), free: Vec::new() }
    }
}

impl Square {
    /// Items of a square that has none below.
    const MOST: usize = 16;
    /// Items that stand side by side with those of the squares below: some kilobytes. Each stands so in a few squares above one another.
    const TOGETHER: usize = 512;
    /// Squares of this depth are some metres wide: what is nearer together stays together.
    const DEEPEST: u8 = 22;

    const fn new(bounds: Rect, above: Option<Number>, depth: u8) -> Self {
        Self {
            bounds,
            above,
            depth,
            below: None,
            items: Vec::new(),
            tally: Tally::new(),
            listed: Vec::new(),
            loose: Vec::new(),
            whole: false,
            apart: 0,
            area: None,
            stale: false,
        }
    }

    fn quarters(&self) -> [Rect; 4] {
        let (low, high, middle) = (self.bounds.min(), self.bounds.max(), self.bounds.center());
        [
            Rect::new(low, middle),
            Rect::new((middle.x, low.y), (high.x, middle.y)),
            Rect::new((low.x, middle.y), (middle.x, high.y)),
            Rect::new(middle, high),
        ]
    }

    /// Which of those below holds a box whole; none when it lies across.
    fn quarter(&self, of: &Rect) -> Option<usize> {
        let middle = self.bounds.center();
        // What lies on the line in the middle belongs to the east, or the north.
        let half = |low: f64, high: f64, middle: f64| {
            if low >= middle {
                Some(1)
            } else if high < middle {
                Some(0)
            } else {
                None
            }
        };
        let east = half(of.min().x, of.max().x, middle.x)?;
        let north = half(of.min().y, of.max().y, middle.y)?;
        Some(north * 2 + east)
    }
}

impl Pyramid {
    fn square(&self, number: Number) -> Option<&Square> {
        self.squares.get(number as usize)
    }

    fn held(&self, number: Number) -> Option<&Held> {
        self.items.get(number as usize)?.as_ref()
    }

    /// An item.
    pub fn item(&self, number: Number) -> Option<&Item> {
        self.held(number).map(|held| &held.item)
    }

    /// Puts an item in; gives its number. [`Pyramid::settle`] has to be called before anything is asked.
    pub fn put(&mut self, item: Item) -> Option<Number> {
        let mut square = 0;
        while let Some(next) = self.square(square).and_then(|own| {
            let below = own.below?;
            below.get(own.quarter(&item.bounds)?).copied()
        }) {
            square = next;
        }
        let (bounds, area) = (item.bounds, item.area);
        let held = Some(Held { item, square });
        let number = match self.free.pop() {
            Some(number) => {
                *self.items.get_mut(number as usize)? = held;
                number
            }
            None => {
                let number = Number::try_from(self.items.len()).ok()?;
                self.items.push(held);
                number
            }
        };
        let seat = Seat { number, bounds, area };
        self.squares.get_mut(square as usize)?.items.push(seat);
        self.touch(square);
        self.split(square);
        Some(number)
    }

    /// Takes an item out.
    pub fn take(&mut self, number: Number) -> Option<Item> {
        let held = self.items.get_mut(number as usize)?.take()?;
        self.free.push(number);
        self.touch(held.square);
        let square = self.squares.get_mut(held.square as usize)?;
        square.items.retain(|own| own.number != number);
        Some(held.item)
    }

    /// What the sums of a square were made of is no longer so, nor of those above.
    fn touch(&mut self, square: Number) {
        let mut next = Some(square);
        while let Some(own) = next.and_then(|number| self.squares.get_mut(number as usize)) {
            if own.stale {
                return;
            }
            own.stale = true;
            next = own.above;
        }
    }

    fn split(&mut self, number: Number) {
        let Some(own) = self.square(number) else { return };
        let few = own.items.len() <= Square::MOST || own.depth >= Square::DEEPEST;
        if few || own.below.is_some() {
            return;
        }
        let (quarters, depth) = (own.quarters(), own.depth + 1);
        let Ok(first) = Number::try_from(self.squares.len()) else { return };
        let Some(own) = self.squares.get_mut(number as usize) else { return };
        let below = [first, first + 1, first + 2, first + 3];
        own.below = Some(below);
        let items = std::mem::take(&mut own.items);
        let new = quarters
            .map(|bounds| Square { stale: true, ..Square::new(bounds, Some(number), depth) });
        self.squares.extend(new);
        for seat in items {
            let Some(own) = self.square(number) else { continue };
            let quarter = own.quarter(&seat.bounds);
            let to = quarter.and_then(|quarter| below.get(quarter).copied()).unwrap_or(number);
            if let Some(Some(held)) = self.items.get_mut(seat.number as usize) {
                held.square = to;
            }
            if let Some(square) = self.squares.get_mut(to as usize) {
                square.items.push(seat);
            }
        }
        for square in below {
            self.split(square);
        }
    }

    /// Makes the sums anew where something changed.
    pub fn settle(&mut self) {
        self.make(0);
    }

    fn make(&mut self, number: Number) {
        let Some(own) = self.square(number).filter(|own| own.stale) else { return };
        let below = own.below.into_iter().flatten();
        below.clone().for_each(|square| self.make(square));
        let Some(own) = self.square(number) else { return };
        let (mut tally, mut listed, mut loose) = (Tally::new(), Vec::new(), Vec::new());
        let mut area = None;
        let mut join = |other: AreaCode| {
            area = Some(area.map_or(other, |own| common(own, other)));
        };
        for seat in &own.items {
            let Some(item) = self.item(seat.number) else { continue };
            match &item.tally {
                Some(own) => tally.add(own),
                None => loose.push(seat.number),
            }
            listed.extend(item.entry());
            join(item.area);
        }
        let mut apart = listed.len() + loose.len();
        let below = below.filter_map(|number| self.square(number));
        for square in below.clone() {
            tally.add(&square.tally);
            apart += square.apart;
            square.area.into_iter().for_each(&mut join);
        }
        // Fewer in all are fewer in each: those below are whole, too.
        let whole = apart <= Square::TOGETHER;
        if whole {
            for square in below {
                listed.extend_from_slice(&square.listed);
                loose.extend_from_slice(&square.loose);
            }
        }
        if let Some(own) = self.squares.get_mut(number as usize) {
            (own.tally, own.listed, own.loose, own.whole) = (tally, listed, loose, whole);
            (own.apart, own.area, own.stale) = (apart, area, false);
        }
    }

    /// What lies in some ground, of what belongs to an area.
    pub fn ask<'a>(
        &'a self,
        area: AreaCode,
        lies: &mut impl FnMut(&Rect) -> Lies,
        found: &mut impl FnMut(Piece<'a>),
    ) {
        self.look(0, area, lies, found);
    }

    fn look<'a>(
        &'a self,
        number: Number,
        area: AreaCode,
        lies: &mut impl FnMut(&Rect) -> Lies,
        found: &mut impl FnMut(Piece<'a>),
    ) {
        let Some(own) = self.square(number) else { return };
        let Some(all) = own.area else { return };
        let whole = match lies(&own.bounds) {
            Lies::Out => return,
            Lies::In(level) if area.contains(all) => {
                found(Piece::Sum(level, &own.tally));
                return self.list(number, level, found);
            }
            Lies::In(level) => Some(Lies::In(level)),
            Lies::Across => None,
        };
        let touching = own.items.iter().filter_map(|seat| {
            let lies = if area.contains(seat.area) {
                whole.unwrap_or_else(|| lies(&seat.bounds))
            } else if seat.area.contains(area) {
                // Of a house on a border some may belong to the area all the same.
                Lies::Across
            } else {
                Lies::Out
            };
            (lies != Lies::Out).then_some((lies, seat.number))
        });
        let touching: SmallVec<[(Lies, Number); Square::MOST]> = touching.collect();
        // Each is somewhere else in memory. In a step by themselves many are fetched at once.
        let items = touching.into_iter().filter_map(|(lies, number)| {
            let item = self.item(number)?;
            Some((lies, item, item.tally.as_ref()))
        });
        let items: SmallVec<[(Lies, &Item, Option<&Tally>); Square::MOST]> = items.collect();
        for (lies, item, tally) in items {
            match (lies, tally) {
                (Lies::In(level), Some(tally)) => {
                    found(Piece::Sum(level, tally));
                    if let Some(entry) = item.entry() {
                        found(Piece::Listed(level, entry));
                    }
                }
                _ => found(Piece::Look(item)),
            }
        }
        for below in own.below.into_iter().flatten() {
            self.look(below, area, lies, found);
        }
    }

    /// What in a square is more than a number of people.
    fn list<'a>(&'a self, number: Number, level: usize, found: &mut impl FnMut(Piece<'a>)) {
        let Some(own) = self.square(number).filter(|own| own.apart > 0) else { return };
        for entry in &own.listed {
            found(Piece::Listed(level, *entry));
        }
        for item in own.loose.iter().filter_map(|number| self.item(*number)) {
            found(Piece::Look(item));
        }
        for below in own.below.into_iter().flatten().filter(|_| !own.whole) {
            self.list(below, level, found);
        }
    }

    /// Numbers of the items whose boxes touch a box.
    pub fn touching(&self, bounds: &Rect) -> Vec<Number> {
        let (mut all, mut next) = (Vec::new(), vec![0]);
        while let Some(own) = next.pop().and_then(|number: Number| self.square(number)) {
            // Sums are not needed here: it is asked before they are made.
            if !own.bounds.intersects(bounds) {
                continue;
            }
            let touching = own.items.iter().filter(|seat| seat.bounds.intersects(bounds));
            all.extend(touching.map(|seat| seat.number));
            next.extend(own.below.into_iter().flatten());
        }
        all
    }
}

/// The smallest area that two belong to.
pub(crate) fn common(a: AreaCode, b: AreaCode) -> AreaCode {
    // Township, county, prefecture, province.
    let wider = [1, 1_000, 100_000, 10_000_000].map(|block| AreaCode(a.0 / block * block));
    wider.into_iter().find(|area| area.contains(b)).unwrap_or(AreaCode::ALL)
}
