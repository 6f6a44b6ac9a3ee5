//! The feedback that stands beside tickets: of each what was said of its execution and of the ticket as
//! a whole.

use std::collections::HashMap;

use ticketlens_ticket::ExecutionId;

use crate::{
    Fault, FeedbackOrder, MOST_FEEDBACK_ON_A_PAGE, Store, StoredFeedback, TicketSummary,
    feedback::{COLUMNS, FeedbackRow, stored},
    visibility::Conditions,
};

/// Bytes of feedback beside a page of tickets, read in one query.
const PAGE_BYTES: usize = 4 << 20;
/// What feedback weighs beside its comment.
const BESIDE_A_COMMENT: usize = 512;
/// What is said of no execution is of the ticket.
const OF_THE_TICKET: &str = "00000000-0000-0000-0000-000000000000";
/// Feedback in a block that ClickHouse sends: a comment may have 16 KiB.
const FEEDBACK_IN_A_BLOCK: &str = "64";

/// The feedback of a page of tickets.
#[derive(Debug, Default)]
pub(crate) struct FeedbackOfTickets {
    /// By ticket, newest first.
    by_ticket: HashMap<Key, Vec<StoredFeedback>>,
    /// The first ticket of the page of which there may be more.
    pub(crate) left_off: Option<usize>,
}

/// A tenant and its ticket's number: two tenants may have the same one.
type Key = (String, String);

impl FeedbackOfTickets {
    /// What is told beside one of the tickets.
    pub(crate) fn of(&self, ticket: &TicketSummary) -> Vec<StoredFeedback> {
        let all = self.by_ticket.get(&key_of(ticket)).into_iter().flatten();
        let about = all.filter(|one| one.execution_id.is_none_or(|id| id == ticket.execution_id));
        about.take(MOST_FEEDBACK_ON_A_PAGE as usize).cloned().collect()
    }
}

impl Store {
    /// What was said of an execution and of its ticket as a whole: newest first, at most
    /// [`MOST_FEEDBACK_ON_A_PAGE`].
    pub(crate) async fn feedback_of(
        &self,
        ticket: &TicketSummary,
    ) -> Result<Vec<StoredFeedback>, Fault> {
        let mut conditions = Conditions::default();
        conditions.text("tenant = {tenant:String}", "tenant", &ticket.tenant);
        conditions.text("ticket_id = {ticket_id:String}", "ticket_id", &ticket.ticket_id);
        executions(&mut conditions, [ticket.execution_id].into_iter());
        let rows =
            self.feedback_rows(&conditions, FeedbackOrder::Newest, MOST_FEEDBACK_ON_A_PAGE).await?;
        rows.into_iter().map(stored).collect()
    }

    /// The feedback of a page of tickets, in one query. Of what weighs too much the rest is left off, at a
    /// ticket's beginning.
    pub(crate) async fn feedback_of_page(
        &self,
        tickets: &[TicketSummary],
    ) -> Result<FeedbackOfTickets, Fault> {
        let places = places(tickets);
        let conditions = of_page(tickets);
        let sql = format!(
            "SELECT {COLUMNS}, toFloat64(0) AS value, '' AS place FROM {{views}}.ticket_feedback{} \
             ORDER BY indexOf({{ticket_ids:Array(String)}}, ticket_id), given_at DESC, feedback_id \
             LIMIT {MOST_FEEDBACK_ON_A_PAGE} BY tenant, ticket_id, execution_id",
            conditions.sql(),
        );
        let query = self.select(&sql).with_setting("max_block_size", FEEDBACK_IN_A_BLOCK);
        let rows = async {
            let mut cursor = conditions.bind(query).fetch::<FeedbackRow>()?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            while let Some(row) = cursor.next().await? {
                let key = (row.tenant.as_str(), row.ticket_id.as_str());
                // Another tenant's ticket of a number that is on the page.
                let Some(place) = places.get(&key).copied() else { continue };
                bytes += row.comment.len() + BESIDE_A_COMMENT;
                if bytes > PAGE_BYTES {
                    return Ok((found, Some(place)));
                }
                found.push(row);
            }
            Ok((found, None))
        };
        let (rows, left_off) = self.in_time(rows).await?;
        let mut by_ticket = HashMap::<Key, Vec<StoredFeedback>>::new();
        for row in rows {
            let one = stored(row)?;
            by_ticket.entry((one.tenant.clone(), one.ticket_id.clone())).or_default().push(one);
        }
        Ok(FeedbackOfTickets { by_ticket, left_off })
    }
}

fn key_of(ticket: &TicketSummary) -> Key {
    (ticket.tenant.clone(), ticket.ticket_id.clone())
}

/// Where each ticket's number comes first on the page, whosesoever it is: feedback is read in this
/// order.
fn places(tickets: &[TicketSummary]) -> HashMap<(&str, &str), usize> {
    let mut first = HashMap::new();
    let mut places = HashMap::new();
    for (at, ticket) in tickets.iter().enumerate() {
        let place = *first.entry(ticket.ticket_id.as_str()).or_insert(at);
        places.insert((ticket.tenant.as_str(), ticket.ticket_id.as_str()), place);
    }
    places
}

fn of_page(tickets: &[TicketSummary]) -> Conditions {
    let mut conditions = Conditions::default();
    let mut tenants: Vec<_> = tickets.iter().map(|ticket| ticket.tenant.clone()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    conditions.texts("tenants", tenants);
    conditions.clause("tenant IN {tenants:Array(String)}");
    // In the page's order, which is the order of the answer.
    let ids = tickets.iter().map(|ticket| ticket.ticket_id.clone());
    conditions.texts("ticket_ids", ids.collect());
    conditions.clause("ticket_id IN {ticket_ids:Array(String)}");
    executions(&mut conditions, tickets.iter().map(|ticket| ticket.execution_id));
    conditions
}

/// Of these executions, or of their tickets.
fn executions(conditions: &mut Conditions, ids: impl Iterator<Item = ExecutionId>) {
    let ids = ids.map(|id| id.to_string()).chain([OF_THE_TICKET.to_owned()]);
    conditions.texts("executions", ids.collect());
    conditions.clause("toString(execution_id) IN {executions:Array(String)}");
}
