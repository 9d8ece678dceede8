//! Points of the same name nearby that say the same: two detectors agree.

use super::{
    super::{Within, plan::Bound},
    Sight, within,
};
use crate::{Ms, Quality, Reading, registry::Device};

/// The readings beyond the limit: this one first, then those of other devices in the same place that are young enough.
pub(super) fn agreeing<'a>(
    sight: &'a Sight<'_>,
    reading: &'a Reading,
    bound: Bound,
    window: Ms,
    place: Within,
) -> impl Iterator<Item = Reading> + use<'a> {
    let registry = sight.registry;
    let own = registry.device_of(reading.point);
    let name = registry.point_kind(reading.point).map(|kind| &*kind.name);
    let others = own.into_iter().flat_map(move |own| {
        let other = |d: &&Device| d.id != own.id && sight.same_side(own, d);
        registry.devices_around(own, place).filter(other)
    });
    let beyond = move |device: &Device| {
        let point = registry.point(device, name?)?;
        let latest = sight.points.get(point.index())?.latest?;
        let counts = latest.quality == Quality::Good
            && bound.beyond(latest.value, false)
            && within(window, reading.at, latest.at);
        counts.then_some(Reading {
            point,
            at: latest.at,
            value: latest.value,
            quality: latest.quality,
        })
    };
    std::iter::once(*reading).chain(others.filter_map(beyond))
}
