//! As what tickets are written.

use std::{io, path::Path};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use ticketlens_api::ExportedTicket;

use super::{cells, line};

/// As what tickets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON lines, whole, as `ticketlens send` reads them.
    Jsonl,
    /// A table of what `tickets list --json` says, without traces.
    Csv,
}

impl Format {
    /// What a file's name asks for; JSON lines where it ends in nothing known.
    pub fn of(file: &Path) -> Self {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Self::from_str(ending, true).unwrap_or(Self::Jsonl)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// What comes before the first ticket.
    pub fn head(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Jsonl => Ok(Vec::new()),
            Self::Csv => cells::header(),
        }
    }

    /// A page of tickets.
    pub fn page(self, tickets: Vec<ExportedTicket>, for_terminal: bool) -> io::Result<Vec<u8>> {
        match self {
            Self::Jsonl => line::page(tickets),
            Self::Csv => cells::page(tickets, for_terminal),
        }
    }
}
