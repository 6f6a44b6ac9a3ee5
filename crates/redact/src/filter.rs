//! What to try where: every detector names the three bytes it starts or ends with, and a bitmap that
//! stays in the nearest cache tells whether any of them is at a place. Which places are asked,
//! [`places`](crate::places) says.

/// What to try at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// The last two letters of a listed key and the quote that closes it.
    QuotedKey,
    /// The last letter of a listed key and `=`, `:` or `%3D`.
    AssignedKey,
    /// The last two letters of a listed key and the `>` that ends an element's start.
    Element,
    Pem,
    Jwt,
    Url,
    Bearer,
    Basic,
    CurlUser,
    /// A form of `provider::forms`.
    Provider(u16),
    Discord,
    Birth,
    /// "password is …".
    Spoken,
    /// `%40`, `&#64;`, `\u0040`.
    EncodedAt,
    Plus,
}

impl Rule {
    /// Whether its three bytes are the last of something: it is looked for at the sign that they end
    /// with, and not where a word starts with them.
    fn ends(self, three: [u8; 3]) -> bool {
        match self {
            Self::QuotedKey | Self::AssignedKey | Self::Element => {
                b"\"'\\=:%<>\n\r\xef".contains(&three[2]) && !three.starts_with(b"`:")
            }
            Self::Spoken => matches!(three[2], b'"' | b'\'') && three[0] != b'N',
            _ => three[2] == b'~',
        }
    }
}

/// Positions: the bits say whether, `sets` says what.
#[derive(Clone)]
pub(crate) struct Filter {
    starts: Bits,
    ends: Bits,
    slots: Box<[u16]>,
    sets: Vec<Vec<Rule>>,
}

/// One bit for each value of the hash of three bytes.
#[derive(Clone)]
pub(crate) struct Bits(Box<[u64; WORDS]>);

const SLOT_BITS: u32 = 17;
const SLOTS: usize = 1 << SLOT_BITS;
const WORDS: usize = SLOTS / 64;

impl Bits {
    pub(crate) fn new() -> Self {
        Self(Box::new([0; WORDS]))
    }

    pub(crate) fn set(&mut self, three: [u8; 3]) {
        let slot = slot(pack(three));
        self.0[slot / 64] |= 1 << (slot % 64);
    }

    pub(crate) fn has(&self, three: [u8; 3]) -> bool {
        self.has_packed(pack(three))
    }

    /// As [`has`](Self::has), of three bytes in one number, the first the lowest.
    #[inline(always)]
    pub(crate) fn has_packed(&self, three: u32) -> bool {
        self.test(three) == 1
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (mine, theirs) in both.0.iter_mut().zip(other.0.iter()) {
            *mine |= theirs;
        }
        both
    }

    #[inline(always)]
    fn test(&self, three: u32) -> u64 {
        let slot = slot(three);
        self.0[slot / 64] >> (slot % 64) & 1
    }

    /// The positions of `bytes` that hit.
    pub(crate) fn hits<'t>(&'t self, bytes: &'t [u8]) -> Hits<'t> {
        Hits { bits: self, bytes, base: 0, left: 0, done: 0 }
    }

    /// One bit for each of the first six positions.
    #[inline]
    fn six(&self, eight: u64) -> u64 {
        let at = |n: u32| self.test((eight >> (8 * n)) as u32 & 0xff_ffff) << n;
        at(0) | at(1) | at(2) | at(3) | at(4) | at(5)
    }
}

/// The positions of a text that hit, asked for in rising order. What was looked up and not yet
/// asked for is kept.
pub(crate) struct Hits<'t> {
    bits: &'t Bits,
    bytes: &'t [u8],
    /// One bit for each of the positions from here to `done` that hit.
    left: u64,
    base: usize,
    done: usize,
}

impl Hits<'_> {
    /// The first position at or after `from` that hits. Positions at the very end are looked up
    /// with zeros after them.
    #[inline]
    pub(crate) fn next(&mut self, from: usize) -> Option<usize> {
        if from < self.done {
            self.left &= u64::MAX << from.saturating_sub(self.base);
            if self.left != 0 {
                return Some(self.first());
            }
        }
        self.look_on(from.max(self.done))
    }

    fn first(&self) -> usize {
        self.base + self.left.trailing_zeros() as usize
    }

    fn look_on(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        // Eight bytes hold six positions.
        while let Some(eight) = self.bytes.get(at..at + 8).and_then(<[u8]>::first_chunk::<8>) {
            let hits = self.bits.six(u64::from_le_bytes(*eight));
            if hits != 0 {
                (self.left, self.base, self.done) = (hits, at, at + 6);
                return Some(self.first());
            }
            at += 6;
        }
        // Seven bytes may be left, and the seventh can't start anything of three bytes.
        let rest = self.bytes.get(at..).unwrap_or_default();
        let mut eight = [0; 8];
        eight[..rest.len()].copy_from_slice(rest);
        self.left = self.bits.six(u64::from_le_bytes(eight)) & ((1 << rest.len().min(6)) - 1);
        (self.base, self.done) = (at, at.max(self.bytes.len()));
        (self.left != 0).then(|| self.first())
    }
}

