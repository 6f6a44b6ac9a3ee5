//! What an attribute's value must be, one function a rule.

use std::borrow::Cow;

use ticketlens_redact::FORMER_DETECTORS;

use super::unread::Unread;
use crate::{
    Capture, ExecutionId, Reject, Status,
    body::{self, BodyError},
    cost,
    meter::{Meter, Outgrown, lossy},
    names,
    wire::Any,
};

/// A value as text: texts as they are, the rest as JSON. What is made for it stays held.
pub(super) fn text_of<'a>(any: Any<'a>, meter: &mut Meter<'_>) -> Result<Cow<'a, str>, Outgrown> {
    Ok(match any {
        Any::Empty => "".into(),
        Any::Text(text) => lossy(text, meter)?,
        Any::Bool(truth) => if truth { "true" } else { "false" }.into(),
        Any::Int(n) => n.to_string().into(),
        Any::Double(x) => x.to_string().into(),
        Any::List(_) | Any::Map(_) | Any::Bytes(_) => match body::tree_of(any, meter) {
            Ok(tree) => body::json_of(&tree, meter)?.into(),
            Err(BodyError::Outgrown(outgrown)) => return Err(outgrown),
            Err(_) => "".into(),
        },
    })
}

pub(super) fn execution_id(any: Any<'_>) -> Result<ExecutionId, Reject> {
    let Any::Text(text) = any else { return Err(Reject::InvalidExecutionId) };
    let text = std::str::from_utf8(text).map_err(|_| Reject::InvalidExecutionId)?;
    text.parse().map_err(|_| Reject::InvalidExecutionId)
}

pub(super) fn status<'a>(any: Any<'a>, meter: &mut Meter<'_>) -> Result<Cow<'a, str>, Unread> {
    let text = text_of(any, meter)?;
    if text.is_empty() {
        return Err(Reject::MissingStatus.into());
    }
    Ok(Status::is_valid(&text).then_some(text).ok_or(Reject::InvalidStatus)?)
}

/// A number; as text too, which pipelines that keep attributes as texts make of it.
#[expect(clippy::cast_precision_loss, reason = "seconds and metrics are doubles")]
pub(super) fn number(any: Any<'_>) -> Option<f64> {
    match any {
        Any::Double(x) => Some(x),
        Any::Int(n) => Some(n as f64),
        Any::Text(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

pub(super) fn duration(any: Any<'_>) -> Result<f64, Reject> {
    let seconds = number(any).ok_or(Reject::InvalidDuration)?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds).ok_or(Reject::InvalidDuration)
}

/// `None` for a level this version does not know.
pub(super) fn capture(any: Any<'_>, meter: &mut Meter<'_>) -> Result<Option<Capture>, Outgrown> {
    Ok(text_of(any, meter)?.trim().parse().ok())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked here")]
pub(super) fn count(any: Any<'_>) -> Option<u64> {
    match any {
        Any::Int(n) => u64::try_from(n).ok(),
        Any::Double(x) if (0.0..9e15).contains(&x) => Some(x as u64),
        Any::Text(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// An amount of money in billionths; `None` for what is none.
pub(super) fn amount(any: Any<'_>) -> Option<u64> {
    match any {
        Any::Text(text) => cost::nanos_of_text(std::str::from_utf8(text).ok()?),
        any => cost::nanos_of_number(number(any)?),
    }
}

pub(super) fn small_count(any: Any<'_>) -> u32 {
    u32::try_from(count(any).unwrap_or_default()).unwrap_or(u32::MAX)
}

/// The detector a `ticket.redactions.<detector>` counts for, by the name it has now; `None` if that
/// can't be one's name.
pub(super) fn detector<'a>(key: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    let is_name = |name: &str| {
        (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    match key {
        Cow::Borrowed(key) => {
            let name = key.strip_prefix(names::REDACTIONS_PREFIX)?;
            is_name(name).then(|| Cow::Borrowed(present(name).unwrap_or(name)))
        }
        // No UTF-8, or renamed on the way.
        Cow::Owned(key) => {
            let name = key.strip_prefix(names::REDACTIONS_PREFIX)?;
            is_name(name).then(|| present(name).map_or_else(|| name.to_owned().into(), Cow::from))
        }
    }
}

/// What the detector of this former name is called now.
fn present(former: &str) -> Option<&'static str> {
    FORMER_DETECTORS.into_iter().find_map(|(name, now)| (name == former).then_some(now))
}
