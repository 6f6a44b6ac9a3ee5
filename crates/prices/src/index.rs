//! The patterns of one provider, found by a model's name without trying them all.
//!
//! Anchored patterns are sorted by the text they begin with, each knowing the next shorter one that
//! it begins with itself: all that begin like a name are one search and a short walk away. What
//! begins with `*` is found by its longest text in one pass over the name.

use aho_corasick::AhoCorasick;

use crate::{name, pattern};

/// The patterns of one provider. What they stand for are the caller's numbers.
pub(crate) struct Index {
    patterns: Vec<Pattern>,
    heads: Vec<Head>,
    contained: Option<Contained>,
}

/// One pattern and how much it says.
struct Pattern {
    text: Box<str>,
    weight: usize,
    is_exact: bool,
    /// The caller's number of it.
    group: u32,
}

/// What several patterns begin with.
struct Head {
    text: Box<str>,
    /// The longest other head that it begins with.
    shorter: Option<usize>,
    patterns: Vec<usize>,
}

/// Patterns that begin with `*`, by their longest text.
struct Contained {
    automaton: AhoCorasick,
    /// The pattern of each text of the automaton.
    patterns: Vec<usize>,
    /// Those without any text.
    anything: Vec<usize>,
}

impl Index {
    /// Over checked patterns, each with the caller's number. `None` if the automaton can't be
    /// built, which takes more patterns than a list may have.
    pub(crate) fn new(patterns: &[(&str, u32)]) -> Option<Self> {
        let mut sorted: Vec<_> =
            patterns.iter().map(|&(text, group)| pattern_of(text, group)).collect();
        sorted.sort_by(|a, b| a.text.cmp(&b.text));
        let starts_with_star = |at: &usize| sorted[*at].text.starts_with('*');
        let (contained, anchored): (Vec<_>, Vec<_>) = (0..sorted.len()).partition(starts_with_star);
        let heads = heads(&sorted, &anchored);
        let contained = Contained::new(&sorted, contained)?;
        Some(Self { patterns: sorted, heads, contained })
    }

    /// The group of the most specific pattern that `accept` takes: a name as a whole, by whichever
    /// candidate is first; then the most text that a candidate begins with; then the most text that
    /// is in the first candidate.
    pub(crate) fn find<'n>(
        &self,
        candidates: impl Iterator<Item = &'n str>,
        accept: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let mut anchored: Option<&Pattern> = None;
        let mut whole = None;
        for candidate in candidates {
            whole.get_or_insert(candidate);
            if let Some(exact) = self.look(candidate, &accept, &mut anchored) {
                return Some(exact.group);
            }
            if let Some(dashed) = name::dashed(candidate)
                && let Some(exact) = self.look(&dashed, &accept, &mut anchored)
            {
                return Some(exact.group);
            }
        }
        if let Some(pattern) = anchored {
            return Some(pattern.group);
        }
        let within = self.contained.as_ref()?;
        within.find(&self.patterns, whole?, &accept).map(|pattern| pattern.group)
    }

    /// The pattern that is this name as a whole; otherwise the one with most text in `best`.
    fn look<'a>(
        &'a self,
        name: &str,
        accept: &impl Fn(u32) -> bool,
        best: &mut Option<&'a Pattern>,
    ) -> Option<&'a Pattern> {
        let mut at = self.longest_head(name);
        while let Some(head) = at.and_then(|at| self.heads.get(at)) {
            for pattern in head.patterns.iter().filter_map(|&at| self.patterns.get(at)) {
                let found = pattern.fit(name).filter(|_| accept(pattern.group));
                match found {
                    Some(Fit::Whole) => return Some(pattern),
                    Some(Fit::Part) if best.is_none_or(|best| pattern.weight > best.weight) => {
                        *best = Some(pattern);
                    }
                    _ => {}
                }
            }
            at = head.shorter;
        }
        None
    }

    /// The longest head that the name begins with: all that it begins with sort before it, and
    /// whatever stands between begins with them too.
    fn longest_head(&self, name: &str) -> Option<usize> {
        let behind = self.heads.partition_point(|head| &*head.text <= name);
        let mut at = behind.checked_sub(1);
        while let Some(head) = at.and_then(|at| self.heads.get(at)) {
            if name.starts_with(&*head.text) {
                return at;
            }
            at = head.shorter;
        }
        None
    }
}

