//! Characters that act on a terminal, or that nobody sees: they are shown.

use ticketlens_show::safe;

/// A text of a ticket: what would act, or is not seen, is shown as `\u{1b}`.
pub(crate) fn shown(text: &str) -> String {
    let text = safe::block(text);
    if !text.contains(smuggles) {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match smuggles(c) {
            true => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}

/// Selects a variation of the character before it; in a row they carry bytes that nobody sees.
pub(crate) fn smuggles(c: char) -> bool {
    matches!(c, '\u{e0100}'..='\u{e01ef}')
}
