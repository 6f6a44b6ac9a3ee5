//! Every query of every dashboard, asked as the plugin asks it, on the real engine: what it
//! answers, to whom, and whatever is chosen.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "dashboards/clicks.rs"]
mod clicks;
#[path = "dashboards/documented.rs"]
mod documented;
#[path = "dashboards/expected.rs"]
mod expected;
#[path = "dashboards/extremes.rs"]
mod extremes;
#[path = "dashboards/few.rs"]
mod few;
#[path = "dashboards/hostile.rs"]
mod hostile;
#[path = "dashboards/missing.rs"]
mod missing;
#[path = "dashboards/months.rs"]
mod months;
#[path = "dashboards/plugin.rs"]
mod plugin;
#[path = "dashboards/runs.rs"]
mod runs;
#[path = "dashboards/seed.rs"]
mod seed;
#[path = "dashboards/shape.rs"]
mod shape;

use std::{collections::BTreeSet, fmt::Write as _};

use seed::{DAY, date, day1, execution, world};
use ticketlens_tests::{
    Login,
    dashboards::{Column, Dashboard, Expansion, Query, Table},
};

/// Day 1, everything chosen.
fn opened(dashboard: &Dashboard) -> Expansion {
    Expansion::of(dashboard, day1(), day1() + DAY)
}

/// The page of an execution of acme's.
fn page(dashboard: &Dashboard, ticket: &str, number: u128) -> Expansion {
    let opened = opened(dashboard).one("tenant", "acme").one("ticket", ticket);
    opened.one("execution", &execution(number))
}

/// The states that dashboards are looked at in: a name, and what is chosen.
fn states(dashboard: &Dashboard) -> Vec<(&'static str, Expansion)> {
    if dashboard.name == "ticket" {
        let pages = [
            ("full", "T-1", 1),
            ("errors", "T-2", 2),
            ("timeline", "T-2", 3),
            ("metrics", "T-3", 4),
            ("expired", "T-4", 5),
            ("none", "", 99),
        ];
        return pages.map(|(name, ticket, number)| (name, page(dashboard, ticket, number))).into();
    }
    vec![("all", opened(dashboard))]
}

/// The answer to a query that must succeed.
fn ask(login: &Login, expansion: &Expansion, query: &Query<'_>) -> Table {
    let sql = expansion.expand(query.sql).unwrap_or_else(|e| panic!("{}: {e}", query.name));
    login.table(&sql).unwrap_or_else(|e| panic!("{}: {e}\n{sql}", query.name))
}

