//! Where ticket logs are read from: a file, or standard input.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::piped::Piped;
use crate::{
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
};

/// Opens the file, `-` for standard input; how many bytes there are, where that is known.
pub fn open(path: &Path, interrupt: &Interrupt) -> Result<(Box<dyn BufRead + Send>, Option<u64>)> {
    if path == Path::new("-") {
        let interrupt = interrupt.clone();
        let input = Piped::new(io::stdin(), move || interrupt.is_asked());
        let failed = |e| Failure::new(Exit::Failed, format!("can't read stdin: {e}"));
        return Ok((Box::new(input.map_err(failed)?), None));
    }
    let failed =
        |e: io::Error| Failure::new(Exit::Usage, format!("{} can't be read: {e}", path.display()));
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(Failure::new(Exit::Usage, format!("{} is a folder", path.display())));
    }
    let size = about.is_file().then_some(about.len());
    Ok((Box::new(BufReader::with_capacity(256 * 1024, file)), size))
}
