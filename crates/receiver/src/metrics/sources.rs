//! What is so at the moment, looked up when somebody reads it: the budget, the line before the commit,
//! failures that others count, and what the database was last found to be like.
//!
//! Nothing here asks the database: a reader of `/metrics`, who may be anyone, costs it nothing.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder},
    metrics::{MetricType, exemplar::Exemplar},
};
use ticketlens_store::{FaultCounts, TableLoad};
use tokio::time::Instant;

use crate::{
    budget::{Budget, Limits},
    key_failures::KeyFailures,
    waiting_line::WaitingLine,
};

/// Where it is looked up. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) budget: Budget,
    pub(crate) line: WaitingLine,
    pub(crate) faults: Arc<FaultCounts>,
    pub(crate) key_failures: Arc<KeyFailures>,
    /// Tenants that are named, at most: those that hold most. None, unless the configuration says so.
    pub(crate) tenants_named: usize,
    pub(crate) tables: Arc<Mutex<Option<TableLoad>>>,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            budget: Budget::new(Limits { total: 0, share: 0 }),
            line: WaitingLine::default(),
            faults: Arc::default(),
            key_failures: Arc::default(),
            tenants_named: 0,
            tables: Arc::default(),
        }
    }
}

impl Sources {
    pub(super) fn tables_weigh(&self, load: Option<TableLoad>) {
        *self.tables.lock().unwrap_or_else(PoisonError::into_inner) = load;
    }

    fn of_the_budget(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let limits = self.budget.limits();
        let held = self.budget.held(self.tenants_named);
        out.gauge("bytes_in_flight", "Bytes reserved by requests.", number(held.all))?;
        out.gauge("budget_bytes", "Most bytes that requests may reserve.", number(limits.total))?;
        out.gauge("tenant_share_bytes", "Most bytes of one tenant.", number(limits.share))?;
        let help = "Tenants with requests in flight.";
        out.gauge("tenants_in_flight", help, number(held.tenants))?;
        let help = "Bytes reserved by the tenant that has reserved most.";
        out.gauge("largest_tenant_bytes", help, number(held.largest))?;
        if self.tenants_named > 0 {
            let help = "Bytes reserved by each of the tenants that have reserved most.";
            let mut family = out.family("tenant_bytes", help, MetricType::Gauge)?;
            for (tenant, bytes) in &held.named {
                let labels = [("tenant", tenant.as_str())];
                family.encode_family(&labels)?.encode_gauge(&number(*bytes))?;
            }
        }
        Ok(())
    }

    fn of_the_line(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let length = self.line.length(Instant::now());
        let help = "Requests that wait for their commit.";
        out.gauge("commit_queue_requests", help, length.requests)?;
        out.gauge("commit_queue_rows", "Rows that wait for their commit.", length.rows)?;
        out.gauge("commit_queue_bytes", "Bytes of these rows.", length.bytes)?;
        let help = "How long the first of these requests has waited.";
        out.gauge("commit_queue_oldest_seconds", help, length.oldest.as_secs_f64())
    }

    fn of_the_database(&self, out: &mut Out<'_, '_>) -> fmt::Result {
        let load = *self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let TableLoad { parts, most_parts_of_a_partition, disk } = load.unwrap_or_default();
        let of_disk = disk.unwrap_or_default();
        let known = [
            ("clickhouse_parts", "Active parts of all our tables.", parts),
            (
                "clickhouse_partition_parts",
                "Active parts of the partition that has most.",
                most_parts_of_a_partition,
            ),
            (
                "clickhouse_table_bytes",
                "Bytes of all our tables.",
                disk.map(|disk| disk.database_bytes),
            ),
            ("clickhouse_disk_free_bytes", "Bytes free on their disk.", of_disk.free_bytes),
            ("clickhouse_disk_size_bytes", "Bytes of their disk.", of_disk.total_bytes),
        ];
        // What is not known has no number: nothing would be a full disk.
        for (name, help, value) in known {
            if let Some(value) = value {
                out.gauge(name, help, value)?;
            }
        }
        Ok(())
    }
}

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(&mut encoder);
        self.of_the_budget(&mut out)?;
        self.of_the_line(&mut out)?;
        self.of_the_database(&mut out)?;
        let help = "Requests refused over their key, by reason.";
        out.counters("key_failures", help, "reason", self.key_failures.iter())?;
        let help = "Failures of ClickHouse, by its name for them.";
        out.counters("clickhouse_errors", help, "error_type", self.faults.iter())
    }
}

/// Writes metrics one by one.
struct Out<'e, 'd>(&'e mut DescriptorEncoder<'d>);

impl Out<'_, '_> {
    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn family(
        &mut self,
        name: &'static str,
        help: &str,
        of: MetricType,
    ) -> Result<MetricEncoder<'_>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, of)
    }

    fn counters(
        &mut self,
        name: &'static str,
        help: &str,
        label: &'static str,
        values: impl Iterator<Item = (&'static str, u64)>,
    ) -> fmt::Result {
        let mut family = self.family(name, help, MetricType::Counter)?;
        for (value, count) in values {
            let none = None::<&Exemplar<[(&str, &str); 0], f64>>;
            family.encode_family(&[(label, value)])?.encode_counter(&count, none)?;
        }
        Ok(())
    }
}

fn number(bytes: usize) -> u64 {
    bytes as u64
}
