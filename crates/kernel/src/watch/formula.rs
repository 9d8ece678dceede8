//! Composite conditions in CEL.

use super::condition::Sight;
use crate::Reading;

#[derive(Debug)]
pub(super) struct Formula {}

impl Formula {
    pub fn new(_cel: &str) -> Option<Self> {
        None
    }
    pub fn asks_device(&self) -> bool {
        false
    }
    pub fn holds(&self, _sight: &Sight<'_>, _reading: &Reading) -> Option<bool> {
        None
    }
    pub fn readings(&self, _sight: &Sight<'_>, reading: &Reading) -> Vec<Reading> {
        vec![*reading]
    }
}
