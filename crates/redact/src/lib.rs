//! The gate: what takes secrets and personal data out of text, keys and JSON. Pure: no input or
//! output, and the same input gives the same output under the same hash key.
//!
//! A [`Gate`] is built once. A [`Pass`] through it cleans one ticket, with the values its workflow
//! knows to be personal ([`Known`]):
//!
//! ```
//! use ticketlens_redact::{Gate, GateConfig, Known};
//!
//! let gate = Gate::new(GateConfig::default())?;
//! let known = Known::new(&["Mia Li".to_owned()])?;
//! let mut pass = gate.pass(Some(&known));
//! let text = pass.text("Mia Li paid with 4111 1111 1111 1111, write to mia@example.com");
//! assert_eq!(text, "[pii] paid with [card], write to [email]");
//! assert_eq!(pass.redactions(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **By key**: values under a secret key become `[secret]`, under a personal key a keyed hash
//! (`hmac:` and 16 hex digits) by which the same customer correlates. **By value**: what has the
//! form of an address, a card, a token becomes its detector's mark. **By knowledge**: what the
//! workflow handed over becomes `[pii]` wherever it occurs. JSON inside a text is read as JSON and
//! stays JSON.
//!
//! Invariants: cleaning what is clean changes nothing; JSON stays JSON of the same shape, and
//! numbers at plain keys stay numbers; no input makes it take more than linear time; nothing here
//! prints a text it was given.

// In the order a text meets them.
mod card;
mod counts;
mod date;
mod detector;
mod email;
mod filter;
mod finding;
mod fold;
mod gate;
mod hash;
mod iban;
mod ip;
mod key;
mod keyed;
mod known;
mod known_forms;
mod literal;
mod look;
mod names;
mod national;
mod number;
mod pass;
mod phone;
mod provider;
mod scan;
mod spoken;
mod token;
mod url;

pub use crate::{
    counts::Counts,
    gate::{Gate, GateConfig, InvalidGate},
    hash::{HASH_KEY_BYTES, HashKey},
    key::KeyClass,
    known::Known,
    pass::{Pass, TEXT_BYTES, Unwalkable, VALUE_DEPTH},
};
