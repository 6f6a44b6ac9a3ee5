//! What is made of a request, counted while it grows.
//!
//! A few bytes on the wire can become many in memory: a resource that each of its records is
//! stored with, texts that are escaped, trees. Whoever reads a request therefore asks for bytes
//! *before* it makes them, and stops where it is told to. What is counted is what is held at one
//! time, so that a text that was made and thrown away is paid for once.

use std::{borrow::Cow, str::Utf8Chunk};

/// Reading ends here. Whoever gave the [`Allowance`] knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is made of {part} outgrows what it may")]
pub struct Outgrown {
    /// What was being made, for people: `a trace`.
    pub part: &'static str,
}

/// Grants bytes and time. Asked before either is used.
pub trait Allowance {
    /// Grants so many bytes more; never given back while the request is read.
    ///
    /// # Errors
    /// [`NotGranted`], and reading stops.
    fn grow(&mut self, bytes: usize) -> Result<(), NotGranted>;

    /// Told of so many bytes of work done since the last call.
    ///
    /// # Errors
    /// [`NotGranted`] where there has been enough, and reading stops.
    fn worked(&mut self, bytes: usize) -> Result<(), NotGranted>;
}

/// No.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotGranted;

/// Grants everything: for whoever reads what is its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl Allowance for Unlimited {
    fn grow(&mut self, _: usize) -> Result<(), NotGranted> {
        Ok(())
    }

    fn worked(&mut self, _: usize) -> Result<(), NotGranted> {
        Ok(())
    }
}

/// Bytes asked for at once, so that the allowance is not asked for every word.
const STEP: usize = 16 << 10;

/// Counts what is held, and asks for more where that is more than was granted.
pub struct Meter<'a> {
    allowance: &'a mut dyn Allowance,
    granted: usize,
    held: usize,
    worked: usize,
    part: &'static str,
}

impl<'a> Meter<'a> {
    /// Nothing is held yet, and nothing granted.
    pub fn new(allowance: &'a mut dyn Allowance) -> Self {
        Self { allowance, granted: 0, held: 0, worked: 0, part: "the request" }
    }

    /// Names what is made from now on.
    pub const fn making(&mut self, part: &'static str) {
        self.part = part;
    }

    /// So many bytes more are about to be held.
    ///
    /// # Errors
    /// [`Outgrown`] where they are not granted: they must not be made.
    #[inline]
    pub fn hold(&mut self, bytes: usize) -> Result<(), Outgrown> {
        self.work(bytes)?;
        self.spare(bytes)
    }

    /// As [`Self::hold`], of bytes that may be needed and often are not: they are no work.
    ///
    /// # Errors
    /// [`Outgrown`] where they are not granted: they must not be made.
    #[inline]
    pub fn spare(&mut self, bytes: usize) -> Result<(), Outgrown> {
        self.held = self.held.saturating_add(bytes);
        if self.held <= self.granted { Ok(()) } else { self.ask() }
    }

