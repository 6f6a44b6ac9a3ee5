//! Writes a report of each kind into a folder, to look at them:
//! `cargo run --package ticketlens-report --example samples -- FOLDER`.

use std::{env, fs, io, path::PathBuf};

#[path = "../tests/report/samples.rs"]
mod samples;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    for (name, value) in samples::all() {
        fs::write(folder.join(format!("{name}.html")), ticketlens_report::html(&value))?;
    }
    Ok(())
}
