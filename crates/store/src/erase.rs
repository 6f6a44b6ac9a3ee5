//! Erasing tickets: invisible when the call returns, gone from the disk soon after.

use ticketlens_ticket::ExecutionId;

use crate::{Fault, Store, TenantName, Visibility, rows::Table, visibility::Conditions};

/// What tells an execution from all others: its copies have it in common.
pub(crate) const EXECUTION: &str = "tenant, executed_at, execution_id";
/// What of feedback is corrected by a later one of the same.
const CORRECTED: &str = "tenant, ticket_id, execution_id, name, source";

/// Why tickets could not be erased. What was erased stays erased; call again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tickets are not all erased")]
pub struct EraseError(#[from] Fault);

/// What is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Executions, each with all of its copies.
    pub executions: u64,
    /// What was said of them, what was corrected with what corrects it.
    pub feedback: u64,
}

impl EraseError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable()
    }
}

impl Store {
    /// Erases every execution of a ticket, or one, with the feedback on it. Of a ticket that has none the
    /// feedback is erased, too.
    pub async fn erase_ticket(
        &self,
        visibility: &Visibility,
        ticket_id: &str,
        execution_id: Option<ExecutionId>,
    ) -> Result<Erased, EraseError> {
        let mut conditions = Conditions::of(visibility);
        conditions.text("ticket_id = {ticket_id:String}", "ticket_id", ticket_id);
        if let Some(id) = execution_id {
            let clause = "execution_id = toUUID({execution_id:String})";
            conditions.text(clause, "execution_id", &id.to_string());
        }
        let rows = conditions.sql();
        let feedback = self.delete_feedback(&rows, &conditions).await?;
        Ok(Erased { executions: self.erase_executions(&conditions).await?, feedback })
    }

    /// Erases every ticket of a customer, named by the keyed hash that its tickets carry, with the
    /// feedback on them and by the customer. Nothing is erased for an empty hash, which is every ticket
    /// without a customer.
    pub async fn erase_customer(
        &self,
        visibility: &Visibility,
        customer: &str,
    ) -> Result<Erased, EraseError> {
        if customer.is_empty() {
            return Ok(Erased::default());
        }
        let mut conditions = Conditions::of(visibility);
        conditions.text("customer = {customer:String}", "customer", customer);
        let by_customer = conditions.sql();
        // First: once its tickets are gone, nothing tells what was said about them; and once its own
        // feedback is, nothing tells what that corrected, which would come to light.
        let others = format!(
            " WHERE customer != {{customer:String}} AND (\
             (tenant, ticket_id) IN (SELECT tenant, ticket_id FROM {{store}}.tickets{by_customer}) \
             OR ({CORRECTED}) IN (SELECT {CORRECTED} FROM {{store}}.feedback{by_customer}))"
        );
        let mut feedback = self.delete_feedback(&others, &conditions).await?;
        feedback += self.delete_feedback(&by_customer, &conditions).await?;
        Ok(Erased { executions: self.erase_executions(&conditions).await?, feedback })
    }

    /// Erases every ticket of a tenant; returns how many.
    pub(crate) async fn erase_tenant(&self, tenant: &TenantName) -> Result<u64, EraseError> {
        let conditions = Conditions::of(&Visibility::Tenant(tenant.clone()));
        self.delete_feedback(&conditions.sql(), &conditions).await?;
        // A copy of an execution is its tenant's, too.
        self.erase(&conditions, &conditions.sql()).await
    }

    /// Erases the executions of which any copy is selected, with all their copies. One that was sent
    /// again may differ in what selects it, as when a customer is hashed with another key: were only
    /// that copy erased, the other would come to light.
    async fn erase_executions(&self, conditions: &Conditions) -> Result<u64, EraseError> {
        let rows = format!(
            " WHERE ({EXECUTION}) IN (SELECT {EXECUTION} FROM {{store}}.tickets{})",
            conditions.sql()
        );
        self.erase(conditions, &rows).await
    }

    async fn erase(&self, conditions: &Conditions, rows: &str) -> Result<u64, EraseError> {
        // Every row, expired and superseded ones too; executions are counted once.
        let execution = format!("uniqExact({EXECUTION})");
        Ok(self.delete_counted(Table::Tickets, &execution, rows, conditions).await?)
    }

    /// Deletes the feedback a clause selects; returns how much.
    pub(crate) async fn delete_feedback(
        &self,
        clause: &str,
        conditions: &Conditions,
    ) -> Result<u64, Fault> {
        let one = format!("uniqExact({CORRECTED}, feedback_id)");
        self.delete_counted(Table::Feedback, &one, clause, conditions).await
    }

    /// Deletes what a clause selects, and returns how many. Nothing is done where there is nothing:
    /// a deletion goes through every part of the table.
    async fn delete_counted(
        &self,
        table: Table,
        how_many: &str,
        clause: &str,
        conditions: &Conditions,
    ) -> Result<u64, Fault> {
        let count = format!("SELECT {how_many} FROM {{store}}.{}{clause}", table.name());
        let count = conditions.bind(self.sql(&count));
        let found = self.in_time(count.fetch_one::<u64>()).await?;
        if found > 0 {
            self.delete(table, "", clause, conditions).await?;
        }
        Ok(found)
    }

    /// Deletes the rows a clause selects, everywhere or in a partition (`IN PARTITION …`): invisible
    /// when it returns, off the disk soon after. What is deleted in one step is its caller's to bound.
    pub(crate) async fn delete(
        &self,
        table: Table,
        partition: &str,
        clause: &str,
        conditions: &Conditions,
    ) -> Result<(), Fault> {
        let table = table.name();
        let delete = format!("DELETE FROM {{store}}.{table} {partition} {clause}");
        let delete = conditions
            .bind(self.sql(&delete))
            .with_setting("lightweight_deletes_sync", "2")
            .with_setting("wait_end_of_query", "1");
        let deleted = self.in_long_time(delete.execute()).await;
        // A lightweight delete only hides rows until a merge comes along; this rewrites the parts. Also
        // after one that was not waited for: ClickHouse does the one after the other.
        let mask = format!("ALTER TABLE {{store}}.{table} APPLY DELETED MASK {partition}");
        let rewritten = self.run(&mask).await;
        deleted.and(rewritten)
    }
}
