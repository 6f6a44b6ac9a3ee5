//! Values in elements: `<password>…</password>`.

use super::keyed_text::{KEY_BYTES, KeyedText};
use crate::{
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, is_word, run},
};

/// The finding in `<key>value</key>`, whose first `>` stands at `sign`. Returns where to go on.
pub(crate) fn element(
    keyed: KeyedText<'_>,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let KeyedText { gate, text } = keyed;
    let bytes = text.as_bytes();
    let from = sign.saturating_sub(KEY_BYTES);
    let open = bytes[from..sign].iter().rposition(|b| !is_tag(*b))? + from;
    let name = text.get(open + 1..sign).filter(|_| bytes[open] == b'<')?;
    let key = name.rsplit_once(':').map_or(name, |(_, key)| key);
    let class = gate.classify(key);
    if class == KeyClass::Plain {
        return None;
    }
    let end = run(bytes, sign + 1, |b| b != b'<');
    let closed = text.get(end + 2..).is_some_and(|rest| rest.starts_with(name));
    let inside = text.get(sign + 1..end).filter(|_| closed && byte(bytes, end + 1) == b'/')?;
    let start = end - inside.trim_start().len();
    let finding = keyed.replaced(start, start + inside.trim().len(), class);
    // What is kept is a text as any other.
    let kept = finding.is_none() && class.keeps_numbers();
    found.extend(finding);
    (!kept).then_some(end)
}

fn is_tag(b: u8) -> bool {
    is_word(b) || matches!(b, b':' | b'-' | b'.')
}
