//! Values made to break out of a query. Each is the whole of a ticket's texts, and must find that
//! ticket and no other.

use ticketlens_tests::{
    Login,
    dashboards::{Chosen, Dashboard, Expansion, Query, Table, text},
};
use ticketlens_ticket::{Record, Timestamp};

use crate::{ask, opened, seed};

/// `$__all` alone is not among them: it is what Grafana calls "All", and can't be told from it.
pub const VALUES: [&str; 26] = [
    "plain",
    "a",
    "b",
    "a,b",
    "{a,b}",
    "'a','b'",
    "it's",
    "say \"it\"",
    "back\\slash",
    "\\",
    "\\'",
    "two\nlines\tand\r\0",
    "100 % %27 %s %%",
    "$__all,a",
    "$__timeFilter(x)",
    "$__fromTime_ms $__table",
    "${tenant} $tenant [[tenant]] ${tenant:raw}",
    "$$ $& $` $'",
    "') OR 1=1 --",
    "'); DROP TABLE tickets; --",
    "x&var-tenant=globex&tenant=globex",
    "var-tenant=globex",
    "a+b =c;d:@/?#",
    "/* not */ -- said",
    "héllo – 日本 🙂",
    " ",
];

/// A variable of the dashboards, and the column of the list that it chooses by.
const BY: [(&str, &str); 6] = [
    ("environment", "Environment"),
    ("workflow", "Workflow"),
    ("version", "Version"),
    ("status", "Status"),
    ("category", "Category"),
    ("error_type", "Error"),
];

fn number(of: usize) -> u128 {
    1000 + of as u128
}

fn tickets() -> Vec<Record<'static>> {
    let ticket = |(at, value): (usize, &&'static str)| Record {
        workflow: (*value).into(),
        workflow_version: (*value).into(),
        environment: (*value).into(),
        category: (*value).into(),
        error_type: (*value).into(),
        duration_seconds: 1.0,
        ..seed::ticket(value, number(at), 1000 * at as i64, value)
    };
    VALUES.iter().enumerate().map(ticket).collect()
}

/// The list's tickets, in the order of the values.
fn listed(table: &Table) -> Vec<&str> {
    let mut found = table.column("Ticket");
    found.sort_by_key(|ticket| VALUES.iter().position(|value| value == ticket));
    found
}

pub async fn world() -> (ticketlens_tests::Database, ticketlens_tests::Readers) {
    let (database, readers) = seed::world().await;
    seed::insert(&database.store(), "hostile", Timestamp::now(), &tickets()).await;
    (database, readers)
}

