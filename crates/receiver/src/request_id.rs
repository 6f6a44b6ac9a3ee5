//! A request's id: its sender's own, or one made here. It is in the answer, in every line of the log that
//! is about the request, and with the rows that came of it.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName};
use ticketlens_redact::Gate;
use uuid::Uuid;

/// Where a request is named, and its answer.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Where the sender's trace is (W3C Trace Context).
pub(crate) const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
/// Bytes of an id: what is longer is long enough for a secret.
const MOST_BYTES: usize = 36;
/// Digits of an id that is a number: more are somebody's phone, card or date.
const MOST_DIGITS: usize = 6;

tokio::task_local! {
    /// The request that is being answered.
    pub(crate) static CURRENT: RequestId;
}

/// The id of one request. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// As the sender names it, or a new one where it does not, or not as an id: a UUID, or at most 36
    /// letters, digits, `.`, `_` and `-` that are no number, no key, and hold nothing personal.
    pub(crate) fn of(headers: &HeaderMap, gate: &Gate) -> Self {
        let named = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match named.filter(|id| is_id(id) && (is_hexadecimal(id) || is_kept(id, gate))) {
            Some(id) => Self(id.into()),
            None => Self::fresh(),
        }
    }

    /// A new one, which sorts by time.
    pub(crate) fn fresh() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// That of the request that is being answered.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The sender's trace, as `traceparent` has it (W3C Trace Context, section 3.2).
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut parts = headers.get(TRACE_PARENT)?.to_str().ok()?.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_some = |text: &str| text.bytes().any(|byte| byte != b'0');
    let is_right = is_hex(version, 2)
        && version != "ff"
        // A later version may have more; this one has not.
        && (version != "00" || parts.next().is_none())
        && is_hex(trace, 32)
        && is_some(trace)
        && is_hex(parent, 16)
        && is_some(parent)
        && is_hex(flags, 2);
    is_right.then_some(trace)
}

fn is_id(id: &str) -> bool {
    (1..=MOST_BYTES).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// What most servers make: a UUID, with dashes or without. No number of a person has its length.
fn is_hexadecimal(id: &str) -> bool {
    matches!(id.len(), 32 | 36) && Uuid::try_parse(id).is_ok()
}

/// Whether it is nobody's: neither as it stands, nor with its signs taken for spaces or for nothing.
fn is_kept(id: &str, gate: &Gate) -> bool {
    let signs = ['.', '_', '-'];
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    let has_letters = id.bytes().any(|byte| byte.is_ascii_alphabetic());
    let of_ours = ["tl_", "tladmin_"].iter().any(|key| id.starts_with(key));
    let found = |text: &str| gate.pass(None).text(text) != text;
    (has_letters || digits <= MOST_DIGITS)
        && !of_ours
        && !found(id)
        && !found(&id.replace(signs, " "))
        && !found(&id.replace(signs, ""))
}

#[cfg(test)]
mod tests {
    use ticketlens_redact::GateConfig;

    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn an_id_is_taken_as_it_was_sent_and_what_is_none_is_not() {
        let gate = Gate::new(GateConfig::default()).unwrap();
        let of = |id: &str| RequestId::of(&headers(HEADER, id), &gate);
        let uuid = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
        for id in
            ["abc-123", "req_4711.retry-2", "x", &"a".repeat(36), uuid, &uuid.replace('-', "")]
        {
            assert_eq!(of(id).as_str(), id);
        }
        for id in [
            "",
            "two words",
            "a@b.example",
            "4111-1111-1111-1111",
            "a/b",
            &"a".repeat(37),
            "4111_1111_1111_1111",
            "4111111111111111.1",
            "DE89.3704.0044.0532.0130.00",
            "004915112345678",
            "192.168.13.77",
            "1985-04-12",
            "tl_demo_v239f0vm_NHvie",
            "3f9a51c07be2d8463f9a51c07be2d8463f9a51c07be2d846",
        ] {
            let made = of(id);
            assert_ne!(made.as_str(), id);
            assert!(Uuid::try_parse(made.as_str()).is_ok());
        }
        assert_ne!(
            RequestId::of(&HeaderMap::new(), &gate),
            RequestId::of(&HeaderMap::new(), &gate)
        );
    }

    #[test]
    fn a_trace_is_known_by_its_parent() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let of = |value: &str| trace_id(&headers(TRACE_PARENT, value)).map(str::to_owned);
        assert_eq!(of(&format!("00-{trace}-{span}-01")).as_deref(), Some(trace));
        assert_eq!(of(&format!("cc-{trace}-{span}-01-more")).as_deref(), Some(trace));
        for wrong in [
            format!("00-{trace}-{span}-01-more"),
            format!("ff-{trace}-{span}-01"),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{trace}-{span}"),
            "zebra".to_owned(),
        ] {
            assert_eq!(of(&wrong), None, "{wrong}");
        }
    }
}
