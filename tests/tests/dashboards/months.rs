//! Month against month: the same tickets, by the months that the world's days are in.

use std::collections::BTreeMap;

use ticketlens_tests::dashboards::{Dashboard, Query};

use crate::{
    ask, opened,
    seed::{DAY, date, day1, world},
};

pub fn is_by_month(query: &Query<'_>) -> bool {
    query.name.contains(" by month ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_has_what_its_days_have() {
    let (_database, readers) = world().await;
    let value = Dashboard::named("value");
    let queries = value.queries();
    let table = |name: &str| {
        let query = queries.iter().find(|query| query.name.contains(name)).unwrap();
        ask(readers.tenant("acme"), &opened(&value), query).rows
    };
    let month = |ms: i64| date(ms)[..7].to_owned();
    // Resolved, escalated and failed on the day before, and on the day.
    let days = [(day1() - DAY, [1, 0, 1]), (day1(), [1, 1, 2])];
    let mut months: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    for (day, counts) in days {
        let of = months.entry(month(day)).or_default();
        of.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let told = months.iter().map(|(month, counts)| {
        let mut row = vec![month.clone()];
        row.extend(counts.map(|count| count.to_string()));
        row
    });
    assert_eq!(table("Tickets by month"), told.collect::<Vec<_>>());
    let costs = table("Cost by month");
    assert_eq!(costs.last().unwrap(), &[month(day1()), "0.05".to_owned(), "0".to_owned()]);
    assert_eq!(costs.len(), months.len());

    // All that globex has is in euros, so there is a net value, which acme has not.
    let query = queries.iter().find(|query| query.name.contains("Cost and worth")).unwrap();
    let globex = opened(&value).one("tenant", "globex");
    let worth = ask(&readers.provider, &globex, query).rows;
    assert_eq!(worth.len(), 1, "{worth:?}");
    assert_eq!(worth[0][4..], ["100", "99.5"]);
}
