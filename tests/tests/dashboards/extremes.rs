//! Times that no clock holds, as rows of before may have them: no query of ours fails for them, and
//! none for another tenant's.

use ticketlens_tests::dashboards::{Dashboard, Expansion};

use crate::{
    ask, opened,
    seed::{DAY, day1, execution, world},
};

/// Seconds of an execution and milliseconds of a step, before and after all bounds.
const NUMBERS: [&str; 6] = ["-1e13", "1e13", "1e300", "inf", "nan", "0"];
/// Nanoseconds since 1970: far before, the first day, the last day; and one that dashboards look at.
const TIMES: [&str; 4] = ["-2208988800000000000", "0", "9223286400000000000", "at"];
const FIRST: u128 = 500;

#[tokio::test(flavor = "multi_thread")]
async fn no_query_fails_for_a_time_that_no_clock_holds() {
    let (database, readers) = world().await;
    let at = format!("{}", (day1() + 1) * 1_000_000);
    let mut number = FIRST;
    for (value, time) in NUMBERS.iter().flat_map(|n| TIMES.iter().map(move |time| (n, time))) {
        database.query(&format!(
            "INSERT INTO ticketlens_store.tickets (tenant, executed_at, execution_id, ticket_id, \
             received_at, duration_seconds, status, error_type, instance, sequence, steps, \
             trace_json, trace_expires_at, expires_at) VALUES ('acme', \
             reinterpret(toInt64({}), 'DateTime64(9, ''UTC'')'), '{}', 'extreme', now64(6), {value}, \
             'FAILED', 'Extreme', 'extreme', {number}, \
             [('t', '', 'tool', 'x', 1, {value}, {value}, 'ERROR', 'X'), \
              ('r', '', 'react', 'x', 1, {value}, {value}, 'OK', '')], \
             '{{\"steps\":[{{}},{{\"output\":\"so\"}}]}}', now() + 86400, now() + 86400)",
            time.replace("at", &at),
            execution(number),
        ));
        number += 1;
    }
    let mut timelines = 0;
    for dashboard in Dashboard::all() {
        let mut states = vec![
            opened(&dashboard),
            // All there is, and what Grafana's time picker takes at most.
            Expansion::of(&dashboard, 0, day1() + 10 * DAY),
        ];
        states.iter_mut().for_each(|state| state.interval = DAY);
        if dashboard.name == "ticket" {
            states = (FIRST..number)
                .map(|number| {
                    let page = opened(&dashboard).one("tenant", "acme").one("ticket", "extreme");
                    page.one("execution", &execution(number))
                })
                .collect();
        }
        for (state, query) in states
            .iter()
            .flat_map(|state| dashboard.queries().into_iter().map(move |query| (state, query)))
        {
            for login in [readers.tenant("acme"), &readers.provider] {
                let table = ask(login, state, &query);
                if query.name == "ticket: Timeline (traces)" {
                    assert_eq!(table.rows.len(), 3, "the ticket and its steps");
                    timelines += 1;
                }
            }
        }
    }
    assert_eq!(timelines, 2 * NUMBERS.len() * TIMES.len(), "each ticket's, as tenant and provider");
}