/// Rows as text. Days are named after the world's; when something was received is `now`; floats
/// have six decimals, as the order of a sum is anyone's guess.
fn lines(table: &Table) -> Vec<String> {
    let days =
        [(-1, "D0"), (0, "D1"), (1, "D2")].map(|(day, name)| (date(day1() + day * DAY), name));
    let cell = |(cell, column): (&String, &Column)| {
        let mut cell = cell.replace('\n', "\\n");
        if column.name == "startTime" {
            return format!("D1+{}", cell.parse::<f64>().unwrap() - day1() as f64);
        }
        if column.kind.contains("Float")
            && let Ok(number) = cell.parse::<f64>()
        {
            return ((number * 1e6).round() / 1e6).to_string();
        }
        for (date, name) in &days {
            cell = cell.replace(date, name);
        }
        // Only these times have six digits: 2026-01-02 03:04:05.678901.
        let received = cell.len() == 26 && cell.as_bytes()[19] == b'.';
        match cell.as_str() {
            "" => "''".to_owned(),
            _ if received => "now".to_owned(),
            _ => cell,
        }
    };
    let line = |row: &Vec<String>| {
        row.iter().zip(&table.columns).map(cell).collect::<Vec<_>>().join(" | ")
    };
    table.rows.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_answers_what_is_known() {
    let (_database, readers) = world().await;
    let mut wrong = String::new();
    let mut asked = BTreeSet::new();
    for dashboard in Dashboard::all() {
        for (state, expansion) in states(&dashboard) {
            // What a month has is told by the day of the year on which this runs: see `months`.
            let queries = dashboard.queries();
            for query in queries.into_iter().filter(|query| !months::is_by_month(query)) {
                let acme = lines(&ask(readers.tenant("acme"), &expansion, &query));
                let provider = lines(&ask(&readers.provider, &expansion, &query));
                // A page is one tenant's, whoever looks; of the rest the provider sees all.
                let page = dashboard.name == "ticket" && !query.name.ends_with("$tenant");
                let who = if page {
                    vec![("", acme.clone())]
                } else {
                    vec![(", acme", acme.clone()), (", provider", provider.clone())]
                };
                if page && acme != provider {
                    let _ =
                        writeln!(wrong, "{}, {state}: the provider sees another page", query.name);
                }
                for (who, lines) in who {
                    let state = if page { format!(", {state}") } else { String::new() };
                    let name = format!("{}{state}{who}", query.name);
                    let known = expected::of(&name);
                    if known.as_ref() != Some(&lines) {
                        let _ = writeln!(wrong, "## {name}\n{}", lines.join("\n"));
                    }
                    asked.insert(name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let stale: Vec<_> = expected::names()
        .into_iter()
        .filter(|name| !name.starts_with("views:") && !asked.contains(name))
        .collect();
    assert!(stale.is_empty(), "answers to what is not asked: {stale:?}");
}

/// Whatever is there or not, panels can read it.
#[tokio::test(flavor = "multi_thread")]
async fn columns_and_types_are_what_panels_read() {
    let (_database, readers) = world().await;
    let mut problems = BTreeSet::new();
    for dashboard in Dashboard::all() {
        let mut looked: Vec<_> = states(&dashboard).into_iter().map(|(_, state)| state).collect();
        // A time without tickets.
        looked.push(Expansion::of(&dashboard, day1() - 300 * DAY, day1() - 299 * DAY));
        if dashboard.name == "ticket" {
            let only = opened(&dashboard).one("tenant", "single").one("ticket", "only");
            looked.push(only.one("execution", &execution(21)));
        }
        let tenants = ["acme", "empty", "single"].map(|tenant| readers.tenant(tenant));
        for login in tenants.into_iter().chain([&readers.provider]) {
            for (expansion, query) in looked.iter().flat_map(|expansion| {
                dashboard.queries().into_iter().map(move |query| (expansion, query))
            }) {
                problems.extend(shape::problems(&query, &ask(login, expansion, &query)));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

/// As a tenant, nothing of another's comes back, even when it is asked for; and the provider who
/// chooses a tenant sees what that tenant sees.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_its_own_rows_only() {
    let (_database, readers) = world().await;
    let names_globex = |cell: &String| cell.to_lowercase().contains("globex");
    let mut seen_by_the_provider = 0;
    for dashboard in Dashboard::all() {
        for (_, expansion) in states(&dashboard) {
            let choose = |tenant: &str| match dashboard.name.as_str() {
                "ticket" => expansion.clone().one("tenant", tenant),
                _ => expansion.clone().among("tenant", tenant),
            };
            for query in dashboard.queries() {
                let acme = ask(readers.tenant("acme"), &expansion, &query);
                if !query.name.ends_with("$tenant") {
                    assert_eq!(
                        acme,
                        ask(&readers.provider, &choose("acme"), &query),
                        "{}",
                        query.name
                    );
                }
                let other = ask(readers.tenant("acme"), &choose("globex"), &query);
                for cell in acme.rows.iter().chain(&other.rows).flatten() {
                    assert!(!names_globex(cell), "{}: {cell}", query.name);
                }
                let all = ask(&readers.provider, &choose("globex"), &query);
                seen_by_the_provider +=
                    all.rows.iter().flatten().filter(|c| names_globex(c)).count();
            }
        }
        let tenants = dashboard.queries().into_iter().find(|query| query.name.ends_with("$tenant"));
        let own = ask(readers.tenant("acme"), &opened(&dashboard), &tenants.unwrap());
        assert_eq!(own.rows, [["acme"]]);
    }
    assert!(seen_by_the_provider > 0, "the name is in answers to those who may see it");
}
