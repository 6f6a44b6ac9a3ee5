//! Values that stand behind a key inside a text: `"dob": "1990-04-05"` in JSON (whole, cut off,
//! printed by Python, escaped once more), `token=…` in a URL, `password: …` in a log line,
//! `<email>…</email>`.

mod around;
mod assigned_key;
mod assignment;
mod attribute;
mod element;
mod entity;
mod json;
mod keyed_text;
mod named_apart;
mod named_in_lines;
mod quoted;
mod tokens;
mod unquoted;

pub(crate) use around::Around;
pub(crate) use assignment::assigned;
pub(crate) use element::{character_data, element, escaped};
pub(crate) use entity::entity_quoted;
pub(crate) use json::behind;
pub(crate) use keyed_text::KeyedText;
pub(crate) use named_in_lines::named_in_lines;
pub(crate) use quoted::quoted;
