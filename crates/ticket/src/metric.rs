//! A number a workflow measured.

/// The value of one `ticket.metrics.<name>`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// A count.
    Int(i64),
    /// A measure. Not finite ones (NaN, infinities) are left out when a ticket is encoded.
    Double(f64),
}

impl Metric {
    /// The value as a float; integers beyond 2^53 lose their last digits.
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(n) => n as f64,
            Self::Double(x) => x,
        }
    }

    /// Whether the value can be stored.
    pub const fn is_finite(self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Double(x) => x.is_finite(),
        }
    }
}

macro_rules! metric_from {
    ($($int:ty),* ; $($float:ty),*) => {
        $(impl From<$int> for Metric { fn from(n: $int) -> Self { Self::Int(n.into()) } })*
        $(impl From<$float> for Metric { fn from(x: $float) -> Self { Self::Double(x.into()) } })*
    };
}
metric_from!(i8, i16, i32, i64, u8, u16, u32; f32, f64);

impl From<usize> for Metric {
    /// Counts beyond `i64::MAX` are held at it.
    fn from(n: usize) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}
