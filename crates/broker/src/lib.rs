//! Room of Helan.
