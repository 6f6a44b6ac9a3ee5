//! A ticket that is not there: the page says so, names those near it, and claims nothing else.

use ticketlens_tests::dashboards::{Dashboard, Expansion};

use crate::{ask, opened, seed::world};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_not_there_is_said_to_be_missing() {
    let (_database, readers) = world().await;
    let page = Dashboard::named("ticket");
    let (acme, provider) = (readers.tenant("acme"), &readers.provider);
    let of = |tenant: &str, ticket: &str| {
        opened(&page).one("tenant", tenant).one("ticket", ticket).one("execution", "")
    };
    let kept = page.queries().into_iter().find(|query| query.name.contains("What is kept"));
    let kept = kept.unwrap();
    let none = |ticket: &str| format!("No ticket {ticket} here.");
    for (login, tenant, ticket, sentence, near) in [
        // By distance, then the newest.
        (acme, "acme", "T-11", none("T-11") + " Near it:", ["T-1", "T-4", "T-3"]),
        (acme, "acme", "t-2x", none("t-2x") + " Near it:", ["T-2", "T-4", "T-3"]),
        (acme, "acme", "Nobody's", none("Nobody's"), ["", "", ""]),
        (
            acme,
            "acme",
            "",
            "No ticket is chosen: enter its number above. The newest:".into(),
            ["T-4", "T-3", "T-2"],
        ),
        (acme, "acme", "T-2", "No such execution of T-2: choose one above.".into(), ["", "", ""]),
        (provider, "globex", "globex", none("globex") + " Near it:", ["globex-2", "globex-1", ""]),
        // Another tenant's are near to nobody.
        (provider, "acme", "globex-3", none("globex-3"), ["", "", ""]),
        (acme, "acme", "globex-1", none("globex-1"), ["", "", ""]),
        (acme, "globex", "globex-3", none("globex-3"), ["", "", ""]),
    ] {
        let chosen = of(tenant, ticket);
        let [sentence, near @ ..] = [&sentence, near[0], near[1], near[2]];
        assert_eq!(ask(login, &chosen, &kept).rows, [[sentence, near[0], near[1], near[2]]]);
        nothing_else(&page, login, &chosen);
    }
}

/// No panel but the sentence, and the list of this ticket's executions, has a row.
fn nothing_else(page: &Dashboard, login: &ticketlens_tests::Login, chosen: &Expansion) {
    for query in page.queries() {
        let may = ["What is kept", "executions of this ticket", "$tenant", "$execution"];
        if !may.iter().any(|part| query.name.contains(part)) {
            let rows = ask(login, chosen, &query).rows;
            assert!(rows.is_empty(), "{}: {rows:?}", query.name);
        }
    }
}
