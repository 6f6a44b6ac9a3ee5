//! Doubles that are whole numbers: JSON and protobuf take those as integers.

/// The integer that `x` is; `None` for fractions and for what a double may not hold exactly.
pub(crate) fn as_i64(x: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded in the same line")]
    (x.fract() == 0.0 && x.abs() < 9e15).then_some(x as i64)
}

/// The whole part of `x`, where it fits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked here")]
pub(crate) fn part_as_u32(x: f64) -> Option<u32> {
    (x >= 0.0 && x <= f64::from(u32::MAX)).then_some(x as u32)
}
