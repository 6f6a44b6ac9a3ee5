//! Reports of all kinds, for the tests that read them and those that look at them in a browser.

use prost_types::Timestamp;
use ticketlens_api::v1::{Money, Value, ValueDay, ValueFigures, ValueGroup, ValueRate};

/// Each by its name.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("ordinary", ordinary()),
        ("so-far", so_far()),
        ("empty", empty()),
        ("one", one()),
        ("bare", bare()),
        ("currencies", currencies()),
        ("largest", largest()),
        ("hostile", hostile()),
        ("nonsense", nonsense()),
    ]
}

/// A month with everything.
///
/// 12 days of 60 tickets and 18 of 40 are 1,440; 4 in 5 resolved are 1,152, 1 in 10 escalated 144, 1 in 20
/// failed 72. They cost 12 × 5 + 18 × 3, and 3 cents for each day's number (465): EUR 127.95. Minutes saved:
/// 560 × 6 + 300 × 20 + (200 + 92) × 8 = 11,696, which at EUR 30 an hour are EUR 5,848.
pub fn ordinary() -> Value {
    let days: Vec<_> =
        (1..=30).map(|day| ordinary_day(day, if day % 7 < 4 { 40 } else { 60 })).collect();
    let figures = ValueFigures {
        executions: 1_502,
        csat: Some(4.321),
        csat_ratings: 128,
        minutes_saved: Some(11_696.0),
        worth: money("EUR", "5848"),
        tokens: 4_000_000,
        priced_tokens: 3_900_000,
        ..sum(days.iter().filter_map(|day| day.figures.as_ref()))
    };
    Value {
        tenant: "acme".into(),
        display_name: "Acme Support GmbH".into(),
        month: "2026-11".into(),
        made_at: at(1_796_113_800), // 2026-12-01T08:30:00Z
        figures: Some(figures),
        before: Some(ValueFigures {
            tickets: 1_336,
            resolved: 1_042,
            escalated: 160,
            failed: 80,
            executions: 1_400,
            costs: money("EUR", "171.20"),
            csat: Some(4.12),
            csat_ratings: 97,
            ..ValueFigures::default()
        }),
        days,
        categories: vec![
            rated("billing", 660, 560, Some(4.4), 3_360.0),
            rated("returns and refunds", 380, 300, Some(4.1), 6_000.0),
            rated("technical", 300, 200, Some(3.9), 1_600.0),
            rated("", 100, 92, None, 736.0),
        ],
        versions: vec![group("2026.11.2", 960, 770), group("2026.10.7", 480, 382)],
        models: vec![
            group("gpt-4o-mini-2024-07-18", 860, 700),
            group("claude-sonnet-4-5-20250929", 480, 392),
            group("", 100, 60),
        ],
        rates: vec![
            rate("billing", 6.0, "30"),
            rate("returns and refunds", 20.0, "30"),
            rate("", 8.0, "30"),
        ],
    }
}

fn ordinary_day(day: u64, tickets: u64) -> ValueDay {
    let figures = ValueFigures {
        tickets,
        resolved: tickets * 4 / 5,
        escalated: tickets / 10,
        failed: tickets / 20,
        executions: tickets,
        costs: money("EUR", &format!("{}.{:02}", tickets / 12, day * 3)),
        ..ValueFigures::default()
    };
    ValueDay { date: format!("2026-11-{day:02}"), figures: Some(figures) }
}

/// A month that is not over.
pub fn so_far() -> Value {
    let mut value = ordinary();
    value.days.truncate(12);
    value.made_at = at(1_794_474_000); // 2026-11-12T09:00:00Z
    value
}

/// A month without tickets.
pub fn empty() -> Value {
    Value {
        tenant: "acme".into(),
        month: "2026-11".into(),
        made_at: at(1_796_113_800),
        figures: Some(ValueFigures::default()),
        ..Value::default()
    }
}

/// One ticket, and a month before it of a few.
pub fn one() -> Value {
    let figures = ValueFigures {
        tickets: 1,
        resolved: 1,
        executions: 1,
        costs: money("USD", "0.000412345"),
        tokens: 812,
        priced_tokens: 812,
        csat: Some(5.0),
        csat_ratings: 1,
        ..ValueFigures::default()
    };
    Value {
        days: vec![ValueDay { date: "2026-11-09".into(), figures: Some(figures.clone()) }],
        categories: vec![ValueGroup { name: "billing".into(), figures: Some(figures.clone()) }],
        figures: Some(figures),
        before: Some(ValueFigures { tickets: 19, resolved: 19, ..ValueFigures::default() }),
        ..empty()
    }
}

/// Without costs, ratings, rates and a month before.
pub fn bare() -> Value {
    let mut value = ordinary();
    let days = value.days.iter_mut().map(|day| &mut day.figures);
    let groups = value.categories.iter_mut().chain(&mut value.versions).chain(&mut value.models);
    let groups = groups.map(|group| &mut group.figures);
    for figures in days.chain(groups).chain([&mut value.figures]).flatten() {
        let ValueFigures { tickets, resolved, escalated, failed, .. } = *figures;
        *figures = ValueFigures { tickets, resolved, escalated, failed, ..ValueFigures::default() };
    }
    Value { rates: Vec::new(), before: None, display_name: String::new(), ..value }
}

/// Costs in two currencies, rates in a third.
pub fn currencies() -> Value {
    let mut value = ordinary();
    let both = || [money("USD", "123456.789"), money("EUR", "0.0123")].concat();
    value.figures.get_or_insert_default().costs = both();
    value.figures.get_or_insert_default().worth = money("CHF", "6200");
    for day in &mut value.days {
        day.figures.get_or_insert_default().costs = both();
    }
    for group in &mut value.models {
        group.figures.get_or_insert_default().costs = both();
    }
    value.rates = vec![ValueRate {
        category: String::new(),
        minutes: 7.25,
        hourly: Some(Money { currency: "CHF".into(), amount: "42.5".into() }),
    }];
    value
}

