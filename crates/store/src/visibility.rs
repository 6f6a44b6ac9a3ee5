//! Whose tickets a query may see, and which of them it asks for.

use clickhouse::query::Query;
use serde::Serialize;
use ticketlens_ticket::Timestamp;

use crate::TenantName;

/// Whose tickets a query may see. Every query takes one; it comes from the key, not from the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Every tenant's: the provider.
    All,
    /// One tenant's.
    Tenant(TenantName),
}

/// Selects tickets; what is absent selects everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TicketFilter {
    /// How it ended.
    pub status: Option<String>,
    /// What it is about.
    pub category: Option<String>,
    /// The workflow.
    pub workflow: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// Executed at or after.
    pub since: Option<Timestamp>,
    /// Executed before.
    pub until: Option<Timestamp>,
    /// The ticket's number.
    pub ticket_id: Option<String>,
    /// What the ticket's number begins with.
    pub ticket_id_prefix: Option<String>,
    /// The workflow's version.
    pub workflow_version: Option<String>,
    /// What went wrong.
    pub error_type: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Keyed hash of the customer.
    pub customer: Option<String>,
    /// `gen_ai.conversation.id`.
    pub conversation: Option<String>,
    /// Took at least this long.
    pub min_seconds: Option<f64>,
    /// Took at most this long.
    pub max_seconds: Option<f64>,
    /// `overall_confidence` is at least this; a ticket without one is not selected.
    pub min_confidence: Option<f64>,
    /// `overall_confidence` is at most this; a ticket without one is not selected.
    pub max_confidence: Option<f64>,
}

/// A WHERE clause and its parameters. The clause is made of the constants in this crate only;
/// every value is a parameter of ClickHouse's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    clauses: Vec<&'static str>,
    params: Vec<(&'static str, Param)>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Param {
    Text(String),
    Texts(Vec<String>),
    Number(i64),
    Bits(u64),
    Float(f64),
}

impl Conditions {
    /// What a query may see and asks for.
    pub(crate) fn new(visibility: &Visibility, filter: &TicketFilter) -> Self {
        let mut conditions = Self::of(visibility);
        conditions.times(filter);
        let texts = [
            (&filter.status, "status", "status = {status:String}"),
            (&filter.category, "category", "category = {category:String}"),
            (&filter.workflow, "workflow", "workflow = {workflow:String}"),
            (&filter.environment, "environment", "environment = {environment:String}"),
            (&filter.ticket_id, "ticket_id", "ticket_id = {ticket_id:String}"),
            (&filter.ticket_id_prefix, "prefix", "startsWith(ticket_id, {prefix:String})"),
            (&filter.workflow_version, "version", "workflow_version = {version:String}"),
            (&filter.error_type, "error_type", "error_type = {error_type:String}"),
            (&filter.model, "model", "model = {model:String}"),
            (&filter.customer, "customer", "customer = {customer:String}"),
            (&filter.conversation, "conversation", "conversation = {conversation:String}"),
        ];
        for (value, name, clause) in texts {
            if let Some(value) = value {
                conditions.text(clause, name, value);
            }
        }
        let numbers = [
            (filter.min_seconds, "min_seconds", "duration_seconds >= {min_seconds:Float64}"),
            (filter.max_seconds, "max_seconds", "duration_seconds <= {max_seconds:Float64}"),
            (filter.min_confidence, "least", "overall_confidence >= {least:Float64}"),
            (filter.max_confidence, "most", "overall_confidence <= {most:Float64}"),
        ];
        for (value, name, clause) in numbers {
            if let Some(value) = value {
                conditions.float(clause, name, value);
            }
        }
        conditions
    }

    /// What a query may see.
    pub(crate) fn of(visibility: &Visibility) -> Self {
        let mut conditions = Self::default();
        if let Visibility::Tenant(name) = visibility {
            conditions.text("tenant = {tenant:String}", "tenant", name.as_str());
        }
        conditions
    }

    /// Adds the filter's span of time.
    pub(crate) fn times(&mut self, filter: &TicketFilter) {
        if let Some(since) = filter.since {
            let clause = "executed_at >= fromUnixTimestamp64Nano({since:Int64}, 'UTC')";
            self.time(clause, "since", since);
        }
        if let Some(until) = filter.until {
            let clause = "executed_at < fromUnixTimestamp64Nano({until:Int64}, 'UTC')";
            self.time(clause, "until", until);
        }
    }

    /// Adds a clause without parameters.
    pub(crate) fn clause(&mut self, clause: &'static str) {
        self.clauses.push(clause);
    }

    /// Adds a clause with a text.
    pub(crate) fn text(&mut self, clause: &'static str, name: &'static str, value: &str) {
        self.clauses.push(clause);
        self.params.push((name, Param::Text(value.to_owned())));
    }

    /// Adds a clause with a time, in nanoseconds.
    pub(crate) fn time(&mut self, clause: &'static str, name: &'static str, value: Timestamp) {
        self.clauses.push(clause);
        let nanos = i64::try_from(value.as_unix_nanos()).unwrap_or(i64::MAX);
        self.params.push((name, Param::Number(nanos)));
    }

    /// Adds a clause with a number.
    pub(crate) fn float(&mut self, clause: &'static str, name: &'static str, value: f64) {
        self.clauses.push(clause);
        self.params.push((name, Param::Float(value)));
    }

    /// A parameter of 64 bits for a clause that was added before.
    pub(crate) fn bits(&mut self, name: &'static str, bits: u64) {
        self.params.push((name, Param::Bits(bits)));
    }

    /// A parameter for a clause that was added before.
    pub(crate) fn param(&mut self, name: &'static str, value: &str) {
        self.params.push((name, Param::Text(value.to_owned())));
    }

    /// A number for clauses.
    pub(crate) fn number(&mut self, name: &'static str, value: i64) {
        self.params.push((name, Param::Number(value)));
    }

    /// A list of texts for a clause that was added before or is added next.
    pub(crate) fn texts(&mut self, name: &'static str, values: Vec<String>) {
        self.params.push((name, Param::Texts(values)));
    }

    /// The WHERE clause, or nothing.
    pub(crate) fn sql(&self) -> String {
        if self.clauses.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", self.clauses.join(" AND "))
    }

    /// Gives the query its parameters.
    pub(crate) fn bind(&self, query: Query) -> Query {
        self.params.iter().fold(query, |query, (name, value)| query.param(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_query_always_names_the_tenant() {
        let tenant = Visibility::Tenant("acme".parse().unwrap());
        let conditions = Conditions::new(&tenant, &TicketFilter::default());
        assert_eq!(conditions.sql(), " WHERE tenant = {tenant:String}");
        assert_eq!(Conditions::of(&Visibility::All).sql(), "");
    }

    #[test]
    fn no_value_of_a_filter_gets_into_the_sql() {
        let filter = TicketFilter {
            status: Some("x' OR 1=1 --".to_owned()),
            ticket_id: Some("y".to_owned()),
            since: Some(Timestamp::from_unix_nanos(5)),
            ..TicketFilter::default()
        };
        let sql = Conditions::new(&Visibility::All, &filter).sql();
        assert_eq!(
            sql,
            " WHERE executed_at >= fromUnixTimestamp64Nano({since:Int64}, 'UTC') \
             AND status = {status:String} AND ticket_id = {ticket_id:String}"
        );
    }
}