/// How a name is of a pattern that has no `*` before its text.
enum Fit {
    /// By the whole of it.
    Whole,
    /// By what it begins with.
    Part,
}

impl Pattern {
    /// A name that has nothing but a date more than an exact pattern is as if the pattern were
    /// without its end.
    fn fit(&self, name: &str) -> Option<Fit> {
        if pattern::matches(&self.text, name) {
            return Some(if self.is_exact { Fit::Whole } else { Fit::Part });
        }
        let rest = name.strip_prefix(&*self.text).filter(|_| self.is_exact)?;
        name::is_date(rest).then_some(Fit::Part)
    }
}

fn pattern_of(text: &str, group: u32) -> Pattern {
    let (weight, is_exact) = (pattern::weight(text), pattern::is_exact(text));
    Pattern { text: text.into(), weight, is_exact, group }
}

fn heads(patterns: &[Pattern], anchored: &[usize]) -> Vec<Head> {
    let mut by_head: Vec<_> =
        anchored.iter().map(|&at| (pattern::head(&patterns[at].text), at)).collect();
    by_head.sort_unstable();
    let mut heads: Vec<Head> = Vec::new();
    // Heads that the last one begins with, the longest last.
    let mut open: Vec<usize> = Vec::new();
    for (text, at) in by_head {
        if let Some(last) = heads.last_mut().filter(|last| &*last.text == text) {
            last.patterns.push(at);
            continue;
        }
        while open.pop_if(|head| !text.starts_with(&*heads[*head].text)).is_some() {}
        heads.push(Head { text: text.into(), shorter: open.last().copied(), patterns: vec![at] });
        open.push(heads.len() - 1);
    }
    heads
}

impl Contained {
    /// Outer `None`: it can't be built. Inner: there is nothing to build.
    #[allow(clippy::option_option)]
    fn new(patterns: &[Pattern], contained: Vec<usize>) -> Option<Option<Self>> {
        if contained.is_empty() {
            return Some(None);
        }
        let text = |at: &usize| pattern::longest_piece(&patterns[*at].text);
        let (anything, texts): (Vec<_>, Vec<_>) =
            contained.into_iter().partition(|at| text(at).is_empty());
        let automaton = AhoCorasick::new(texts.iter().map(text)).ok()?;
        Some(Some(Self { automaton, patterns: texts, anything }))
    }

