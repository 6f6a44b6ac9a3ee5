//! Numbers that states give people. What a checksum or a form of its own tells apart goes
//! anywhere; what looks like any other number goes after a word that announces it.

mod checks;
mod form;
mod forms;
mod lettered;

use checks::value;
pub(crate) use lettered::{beside, grouped_british, lettered};

use crate::{
    cue::{Cue, Words},
    detector::Detector,
    digit_groups::DigitGroups,
};

/// Makes what is made once ([`tables`](crate::tables)).
pub(crate) fn make_tables() {
    forms::make_tables();
}

/// Where the id at the start of `number` ends.
pub(crate) fn end(number: &DigitGroups<'_>, cue: &Cue) -> Option<(usize, Detector)> {
    let us = social_security(number, cue).map(|count| (count, Detector::Ssn));
    let (count, detector) = us.or_else(|| {
        let mut forms = number.sums().iter().flat_map(|digits| forms::of_digits(*digits));
        let count = forms.find_map(|form| form.count(number, cue));
        count.map(|count| (count, Detector::NationalId))
    })?;
    let alone = number.stands_alone(count) && !number.is_tied(count);
    alone.then(|| (number.end_of(count - 1), detector))
}

/// `123-45-6789`, `123.45.6789`; with spaces or without separators after its name. Areas 000, 666
/// and 9xx, group 00 and serial 0000 are never given (SSA).
fn social_security(number: &DigitGroups<'_>, cue: &Cue) -> Option<usize> {
    static NAMES: Words =
        Words::new(&["ssn", "social security", "social security number", "social"]);
    let named = || cue.says(&NAMES);
    let grouped = [number.width(0), number.width(1), number.width(2)] == [3, 2, 4];
    let dashed = grouped && number.evenly(3) && matches!(number.separator(0), b"-" | b".");
    let count = match () {
        () if dashed => 3,
        () if grouped && number.evenly(3) && named() => 3,
        () if number.width(0) == 9 && named() => 1,
        () => return None,
    };
    let digits = number.digits(count);
    let (area, group, serial) = (value(&digits[..3]), value(&digits[3..5]), value(&digits[5..9]));
    (area != 0 && area != 666 && area < 900 && group != 0 && serial != 0).then_some(count)
}
