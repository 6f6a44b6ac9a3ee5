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
//! assert_eq!(text, "[known-value] paid with [card], write to [email]");
//! assert_eq!(pass.redactions(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **By key**: values under a secret key become `[secret]`, under a personal key a keyed hash
//! (`hmac:` and 16 hex digits) by which the same customer correlates. **By value**: what has the
//! form of an address, a card, a token becomes its detector's mark. **By knowledge**: what the
//! workflow handed over becomes `[known-value]` wherever it occurs. JSON inside a text is read as JSON and
//! stays JSON.
//!
//! Invariants: cleaning what is clean changes nothing; JSON stays JSON of the same shape, and
//! numbers at plain keys stay numbers; no input makes it take more than linear time; nothing here
//! prints a text it was given.

// What is configured once.
mod config;
mod error;
mod hash;
mod subject;

mod absence;
mod key_class;
mod key_endings;
mod key_lists;
mod key_memo;
mod key_table;
mod name_look;
mod place_names;
mod thing_words;

mod classes;
mod filter;
mod tables;
mod triggers;

mod gate;

// What is known about one customer.
mod fold;
mod known;

// One ticket's way through: each of its texts is scanned, and detectors are asked where it hits.
mod pass;
mod places;
mod scan;

mod dispatch;

// What entries of an object say about each other.
mod siblings;

// What stands behind a key, in JSON or in a sentence.
mod command;
mod key_value;
mod literal;
mod placeholder;
mod spoken;
mod sql;

// What has a form of its own.
mod base64;
mod email;
mod iban;
mod ip;
mod provider;
mod token;
mod url;

mod number;

mod card;
mod date;
mod national;
mod phone;

// What they read with.
mod cue;
mod digit_groups;
mod lex;

// What they find, what is left in place of it, and how much there was.
mod finding;
mod findings;
mod replace;

mod allowance;
mod counts;
mod detector;

pub use crate::{
    config::GateConfig,
    counts::Counts,
    detector::{FORMER_DETECTORS, detectors},
    error::{InvalidGate, Unwalkable},
    gate::Gate,
    hash::{HASH_KEY_BYTES, HashKey},
    key_class::KeyClass,
    key_lists::{KEY_LISTS, KeyList},
    known::Known,
    pass::{Pass, VALUE_DEPTH},
    scan::TEXT_BYTES,
    siblings::{Above, ListPairs, Parts, Said, Siblings},
    subject::{Subject, UnknownSubject},
};