    fn find<'a>(
        &self,
        patterns: &'a [Pattern],
        name: &str,
        accept: &impl Fn(u32) -> bool,
    ) -> Option<&'a Pattern> {
        let mut best: Option<&Pattern> = None;
        let hits = self.automaton.find_overlapping_iter(name).map(|hit| hit.pattern().as_usize());
        let hits = hits.filter_map(|hit| self.patterns.get(hit)).chain(&self.anything);
        for pattern in hits.filter_map(|&at| patterns.get(at)) {
            let is_more = best.is_none_or(|best| pattern.weight > best.weight);
            if is_more && pattern::matches(&pattern.text, name) && accept(pattern.group) {
                best = Some(pattern);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(patterns: &[&'a str], candidates: &[&str]) -> Option<&'a str> {
        let numbered: Vec<_> = (0u32..).zip(patterns).map(|(at, text)| (*text, at)).collect();
        let index = Index::new(&numbered).unwrap();
        let group = index.find(candidates.iter().copied(), |_| true)?;
        patterns.get(usize::try_from(group).unwrap()).copied()
    }

    #[test]
    fn the_most_specific_wins() {
        let all = [
            "*gpt-4o-mini-search-preview*",
            "gpt-*",
            "gpt-4o*",
            "gpt-4o-mini",
            "gpt-4o-mini-2024-07*",
        ];
        assert_eq!(found(&all, &["gpt-4o-mini"]), Some("gpt-4o-mini"), "the name itself");
        assert_eq!(
            found(&all, &["gpt-4o-mini-2025-01-01"]),
            Some("gpt-4o-mini"),
            "but for its date"
        );
        assert_eq!(
            found(&all, &["gpt-4o-mini-2024-07-18"]),
            Some("gpt-4o-mini-2024-07*"),
            "more text"
        );
        assert_eq!(found(&all, &["gpt-4o-mini-search-preview"]), Some("gpt-4o*"), "a beginning");
        assert_eq!(found(&all, &["my-gpt-4o-mini-search-preview-1"]), Some(all[0]));
        assert_eq!(found(&all, &["gpt-5"]), Some("gpt-*"));
        assert_eq!(found(&all, &["o1"]), None);
    }

    #[test]
    fn a_later_candidates_whole_name_beats_what_an_earlier_one_begins_with() {
        let all = ["openai/*", "gpt-4o"];
        assert_eq!(found(&all, &["openai/gpt-4o", "gpt-4o"]), Some("gpt-4o"));
        assert_eq!(found(&all, &["openai/gpt-5", "gpt-5"]), Some("openai/*"));
    }

    #[test]
    fn compact_dates_are_dashed_ones() {
        assert_eq!(
            found(&["gpt-5.2-2025-12-11"], &["gpt-5.2-20251211"]),
            Some("gpt-5.2-2025-12-11")
        );
    }

    #[test]
    fn anything_is_the_last_resort() {
        assert_eq!(found(&["*", "*opus*"], &["claude-opus-5"]), Some("*opus*"));
        assert_eq!(found(&["*", "*opus*"], &["claude-sonnet-5"]), Some("*"));
        assert_eq!(found(&["##*"], &["12b"]), Some("##*"), "a head without text");
    }

    #[test]
    fn who_is_not_accepted_leaves_the_place_to_the_next() {
        let index = Index::new(&[("gpt-4o", 0), ("gpt-*", 1), ("*4o", 2)]).unwrap();
        let find =
            |refused: &[u32]| index.find(["gpt-4o"].into_iter(), |group| !refused.contains(&group));
        assert_eq!(find(&[]), Some(0));
        assert_eq!(find(&[0]), Some(1));
        assert_eq!(find(&[0, 1]), Some(2));
        assert_eq!(find(&[0, 1, 2]), None);
    }

    /// The same, by trying every pattern on every candidate.
    fn tried(patterns: &[String], candidates: &[&str]) -> Option<(bool, bool, usize)> {
        let mut best = None;
        for (place, candidate) in candidates.iter().enumerate() {
            for text in patterns {
                let pattern = pattern_of(text, 0);
                let contained = text.starts_with('*');
                let fit = if contained {
                    (place == 0 && pattern::matches(text, candidate)).then_some(Fit::Part)
                } else {
                    pattern.fit(candidate)
                };
                let rank = match fit {
                    None => continue,
                    // The first candidate that is one is enough.
                    Some(Fit::Whole) => (true, true, usize::MAX - place),
                    Some(Fit::Part) => (false, !contained, pattern.weight),
                };
                best = best.max(Some(rank));
            }
        }
        best
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_found_otherwise_than_by_trying_all(
            patterns in proptest::collection::btree_set("[ab]{0,3}[ab*#]{1,3}[ab]{0,2}", 0..20),
            name in "([ab]{1,3}/)?[ab1]{0,6}(-20250101)?",
        ) {
            let patterns: Vec<_> = patterns.into_iter().collect();
            let numbered: Vec<_> = (0u32..).zip(&patterns).map(|(at, text)| (&**text, at)).collect();
            let behind = name.split_once('/').map(|(_, behind)| behind);
            let candidates: Vec<_> = [Some(&*name), behind].into_iter().flatten().collect();
            let index = Index::new(&numbered).unwrap();
            let found = index.find(candidates.iter().copied(), |_| true);
            // The one that is found ranks as high as the best of all.
            let of_found = found.map(|at| vec![patterns[usize::try_from(at).unwrap()].clone()]);
            let rank = of_found.and_then(|one| tried(&one, &candidates));
            proptest::prop_assert_eq!(rank, tried(&patterns, &candidates));
        }
    }
}
