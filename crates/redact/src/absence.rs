//! Values that are none. That a key has no value is what one looks for in a trace, and no secret:
//! `null`, `Bearer undefined`, `(none)`, what others took out already, a placeholder.

use crate::placeholder;

/// Bytes of the longest text that may say so.
const LONGEST: usize = 128;

/// What programs write for no value, in lower case or capitals, some capitalised.
const NOTHING: &[&str] =
    &["null", "none", "nil", "undefined", "false", "true", "n/a", "redacted", "filtered", "masked"];
const CAPITALISED: &[&str] = &["None", "False", "True", "Redacted", "Filtered", "Masked"];

/// What stands in brackets for one.
const BRACKETED: &[&str] = &[
    "null",
    "none",
    "nil",
    "undefined",
    "n/a",
    "redacted",
    "filtered",
    "masked",
    "not set",
    "unset",
    "empty",
    "missing",
    "hidden",
    "removed",
    "omitted",
    "blank",
    "not provided",
    "protected",
    "sensitive",
];

/// Schemes that stand before a token.
const SCHEMES: &[&str] = &["bearer ", "basic ", "token ", "apikey ", "digest "];

/// Whether `text` says that there is no value, or names one.
pub(crate) fn is_absent(text: &str) -> bool {
    if SCHEMES.iter().any(|scheme| text.eq_ignore_ascii_case(scheme)) {
        return true;
    }
    let text = text.trim();
    if text.len() > LONGEST {
        return false;
    }
    let text = without_scheme(text);
    match text.as_bytes() {
        [] | [b'-'] | b"--" | b"[]" | b"{}" => true,
        [b'(' | b'<' | b'[', inside @ ..] => {
            let inside = inside.strip_suffix(b")").or(inside.strip_suffix(b">")).unwrap_or(inside);
            let inside = inside.strip_suffix(b"]").unwrap_or(inside);
            let is = |known: &&str| inside.eq_ignore_ascii_case(known.as_bytes());
            BRACKETED.iter().any(is) || placeholder::is_all(text.as_bytes())
        }
        [b'$' | b'{' | b'%' | b'*', ..] => placeholder::is_all(text.as_bytes()),
        [first, ..] if first.is_ascii_alphabetic() => is_nothing(text) || is_masked(text),
        _ => text.chars().all(|letter| matches!(letter, '•' | '●' | '·')),
    }
}

fn is_nothing(text: &str) -> bool {
    let shouts = !text.bytes().any(|b| b.is_ascii_lowercase());
    let whispers = !text.bytes().any(|b| b.is_ascii_uppercase());
    CAPITALISED.contains(&text)
        || ((shouts || whispers) && NOTHING.iter().any(|known| text.eq_ignore_ascii_case(known)))
}

/// `xxxxxxxx`, `glpat-XXXXXXXX`, `AKIAXXXXXXXXXXXXXXXX`: all of it, or all behind a prefix.
fn is_masked(text: &str) -> bool {
    let masks = text.bytes().rev().take_while(|b| b.eq_ignore_ascii_case(&b'x')).count();
    let rest = &text.as_bytes()[..text.len() - masks];
    let shouts = rest.len() <= 4 && masks >= 8 && rest.iter().all(u8::is_ascii_uppercase);
    let is_prefix = shouts || matches!(rest, [] | [.., b'-' | b'_']);
    masks >= 4 && is_prefix && rest.len() <= masks
}

/// `text` without the scheme before a token.
fn without_scheme(text: &str) -> &str {
    let scheme = SCHEMES.iter().find(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    scheme.map_or(text, |scheme| text[scheme.len()..].trim_start())
}
