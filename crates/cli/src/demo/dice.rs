//! Chance that repeats itself: the same seed throws the same, on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for a sample.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that throw the same for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1, without 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to `high`, without `high`; small values are a little likelier, not so that
    /// anyone sees it.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low).max(1)
    }

    /// True this often.
    pub fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// One of them.
    pub fn pick<'a, T, const N: usize>(&mut self, of: &'a [T; N]) -> &'a T {
        const { assert!(N > 0, "there must be one") };
        &of[usize::try_from(self.range(0, N as u64)).unwrap_or(0)]
    }

    /// A time around `typical` ms: most are near it, a few take several times as long.
    pub fn latency_ms(&mut self, typical: f64) -> f64 {
        let spread = self.share() + self.share() + self.share() - 1.5;
        let tail = if self.happens(0.04) { 3.0 + 2.0 * self.share() } else { 1.0 };
        (typical * (1.0 + 0.5 * spread) * tail).max(1.0)
    }
}
