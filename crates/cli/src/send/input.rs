//! Where ticket logs are read from: a file, or standard input.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
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
        return Ok((piped(|| Ok(io::stdin()), interrupt)?, None));
    }
    let failed =
        |e: io::Error| Failure::new(Exit::Usage, format!("{} can't be read: {e}", path.display()));
    let about = fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err(Failure::new(Exit::Usage, format!("{} is a folder", path.display())));
    }
    if !about.is_file() {
        // A pipe that nobody writes to can't even be opened.
        let path = path.to_owned();
        return Ok((piped(move || File::open(path), interrupt)?, None));
    }
    let file = File::open(path).map_err(failed)?;
    Ok((Box::new(BufReader::with_capacity(256 * 1024, file)), Some(about.len())))
}

/// What may have no end, read so that Ctrl-C ends it.
fn piped<S: Read + Send + 'static>(
    source: impl FnOnce() -> io::Result<S> + Send + 'static,
    interrupt: &Interrupt,
) -> Result<Box<dyn BufRead + Send>> {
    let interrupt = interrupt.clone();
    let input = Piped::new(source, move || interrupt.is_asked());
    let failed = |e| Failure::new(Exit::Failed, format!("reading can't begin: {e}"));
    Ok(Box::new(input.map_err(failed)?))
}
