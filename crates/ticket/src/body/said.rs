//! What a value on the wire says of the object it is in.

use ticketlens_redact::Said;

use crate::wire::{Any, Items, Malformed, key_value};

pub(super) fn text(any: Any<'_>) -> Option<&str> {
    let Any::Text(text) = any else { return None };
    simdutf8::basic::from_utf8(text).ok()
}

pub(super) fn said(any: Any<'_>) -> Said<'_> {
    let Any::Map(map) = any else { return text(any).map_or(Said::Other, Said::Text) };
    let mut items = Items::new(map);
    Said::of_map(std::iter::from_fn(|| {
        // What is malformed is refused where it is written.
        let (key, value) = key_value(items.next().ok()??).ok()?;
        let text = match Any::read(value).ok()? {
            Any::Text(text) => Some(text),
            _ => None,
        };
        Some((key, text))
    }))
}

/// How many items a list has, of no more than three.
pub(super) fn few(list: &[u8]) -> Result<usize, Malformed> {
    let mut items = Items::new(list);
    let mut count = 0;
    while count < 3 && items.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
