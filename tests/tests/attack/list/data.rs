//! Rows and keys: asked for, filtered for, and guessed from errors.

use super::{
    Attack,
    Control::{self, AdminGets, AdminMay, AdminSees, NobodyMay, ProviderGets, ProviderSees},
    DENIED,
    Outcome::{Answers, Refused},
    THROWN, attack,
};

const GLOBEX: Control = AdminSees("globex-ticket");
const KEY: Control = AdminSees("digest-of-a-key");

pub fn rows() -> Vec<Attack> {
    let a = attack;
    vec![
        a("another tenant's views", "SELECT * FROM ticketlens_t_globex.tickets", DENIED, GLOBEX),
        a("its steps", "SELECT * FROM ticketlens_t_globex.ticket_steps", DENIED, AdminSees("globex-step")),
        a("the provider's views", "SELECT * FROM ticketlens_all.tickets", DENIED, GLOBEX),
        a("the contract", "SELECT * FROM ticketlens.tickets", DENIED, GLOBEX),
        a("the table", "SELECT * FROM ticketlens_store.tickets", DENIED, GLOBEX),
        a("the table, in quotes", "SELECT * FROM \"ticketlens_store\".`tickets`", DENIED, GLOBEX),
        a("the table, by a parameter", "SELECT * FROM {d:Identifier}.{t:Identifier}", DENIED, GLOBEX)
            .with("&param_d=ticketlens_store&param_t=tickets"),
        a("the table, as the default database", "SELECT * FROM rejections, ticketlens_store.tickets", DENIED, AdminMay),
        a("one column of it", "SELECT ticket_id FROM ticketlens_store.tickets", DENIED, GLOBEX),
        a("no column of it", "SELECT count() FROM ticketlens_store.tickets", DENIED, AdminSees("5")),
        a("the tenant that is asked for", "SELECT ticket_id FROM tickets WHERE tenant = 'globex'", Answers(""), ProviderSees("globex-ticket")),
        a("every tenant", "SELECT ticket_id FROM tickets WHERE tenant != 'acme'", Answers(""), ProviderSees("globex-ticket")),
        a("or everything", "SELECT count() FROM tickets WHERE tenant = 'acme' OR 1 = 1", Answers("2"), ProviderSees("5")),
        a("others' feedback", "SELECT comment FROM ticket_feedback WHERE tenant != 'acme'", Answers(""), ProviderSees("globex-comment")),
        a("feedback on a ticket of the same number", "SELECT DISTINCT comment FROM ticket_feedback WHERE ticket_id = 'acme-ticket-0'", Answers("acme-comment"), ProviderSees("globex-comment")),
        a("others' rated tickets", "SELECT comment FROM rated_tickets WHERE tenant != 'acme'", Answers(""), ProviderSees("globex-comment")),
        a("all rated tickets", "SELECT DISTINCT comment FROM rated_tickets WHERE tenant = 'acme' OR 1 = 1", Answers("acme-comment"), ProviderSees("globex-comment")),
        a("another tenant's view of feedback", "SELECT * FROM ticketlens_t_globex.ticket_feedback", DENIED, AdminSees("globex-comment")),
        a("the feedback's own table", "SELECT * FROM ticketlens_store.feedback", DENIED, AdminSees("globex-comment")),
        a("one column of it", "SELECT comment FROM ticketlens_store.feedback", DENIED, AdminSees("globex-comment")),
        a("its sorting key", "SELECT * FROM mergeTreeIndex(ticketlens_store, feedback)", DENIED, AdminMay),
        a("others' acts", "SELECT subject FROM audit WHERE tenant != 'acme'", Answers(""), ProviderSees("globex-act")),
        a("the acts' own table", "SELECT * FROM ticketlens_store.audit", DENIED, AdminSees("globex-act")),
        a("what makes the provider one", "SELECT * FROM ticketlens_store.provider", DENIED, AdminMay),
        a("a union", "SELECT ticket_id FROM tickets UNION ALL SELECT ticket_id FROM ticketlens_store.tickets", DENIED, GLOBEX),
        a("a set", "SELECT ticket_id FROM tickets WHERE 1 IN (SELECT 1 FROM ticketlens_store.tickets)", DENIED, AdminMay),
        a("a join", "SELECT t.ticket_id FROM tickets JOIN ticketlens_store.tickets AS t ON 1", DENIED, GLOBEX),
        a("an expression", "WITH (SELECT any(ticket_id) FROM ticketlens_store.tickets WHERE tenant = 'globex') AS x SELECT x", DENIED, GLOBEX),
        a("a table function over tables", "SELECT * FROM merge('ticketlens_store', '^tickets$')", Refused(&[636]), GLOBEX),
        a("over all databases", "SELECT ticket_id FROM merge(REGEXP('^ticketlens.*'), '^tickets$') WHERE ticket_id LIKE 'globex%'", Answers(""), GLOBEX),
        a("a view made on the spot", "SELECT * FROM view(SELECT * FROM ticketlens_store.tickets)", DENIED, GLOBEX),
        a("one that asks first", "SELECT * FROM viewIfPermitted(SELECT ticket_id FROM ticketlens_store.tickets ELSE null('ticket_id String'))", Answers(""), GLOBEX),
        a("round and round", "SELECT * FROM loop(ticketlens_store.tickets) LIMIT 9", DENIED, GLOBEX),
        a("this very server from outside", "SELECT * FROM remote('127.0.0.1:{native}', 'ticketlens_store', 'tickets', 'admin', '{password}')", DENIED, GLOBEX),
        a("a cluster", "SELECT * FROM cluster('default', ticketlens_store.tickets)", Refused(&[497, 701]), NobodyMay("there is no cluster of that name")),
        a("the sorting key", "SELECT * FROM mergeTreeIndex(ticketlens_store, tickets)", DENIED, AdminMay),
        a("the index's own words", "SELECT * FROM mergeTreeAnalyzeIndexes(ticketlens_store, tickets)", DENIED, AdminMay),
        a("the words of traces", "SELECT * FROM mergeTreeTextIndex(ticketlens_store, tickets, said)", DENIED, AdminMay),
        a("a dictionary over the table", "CREATE DICTIONARY d (id UInt64, ticket_id String) PRIMARY KEY id SOURCE(CLICKHOUSE(DB 'ticketlens_store' TABLE 'tickets')) LAYOUT(FLAT()) LIFETIME(1)", DENIED, AdminMay)
            .control("CREATE DICTIONARY ticketlens.d (id UInt64, ticket_id String) PRIMARY KEY id SOURCE(CLICKHOUSE(DB 'ticketlens_store' TABLE 'tickets')) LAYOUT(FLAT()) LIFETIME(1)"),
        a("two statements in one", "SELECT 1; SELECT * FROM ticketlens_store.tickets", Refused(&[62]), NobodyMay("HTTP takes one statement")),
        a("a comment that ends early", "SELECT ticket_id FROM tickets WHERE ticket_id = '' /* */ UNION ALL SELECT ticket_id FROM ticketlens_store.tickets -- '", DENIED, GLOBEX),
    ]
}

