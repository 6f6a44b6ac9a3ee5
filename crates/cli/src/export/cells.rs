//! Tickets as a table for spreadsheets (RFC 4180): the columns of `tickets list --json`, maps as JSON,
//! and the customer's rating.

use std::io;

use serde_json::{Map, Value};
use ticketlens_api::{ExportedTicket, TicketSummary, json, table::harmless};
use ticketlens_show::safe;

use super::said::csat;

/// The names of the columns.
pub fn header() -> io::Result<Vec<u8>> {
    let names: Vec<_> = cells(None, None)?.into_iter().map(|(name, _)| name).collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(names)?;
    out.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A page of tickets, a row each.
pub fn page(tickets: Vec<ExportedTicket>, for_terminal: bool) -> io::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    for ticket in tickets {
        let csat = csat(&ticket.feedback);
        for (_, value) in cells(ticket.summary, csat)? {
            let text = cell(value);
            match for_terminal {
                true => out.write_field(safe::line(&text).as_ref())?,
                false => out.write_field(&text)?,
            }
        }
        out.write_record(None::<&[u8]>)?;
    }
    out.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn cells(ticket: Option<TicketSummary>, csat: Option<f64>) -> io::Result<Map<String, Value>> {
    let ticket = json::Ticket::from(ticket.unwrap_or_default());
    let mut cells = match serde_json::to_value(ticket)? {
        Value::Object(cells) => cells,
        _ => Map::new(),
    };
    cells.insert("csat".to_owned(), csat.into());
    Ok(cells)
}

fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(&text).into_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_api::Feedback;

    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_what_has_quotes_and_lines_reads_back() {
        let ticket = TicketSummary {
            ticket_id: "=HYPERLINK(\"http://x\")".to_owned(),
            category: "a \"b\",\nc".to_owned(),
            status: "@SUM".to_owned(),
            metrics: [("-x".to_owned(), -1.5)].into(),
            ..TicketSummary::default()
        };
        let rating = Feedback { name: "csat".to_owned(), score: Some(4.0), ..Feedback::default() };
        let ticket = ExportedTicket {
            summary: Some(ticket),
            feedback: vec![rating],
            ..ExportedTicket::default()
        };
        let mut text = header().unwrap();
        text.extend(page(vec![ticket], false).unwrap());
        let mut reader = csv::Reader::from_reader(text.as_slice());
        let names = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let of = |name: &str| &row[names.iter().position(|n| n == name).unwrap()];
        assert_eq!(of("ticket_id"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(of("category"), "a \"b\",\nc");
        assert_eq!(of("status"), "'@SUM");
        assert_eq!(of("metrics"), "{\"-x\":-1.5}");
        assert_eq!(of("input_tokens"), "");
        assert_eq!(of("csat"), "4.0");
    }
}
