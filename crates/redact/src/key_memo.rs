//! What was said of the keys that came last. A trace has the same few keys again and again, and each
//! is looked up in the lists word by word: a thread remembers what came out, key by key and exactly.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::key_class::KeyClass;

/// Bytes of the longest key that is remembered.
const LONGEST: usize = 32;
/// Keys that a thread remembers.
const PLACES: usize = 256;

type Words = [u64; LONGEST / 8];

#[derive(Clone, Copy)]
struct Remembered {
    /// Whose lists said it; 0 for nobody's.
    table: u64,
    length: u8,
    class: KeyClass,
    key: Words,
}

const NOTHING: Remembered =
    Remembered { table: 0, length: 0, class: KeyClass::Plain, key: [0; LONGEST / 8] };

thread_local! {
    static MEMO: RefCell<[Remembered; PLACES]> = const { RefCell::new([NOTHING; PLACES]) };
}

/// Tells the lists of keys of this process apart.
#[derive(Debug)]
pub(crate) struct TableId(u64);

static NEXT: AtomicU64 = AtomicU64::new(1);

impl TableId {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(NEXT.fetch_add(1, Relaxed))
    }

    /// What was said of `key`, or else what `classify` says of it.
    pub(crate) fn class_of(&self, key: &[u8], classify: impl FnOnce() -> KeyClass) -> KeyClass {
        if key.len() > LONGEST {
            return classify();
        }
        let (words, length) = (words(key), key.len() as u8);
        let place = place(&words);
        MEMO.with_borrow_mut(|memo| {
            let there = &mut memo[place];
            if there.table != self.0 || there.length != length || there.key != words {
                *there = Remembered { table: self.0, length, class: classify(), key: words };
            }
            there.class
        })
    }
}

fn words(key: &[u8]) -> Words {
    let mut bytes = [0; LONGEST];
    bytes[..key.len()].copy_from_slice(key);
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]))
}

fn place(words: &Words) -> usize {
    let mixed = words.iter().fold(0_u64, |mixed, word| {
        (mixed.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    (mixed >> 56) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_told_what_it_said_itself() {
        let (mine, other) = (TableId::new(), TableId::new());
        let class = |table: &TableId, key: &str, says| table.class_of(key.as_bytes(), || says);
        assert_eq!(class(&mine, "badge", KeyClass::Secret), KeyClass::Secret);
        assert_eq!(class(&mine, "badge", KeyClass::Plain), KeyClass::Secret);
        assert_eq!(class(&other, "badge", KeyClass::Plain), KeyClass::Plain);
        assert_eq!(class(&mine, "badge\0", KeyClass::Personal), KeyClass::Personal);
        let long = "k".repeat(LONGEST + 1);
        assert_eq!(class(&mine, &long, KeyClass::Secret), KeyClass::Secret);
        assert_eq!(class(&mine, &long, KeyClass::Plain), KeyClass::Plain);
    }
}
