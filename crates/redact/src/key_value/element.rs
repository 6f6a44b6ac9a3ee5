//! Values in elements: `<password>…</password>`, `<lastName lang="en">…</lastName>`,
//! `<password><![CDATA[…]]></password>`, `<key>password</key><string>…</string>`; the same with the
//! signs escaped (`&lt;password&gt;`).

use memchr::memmem;

use super::keyed_text::{KEY_BYTES, KeyedText};
use crate::{
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, is_word, run, run_of, skip_space},
};

/// Bytes of a start tag that are looked at.
const TAG_BYTES: usize = 512;

/// The finding beside the tag whose `>` stands at `sign`, `<key>` or `</key>`. Returns where to go
/// on.
pub(crate) fn element(
    keyed: KeyedText<'_>,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let from = sign.saturating_sub(KEY_BYTES);
    let open = bytes[from..sign].iter().rposition(|b| !is_tag(*b))? + from;
    let name = keyed.text.get(open + 1..sign)?;
    match bytes[open] {
        b'<' => started(keyed, name, sign, found),
        b'/' if open > 0 && bytes[open - 1] == b'<' => ended(keyed, name, open - 1, sign, found),
        _ => None,
    }
}

/// `<name>value</name>`, whose first `>` stands at `sign`.
fn started(
    keyed: KeyedText<'_>,
    name: &str,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let class = class_of(keyed, name)?;
    let (start, end) = between(keyed.text, name, sign + 1)?;
    if is_naming(name) && named_class(keyed, start, end).is_some() {
        return None;
    }
    let finding = trimmed(keyed, start, end, class);
    // What is kept is a text as any other.
    let kept = finding.is_none();
    found.extend(finding);
    (!kept).then_some(end)
}

/// `<name attributes…>value</name>`, whose end tag stands from `end` to `sign`; the value of the
/// element behind it, if this one's text is a key.
fn ended(
    keyed: KeyedText<'_>,
    name: &str,
    end: usize,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    // Back to the tag before, and over it: no byte is looked at twice. A quote in the value could
    // be the end of a literal in the text around.
    let start = bytes[..end].iter().rposition(|b| matches!(b, b'<' | b'>' | b'"'))? + 1;
    if bytes[start - 1] != b'>' {
        return None;
    }
    if is_naming(name)
        && let Some(class) = named_class(keyed, start, end)
    {
        let (start, end) = inside(keyed.text, skip_space(bytes, sign + 1))?;
        found.extend(trimmed(keyed, start, end, class));
        return Some(end);
    }
    if let Some(class) = class_of(keyed, name) {
        let from = start.saturating_sub(TAG_BYTES);
        let tag = bytes[from..start].iter().rposition(|b| *b == b'<')? + from;
        let starts = tag_name(keyed.text, tag + 1) == name && bytes[start - 2] != b'/';
        found.extend(trimmed(keyed, start, end, class).filter(|_| starts));
        return None;
    }
    None
}

/// Elements whose text names what the next element holds.
fn is_naming(name: &str) -> bool {
    ["key", "name"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// What the key from `start` to `end` says, if it is one.
fn named_class(keyed: KeyedText<'_>, start: usize, end: usize) -> Option<KeyClass> {
    let key = keyed.text.get(start..end).filter(|key| key.len() <= KEY_BYTES)?.trim();
    let class = keyed.gate.classify(key);
    let is_key = !key.contains(' ') && matches!(class, KeyClass::Secret | KeyClass::Personal);
    is_key.then_some(class)
}

/// `<![CDATA[value]]>` right behind the start tag of a key, if it stands at `at`.
pub(crate) fn character_data(
    keyed: KeyedText<'_>,
    at: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let start = at + 9;
    let tag_end = bytes[..at].trim_ascii_end().len();
    if bytes.get(at..start) != Some(b"<![CDATA[") || !bytes[..tag_end].ends_with(b">") {
        return None;
    }
    let from = tag_end.saturating_sub(TAG_BYTES);
    let tag = bytes[from..tag_end].iter().rposition(|b| *b == b'<')? + from;
    let class = class_of(keyed, tag_name(keyed.text, tag + 1))?;
    let end = memmem::find(&bytes[start..], b"]]>").map_or(bytes.len(), |end| start + end);
    found.extend(trimmed(keyed, start, end, class));
    Some(end)
}

/// `&lt;key&gt;value&lt;/key&gt;`, whose first `&gt;` stands at `sign`.
pub(crate) fn escaped(
    keyed: KeyedText<'_>,
    sign: usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    if bytes.get(sign..sign + 4) != Some(b"&gt;") {
        return None;
    }
    let from = sign.saturating_sub(TAG_BYTES);
    let open = memmem::rfind(&bytes[from..sign], b"&lt;")? + from + 4;
    let name = tag_name(keyed.text, open);
    let class = class_of(keyed, name)?;
    let start = sign + 4;
    let end = run(bytes, start, |b| b != b'&' && b != b'<');
    let closes = bytes[end..].strip_prefix(b"&lt;/").is_some_and(|rest| {
        rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"&gt;"))
    });
    found.extend(trimmed(keyed, start, end, class).filter(|_| closes));
    closes.then_some(end)
}

/// From where to where the text of the element that starts at `at` stands.
pub(super) fn inside(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let name = tag_name(text, at + 1);
    let tag = run_of(bytes, at, TAG_BYTES, |b| b != b'>' && b != b'\n');
    (byte(bytes, at) == b'<' && byte(bytes, tag) == b'>' && !name.is_empty())
        .then(|| between(text, name, tag + 1))?
}

/// From `start` to the end tag of `name`, if it is the next one.
pub(super) fn between(text: &str, name: &str, start: usize) -> Option<(usize, usize)> {
    let end = run(text.as_bytes(), start, |b| b != b'<');
    let rest = text.get(end..)?.strip_prefix("</")?;
    rest.starts_with(name).then_some((start, end))
}

pub(super) fn tag_name(text: &str, from: usize) -> &str {
    let end = run_of(text.as_bytes(), from, KEY_BYTES, is_tag);
    text.get(from..end).unwrap_or_default()
}

fn class_of(keyed: KeyedText<'_>, name: &str) -> Option<KeyClass> {
    let key = name.rsplit_once(':').map_or(name, |(_, key)| key);
    Some(keyed.gate.classify(key)).filter(|class| *class != KeyClass::Plain)
}

/// The finding from `start` to `end`, without the blanks at both.
fn trimmed(keyed: KeyedText<'_>, start: usize, end: usize, class: KeyClass) -> Option<Finding> {
    let inside = keyed.text.get(start..end)?;
    let start = end - inside.trim_start().len();
    keyed.replaced(start, start + inside.trim().len(), class)
}

fn is_tag(b: u8) -> bool {
    is_word(b) || matches!(b, b':' | b'-' | b'.')
}
