//! Groups of digits with separators between them: read once, and offered to what knows numbers by
//! their form.

use crate::lex::{before, byte, is_alnum, run, run_of};

/// Groups that are looked at together; the longest forms have five.
pub(crate) const GROUPS: usize = 8;

/// Digits after which no more groups are read: no number that we know has as many.
const DIGITS: u8 = 20;

/// Groups of digits, in order.
pub(crate) struct DigitGroups<'t> {
    pub(crate) bytes: &'t [u8],
    groups: [(usize, usize); GROUPS],
    /// How many digits the first groups have together: of one, of two, and so on.
    sums: [u8; GROUPS],
    len: usize,
}

impl<'t> DigitGroups<'t> {
    /// The groups from `start`, where a digit stands.
    pub(crate) fn read(bytes: &'t [u8], start: usize) -> Self {
        let mut number = Self { bytes, groups: [(0, 0); GROUPS], sums: [0; GROUPS], len: 0 };
        let (mut at, mut sum) = (start, 0_u8);
        while number.len < GROUPS && sum < DIGITS {
            let end = digits_end(bytes, at);
            sum = sum.saturating_add(u8::try_from(end - at).unwrap_or(u8::MAX));
            number.groups[number.len] = (at, end);
            number.sums[number.len] = sum;
            number.len += 1;
            match separator_end(bytes, end) {
                Some(next) => at = next,
                None => break,
            }
        }
        number
    }

    pub(crate) fn groups(&self) -> &[(usize, usize)] {
        &self.groups[..self.len]
    }

    pub(crate) fn start(&self) -> usize {
        self.groups[0].0
    }

    /// Digits of the group at `index`.
    pub(crate) fn width(&self, index: usize) -> usize {
        self.groups().get(index).map_or(0, |(start, end)| end - start)
    }

    /// How many digits the first groups have together: of one, of two, and so on.
    pub(crate) fn sums(&self) -> &[u8] {
        &self.sums[..self.len]
    }

    /// Digits of the first `count` groups together.
    pub(crate) fn digits_in(&self, count: usize) -> usize {
        self.sums()
            .get(count.saturating_sub(1))
            .or(self.sums().last())
            .map_or(0, |sum| (*sum).into())
    }

    /// How many groups, from the first on, have at most so many digits together; one at least.
    pub(crate) fn within(&self, digits: usize) -> usize {
        self.sums().iter().take_while(|sum| usize::from(**sum) <= digits).count().max(1)
    }

    /// Where the group at `index` ends.
    pub(crate) fn end_of(&self, index: usize) -> usize {
        self.groups().get(index).map_or(self.bytes.len(), |(_, end)| *end)
    }

    /// What separates the group at `index` from the next.
    pub(crate) fn separator(&self, index: usize) -> &'t [u8] {
        match (self.groups().get(index), self.groups().get(index + 1)) {
            (Some((_, end)), Some((next, _))) => &self.bytes[*end..*next],
            _ => b"",
        }
    }

    /// Whether the first `count` groups are separated alike.
    pub(crate) fn evenly(&self, count: usize) -> bool {
        let first = self.separator(0);
        (1..count.saturating_sub(1)).all(|index| self.separator(index) == first)
    }

    /// The digits of the first `count` groups, at most nineteen, as numbers.
    pub(crate) fn digits(&self, count: usize) -> Digits {
        let mut digits = Digits { list: [0; 19], len: 0 };
        for (start, end) in self.groups().iter().take(count) {
            for digit in &self.bytes[*start..*end] {
                if digits.len < digits.list.len() {
                    digits.list[digits.len] = digit - b'0';
                    digits.len += 1;
                }
            }
        }
        digits
    }

    /// Whether the first `count` groups stand alone: no longer number, word or fraction around.
    pub(crate) fn stands_alone(&self, count: usize) -> bool {
        let (left, right) = self.beside(count);
        !is_alnum(left)
            && !is_alnum(right)
            && left != b'_'
            && right != b'_'
            && !self.is_fraction(count)
    }

    /// Whether digits stand on the other side of a point or comma: `0.4111111111111111`.
    pub(crate) fn is_fraction(&self, count: usize) -> bool {
        self.is_fraction_by(b".,", count)
    }

    /// As [`is_fraction`](Self::is_fraction), by these signs only: a comma may separate columns.
    pub(crate) fn is_fraction_by(&self, points: &[u8], count: usize) -> bool {
        let (start, end) = (self.start(), self.end_of(count - 1));
        let (left, right) = self.beside(count);
        let fraction = |dot: u8, digit: u8| points.contains(&dot) && digit.is_ascii_digit();
        fraction(left, before(self.bytes, start.saturating_sub(1)))
            || fraction(right, byte(self.bytes, end + 1))
    }

    /// Whether dashes tie the first `count` groups into something longer (a UUID, an order id). A word
    /// and its colon don't (`SSN:…`), nor a full stop that is glued to the next word.
    pub(crate) fn is_tied(&self, count: usize) -> bool {
        let (left, right) = self.ties(count);
        left.is_some() || right.is_some()
    }

    /// What stands on the other side of what ties the first `count` groups, on either side.
    pub(crate) fn ties(&self, count: usize) -> (Option<u8>, Option<u8>) {
        let (start, end) = (self.start(), self.end_of(count - 1));
        let (left, right) = self.beside(count);
        let tie = |sign: u8, other: u8, loose: &[u8]| {
            let ties = matches!(sign, b'-' | b'/' | b'.' | b':' | b'_')
                && is_alnum(other)
                && !(loose.contains(&sign) && other.is_ascii_alphabetic());
            ties.then_some(other)
        };
        let earlier = before(self.bytes, start.saturating_sub(1));
        (tie(left, earlier, b":"), tie(right, byte(self.bytes, end + 1), b".:"))
    }

    /// Whether more groups stand before or after the first `count`, tied as these are to each other.
    pub(crate) fn goes_on_alike(&self, count: usize) -> bool {
        let sign = match self.separator(0) {
            [sign @ (b'-' | b'.')] if count > 1 => *sign,
            _ => return false,
        };
        let (start, end) = (self.start(), self.end_of(count - 1));
        let (left, right) = self.beside(count);
        (left == sign && before(self.bytes, start - 1).is_ascii_digit())
            || (right == sign && byte(self.bytes, end + 1).is_ascii_digit())
    }

    /// The bytes beside the first `count` groups.
    fn beside(&self, count: usize) -> (u8, u8) {
        (before(self.bytes, self.start()), byte(self.bytes, self.end_of(count - 1)))
    }
}

/// Digits as numbers.
pub(crate) struct Digits {
    list: [u8; 19],
    len: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.list[..self.len]
    }
}

/// Where the digits from `from` on end.
pub(crate) fn digits_end(bytes: &[u8], from: usize) -> usize {
    run(bytes, from, |b| b.is_ascii_digit())
}

/// Whether it may stand between two groups.
pub(crate) fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Where the next group starts, if at most three separators lie between.
pub(crate) fn separator_end(bytes: &[u8], from: usize) -> Option<usize> {
    let end = run_of(bytes, from, 3, is_separator);
    (end > from && byte(bytes, end).is_ascii_digit()).then_some(end)
}
