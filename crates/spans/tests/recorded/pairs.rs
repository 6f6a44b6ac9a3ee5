//! Which step of a ticket is which step that happened: by kind, the longest common subsequence of
//! names in order of time. Where several are equally long, the one whose ids and numbers agree.

use std::collections::HashMap;

use crate::{
    got::Got,
    scenario::{Happened, Scenario},
};

/// What a pair is worth beside what agrees in it.
const PAIR: usize = 100;

/// Steps that happened and steps of the ticket, by their places in the two lists.
#[derive(Default)]
pub struct Pairs {
    /// By what happened.
    pub got: HashMap<usize, usize>,
    /// By the ticket's.
    pub happened: HashMap<usize, usize>,
}

impl Pairs {
    /// Pairs the steps of the judged kinds.
    pub fn of(scenario: &Scenario, happened: &[Happened], got: &[Got<'_>]) -> Self {
        let mut pairs = Self::default();
        let mut kinds: Vec<_> = happened.iter().map(|step| step.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds.into_iter().filter(|kind| scenario.judges(kind)) {
            let of_kind = |k: &str| k == kind;
            let left: Vec<_> = places(happened, |step| of_kind(&step.kind));
            let right: Vec<_> = places(got, |step| of_kind(step.kind));
            let worth = |l: usize, r: usize| worth(scenario, &happened[left[l]], &got[right[r]]);
            for (l, r) in longest(left.len(), right.len(), worth) {
                pairs.insert(left[l], right[r]);
            }
            // Tools that one model call asked for start in any order.
            for l in left {
                let twin = right.iter().copied().find(|r| {
                    !pairs.happened.contains_key(r)
                        && same_name(scenario, &happened[l], &got[*r])
                        && happened[l].iteration.is_some()
                        && happened[l].iteration == got[*r].iteration()
                });
                if let Some(r) = twin.filter(|_| !pairs.got.contains_key(&l)) {
                    pairs.insert(l, r);
                }
            }
        }
        pairs
    }

    fn insert(&mut self, happened: usize, got: usize) {
        self.got.insert(happened, got);
        self.happened.insert(got, happened);
    }
}

fn places<T>(list: &[T], fits: impl Fn(&T) -> bool) -> Vec<usize> {
    (0..list.len()).filter(|place| fits(&list[*place])).collect()
}

/// Whether the names agree. Iterations have none, a handoff is known by where it goes, and a name
/// that the recording never says can't be asked for.
fn same_name(scenario: &Scenario, happened: &Happened, got: &Got<'_>) -> bool {
    let nameless = matches!(happened.kind.as_str(), "react" | "handoff");
    nameless || happened.name == got.step.name || !scenario.evidence.says(&happened.name)
}

/// What the pair is worth; nothing where the names differ.
fn worth(scenario: &Scenario, happened: &Happened, got: &Got<'_>) -> Option<usize> {
    same_name(scenario, happened, got).then(|| {
        let agree = [
            happened.iteration == got.iteration(),
            happened.text("call_id") == got.text("gen_ai.tool.call.id"),
            happened.value["input_tokens"].as_u64() == got.number("gen_ai.usage.input_tokens"),
            happened.text("agent") == got.text("gen_ai.agent.name"),
        ];
        PAIR + agree.into_iter().filter(|agree| *agree).count()
    })
}

/// The pairs, in the order of both lists, that are worth most together.
fn longest(
    left: usize,
    right: usize,
    worth: impl Fn(usize, usize) -> Option<usize>,
) -> Vec<(usize, usize)> {
    // What the rest of both lists is worth, from each place on.
    let mut best = vec![vec![0; right + 1]; left + 1];
    for l in (0..left).rev() {
        for r in (0..right).rev() {
            let paired = worth(l, r).map_or(0, |worth| worth + best[l + 1][r + 1]);
            best[l][r] = paired.max(best[l + 1][r]).max(best[l][r + 1]);
        }
    }
    let (mut l, mut r, mut pairs) = (0, 0, Vec::new());
    while l < left && r < right {
        if worth(l, r).is_some_and(|worth| best[l][r] == worth + best[l + 1][r + 1]) {
            pairs.push((l, r));
            (l, r) = (l + 1, r + 1);
        } else if best[l][r] == best[l + 1][r] {
            l += 1;
        } else {
            r += 1;
        }
    }
    pairs
}
