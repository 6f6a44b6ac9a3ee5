//! Reading tickets: lists, one ticket, counts.

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::{ExecutionId, Timestamp};

use crate::{
    Fault, PageStart, PageToken, QueryError, Sort, SortBy, Store, StoredFeedback, TicketFilter,
    Visibility, micros::from_micros, tenant_table::OF_A_PRESENT_TENANT, visibility::Conditions,
};

/// Tickets on a page unless said otherwise.
pub const PAGE_SIZE: u32 = 50;
/// Most tickets on a page.
pub const MOST_ON_A_PAGE: u32 = 1_000;
/// Most tenants that are named where several have a ticket of one number.
pub const MOST_TENANTS: usize = 20;
/// Other executions shown beside a ticket.
const OTHER_EXECUTIONS: u32 = 100;

/// One execution without its trace. Absent texts are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketSummary {
    /// Whose.
    pub tenant: String,
    /// The ticket's number in the help desk.
    pub ticket_id: String,
    /// This execution.
    pub execution_id: ExecutionId,
    /// When the execution finished.
    pub executed_at: Timestamp,
    /// Execution time.
    pub duration_seconds: f64,
    /// How it ended.
    pub status: String,
    /// What it is about.
    pub category: String,
    /// `service.name`.
    pub workflow: String,
    /// `service.version`.
    pub workflow_version: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// What went wrong.
    pub error_type: String,
    /// METRICS_ONLY, TIMELINE or FULL_TRACE.
    pub capture: String,
    /// Keyed hash of the customer.
    pub customer: String,
    /// `ticket.metrics.*`, by name.
    pub metrics: Vec<(String, f64)>,
    /// The model.
    pub model: String,
    /// Input tokens, over the ticket.
    pub input_tokens: Option<u64>,
    /// Output tokens, over the ticket.
    pub output_tokens: Option<u64>,
    /// What it cost, as decimal text; `None` where that is not known.
    pub cost: Option<String>,
    /// What the cost is in; empty where there is none.
    pub cost_currency: String,
    /// sent or priced; empty where there is no cost.
    pub cost_source: String,
    /// `gen_ai.conversation.id`.
    pub conversation: String,
    /// Values the gate removed.
    pub redactions: u32,
    /// The same by detector.
    pub redactions_by: Vec<(String, u32)>,
    /// Lower-case hex, empty where no span was active.
    pub trace_id: String,
    /// Lower-case hex, empty where no span was active.
    pub span_id: String,
    /// When the receiver took it.
    pub received_at: Timestamp,
    /// The client process.
    pub instance_id: String,
    /// Counts up per client process.
    pub sequence: Option<u64>,
}

/// A page of tickets.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketPage {
    /// The tickets.
    pub tickets: Vec<TicketSummary>,
    /// Where the next page begins; absent on the last.
    pub next: Option<PageToken>,
}

/// One step of the timeline, without its text.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredStep {
    /// Unique within the ticket.
    pub id: String,
    /// The step this one belongs to, or empty.
    pub parent_id: String,
    /// node, react, llm, tool, retrieval, message or other.
    pub kind: String,
    /// The node, tool, model or speaker.
    pub name: String,
    /// The ReACT iteration, from 1.
    pub iteration: Option<u32>,
    /// Milliseconds since the execution began.
    pub start_ms: f64,
    /// Milliseconds it took.
    pub duration_ms: f64,
    /// OK, ERROR or SKIPPED.
    pub status: String,
    /// What went wrong, or empty.
    pub error_type: String,
}

/// One ticket with its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketDetail {
    /// The execution.
    pub summary: TicketSummary,
    /// The timeline.
    pub steps: Vec<StoredStep>,
    /// Steps that were sent beyond what a timeline holds; the trace has them, where it is kept.
    pub steps_beyond: u32,
    /// The trace, one JSON object; empty where none was captured or its time is over.
    pub trace_json: String,
    /// Every attribute outside the contract.
    pub attributes: Vec<(String, String)>,
    /// Other executions of the same ticket, newest first, at most 100.
    pub executions: Vec<TicketSummary>,
    /// What was said of the execution and of the ticket, newest first, at most
    /// [`MOST_FEEDBACK_ON_A_PAGE`](crate::MOST_FEEDBACK_ON_A_PAGE).
    pub feedback: Vec<StoredFeedback>,
}

