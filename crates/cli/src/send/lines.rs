//! Lines of a file of any size, in bounded memory.

use std::io::{self, BufRead, Read};

/// The longest line that is read: twice what a body may have.
pub const MAX_LINE_BYTES: usize = 32 * 1024 * 1024;

/// One line of the input.
#[derive(Debug, PartialEq)]
pub enum Line<'b> {
    /// Its bytes, without the line break.
    Whole(&'b [u8]),
    /// Longer than the limit: passed over without keeping it.
    TooLong,
}

/// Reads line by line into one buffer.
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    limit: usize,
    number: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads lines of at most [`MAX_LINE_BYTES`].
    pub fn new(input: R) -> Self {
        Self::with_limit(input, MAX_LINE_BYTES)
    }

    fn with_limit(input: R, limit: usize) -> Self {
        Self { input, buffer: Vec::new(), limit, number: 0, bytes: 0 }
    }

    /// The line's number, from 1, and the line; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.buffer.clear();
        // A buffer that held one huge line is not kept for the small ones after it.
        self.buffer.shrink_to(1024 * 1024);
        let most = self.limit as u64 + 1;
        let mut read = (&mut self.input).take(most).read_until(b'\n', &mut self.buffer)? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_too_long = read == most && self.buffer.last() != Some(&b'\n');
        if is_too_long {
            read += self.skip_line()?;
        }
        self.bytes += read;
        if is_too_long {
            self.buffer = Vec::new();
            return Ok(Some((self.number, Line::TooLong)));
        }
        Ok(Some((self.number, Line::Whole(trimmed(&self.buffer, self.number)))))
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn skip_line(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(skipped);
            }
            let end = chunk.iter().position(|b| *b == b'\n');
            let used = end.map_or(chunk.len(), |at| at + 1);
            self.input.consume(used);
            skipped += used as u64;
            if end.is_some() {
                return Ok(skipped);
            }
        }
    }
}

/// Without white space around it, and without the byte order mark some programs begin files with.
fn trimmed(line: &[u8], number: u64) -> &[u8] {
    let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    line.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8], limit: usize) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines::with_limit(input, limit);
        let mut out = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            let text = match line {
                Line::Whole(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                Line::TooLong => None,
            };
            out.push((number, text));
        }
        assert_eq!(lines.bytes(), input.len() as u64);
        out
    }

    #[test]
    fn every_line_has_its_number() {
        let some = |n, text: &str| (n, Some(text.to_owned()));
        assert_eq!(
            read(b"\xef\xbb\xbfone\r\n\ntwo\nlast", 100),
            [some(1, "one"), some(2, ""), some(3, "two"), some(4, "last")]
        );
        assert_eq!(read(b"", 100), []);
    }

    #[test]
    fn a_line_over_the_limit_is_passed_over_and_the_next_is_read() {
        for input in [&b"12345678901\nok"[..], b"1234567890123456789012345\nok"] {
            assert_eq!(read(input, 10), [(1, None), (2, Some("ok".to_owned()))]);
        }
        // Exactly the limit is a line; so is one whose break is the byte after it.
        assert_eq!(read(b"1234567890\nok", 10)[0], (1, Some("1234567890".to_owned())));
        assert_eq!(read(b"1234567890", 10)[0], (1, Some("1234567890".to_owned())));
        assert_eq!(read(b"12345678901", 10), [(1, None)]);
    }
}
