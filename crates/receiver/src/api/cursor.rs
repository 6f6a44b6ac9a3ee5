//! A page token with what its list selects: it goes on with the filters of its list, and no others.

use std::fmt::{Debug, Display};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tonic::Status;

use super::scope::invalid;

/// Hex digits of a digest that tell two filters apart.
const DIGITS: usize = 8;

/// A token with what its list selects.
pub(super) fn of(token: &impl Display, selected: &impl Debug) -> String {
    let mut digest = HEXLOWER.encode(&Sha256::digest(format!("{selected:?}")));
    digest.truncate(DIGITS);
    format!("{token}.{digest}")
}

/// The token in such a text.
pub(super) fn token(text: &str) -> &str {
    text.rsplit_once('.').map_or(text, |(token, _)| token)
}

/// That the text is this token of a list that selects the same.
pub(super) fn check(text: &str, token: &impl Display, selected: &impl Debug) -> Result<(), Status> {
    if of(token, selected) == text {
        return Ok(());
    }
    let what = "is of a list with other filters; ask with the same, or start again without it";
    Err(invalid("page_token", what))
}