    /// So many of the bytes that were held are gone.
    #[inline]
    pub const fn release(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// So many of the bytes that were held are somebody else's now, with what was granted for them.
    pub const fn give_away(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
        self.granted = self.granted.saturating_sub(bytes);
    }

    /// So many bytes were looked at, or will be.
    ///
    /// # Errors
    /// [`Outgrown`] where that was enough.
    #[inline]
    pub fn work(&mut self, bytes: usize) -> Result<(), Outgrown> {
        self.worked = self.worked.saturating_add(bytes);
        if self.worked < STEP {
            return Ok(());
        }
        let worked = std::mem::take(&mut self.worked);
        self.allowance.worked(worked).map_err(|NotGranted| Outgrown { part: self.part })
    }

    /// Bytes held now.
    pub const fn held(&self) -> usize {
        self.held
    }

    #[cold]
    fn ask(&mut self) -> Result<(), Outgrown> {
        let more = (self.held - self.granted).max(STEP);
        self.allowance.grow(more).map_err(|NotGranted| Outgrown { part: self.part })?;
        self.granted += more;
        Ok(())
    }
}

impl std::fmt::Debug for Meter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter")
            .field("granted", &self.granted)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

/// Makes room for `more` bytes in `out`, and asks for what that takes before it is taken. A buffer
/// that grows is copied: for a moment both are there.
///
/// # Errors
/// [`Outgrown`], and `out` is as it was.
#[inline]
pub fn room(out: &mut Vec<u8>, more: usize, meter: &mut Meter<'_>) -> Result<(), Outgrown> {
    if out.capacity() - out.len() >= more {
        return Ok(());
    }
    let before = out.capacity();
    // Half as much again: a copy now and then, and never much more than is needed.
    let after = (out.len() + more).max(before + before / 2);
    meter.hold(after)?;
    out.reserve_exact(after - out.len());
    meter.release(before);
    Ok(())
}

/// `bytes` as text, with U+FFFD for what is no UTF-8, which is longer: that is asked for before. It
/// stays held.
///
/// # Errors
/// [`Outgrown`] where it is not granted.
pub(crate) fn lossy<'b>(bytes: &'b [u8], meter: &mut Meter<'_>) -> Result<Cow<'b, str>, Outgrown> {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Ok(text.into());
    }
    let mark = |chunk: &Utf8Chunk<'_>| if chunk.invalid().is_empty() { "" } else { "\u{fffd}" };
    let chunks = || bytes.utf8_chunks();
    let length = chunks().map(|chunk| chunk.valid().len() + mark(&chunk).len()).sum();
    meter.hold(length)?;
    let mut text = String::with_capacity(length);
    for chunk in chunks() {
        text.push_str(chunk.valid());
        text.push_str(mark(&chunk));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grants so many bytes, and counts.
    struct TestAllowance {
        left: usize,
        worked: usize,
    }

    impl Allowance for TestAllowance {
        fn grow(&mut self, bytes: usize) -> Result<(), NotGranted> {
            self.left = self.left.checked_sub(bytes).ok_or(NotGranted)?;
            Ok(())
        }

        fn worked(&mut self, bytes: usize) -> Result<(), NotGranted> {
            self.worked += bytes;
            Ok(())
        }
    }

    #[test]
    fn what_is_released_is_not_asked_for_again() {
        let mut purse = TestAllowance { left: 10 * STEP, worked: 0 };
        let mut meter = Meter::new(&mut purse);
        for _ in 0..100 {
            meter.hold(8 * STEP).unwrap();
            meter.release(8 * STEP);
        }
        assert_eq!(meter.held(), 0);
        assert_eq!((purse.left, purse.worked), (2 * STEP, 800 * STEP));
    }

    #[test]
    fn text_is_read_as_the_standard_library_reads_it_and_paid_for() {
        for bytes in [&b"plain"[..], b"a\xffb", b"\xff\xfe\xfd", b"\xe2\x82", b"\xf0\x9f\x92x", b""]
        {
            let mut unlimited = Unlimited;
            let mut meter = Meter::new(&mut unlimited);
            let text = lossy(bytes, &mut meter).unwrap();
            assert_eq!(text, String::from_utf8_lossy(bytes));
            let made = if let Cow::Owned(text) = &text { text.capacity() } else { 0 };
            assert_eq!(meter.held(), made, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_granted_is_not_made() {
        let mut purse = TestAllowance { left: 3 * STEP, worked: 0 };
        let mut meter = Meter::new(&mut purse);
        meter.making("a trace");
        let mut out = Vec::new();
        room(&mut out, STEP, &mut meter).unwrap();
        out.resize(STEP, 0);
        assert_eq!(room(&mut out, 4 * STEP, &mut meter), Err(Outgrown { part: "a trace" }));
        assert_eq!((out.len(), out.capacity()), (STEP, STEP));
    }
}
