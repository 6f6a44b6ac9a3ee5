//! Makes the list of prices that we begin with, from the data of the package `genai-prices`.
//!
//! The package's data is Python; [`package`] fetches it and has it written as JSON. Each model
//! becomes patterns ([`matcher`]) and prices by tier, time and size ([`timeline`]), which together are
//! rows of a file ([`mod@file`]). Nothing is dropped silently: what can't be carried over is told.

mod file;
mod json;
mod matcher;
mod notes;
mod package;
mod rates;
mod timeline;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::{
    prices::{
        file::Row,
        json::{list, text},
        notes::Notes,
    },
    run::root,
};

/// Where the crate's data and the table that its test compares with are.
const CRATE: &str = "crates/prices";

#[derive(Args)]
pub struct PricesArgs {
    /// The package's data as `crates/xtask/src/prices/dump.py` writes it; without it the package is
    /// fetched from PyPI, and the test's table of amounts is made anew with it, too.
    file: Option<PathBuf>,
    /// The version of the package that is fetched.
    #[arg(long, default_value = package::VERSION, conflicts_with = "file")]
    version: String,
}

pub fn run(args: &PricesArgs) -> Result<()> {
    let home = root().join(CRATE);
    let data = match &args.file {
        Some(file) => read(file)?,
        None => {
            let python = package::installed(&args.version)?;
            package::amounts(&python, &home.join("tests").join("their_amounts"))?;
            package::dump(&python)?
        }
    };
    let mut notes = Notes::default();
    let rows = rows(&data, &mut notes)?;
    let list = home.join("data").join("start_list.json");
    fs::write(&list, file::written(&data, &rows)?)
        .with_context(|| format!("writing {}", list.display()))?;
    notes.print();
    let patterns: usize = rows.iter().map(|row| row.models.len()).sum();
    println!("{} prices of {patterns} entries in {}", rows.len(), list.display());
    Ok(())
}

fn read(file: &Path) -> Result<Value> {
    let text = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("reading {}", file.display()))
}

fn rows(data: &Value, notes: &mut Notes) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for provider in list(&data["providers"]) {
        let id = text(&provider["id"])?;
        let mut taken = BTreeSet::new();
        for model in list(&provider["models"]) {
            notes.begin(id, text(&model["id"])?);
            let mut patterns = matcher::patterns(&model["match"], notes)?;
            patterns.retain(|pattern| {
                let is_new = taken.insert(pattern.clone());
                if !is_new {
                    notes.add(format!("pattern `{pattern}` is an earlier model's"));
                }
                is_new
            });
            if patterns.is_empty() {
                continue;
            }
            for price in timeline::prices(model, notes)? {
                rows.push(Row { provider: id.to_owned(), models: patterns.clone(), price });
            }
        }
    }
    rows.sort();
    Ok(rows)
}
