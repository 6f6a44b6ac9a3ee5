//! Links of a row lead to the tickets that the row counts.

use ticketlens_tests::dashboards::{Chosen, Dashboard, Expansion, Table, text};

use crate::{ask, opened, seed::world};

/// The place that a link leads to from that row, and what is chosen there.
fn follow(url: &str, table: &Table, row: usize, column: &str) -> (Dashboard, Expansion) {
    let (path, parameters) = url.split_once('?').unwrap();
    let all = Dashboard::all();
    let target =
        all.into_iter().find(|one| path.starts_with(&format!("/d/{}/", one.uid()))).unwrap();
    let mut there = opened(&target);
    for parameter in parameters.split('&') {
        // The rest keeps what is chosen: here, all.
        let Some((name, value)) =
            parameter.strip_prefix("var-").and_then(|one| one.split_once('='))
        else {
            continue;
        };
        let field =
            value.strip_prefix("${__data.fields.").map(|rest| rest.split(':').next().unwrap());
        let value = match field {
            Some(field) => table.column(field)[row],
            None if value.starts_with("${__value.raw") => table.column(column)[row],
            None => value,
        };
        let several =
            target.variables().iter().any(|one| text(one, "name") == name && one["multi"] == true);
        let chosen = if several {
            Chosen::Several(vec![value.to_owned()])
        } else {
            Chosen::One(value.to_owned())
        };
        there = there.with(name, chosen);
    }
    (target, there)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_leads_to_what_was_counted() {
    let (_database, readers) = world().await;
    let overview = Dashboard::named("overview");
    let mut followed = Vec::new();
    for login in [&readers.provider, readers.tenant("acme")] {
        for query in overview.queries().iter().filter(|query| query.format == 1) {
            for link in Dashboard::field_links(query.of) {
                let url = text(link, "url");
                let column = text(&Dashboard::linked_from(query.of, link)["matcher"], "options");
                let table = ask(login, &opened(&overview), query);
                assert!(!table.rows.is_empty(), "{}: nothing to click", query.name);
                // A link of a row that counts something else leads to its tenant.
                if !table.columns.iter().any(|column| column.name == "Tickets") {
                    assert!(text(link, "title") == "Only this tenant", "{}", query.name);
                    continue;
                }
                for row in 0..table.rows.len() {
                    let (target, there) = follow(url, &table, row, column);
                    let total = if target.name == "tickets" {
                        "Tickets that fit"
                    } else {
                        "Tickets (stat)"
                    };
                    let queries = target.queries();
                    let total = queries.iter().find(|query| query.name.contains(total)).unwrap();
                    let counted = ask(login, &there, total);
                    let counted = counted.column("tickets").last().copied().map(str::to_owned);
                    let said = table.column("Tickets")[row];
                    assert_eq!(
                        counted.as_deref(),
                        Some(said),
                        "{}: {:?}",
                        query.name,
                        table.rows[row]
                    );
                }
                followed.push(query.name.clone());
            }
        }
    }
    followed.sort();
    followed.dedup();
    let tables = [
        "By category",
        "Errors by type",
        "Models",
        "Steps and tools",
        "Tenants",
        "Workflow versions",
    ];
    assert_eq!(followed.len(), tables.len(), "{tables:?}: {followed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_score_leads_to_the_page_that_says_it() {
    let (_database, readers) = world().await;
    let feedback = Dashboard::named("feedback");
    let queries = feedback.queries();
    let low = queries.iter().find(|query| query.name.contains("Low scores")).unwrap();
    let link = Dashboard::field_links(low.of)[0];
    for (login, rows) in [(readers.tenant("acme"), 2), (&readers.provider, 4)] {
        let table = ask(login, &opened(&feedback), low);
        assert_eq!(table.rows.len(), rows);
        for row in 0..rows {
            let (page, there) = follow(text(link, "url"), &table, row, "Ticket");
            let queries = page.queries();
            let said = queries.iter().find(|query| query.name == "ticket: Feedback (table)");
            let said = ask(login, &there, said.unwrap());
            let is_it = |at: usize| {
                ["What", "Score", "Comment"]
                    .iter()
                    .all(|name| said.column(name)[at] == table.column(name)[row])
            };
            assert!((0..said.rows.len()).any(is_it), "{:?}", table.rows[row]);
        }
    }
}