/// One ticket, still without its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTicket {
    summary: TicketSummary,
    executions: Vec<TicketSummary>,
    feedback: Vec<StoredFeedback>,
    trace_bytes: u32,
}

impl FoundTicket {
    /// Bytes of its trace, as it was stored, and of its feedback.
    pub fn bytes(&self) -> usize {
        let feedback = self.feedback.iter().map(StoredFeedback::bytes);
        self.trace_bytes as usize + feedback.sum::<usize>()
    }
}

/// The columns of a [`SummaryRow`].
pub(crate) const SUMMARY: &str = "tenant, ticket_id, toString(execution_id) AS id, executed_at, \
    duration_seconds, status, category, workflow, workflow_version, environment, error_type, \
    capture, customer, metrics, model, input_tokens, output_tokens, toString(cost) AS amount, cost_currency, \
    cost_source, conversation, redactions, redactions_by, trace_id, span_id, received_at, instance, sequence, trace_bytes";

#[derive(Row, Deserialize)]
pub(crate) struct SummaryRow {
    tenant: String,
    ticket_id: String,
    id: String,
    /// Nanoseconds since the epoch.
    executed_at: i64,
    duration_seconds: f64,
    status: String,
    category: String,
    workflow: String,
    workflow_version: String,
    environment: String,
    error_type: String,
    capture: String,
    customer: String,
    metrics: Vec<(String, f64)>,
    model: String,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    amount: Option<String>,
    cost_currency: String,
    cost_source: String,
    conversation: String,
    redactions: u32,
    redactions_by: Vec<(String, u32)>,
    trace_id: String,
    span_id: String,
    /// Microseconds since the epoch.
    received_at: i64,
    instance: String,
    sequence: Option<u64>,
    pub(crate) trace_bytes: u32,
    sort_value: f64,
}

#[derive(Row, Deserialize)]
struct DetailRow {
    steps: Vec<StepRow>,
    steps_beyond: u32,
    trace_json: String,
    attributes: Vec<(String, String)>,
}

/// The table's tuple without its names, which the client can't read.
const STEPS: &str = "Array(Tuple(String, String, String, String, UInt32, Float64, Float64, String, \
                     String))";

/// In the order of the tuple in the table.
type StepRow = (String, String, String, String, u32, f64, f64, String, String);

impl Store {
    /// A page of the tickets a filter selects; `page_size` is held between 1 and
    /// [`MOST_ON_A_PAGE`].
    pub async fn list_tickets(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
        page_size: u32,
        start: &PageStart,
    ) -> Result<TicketPage, QueryError> {
        let sort = start.sort();
        let mut conditions = Conditions::new(visibility, filter);
        if let PageStart::After(token) = start {
            after_token(&mut conditions, token);
        }
        let size = page_size.clamp(1, MOST_ON_A_PAGE);
        // One more than a page tells whether there is a next.
        let mut rows = self.summary_rows(&conditions, sort, size + 1).await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let value = rows.last().map_or(0.0, |last| last.sort_value);
        let tickets = summaries_of(rows)?;
        let next = tickets.last().filter(|_| more).map(|last| PageToken {
            sort,
            value,
            executed_at: last.executed_at,
            execution_id: last.execution_id,
            tenant: last.tenant.clone(),
        });
        Ok(TicketPage { tickets, next })
    }

    /// The tenants that have a ticket of this number, or this execution of it, by name; at most
    /// one more than [`MOST_TENANTS`]. A number is unique within a tenant only.
    pub async fn tenants_of_ticket(
        &self,
        ticket_id: &str,
        execution_id: Option<ExecutionId>,
    ) -> Result<Vec<String>, QueryError> {
        let conditions = one_ticket(&Visibility::All, ticket_id, execution_id);
        let sql = format!(
            "SELECT DISTINCT tenant FROM {{views}}.tickets{} ORDER BY tenant LIMIT {}",
            conditions.sql(),
            MOST_TENANTS + 1
        );
        let query = conditions.bind(self.select(&sql));
        Ok(self.in_time(query.fetch_all::<String>()).await?)
    }

