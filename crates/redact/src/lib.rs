//! The gate: what takes secrets and personal data out of text, keys and JSON. Pure.

use std::{borrow::Cow, fmt};

/// stub: replaced by the redact crate's own work
#[derive(Debug)]
pub struct Gate {}
/// stub
#[derive(Clone, Default)]
pub struct HashKey(Vec<u8>);
impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(..)")
    }
}
impl HashKey {
    /// stub
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
    /// stub
    pub fn random() -> Self {
        Self(vec![1; 32])
    }
}
/// stub
#[derive(Clone, Debug, Default)]
pub struct GateConfig {
    /// stub
    pub hash_key: Option<HashKey>,
    /// stub
    pub secret_keys: Vec<String>,
    /// stub
    pub personal_keys: Vec<String>,
    /// stub
    pub exempt_keys: Vec<String>,
    /// stub
    pub ip_addresses: bool,
}
/// What a key says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyClass {
    /// Nothing.
    Plain,
    /// The value is removed whole.
    Secret,
    /// The value is replaced by a keyed hash.
    Personal,
}
/// stub
#[derive(Debug)]
pub struct InvalidGate;
/// stub
#[derive(Debug)]
pub struct Unwalkable;
/// stub
#[derive(Debug, Default)]
pub struct Known {}
impl Known {
    /// stub
    pub fn new(_values: &[String]) -> Result<Self, Unwalkable> {
        Ok(Self {})
    }
}
/// stub
#[derive(Debug)]
pub struct Pass<'g> {
    _gate: &'g Gate,
}
impl Gate {
    /// stub
    pub fn new(_config: GateConfig) -> Result<Self, InvalidGate> {
        Ok(Self {})
    }
    /// stub
    pub fn classify(&self, _key: &str) -> KeyClass {
        KeyClass::Plain
    }
    /// stub
    pub fn pass<'g>(&'g self, _known: Option<&'g Known>) -> Pass<'g> {
        Pass { _gate: self }
    }
}
impl Pass<'_> {
    /// stub
    pub fn text<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        text.into()
    }
    /// stub
    pub fn key<'t>(&mut self, key: &'t str) -> Cow<'t, str> {
        key.into()
    }
    /// stub
    pub fn field<'t>(&mut self, _class: KeyClass, text: &'t str) -> Cow<'t, str> {
        text.into()
    }
    /// stub
    pub fn hash(&mut self, text: &str) -> String {
        text.into()
    }
    /// stub
    pub fn value(&mut self, _value: &mut serde_json::Value) -> Result<(), Unwalkable> {
        Ok(())
    }
    /// stub
    pub fn redactions(&self) -> u32 {
        0
    }
}
