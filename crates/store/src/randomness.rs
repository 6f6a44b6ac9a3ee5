//! Random bytes of the operating system.

use data_encoding::HEXLOWER;
use secrecy::SecretString;

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// Fills `bytes`.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(bytes).map_err(|_| NoRandomness)
}

/// A password of 256 random bits, as 64 hexadecimal digits.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn random_password() -> Result<SecretString, NoRandomness> {
    let mut bytes = [0u8; 32];
    fill(&mut bytes)?;
    Ok(HEXLOWER.encode(&bytes).into())
}