    /// One ticket with its trace: the newest execution, or the one named, with others of the same
    /// tenant. `None` where there is none that may be seen.
    pub async fn get_ticket(
        &self,
        visibility: &Visibility,
        ticket_id: &str,
        execution_id: Option<ExecutionId>,
    ) -> Result<Option<TicketDetail>, QueryError> {
        match self.find_ticket(visibility, ticket_id, execution_id).await? {
            None => Ok(None),
            Some(found) => self.open_ticket(found).await,
        }
    }

    /// The same still without its trace, so that room can be made for it.
    pub async fn find_ticket(
        &self,
        visibility: &Visibility,
        ticket_id: &str,
        execution_id: Option<ExecutionId>,
    ) -> Result<Option<FoundTicket>, QueryError> {
        let conditions = one_ticket(visibility, ticket_id, None);
        let mut rows = self.summary_rows(&conditions, Sort::NEWEST, OTHER_EXECUTIONS + 1).await?;
        let id = execution_id.map(|id| id.to_string());
        let row = match &id {
            None if rows.is_empty() => None,
            None => Some(rows.remove(0)),
            Some(id) => match rows.iter().position(|row| row.id == *id) {
                Some(at) => Some(rows.remove(at)),
                // Older than the newest hundred.
                None => {
                    let named = one_ticket(visibility, ticket_id, execution_id);
                    self.summary_rows(&named, Sort::NEWEST, 1).await?.pop()
                }
            },
        };
        let Some(row) = row else { return Ok(None) };
        rows.retain(|other| other.tenant == row.tenant);
        rows.truncate(OTHER_EXECUTIONS as usize);
        let trace_bytes = row.trace_bytes;
        let (summary, executions) = (summary_of(row)?, summaries_of(rows)?);
        let feedback = self.feedback_of(&summary).await?;
        Ok(Some(FoundTicket { summary, executions, feedback, trace_bytes }))
    }

    /// A ticket that was found, with its trace. `None` where it has gone since.
    pub async fn open_ticket(
        &self,
        found: FoundTicket,
    ) -> Result<Option<TicketDetail>, QueryError> {
        self.detail(found).await
    }

    /// How many tickets a filter selects.
    pub async fn count_tickets(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
    ) -> Result<u64, QueryError> {
        let conditions = Conditions::new(visibility, filter);
        let sql = format!("SELECT count() FROM {{views}}.tickets{}", conditions.sql());
        let query = conditions.bind(self.select(&sql));
        Ok(self.in_time(query.fetch_one::<u64>()).await?)
    }

    pub(crate) async fn summary_rows(
        &self,
        conditions: &Conditions,
        sort: Sort,
        limit: u32,
    ) -> Result<Vec<SummaryRow>, Fault> {
        let sql = format!(
            "SELECT {SUMMARY}, {} AS sort_value FROM {{views}}.tickets{}{} LIMIT {limit}",
            sort.value(),
            conditions.sql(),
            sort.order_by(),
        );
        let query = conditions.bind(self.select(&sql));
        self.in_time(query.fetch_all::<SummaryRow>()).await
    }

    /// Fetches the trace by the whole sorting key: one granule is read, not every trace that the
    /// ticket's number might be in.
    async fn detail(
        &self,
        FoundTicket { summary, executions, feedback, .. }: FoundTicket,
    ) -> Result<Option<TicketDetail>, QueryError> {
        let mut conditions = Conditions::default();
        conditions.text("tenant = {tenant:String}", "tenant", &summary.tenant);
        let at = "executed_at = fromUnixTimestamp64Nano({at:Int64}, 'UTC')";
        conditions.time(at, "at", summary.executed_at);
        let id = "execution_id = toUUID({id:String})";
        conditions.text(id, "id", &summary.execution_id.to_string());
        conditions.clause(OF_A_PRESENT_TENANT);
        let sql = format!(
            "SELECT CAST(if(trace_expires_at > now(), steps, []), '{STEPS}') AS steps, \
             if(trace_expires_at > now(), steps_beyond, 0) AS steps_beyond, \
             if(trace_expires_at > now(), trace_json, '') AS trace_json, attributes \
             FROM {{store}}.tickets FINAL{}",
            conditions.sql()
        );
        let query = conditions.bind(self.select(&sql));
        // Erased or expired since: as if it had never been found.
        let row = self.in_time(query.fetch_optional::<DetailRow>()).await?;
        Ok(row.map(|row| TicketDetail {
            summary,
            steps: row.steps.into_iter().map(step_of).collect(),
            steps_beyond: row.steps_beyond,
            trace_json: row.trace_json,
            attributes: row.attributes,
            executions,
            feedback,
        }))
    }
}

