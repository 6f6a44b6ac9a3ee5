//! What is stored of a body.

use crate::{
    Capture, StepLine,
    json::Broken,
    meter::{Meter, Outgrown},
};

/// What of a body is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// The level in force.
    pub(crate) capture: Capture,
    /// Whether what was said is kept, where the level keeps texts.
    pub(crate) messages: bool,
}

impl Kept {
    /// Whether the level keeps texts.
    pub(super) fn texts(self) -> bool {
        self.capture == Capture::FullTrace
    }
}

/// A body as it is stored.
#[derive(Default)]
pub(crate) struct Body<'a> {
    /// One JSON object, or empty.
    pub(crate) json: String,
    pub(crate) steps: Vec<StepLine<'a>>,
    pub(crate) changes: Changes,
}

/// What a body holds that is not stored as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Numbers that JSON does not have: null now.
    pub(crate) numbers: u64,
    /// Texts with half a character or with bytes that are no UTF-8.
    pub(crate) texts: u64,
    /// Lists and maps that are nested too deep.
    pub(crate) deep: u64,
    /// Entries whose key stands again behind them.
    pub(crate) keys: u64,
    /// Steps beyond those of a timeline.
    pub(crate) steps_beyond: u32,
    /// It looks like JSON, and is none from there on.
    pub(crate) broken: Option<Broken>,
}

impl Body<'_> {
    /// The same, without what it was read from.
    pub(super) fn into_owned<'a>(self, meter: &mut Meter<'_>) -> Result<Body<'a>, Outgrown> {
        let Self { json, steps, changes } = self;
        meter.hold(steps.iter().map(StepLine::borrowed).sum())?;
        Ok(Body { json, steps: steps.into_iter().map(StepLine::into_owned).collect(), changes })
    }
}
