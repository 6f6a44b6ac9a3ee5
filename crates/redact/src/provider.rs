//! Keys and tokens of providers, by the form each documents: a prefix, an alphabet, a length.
//! Forms that ordinary words could meet must also look random.

mod form;
mod forms;

pub(crate) use form::looks_random;
use forms::FORMS;

use crate::finding::Outcome;

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