pub fn keys() -> Vec<Attack> {
    let a = attack;
    vec![
        a("the keys", "SELECT * FROM ticketlens_store.keys", DENIED, KEY),
        a(
            "a digest in an expression",
            "SELECT (SELECT any(digest) FROM ticketlens_store.keys)",
            DENIED,
            KEY,
        ),
        a(
            "beside the own tickets",
            "SELECT digest FROM tickets, ticketlens_store.keys",
            DENIED,
            KEY,
        ),
        a("by parameters", "SELECT * FROM {d:Identifier}.{t:Identifier}", DENIED, KEY)
            .with("&param_d=ticketlens_store&param_t=keys"),
        a(
            "a view on the spot",
            "SELECT * FROM view(SELECT digest FROM ticketlens_store.keys)",
            DENIED,
            KEY,
        ),
        a(
            "asking first",
            "SELECT * FROM viewIfPermitted(SELECT digest FROM ticketlens_store.keys ELSE null('digest String'))",
            Answers(""),
            KEY,
        ),
        a("merge", "SELECT * FROM merge(REGEXP('.*'), '^keys$')", Refused(&[636]), KEY),
        a(
            "the migrations",
            "SELECT * FROM ticketlens_store.migrations",
            DENIED,
            AdminSees("tables"),
        ),
        a(
            "its definer's own",
            "SELECT * FROM system.users WHERE name LIKE '%definer%'",
            DENIED,
            AdminSees("ticketlens_definer_t_acme"),
        ),
    ]
}

