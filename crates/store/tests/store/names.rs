//! Detectors that had another name: rows from before show the names of now.

use bytes::Bytes;
use ticketlens_store::{
    Costs, PageStart, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant},
    sample::bare,
};

/// What an execution's gate found, as it was stored and as it is to be shown.
const COUNTS: [(&[(&str, u32)], &str); 5] = [
    (&[("card", 1), ("pii", 2)], "card 1, known-value 2"),
    (&[("personal", u32::MAX)], "personal-key 4294967295"),
    // An older receiver that adds its own to what a newer client found.
    (
        &[("known-value", 3), ("personal-key", 1), ("personal", 4), ("pii", 5), ("email", 1)],
        "email 1, known-value 8, personal-key 5",
    ),
    (&[("known-value", 1), ("personal-key", 2)], "known-value 1, personal-key 2"),
    (&[], ""),
];

#[tokio::test]
async fn former_names_of_detectors_are_shown_as_the_names_of_now() {
    let store = store("names").await;
    let tenant = tenant(&store, "acme").await;
    let at = Timestamp::now();
    let mut out = Vec::new();
    for (n, (stored, _)) in COUNTS.iter().enumerate() {
        let redactions_by = stored.iter().map(|(name, count)| ((*name).into(), *count)).collect();
        let record = Record { redactions_by, ..bare(&format!("T-{n}"), n as u128 + 1, at) };
        rows::ticket::append(&mut out, &tenant, at, "", &Costs::default(), &record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let said = |mut by: Vec<(String, u32)>| {
        by.sort();
        by.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    let all = TicketFilter::default();
    let page = store.list_tickets(&Visibility::All, &all, 9, &PageStart::default()).await.unwrap();
    assert_eq!(page.tickets.len(), COUNTS.len());
    for ticket in page.tickets {
        let n: usize = ticket.ticket_id["T-".len()..].parse().unwrap();
        assert_eq!(said(ticket.redactions_by), COUNTS[n].1, "{:?}", COUNTS[n].0);
    }
    // As panels ask.
    let kinds = "SELECT kind, sum(removed) AS removed FROM names.tickets \
                 ARRAY JOIN mapKeys(redactions_by) AS kind, mapValues(redactions_by) AS removed \
                 WHERE kind NOT LIKE 'personal%' GROUP BY kind ORDER BY kind \
                 SETTINGS output_format_json_quote_64bit_integers = 0";
    assert_eq!(
        raw(&store, kinds).await.unwrap(),
        "{\"kind\":\"card\",\"removed\":1}\n{\"kind\":\"email\",\"removed\":1}\n\
         {\"kind\":\"known-value\",\"removed\":11}"
    );
}
