//! How much more an answer takes: what does not fit is left out, and counted.

use serde::Serialize;

use crate::weight;

/// What is left of an answer that tells everything twice: as a structure, and as text.
#[derive(Debug)]
pub(crate) struct Room {
    left: usize,
}

impl Room {
    pub(crate) fn of(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Takes room for something, if there is as much.
    pub(crate) fn takes(&mut self, what: &impl Serialize) -> bool {
        let Ok(json) = serde_json::to_string(what) else { return false };
        let weight = json.len() + weight::of_json(&json) + 2;
        match self.left.checked_sub(weight) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// What fits of a list, from its beginning; how many do not.
    pub(crate) fn fill<T: Serialize>(
        &mut self,
        from: impl IntoIterator<Item = T>,
    ) -> (Vec<T>, usize) {
        let mut from = from.into_iter();
        let mut fitting = Vec::new();
        for one in from.by_ref() {
            if !self.takes(&one) {
                return (fitting, 1 + from.count());
            }
            fitting.push(one);
        }
        (fitting, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_nothing_after_it_comes_in() {
        let mut room = Room::of(40);
        let (fitting, left) = room.fill(["aaaa", "bbbbbbbbbbbbbbbbbbbb", "c"]);
        assert_eq!((fitting, left), (vec!["aaaa"], 2));
        assert!(room.takes(&"d"));
        assert!(!room.takes(&"eeeeeeeeee"));
    }
}