/// The provider looking at that tenant, and the tenant itself.
fn views(readers: &ticketlens_tests::Readers, dashboard: &Dashboard) -> [(Login, Expansion); 2] {
    let all = opened(dashboard);
    [
        (readers.provider.clone(), all.clone().among("tenant", "hostile")),
        (readers.tenant("hostile").clone(), all),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_value_finds_its_ticket_and_no_other() {
    let (_database, readers) = world().await;
    let dashboard = Dashboard::named("tickets");
    let queries = dashboard.queries();
    let list = queries.iter().find(|query| query.name == "tickets: Tickets (table)").unwrap();
    let count = queries.iter().find(|query| query.name.contains("Tickets that fit")).unwrap();
    for (login, all) in views(&readers, &dashboard) {
        assert_eq!(listed(&ask(&login, &all, list)), VALUES);
        for (variable, column) in BY {
            for value in VALUES {
                let chosen = all.clone().among(variable, value);
                let table = ask(&login, &chosen, list);
                assert_eq!(listed(&table), [value], "{variable} = {value:?}");
                assert_eq!(table.column(column), [value], "{variable} = {value:?}");
                assert_eq!(ask(&login, &chosen, count).rows, [["1"]], "{variable} = {value:?}");
            }
            for pair in VALUES.windows(2) {
                let several = Chosen::Several(pair.iter().map(ToString::to_string).collect());
                let table = ask(&login, &all.clone().with(variable, several), list);
                assert_eq!(listed(&table), pair, "{variable} = {pair:?}");
            }
            let several = Chosen::Several(VALUES.iter().map(ToString::to_string).collect());
            let table = ask(&login, &all.clone().with(variable, several), list);
            assert_eq!(listed(&table), VALUES, "{variable}: each of them");
            // What Grafana calls "All", and nothing chosen.
            for none in ["", "$__all"] {
                let table = ask(&login, &all.clone().among(variable, none), list);
                assert_eq!(listed(&table), VALUES, "{variable} = {none:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_only_searched_for() {
    let (_database, readers) = world().await;
    let dashboard = Dashboard::named("tickets");
    let queries = dashboard.queries();
    let list = queries.iter().find(|query| query.name == "tickets: Tickets (table)").unwrap();
    for (login, all) in views(&readers, &dashboard) {
        for value in VALUES {
            let table = ask(&login, &all.clone().one("search", value), list);
            let lower = value.to_lowercase();
            let fits: Vec<_> =
                VALUES.into_iter().filter(|one| one.to_lowercase().contains(&lower)).collect();
            assert_eq!(listed(&table), fits, "search = {value:?}");
            // No number is no duration that a ticket could have.
            for variable in ["min_duration", "confidence_below"] {
                let table = ask(&login, &all.clone().one(variable, value), list);
                assert_eq!(listed(&table), [""; 0], "{variable} = {value:?}");
            }
        }
        for (least, fits) in [("1", 26), ("1.5", 0), ("1e-3", 26), ("nan", 0), ("inf", 0)] {
            let table = ask(&login, &all.clone().one("min_duration", least), list);
            assert_eq!(table.rows.len(), fits, "min_duration = {least}");
        }
    }
}

/// What was said is found whatever JSON makes of it, in any case; a key of the trace is not.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_found_in_the_list() {
    let (database, readers) = world().await;
    let said = |(at, value): (usize, &&'static str)| Record {
        trace_json: serde_json::json!({ "Subject": 1, "output": format!("x{value}y{at}z") })
            .to_string(),
        ..seed::ticket(value, 2000 + at as u128, 1000 * at as i64, value)
    };
    let records: Vec<_> = VALUES.iter().enumerate().map(said).collect();
    seed::insert(&database.store(), "hostile", Timestamp::now(), &records).await;
    let dashboard = Dashboard::named("tickets");
    let queries = dashboard.queries();
    let list = queries.iter().find(|query| query.name == "tickets: Tickets (table)").unwrap();
    for (login, all) in views(&readers, &dashboard) {
        for (at, value) in VALUES.iter().enumerate() {
            if value.contains(['\n', '\0']) {
                // No box holds several lines.
                continue;
            }
            let text = format!("X{}Y{at}Z", value.to_uppercase());
            let table = ask(&login, &all.clone().one("said", &text), list);
            assert_eq!(listed(&table), [*value], "said = {text:?}");
        }
        for nowhere in ["subject", "') OR 1=1 --nowhere", "output"] {
            let table = ask(&login, &all.clone().one("said", nowhere), list);
            assert_eq!(listed(&table), [""; 0], "said = {nowhere:?}");
        }
    }
}

/// A dashboard with that value for everything that can be chosen or typed but a number.
fn everywhere(dashboard: &Dashboard, tenant: &str, value: &str) -> Expansion {
    let variables = dashboard.variables().iter();
    variables.fold(opened(dashboard), |chosen, variable| {
        let name = text(variable, "name");
        let value = if name == "tenant" { tenant } else { value };
        match name {
            "min_duration" | "confidence_below" => chosen,
            _ if variable["multi"] == true => chosen.among(name, value),
            _ => chosen.one(name, value),
        }
    })
}

/// Every query of every dashboard takes every value.
#[tokio::test(flavor = "multi_thread")]
async fn no_value_breaks_a_query() {
    let (_database, readers) = world().await;
    let tenant = readers.tenant("hostile");
    let mut found = 0;
    for dashboard in Dashboard::all() {
        let queries = dashboard.queries();
        let query = |part: &str| queries.iter().find(|query| query.name.contains(part)).unwrap();
        for (at, value) in VALUES.iter().enumerate() {
            let chosen = everywhere(&dashboard, "hostile", value);
            for query in &queries {
                ask(tenant, &chosen, query);
            }
            if dashboard.name == "overview" {
                let table = ask(tenant, &chosen, query("Tickets (stat)"));
                assert_eq!(table.column("tickets"), ["inf", "1"], "{value:?}");
                found += 1;
            }
            if dashboard.name == "ticket" {
                let page = chosen.one("execution", &seed::execution(number(at)));
                for (part, column) in [("Earlier and later", "Ticket"), ("(stat)", "Status")] {
                    let table = ask(tenant, &page, query(part));
                    assert_eq!(table.column(column), [*value], "{part}");
                }
                found += 1;
            }
        }
    }
    assert_eq!(found, 2 * VALUES.len(), "each value, in the overview and on its ticket's page");
}

/// Nothing has such a tenant, so there is nothing to see: whichever query asks.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_tenant_is_nobody() {
    let (_database, readers) = world().await;
    let worst = VALUES.concat();
    let (mut asked, mut of_somebody) = (0, 0);
    for dashboard in Dashboard::all() {
        let list = |query: &&Query<'_>| {
            let kinds = ["(table)", "(traces)", "(annotation)", "(timeseries)"];
            let says_so = query.name.contains("What is kept of it");
            kinds.iter().any(|kind| query.name.ends_with(kind)) && !says_so
        };
        for query in dashboard.queries().iter().filter(list) {
            let table = ask(&readers.provider, &everywhere(&dashboard, &worst, "a"), query);
            assert!(table.rows.is_empty(), "{}", query.name);
            asked += 1;
            // The same query has something to say of one who is there.
            let (_, theirs) = &views(&readers, &dashboard)[0];
            of_somebody += usize::from(!ask(&readers.provider, theirs, query).rows.is_empty());
        }
    }
    assert!(of_somebody > 5, "{of_somebody} of {asked} queries find a tenant that is there");
    let mut counted = 0;
    let dashboard = Dashboard::named("tickets");
    let queries = dashboard.queries();
    for value in VALUES {
        for query in queries.iter().filter(|query| query.name.contains("Tickets")) {
            let chosen = opened(&dashboard).among("tenant", value);
            let rows = ask(&readers.provider, &chosen, query).rows;
            assert!(rows.is_empty() || rows == [["0"]], "{}: {value:?}", query.name);
            counted += 1;
        }
    }
    assert!(counted >= 2 * VALUES.len(), "the list and the number, for each value: {counted}");
}