/// What Grafana's ad-hoc filters are made of: SQL that ClickHouse adds to a table of any name.
pub fn filters() -> Vec<Attack> {
    let a = attack;
    vec![
        a("a filter that opens", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'tickets': '1 OR 1'}", Answers("2"), ProviderSees("5")),
        a("on the table beneath", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'ticketlens_store.tickets': 'throwIf(1) = 0'}", Answers("2"), AdminGets(THROWN))
            .control("SELECT count() FROM ticketlens_store.tickets SETTINGS additional_table_filters = {'ticketlens_store.tickets': 'throwIf(1) = 0'}"),
        a("on the contract between", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'ticketlens.tickets': 'throwIf(1) = 0'}", Answers("2"), AdminGets(THROWN))
            .control("SELECT count() FROM ticketlens.tickets SETTINGS additional_table_filters = {'ticketlens.tickets': 'throwIf(1) = 0'}"),
        a("with the definer's rights on the sorting key", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'ticketlens_store.tickets': '(SELECT throwIf(count() > 0) FROM mergeTreeIndex(ticketlens_store, tickets)) = 0'}", Answers("2"), AdminGets(THROWN))
            .control("SELECT count() FROM ticketlens_store.tickets SETTINGS additional_table_filters = {'ticketlens_store.tickets': '(SELECT throwIf(count() > 0) FROM mergeTreeIndex(ticketlens_store, tickets)) = 0'}"),
        a("with its own", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'tickets': '(SELECT count() FROM mergeTreeIndex(ticketlens_store, tickets)) > 0'}", DENIED, AdminMay),
        a("on the keys", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'tickets': 'tenant IN (SELECT tenant FROM ticketlens_store.keys)'}", DENIED, AdminMay),
        a("on a file", "SELECT count() FROM tickets SETTINGS additional_table_filters = {'tickets': '(SELECT count() FROM file(\\'{file}\\', LineAsString)) > 0'}", DENIED, AdminMay),
        a("by the URL", "SELECT count() FROM tickets", Answers("2"), AdminGets(THROWN))
            .with("&additional_table_filters=%7B%27ticketlens_store.tickets%27%3A%27throwIf(1)%3D0%27%7D")
            .control("SELECT count() FROM ticketlens_store.tickets"),
        a("a limit that reaches beneath", "SELECT count() FROM tickets SETTINGS limit = 1", Answers("2"), ProviderSees("5")),
    ]
}

/// Errors, if others' rows were looked at before they are left out.
pub fn oracles() -> Vec<Attack> {
    let a = attack;
    vec![
        a(
            "a condition that throws",
            "SELECT count() FROM tickets WHERE throwIf(tenant = 'globex') = 0",
            Answers("2"),
            ProviderGets(THROWN),
        ),
        a(
            "on a text",
            "SELECT count() FROM tickets WHERE throwIf(trace_json LIKE '%globex-trace%') = 0",
            Answers("2"),
            ProviderGets(THROWN),
        ),
        a(
            "on an id that has an index",
            "SELECT count() FROM tickets WHERE throwIf(ticket_id = 'globex-ticket-1') = 0",
            Answers("2"),
            ProviderGets(THROWN),
        ),
        a(
            "on a step",
            "SELECT count() FROM ticket_steps WHERE throwIf(name = 'globex-step') = 0",
            Answers("2"),
            ProviderGets(THROWN),
        ),
        a(
            "on the sum",
            "SELECT count() FROM ledger WHERE throwIf(received = 3) = 0",
            Answers("1"),
            ProviderGets(THROWN),
        ),
        a(
            "on a comment",
            "SELECT count() FROM ticket_feedback WHERE throwIf(comment = 'globex-comment') = 0",
            Answers("1"),
            ProviderGets(THROWN),
        ),
        a(
            "on a comment beside its ticket",
            "SELECT count() FROM rated_tickets WHERE throwIf(comment = 'globex-comment') = 0",
            Answers("1"),
            ProviderGets(THROWN),
        ),
        a(
            "on an act",
            "SELECT count() FROM audit WHERE throwIf(subject = 'globex-act') = 0",
            Answers("1"),
            ProviderGets(THROWN),
        ),
        a(
            "a division",
            "SELECT count() FROM tickets WHERE intDiv(1, tenant != 'globex') = 1",
            Answers("2"),
            ProviderGets(153),
        ),
        a(
            "a conversion",
            "SELECT count() FROM tickets WHERE toUInt8(replaceRegexpOne(ticket_id, '^acme.*', '1')) = 1",
            Answers("2"),
            ProviderGets(6),
        ),
        a(
            "an order",
            "SELECT throwIf(tenant = 'globex') FROM tickets ORDER BY tenant DESC LIMIT 1",
            Answers("0"),
            ProviderGets(THROWN),
        ),
        a(
            "a dictionary of names",
            "SELECT * FROM ticketlens_t_globe.tickets",
            Refused(&[81, 497]),
            NobodyMay("there is none; the answer must not name one that is"),
        ),
    ]
}
