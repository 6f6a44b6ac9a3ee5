//! Standard input that can be left: a read that waits for a person or a pipe would outlast Ctrl-C.

use std::{
    io::{self, BufRead, Read},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;
/// Chunks that wait; more are not read until there is room.
const CHUNKS: usize = 4;
/// How often it is seen whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Reads on a thread of its own; ends when the source does or when `is_over` says so.
pub struct Piped<F> {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    is_over: F,
}

impl<F: Fn() -> bool> Piped<F> {
    /// Opens `source` and begins to read it. The thread ends with it, or with the process.
    pub fn new<S: Read + Send + 'static>(
        source: impl FnOnce() -> io::Result<S> + Send + 'static,
        is_over: F,
    ) -> io::Result<Self> {
        let (chunk, chunks) = sync_channel(CHUNKS);
        thread::Builder::new().name("input".into()).spawn(move || match source() {
            Ok(source) => read_all(source, &chunk),
            // Nobody listens any more: that is an end too.
            Err(error) => drop(chunk.send(Err(error))),
        })?;
        Ok(Self { chunks, chunk: Vec::new(), at: 0, is_over })
    }
}

fn read_all(mut source: impl Read, chunks: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = match source.read(&mut chunk) {
            Ok(0) => return,
            Ok(n) => {
                chunk.truncate(n);
                Ok(chunk)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => Err(e),
        };
        let is_end = read.is_err();
        // Nobody listens any more: that is an end too.
        if chunks.send(read).is_err() || is_end {
            return;
        }
    }
}

impl<F: Fn() -> bool> BufRead for Piped<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.chunk.len() {
            // A source that never ends never has one wait.
            if (self.is_over)() {
                return Ok(&[]);
            }
            match self.chunks.recv_timeout(LOOK) {
                Ok(chunk) => {
                    self.chunk = chunk?;
                    self.at = 0;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(_) => return Ok(&[]),
            }
        }
        Ok(&self.chunk[self.at..])
    }

    fn consume(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.chunk.len());
    }
}

impl<F: Fn() -> bool> Read for Piped<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut chunk = self.fill_buf()?;
        let read = chunk.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_read_in_order() {
        let source: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 251) as u8).collect();
        let cursor = io::Cursor::new(source.clone());
        let mut piped = Piped::new(move || Ok(cursor), || false).unwrap();
        let mut read = Vec::new();
        piped.read_to_end(&mut read).unwrap();
        assert_eq!(read, source);
    }

    #[test]
    fn a_source_that_says_nothing_can_be_left() {
        let (reader, _writer) = io::pipe().unwrap();
        let mut piped = Piped::new(move || Ok(reader), || true).unwrap();
        assert_eq!(piped.read_to_end(&mut Vec::new()).unwrap(), 0);
    }

    #[test]
    fn a_source_without_an_end_can_be_left() {
        let mut piped = Piped::new(|| Ok(io::repeat(0)), || true).unwrap();
        assert_eq!(piped.read_to_end(&mut Vec::new()).unwrap(), 0);
    }

    #[test]
    fn a_source_that_cannot_be_opened_says_why() {
        let mut piped = Piped::new(|| std::fs::File::open("/nowhere"), || false).unwrap();
        let error = piped.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
