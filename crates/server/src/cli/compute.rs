//! `helan compute`: any model's full answer as JSON.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use helan_hazard::{Value, catalogue};

use super::{print, read_bounded};

/// Largest input: a series of a week by the minute, ten times over.
const MAX_INPUT: u64 = 4 * 1024 * 1024;

#[derive(Args)]
pub(super) struct Compute {
    /// Key of the model, as `--list` prints it.
    #[arg(required_unless_present = "list")]
    model: Option<String>,
    /// File with the inputs as a JSON object; `-` or nothing: the standard input.
    #[arg(long)]
    input: Option<PathBuf>,
    /// Print the models with their inputs, units and sources.
    #[arg(long)]
    list: bool,
}

pub(super) fn run(what: &Compute) -> Result<()> {
    if what.list {
        let models: Vec<_> = catalogue::models().collect();
        return print(&format!("{}\n", serde_json::to_string_pretty(&models)?));
    }
    let Some(key) = &what.model else { bail!("which model? see --list") };
    let model = catalogue::find(key)?;
    let text = read_bounded(what.input.as_deref(), MAX_INPUT)?;
    let inputs: BTreeMap<String, Value> = match text.trim_ascii() {
        [] => BTreeMap::new(),
        text => serde_json::from_slice(text)
            .context("the inputs are no JSON object of numbers, words and lists")?,
    };
    let report = model.answer(&inputs)?;
    print(&format!("{}\n", serde_json::to_string_pretty(&report)?))
}
