//! What a danger does: gas, fire, blast, quake, flood, wildfire → areas with levels and their range of validity.
//!
//! This room owns the models as pure functions in SI units. It must not know of alarms, incidents, people or devices.
//! No model has moved in yet: danger areas come from the shapes that packs give.
