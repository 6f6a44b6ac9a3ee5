//! The order steps are shown in: each below the step it belongs to.
//!
//! Ids come from workflows: parents may be missing, an id may occur twice, two steps may each
//! claim the other as parent. Every step is shown exactly once whatever they say.

use std::collections::HashMap;

/// A step's place on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nested {
    /// Index of the step in what was given.
    pub index: usize,
    /// How many parents it has.
    pub depth: usize,
}

/// Puts steps, given as (id, parent id or empty), below their parents; order is kept otherwise.
pub fn nest(steps: &[(&str, &str)]) -> Vec<Nested> {
    let mut by_id = HashMap::with_capacity(steps.len());
    for (index, (id, _)) in steps.iter().enumerate() {
        if !id.is_empty() {
            by_id.entry(*id).or_insert(index);
        }
    }
    let mut children = vec![Vec::new(); steps.len()];
    let mut roots = Vec::new();
    for (index, (_, parent)) in steps.iter().enumerate() {
        match by_id.get(parent) {
            Some(&parent) if parent != index => children[parent].push(index),
            _ => roots.push(index),
        }
    }
    let mut order =
        Order { children: &children, seen: vec![false; steps.len()], places: Vec::new() };
    for root in roots {
        order.walk(root);
    }
    // What is left belongs to circles of parents: each is opened at its first step.
    for index in 0..steps.len() {
        order.walk(index);
    }
    order.places
}

struct Order<'c> {
    children: &'c [Vec<usize>],
    seen: Vec<bool>,
    places: Vec<Nested>,
}

impl Order<'_> {
    /// Depth first, with a stack of its own: thousands of levels don't end the program.
    fn walk(&mut self, root: usize) {
        let mut open = vec![Nested { index: root, depth: 0 }];
        while let Some(place) = open.pop() {
            if std::mem::replace(&mut self.seen[place.index], true) {
                continue;
            }
            self.places.push(place);
            let below = self.children[place.index].iter().rev();
            open.extend(below.map(|&index| Nested { index, depth: place.depth + 1 }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(steps: &[(&str, &str)]) -> Vec<(usize, usize)> {
        nest(steps).into_iter().map(|p| (p.index, p.depth)).collect()
    }

    #[test]
    fn steps_stand_below_their_parents() {
        let steps = [("a", ""), ("b", "a"), ("c", ""), ("d", "a"), ("e", "b")];
        assert_eq!(places(&steps), [(0, 0), (1, 1), (4, 2), (3, 1), (2, 0)]);
    }

    #[test]
    fn every_step_is_shown_once_whatever_the_ids_say() {
        let circle = [("a", "b"), ("b", "a"), ("x", "gone"), ("x", ""), ("s", "s"), ("", "")];
        let mut shown: Vec<_> = places(&circle).into_iter().map(|(index, _)| index).collect();
        shown.sort_unstable();
        assert_eq!(shown, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_very_deep_chain_does_not_overflow() {
        let ids: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
        let steps: Vec<(&str, &str)> = (0..ids.len())
            .map(|n| (ids[n].as_str(), if n == 0 { "" } else { &ids[n - 1] }))
            .collect();
        assert_eq!(nest(&steps).last(), Some(&Nested { index: 99_999, depth: 99_999 }));
    }
}