/// 31 days of numbers that are as long as they come.
pub fn largest() -> Value {
    let most = || ValueFigures {
        tickets: 999_999_999_999,
        resolved: 888_888_888_888,
        escalated: 77_777_777_777,
        failed: 33_333_333_333,
        executions: 1_999_999_999_999,
        costs: money("USD", "999999999999.999999999"),
        tokens: u64::MAX,
        priced_tokens: u64::MAX - 1,
        csat: Some(5.0),
        csat_ratings: 999_999_999_999,
        minutes_saved: Some(99_999_999_999_999.0),
        worth: money("USD", "99999999999999.99"),
    };
    let named = |name: String| ValueGroup { name, figures: Some(most()) };
    let groups = |of: &str| (0..50).map(|i| named(format!("{of} {i}"))).collect();
    let day = |day| ValueDay { date: format!("2026-12-{day:02}"), figures: Some(most()) };
    Value {
        display_name: "W".repeat(256),
        month: "2026-12".into(),
        made_at: at(1_798_792_200), // 2027-01-01T08:30:00Z
        figures: Some(most()),
        before: Some(ValueFigures { tickets: 20, resolved: 1, ..most() }),
        days: (1..=31).map(day).collect(),
        categories: groups("category"),
        versions: groups("version"),
        models: groups("model"),
        rates: (0..50)
            .map(|i| rate(&format!("category {i}"), 123_456.78, "9999999999.99"))
            .collect(),
        ..ordinary()
    }
}

/// Names that would be something else.
pub const HOSTILE: [&str; 10] = [
    "<script>document.title = 'broken'</script>",
    "\"><img src=x onerror=\"document.title='broken'\">",
    "' onmouseover='document.title=1",
    "</style><style>body{display:none}</style>",
    "{{ tenant }} {% raw %} {# #} ${1} &lt;b&gt; &amp;",
    "invoice \u{202e}gnp.exe \u{2066}isolated\u{200b}\u{feff}",
    "two\r\nlines\tand\u{2028}more\u{0}\u{1b}[31m",
    "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}",
    "שלום עולם مرحبا بالعالم",
    "日本語のカテゴリ 👩‍💻 Grüße",
];

/// The same, everywhere where others' text stands.
pub fn hostile() -> Value {
    let long = "x".repeat(256);
    let names = || HOSTILE.iter().copied().chain([long.as_str(), ""]);
    let groups = || names().map(|name| group(name, 100, 80)).collect();
    let mut value = ordinary();
    value.display_name = format!("{} {}", HOSTILE[0], HOSTILE[5]);
    value.tenant = HOSTILE[1].into();
    (value.categories, value.versions, value.models) = (groups(), groups(), groups());
    value.rates = names().map(|name| rate(name, 5.0, "30")).collect();
    let currency = format!("{}{long}", HOSTILE[1]);
    value.models[0].figures.get_or_insert_default().costs = money(&currency, "12.5");
    for day in &mut value.days {
        day.figures.get_or_insert_default().costs = money(&currency, "0.1");
    }
    value
}

/// Numbers, dates and amounts that are none.
pub fn nonsense() -> Value {
    let mut value = ordinary();
    value.month = HOSTILE[0].into();
    value.made_at = Some(Timestamp { seconds: i64::MAX, nanos: -1 });
    for figures in [&mut value.figures, &mut value.before] {
        let figures = figures.get_or_insert_default();
        figures.resolved = u64::MAX;
        figures.costs = money("EUR", "1e9");
        figures.csat = Some(f64::NAN);
        figures.minutes_saved = Some(f64::INFINITY);
    }
    value.days[0].date = "<b>soon</b>".into();
    value.days[1].figures = None;
    value.categories[0].figures = None;
    value.rates[0] = ValueRate { category: "billing".into(), minutes: -1.0, hourly: None };
    value
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn money(currency: &str, amount: &str) -> Vec<Money> {
    vec![Money { currency: currency.into(), amount: amount.into() }]
}

fn rate(category: &str, minutes: f64, hourly: &str) -> ValueRate {
    ValueRate { category: category.into(), minutes, hourly: money("EUR", hourly).pop() }
}

fn group(name: &str, tickets: u64, resolved: u64) -> ValueGroup {
    let figures = ValueFigures {
        tickets,
        resolved,
        escalated: (tickets - resolved) / 2,
        failed: (tickets - resolved) / 4,
        executions: tickets,
        costs: money("EUR", &format!("{}.{}", tickets / 8, tickets % 97)),
        csat: Some(4.2),
        csat_ratings: tickets / 10,
        ..ValueFigures::default()
    };
    ValueGroup { name: name.into(), figures: Some(figures) }
}

fn rated(name: &str, tickets: u64, resolved: u64, csat: Option<f64>, minutes: f64) -> ValueGroup {
    let mut group = group(name, tickets, resolved);
    let figures = group.figures.get_or_insert_default();
    (figures.csat, figures.minutes_saved) = (csat, Some(minutes));
    group
}

/// Counts of days together, and what they cost.
fn sum<'a>(days: impl Iterator<Item = &'a ValueFigures>) -> ValueFigures {
    let mut sum = ValueFigures { costs: money("EUR", "127.95"), ..ValueFigures::default() };
    for day in days {
        sum.tickets += day.tickets;
        sum.resolved += day.resolved;
        sum.escalated += day.escalated;
        sum.failed += day.failed;
    }
    sum
}
