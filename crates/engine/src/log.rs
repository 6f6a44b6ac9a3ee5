//! The engine's own messages: a file that can't grow without bound, and the last lines for a crash report.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Size at which the file is moved aside to `<name>.1`; so both hold twice this at most.
const FILE_BYTES: u64 = 1 << 20;
/// Longest part of a line that is kept.
const LINE_BYTES: usize = 1000;
/// How many lines a crash report shows.
const LAST_LINES: usize = 20;
/// What the engine says of the script that ends at its stop and was never written to.
const LAST_SCRIPT: &str = "Empty query";

/// Writes lines to a bounded file and keeps the last ones.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    bytes: u64,
    last: VecDeque<String>,
}

impl Log {
    /// Appends to what earlier runs left.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = append(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, last: VecDeque::new() })
    }

    /// Takes everything until the writer is gone; returns the last lines.
    pub(crate) fn take(mut self, from: impl Read) -> Vec<String> {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        loop {
            line.clear();
            // Bounded, whatever arrives: a longer line is simply cut into several.
            match from.by_ref().take(LINE_BYTES as u64).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return self.last.into(),
                Ok(_) => self.line(String::from_utf8_lossy(&line).trim_end()),
            }
        }
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() || line == LAST_SCRIPT {
            return;
        }
        if self.bytes >= FILE_BYTES {
            self.roll();
        }
        // A full disk must not stop the engine: what can't be written is still among the last lines.
        if writeln!(self.file, "{line}").is_ok() {
            self.bytes += line.len() as u64 + 1;
        }
        if self.last.len() == LAST_LINES {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }

    fn roll(&mut self) {
        let mut aside = self.path.clone().into_os_string();
        aside.push(".1");
        let moved = std::fs::rename(&self.path, aside).and_then(|()| append(&self.path));
        if let Ok(file) = moved {
            self.file = file;
        }
        // Also when it failed: tried again after another megabyte, not with every line.
        self.bytes = 0;
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_the_file_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("engine.log");
        let line = format!("{}\n", "x".repeat(99));
        let text = format!("{}the end\n", line.repeat(30_000));
        let last = Log::open(&path).unwrap().take(text.as_bytes());
        assert_eq!(last.len(), LAST_LINES);
        assert_eq!(last.last().unwrap(), "the end");
        for file in ["engine.log", "engine.log.1"] {
            let bytes = dir.path().join(file).metadata().unwrap().len();
            assert!(bytes > 0 && bytes <= FILE_BYTES + 100, "{file}: {bytes}");
        }
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(&dir.path().join("engine.log")).unwrap();
        let last = log.take([b'y'; 2500].as_slice());
        assert_eq!(last.iter().map(String::len).collect::<Vec<_>>(), [1000, 1000, 500]);
    }
}
