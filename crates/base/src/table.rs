//! Tables of occupancy as the facts are read with them: fields by their place, hours by their number.

use std::sync::Arc;

use crate::{Fact, Group, Hours, Kind, Occupancy, Presence, Record, Value, Vulnerable, number};

/// Who is in the objects of one kind, and when.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// As the pack says it, or made up of the kind's own rule.
    pub occupancy: Occupancy,
    /// Of each group, when its people are there.
    pub hours: Vec<Hours>,
    /// Whether other objects are counted in those of this kind.
    pub holds: bool,
    /// Homes that name no building are counted in one of this kind so near to them, metres.
    pub near_m: f64,
    /// Number of the kind in whose objects those of this kind are counted, too.
    pub counted_in: Option<u16>,
    /// Whom its groups tell to need help; of those that another group counts already, too.
    pub told: Whom,
    /// Whom only the groups tell that another group counts already.
    pub told_within: Whom,
    /// Whether it is made up of the kind's own rule of people.
    made_up: bool,
}

/// Some of [`Vulnerable`], a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whom(u8);

impl Whom {
    fn by<'a>(groups: impl Iterator<Item = &'a Group>) -> Self {
        let vulnerable = groups.filter_map(|group| group.vulnerable);
        vulnerable.fold(Self::default(), |all, who| all.with(Self::bit(who)))
    }

    const fn bit(who: Vulnerable) -> Self {
        Self(1 << who as u8)
    }

    /// Both together.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether somebody is among these who is not among those.
    pub const fn beyond(self, those: Self) -> bool {
        self.0 & !those.0 != 0
    }

    /// Whether somebody is among them.
    pub const fn has(self, who: Vulnerable) -> bool {
        self.0 & Self::bit(who).0 != 0
    }
}

/// A table for each kind of which somebody is counted or listed. A kind with a rule of people but without a table of hours has
/// all of them there always: too many rather than too few.
pub(crate) fn tables(kinds: &[Arc<Kind>], presence: &Presence) -> Vec<Option<Table>> {
    let number = |key: &str| {
        let place = kinds.iter().position(|kind| kind.key == key)?;
        u16::try_from(place).ok()
    };
    let of = |kind: &Arc<Kind>| {
        let own = presence.kinds.iter().find(|table| table.kind == kind.key);
        let made_up = own.is_none();
        let occupancy = match own {
            Some(own) => own.clone(),
            None => whole(kind)?,
        };
        let hours = occupancy.group.iter().map(|group| {
            let known = presence.hours.iter().find(|hours| hours.key == group.hours);
            known.cloned().unwrap_or_else(Hours::always)
        });
        let hours = hours.collect();
        let counted_in = occupancy.counted_in.as_ref().and_then(|other| number(&other.kind));
        let others = presence.kinds.iter().filter_map(|table| table.counted_in.as_ref());
        let others = others.filter(|other| other.kind == kind.key);
        let holds = others.clone().next().is_some();
        let near_m = others.map(|other| other.metres).fold(0.0, f64::max);
        let told = Whom::by(occupancy.group.iter());
        let told_within = Whom::by(occupancy.group.iter().filter(|group| group.within));
        Some(Table { occupancy, hours, holds, near_m, counted_in, told, told_within, made_up })
    };
    kinds.iter().map(of).collect()
}

fn whole(kind: &Kind) -> Option<Occupancy> {
    kind.safety.people.as_ref()?;
    let group = Group {
        field: String::new(),
        less: String::new(),
        each: None,
        hours: String::new(),
        home: false,
        vulnerable: None,
        within: false,
    };
    Some(Occupancy {
        kind: kind.key.clone(),
        class: None,
        group: vec![group],
        counted_in: None,
        show: Vec::new(),
    })
}

impl Table {
    /// Takes what it needs of a record.
    pub fn fill(&self, kind: &Kind, record: &Record, fact: &mut Fact) {
        let value = |field: &str| record.values.get(kind.place(field)?);
        let groups: Box<[Option<u32>]> = match self.made_up {
            true => [fact.people].into(),
            false => self.occupancy.group.iter().map(|group| counted(group, value)).collect(),
        };
        // A million homes say nothing beyond what their table does.
        if groups.iter().any(Option::is_some) {
            fact.groups = groups;
        }
        let shown = self.occupancy.show.iter().filter_map(|field| {
            let place = kind.place(field)?;
            let value = record.values.get(place).filter(|value| !value.is_empty())?;
            Some((place, value.clone()))
        });
        fact.shown = shown.collect();
    }

    /// Key or name of the object in which a record says that its people are, too.
    pub fn building<'a>(&self, kind: &Kind, record: &'a Record) -> Option<&'a str> {
        let other = self.occupancy.counted_in.as_ref()?;
        match record.values.get(kind.place(&other.field)?)? {
            Value::Text(name) if !name.is_empty() => Some(name),
            _ => None,
        }
    }

    /// How many people of each group an object has; none where that is not known.
    pub fn people<'a>(&'a self, fact: &'a Fact) -> impl Iterator<Item = Option<u32>> + 'a {
        let groups = self.occupancy.group.iter().enumerate();
        groups.map(|(place, group)| fact.groups.get(place).copied().flatten().or(group.each))
    }

    /// Everybody whom the register of an object counts, wherever they are now; none when that is not known.
    pub fn registered(&self, fact: &Fact) -> Option<u64> {
        let groups = self.occupancy.group.iter().zip(self.people(fact));
        let known = groups.filter(|(group, _)| !group.within).filter_map(|(_, people)| people);
        known.fold(None, |all: Option<u64>, people| {
            Some(all.unwrap_or_default().saturating_add(u64::from(people)))
        })
    }

    /// Those of them who live there.
    pub fn residents(&self, fact: &Fact) -> u64 {
        let groups = self.occupancy.group.iter().zip(self.people(fact));
        let home = groups.filter(|(group, _)| group.home && !group.within);
        home.filter_map(|(_, people)| people).map(u64::from).sum()
    }
}

/// How many a record's own fields count; none when they say nothing.
fn counted<'a>(group: &Group, value: impl Fn(&str) -> Option<&'a Value>) -> Option<u32> {
    let count = |field: &str| match value(field)? {
        Value::Flag(flag) => Some(f64::from(u8::from(*flag))),
        other => number(Some(other)),
    };
    let less = count(&group.less).unwrap_or_default();
    let counted = (count(&group.field)? - less).clamp(0.0, f64::from(u32::MAX));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let counted = counted as u32;
    Some(counted)
}
