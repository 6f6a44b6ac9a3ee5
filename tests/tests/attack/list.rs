//! The attacks.

mod data;
mod server;

use data::{filters, keys, oracles, rows};
use server::{places, rights, structure, views};

/// What a tenant tries.
pub struct Attack {
    pub what: &'static str,
    pub sql: &'static str,
    /// Further parameters of the URL.
    pub parameters: &'static str,
    pub outcome: Outcome,
    pub control: Control,
    /// Where the control has to say it in other words.
    pub control_sql: Option<&'static str>,
}

/// What becomes of it.
#[derive(Clone, Copy)]
pub enum Outcome {
    /// One of ClickHouse's codes.
    Refused(&'static [u32]),
    /// It is answered, with what is the tenant's own, or nothing.
    Answers(&'static str),
}

/// Who can do it.
#[derive(Clone, Copy)]
pub enum Control {
    AdminSees(&'static str),
    ProviderSees(&'static str),
    AdminMay,
    AdminGets(u32),
    ProviderGets(u32),
    /// The listener that nobody else reaches.
    AdminIsHeard,
    /// Refused to everyone, and why that is so.
    NobodyMay(&'static str),
}

const THROWN: u32 = 395;
const DENIED: Outcome = Outcome::Refused(&[497]);

const fn attack(
    what: &'static str,
    sql: &'static str,
    outcome: Outcome,
    control: Control,
) -> Attack {
    Attack { what, sql, parameters: "", outcome, control, control_sql: None }
}

impl Attack {
    const fn with(self, parameters: &'static str) -> Self {
        Self { parameters, ..self }
    }

    const fn control(self, sql: &'static str) -> Self {
        Self { control_sql: Some(sql), ..self }
    }
}

/// All of them.
pub fn all() -> Vec<Attack> {
    let groups = [rows(), keys(), structure(), filters(), oracles(), rights(), views(), places()];
    groups.into_iter().flatten().collect()
}
