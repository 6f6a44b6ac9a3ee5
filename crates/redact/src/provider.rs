//! Keys and tokens of providers, by the form each documents: a prefix, an alphabet, a length.
//! Forms that ordinary words could meet must also look random.

mod form;
mod forms;

pub(crate) use form::looks_random;
use std::sync::LazyLock;

use aho_corasick::packed;
use forms::FORMS;

use crate::{
    allowance::Allowance,
    finding::{Finding, Outcome},
};

/// Looks for the form of this index at `at`, where its trigger stands.
pub(crate) fn detect(form: u16, bytes: &[u8], at: usize) -> Outcome {
    FORMS[usize::from(form)].detect(bytes, at)
}

/// The three bytes each form is looked for at, with the form's index.
pub(crate) fn triggers() -> impl Iterator<Item = ([u8; 3], u16)> {
    (0_u16..)
        .zip(FORMS)
        .flat_map(|(index, form)| form.triggers().into_iter().map(move |three| (three, index)))
}

/// The signs that stand within tokens, searched for all at once, each with its form.
struct Signs {
    searcher: packed::Searcher,
    forms: Vec<u16>,
}

static SIGNS: LazyLock<Option<Signs>> = LazyLock::new(|| {
    let signs = || (0_u16..).zip(FORMS).filter_map(|(index, form)| Some((index, form.sign()?)));
    let searcher = packed::Searcher::new(signs().map(|(_, sign)| sign))?;
    Some(Signs { searcher, forms: signs().map(|(index, _)| index).collect() })
});

/// Makes what is made once ([`tables`](crate::tables)).
pub(crate) fn make_tables() {
    LazyLock::force(&SIGNS);
}

/// Bytes of the shortest token with a sign within it.
const SHORTEST: usize = 40;

/// Whether a sign stands in the text that may stand within a token.
pub(crate) fn has_sign(bytes: &[u8]) -> bool {
    let signs = SIGNS.as_ref().filter(|_| bytes.len() >= SHORTEST);
    signs.is_some_and(|signs| signs.searcher.find(bytes).is_some())
}

/// Every token whose sign stands within it.
pub(crate) fn inside(bytes: &[u8], found: &mut Vec<Finding>, allowance: &mut Allowance<'_>) {
    let Some(Signs { searcher, forms }) = SIGNS.as_ref().filter(|_| bytes.len() >= SHORTEST) else {
        return;
    };
    for hit in searcher.find_iter(bytes) {
        if !allowance.finding(found.len()) {
            return;
        }
        let form = forms[hit.pattern().as_usize()];
        if let Outcome::Found(finding) = detect(form, bytes, hit.start()) {
            found.push(finding);
        }
    }
}
