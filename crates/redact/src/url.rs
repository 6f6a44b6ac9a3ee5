//! What a URL carries before its host.

use crate::{
    detector::Detector,
    finding::Outcome,
    lex::{is_at, run},
};

/// `user:password@` after `://`, or a token alone there.
pub(crate) fn credentials(bytes: &[u8], at: usize) -> Outcome {
    if !bytes[at..].starts_with(b"://") {
        return Outcome::Nothing;
    }
    let start = at + 3;
    let authority = run(bytes, start, |b| {
        b > b' ' && !matches!(b, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`')
    });
    let Some(sign) = bytes[start..authority].iter().rposition(|b| *b == b'@') else {
        return Outcome::Skip(start);
    };
    let user = &bytes[start..start + sign];
    if user.is_empty() || user == b"git" || is_at(bytes, start, b"[url-credentials]") {
        return Outcome::Skip(start);
    }
    Outcome::mark(start, start + sign, Detector::UrlCredentials)
}
