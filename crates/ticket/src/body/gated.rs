//! A text through the gate, within what is granted for it.

use std::borrow::Cow;

use ticketlens_redact::{KeyClass, Pass};

use crate::meter::{Meter, Outgrown};

/// What the gate leaves of the value of a key of that class. What that takes stays held.
pub(crate) fn gated<'t>(
    pass: &mut Pass<'_>,
    class: KeyClass,
    text: &'t str,
    meter: &mut Meter<'_>,
) -> Result<Cow<'t, str>, Outgrown> {
    meter.work(text.len())?;
    let mut refused = None;
    let mut more = |bytes| meter.spare(bytes).map_err(|outgrown| refused = Some(outgrown)).is_ok();
    match (pass.field_within(class, text, &mut more), refused) {
        (Some(text), _) => Ok(text),
        (None, refused) => Err(refused.unwrap_or(Outgrown { part: "a text" })),
    }
}

/// Cleans text that may already have been replaced.
pub(crate) fn clean<'t>(
    pass: &mut Pass<'_>,
    text: Cow<'t, str>,
    meter: &mut Meter<'_>,
) -> Result<Cow<'t, str>, Outgrown> {
    match text {
        Cow::Borrowed(text) => gated(pass, KeyClass::Plain, text, meter),
        Cow::Owned(text) => {
            let clean = gated(pass, KeyClass::Plain, &text, meter)?;
            Ok(Cow::Owned(clean.into_owned()))
        }
    }
}
