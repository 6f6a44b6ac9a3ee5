//! Passwords of the engine's users: made here, and known to its configuration by their digest.

use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// 192 random bits, as 48 hexadecimal digits.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn random_password() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0u8; 24];
    getrandom::fill(&mut bytes)?;
    Ok(HEXLOWER.encode(&bytes).into())
}

/// SHA-256 in hexadecimal: all that `users.xml` holds.
pub(crate) fn digest(password: &SecretString) -> String {
    HEXLOWER.encode(&Sha256::digest(password.expose_secret().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_print() {
        assert!(!format!("{:?}", SecretString::from("hunter2")).contains("hunter2"));
    }

    #[test]
    fn random_passwords_differ_and_are_long() {
        let (one, two) = (random_password().unwrap(), random_password().unwrap());
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 48);
    }

    #[test]
    fn the_digest_is_sha256() {
        // From FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(&"abc".into()), expected);
    }
}