/// Selects the executions of a ticket, or one of them.
fn one_ticket(
    visibility: &Visibility,
    ticket_id: &str,
    execution_id: Option<ExecutionId>,
) -> Conditions {
    let mut conditions = Conditions::of(visibility);
    conditions.text("ticket_id = {ticket_id:String}", "ticket_id", ticket_id);
    if let Some(id) = execution_id {
        let clause = "execution_id = toUUID({execution_id:String})";
        conditions.text(clause, "execution_id", &id.to_string());
    }
    conditions
}

pub(crate) fn after_token(conditions: &mut Conditions, token: &PageToken) {
    if token.sort.by != SortBy::ExecutedAt {
        after_value(conditions, token);
        return;
    }
    // The bare comparison of times prunes; the one of tuples decides.
    let (time, tuple) = if token.sort.descending {
        (
            "executed_at <= fromUnixTimestamp64Nano({after:Int64}, 'UTC')",
            "(executed_at, execution_id, tenant) < (fromUnixTimestamp64Nano({after:Int64}, 'UTC'), \
             toUUID({after_id:String}), {after_tenant:String})",
        )
    } else {
        (
            "executed_at >= fromUnixTimestamp64Nano({after:Int64}, 'UTC')",
            "(executed_at, execution_id, tenant) > (fromUnixTimestamp64Nano({after:Int64}, 'UTC'), \
             toUUID({after_id:String}), {after_tenant:String})",
        )
    };
    conditions.time(time, "after", token.executed_at);
    conditions.text(tuple, "after_id", &token.execution_id.to_string());
    conditions.param("after_tenant", &token.tenant);
}

fn after_value(conditions: &mut Conditions, token: &PageToken) {
    let tuple = if token.sort.descending {
        "(sort_value, executed_at, execution_id, tenant) < \
         (reinterpretAsFloat64({after_value:UInt64}), \
         fromUnixTimestamp64Nano({after:Int64}, 'UTC'), toUUID({after_id:String}), \
         {after_tenant:String})"
    } else {
        "(sort_value, executed_at, execution_id, tenant) > \
         (reinterpretAsFloat64({after_value:UInt64}), \
         fromUnixTimestamp64Nano({after:Int64}, 'UTC'), toUUID({after_id:String}), \
         {after_tenant:String})"
    };
    conditions.time(tuple, "after", token.executed_at);
    conditions.bits("after_value", token.value.to_bits());
    conditions.param("after_id", &token.execution_id.to_string());
    conditions.param("after_tenant", &token.tenant);
}

pub(crate) fn summaries_of(rows: Vec<SummaryRow>) -> Result<Vec<TicketSummary>, Fault> {
    rows.into_iter().map(summary_of).collect()
}

fn summary_of(row: SummaryRow) -> Result<TicketSummary, Fault> {
    Ok(TicketSummary {
        tenant: row.tenant,
        ticket_id: row.ticket_id,
        execution_id: row.id.parse().map_err(|_| Fault::Unreadable)?,
        executed_at: Timestamp::from_unix_nanos(u64::try_from(row.executed_at).unwrap_or(0)),
        duration_seconds: row.duration_seconds,
        status: row.status,
        category: row.category,
        workflow: row.workflow,
        workflow_version: row.workflow_version,
        environment: row.environment,
        error_type: row.error_type,
        capture: row.capture,
        customer: row.customer,
        metrics: row.metrics,
        model: row.model,
        input_tokens: row.input_tokens,
        output_tokens: row.output_tokens,
        cost: row.amount,
        cost_currency: row.cost_currency,
        cost_source: row.cost_source,
        conversation: row.conversation,
        redactions: row.redactions,
        redactions_by: row.redactions_by,
        trace_id: row.trace_id,
        span_id: row.span_id,
        received_at: from_micros(row.received_at),
        instance_id: row.instance,
        sequence: row.sequence,
    })
}

fn step_of(row: StepRow) -> StoredStep {
    let (id, parent_id, kind, name, iteration, start_ms, duration_ms, status, error_type) = row;
    let iteration = Some(iteration).filter(|n| *n > 0);
    StoredStep { id, parent_id, kind, name, iteration, start_ms, duration_ms, status, error_type }
}