fn pack(three: [u8; 3]) -> u32 {
    u32::from_le_bytes([three[0], three[1], three[2], 0])
}

/// Multiplicative hashing. Of forty thousand odd factors this one puts the fewest of the three bytes
/// that English and JSON are made of where a trigger lies: one in a hundred.
#[inline(always)]
fn slot(three: u32) -> usize {
    (three.wrapping_mul(0xf052_a8dd) >> (32 - SLOT_BITS)) as usize
}

impl Filter {
    pub(crate) fn new(triggers: impl IntoIterator<Item = ([u8; 3], Rule)>) -> Self {
        let mut filter = Self {
            starts: Bits::new(),
            ends: Bits::new(),
            slots: vec![0; SLOTS].into_boxed_slice(),
            sets: vec![Vec::new()],
        };
        for (three, rule) in triggers {
            filter.add(three, rule);
        }
        filter
    }

    /// What something starts with.
    pub(crate) fn starts(&self) -> &Bits {
        &self.starts
    }

    /// What something ends with.
    pub(crate) fn ends(&self) -> &Bits {
        &self.ends
    }

    /// What to try where `three` stand. Some of it may be there by chance of the hash.
    pub(crate) fn rules(&self, three: [u8; 3]) -> &[Rule] {
        &self.sets[usize::from(self.slots[slot(pack(three))])]
    }

    fn add(&mut self, three: [u8; 3], rule: Rule) {
        match rule.ends(three) {
            true => self.ends.set(three),
            false => self.starts.set(three),
        }
        let slot = &mut self.slots[slot(pack(three))];
        let mut set = self.sets[usize::from(*slot)].clone();
        if set.contains(&rule) {
            return;
        }
        set.push(rule);
        set.sort_unstable();
        let index = self.sets.iter().position(|known| *known == set);
        let index = index.unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        // There are some hundreds of rules' sets; past the type's end a rule would be lost.
        *slot = u16::try_from(index).unwrap_or(u16::MAX);
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("sets", &self.sets.len()).finish_non_exhaustive()
    }
}

/// The three bytes at `at`, with zeros after the end.
pub(crate) fn three(bytes: &[u8], at: usize) -> [u8; 3] {
    let byte = |n: usize| bytes.get(at + n).copied().unwrap_or(0);
    [byte(0), byte(1), byte(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_set_at_every_position() {
        let filter = Filter::new([(*b"xyz", Rule::Url), (*b"xyz", Rule::Plus)]);
        for length in 3..40 {
            for at in 0..=length - 3 {
                let mut text = vec![b'-'; length];
                text[at..at + 3].copy_from_slice(b"xyz");
                assert_eq!(filter.starts().hits(&text).next(0), Some(at), "{length} {at}");
                assert_eq!(filter.starts().hits(&text).next(at + 1), None);
            }
        }
        assert_eq!(filter.rules(*b"xyz"), [Rule::Url, Rule::Plus]);
    }

    #[test]
    fn asked_one_after_the_other_every_position_is_found_once() {
        let filter = Filter::new([(*b"aba", Rule::Url), (*b"bab", Rule::Plus)]);
        for length in 0..64_u32 {
            let text: Vec<u8> = (0..length).map(|n| b"ab-"[(n * n / 5 % 3) as usize]).collect();
            let expected: Vec<usize> = (0..text.len().saturating_sub(2))
                .filter(|at| matches!(&text[*at..at + 3], b"aba" | b"bab"))
                .collect();
            let mut hits = filter.starts().hits(&text);
            let mut at = 0;
            let found = std::iter::from_fn(|| {
                let hit = hits.next(at)?;
                at = hit + 1;
                Some(hit)
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{length}");
        }
    }

    #[test]
    fn short_and_empty_text_is_fine() {
        let mut bits = Bits::new();
        bits.set([b'l', b'i', 0]);
        assert_eq!(bits.hits(b"").next(0), None);
        assert_eq!(bits.hits(b"li").next(0), Some(0));
        assert_eq!(bits.hits(b"to li").next(0), Some(3));
        assert_eq!(bits.hits(b"01234li").next(0), Some(5));
        assert_eq!(bits.hits(b"li").next(9), None);
    }
}
