//! IP addresses, when the configuration asks for them.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{
    allowance::Allowance,
    detector::Detector,
    finding::Finding,
    lex::{before, byte, is_alnum, run},
};

/// Every address in the text.
pub(crate) fn all(bytes: &[u8], found: &mut Vec<Finding>, allowance: &mut Allowance<'_>) {
    let mut at = 0;
    while at < bytes.len() && allowance.finding(found.len()) {
        let part = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
        let start = at + bytes[at..].iter().position(|b| part(*b)).unwrap_or(bytes.len() - at);
        let end = run(bytes, start, part);
        if !is_alnum(before(bytes, start)) && !is_alnum(byte(bytes, end)) {
            found.extend(
                address(bytes, start, end).map(|end| Finding::mark(start, end, Detector::Ip)),
            );
        }
        at = end.max(start + 1);
    }
}

/// Where the address ends that starts at `start`: a port or a full stop is not its own.
fn address(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let text = std::str::from_utf8(&bytes[start..end]).ok()?;
    let text = text.trim_end_matches(['.', ':']);
    let colons = text.bytes().filter(|b| *b == b':').count();
    if colons >= 2 && text.len() > 3 && text.parse::<Ipv6Addr>().is_ok() {
        return Some(start + text.len());
    }
    let text = text.split(':').next()?;
    text.parse::<Ipv4Addr>().is_ok().then_some(start + text.len())
}
