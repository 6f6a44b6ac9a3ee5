//! What is so at the moment, looked up when somebody reads it: the budget, the line before the commit,
//! failures that others count, and what the database was last found to be like.
//!
//! Nothing here asks the database: a reader of `/metrics`, who may be anyone, costs it nothing.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry::{KeyValue, metrics::Meter};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeGaugeValue, GaugeValueEncoder, MetricEncoder},
    metrics::{MetricType, exemplar::Exemplar},
};
use ticketlens_store::{FaultCounts, TableLoad};
use tokio::time::Instant;

use super::instruments::{Named, dotted, observable, unit};
use crate::{
    budget::{Budget, Held, Limits},
    key_failures::KeyFailures,
    waiting_line::{Length, WaitingLine},
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

    fn now(&self) -> Now {
        Now {
            limits: self.budget.limits(),
            held: self.budget.held(self.tenants_named),
            line: self.line.length(Instant::now()),
            tables: self.tables.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_default(),
        }
    }

    /// Has OpenTelemetry's SDK look it up whenever it reads.
    pub(super) fn observe(&self, meter: &Meter) {
        for Reading { name, help, read } in READINGS {
            let sources = self.clone();
            let gauge = meter.f64_observable_gauge(dotted(name)).with_description(help);
            let gauge = gauge.with_unit(unit(name)).with_callback(move |to| {
                if let Some(value) = read(&sources.now()) {
                    to.observe(value.as_f64(), &[]);
                }
            });
            gauge.build();
        }
        if self.tenants_named > 0 {
            let sources = self.clone();
            let gauge = meter.u64_observable_gauge(dotted(TENANT_BYTES.0));
            let gauge = gauge.with_description(TENANT_BYTES.1).with_unit(unit(TENANT_BYTES.0));
            let gauge = gauge.with_callback(move |to| {
                for (tenant, bytes) in sources.now().held.named {
                    to.observe(number(bytes), &[KeyValue::new(TENANT, tenant.to_string())]);
                }
            });
            gauge.build();
        }
        let failures = Arc::clone(&self.key_failures);
        let counter = observable(meter, KEY_FAILURES).with_callback(move |to| {
            for (code, count) in failures.iter() {
                to.observe(count, &[KeyValue::new(ERROR_CODE, code)]);
            }
        });
        counter.build();
        let faults = Arc::clone(&self.faults);
        let counter = observable(meter, CLICKHOUSE_ERRORS).with_callback(move |to| {
            for (error_type, count) in faults.iter() {
                to.observe(count, &[KeyValue::new(ERROR_TYPE, error_type)]);
            }
        });
        counter.build();
    }
}

/// What is so at the moment.
struct Now {
    limits: Limits,
    held: Held,
    line: Length,
    tables: TableLoad,
}

/// A gauge: its name, what it says, and its value in a moment; `None` where that is not known, and then
/// it has no number: nothing would be a full disk.
struct Reading {
    name: &'static str,
    help: &'static str,
    read: fn(&Now) -> Option<Value>,
}

const fn reading(
    name: &'static str,
    help: &'static str,
    read: fn(&Now) -> Option<Value>,
) -> Reading {
    Reading { name, help, read }
}

const READINGS: [Reading; 14] = [
    reading("bytes_in_flight", "Bytes reserved by requests", |now| count(now.held.all)),
    reading("budget_bytes", "Most bytes that requests may reserve", |now| count(now.limits.total)),
    reading("tenant_share_bytes", "Most bytes of one tenant", |now| count(now.limits.share)),
    reading("tenants_in_flight", "Tenants with requests in flight", |now| count(now.held.tenants)),
    reading("largest_tenant_bytes", "Bytes reserved by the tenant that has reserved most", |now| {
        count(now.held.largest)
    }),
    reading("commit_queue_requests", "Requests that wait for their commit", |now| {
        Some(Value::Whole(now.line.requests))
    }),
    reading("commit_queue_rows", "Rows that wait for their commit", |now| {
        Some(Value::Whole(now.line.rows))
    }),
    reading("commit_queue_bytes", "Bytes of these rows", |now| Some(Value::Whole(now.line.bytes))),
    reading(
        "commit_queue_oldest_seconds",
        "How long the first of these requests has waited",
        |now| Some(Value::Seconds(now.line.oldest)),
    ),
    reading("clickhouse_parts", "Active parts of all our tables", |now| {
        now.tables.parts.map(Value::Whole)
    }),
    reading("clickhouse_partition_parts", "Active parts of the partition that has most", |now| {
        now.tables.most_parts_of_a_partition.map(Value::Whole)
    }),
    reading("clickhouse_table_bytes", "Bytes of all our tables", |now| {
        now.tables.disk.map(|disk| Value::Whole(disk.database_bytes))
    }),
    reading("clickhouse_disk_free_bytes", "Bytes free on their disk", |now| {
        now.tables.disk?.free_bytes.map(Value::Whole)
    }),
    reading("clickhouse_disk_size_bytes", "Bytes of their disk", |now| {
        now.tables.disk?.total_bytes.map(Value::Whole)
    }),
];

const TENANT_BYTES: Named =
    ("tenant_bytes", "Bytes reserved by each of the tenants that have reserved most");
const KEY_FAILURES: Named = ("key_failures", "Requests refused over their key, by error code");
const CLICKHOUSE_ERRORS: Named =
    ("clickhouse_errors", "Failures of ClickHouse, by its name for them");
const TENANT: &str = "tenant";
const ERROR_CODE: &str = "error_code";
const ERROR_TYPE: &str = "error_type";

#[derive(Clone, Copy, Debug)]
enum Value {
    Whole(u64),
    Seconds(Duration),
}

impl Value {
    fn as_f64(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 9 petabytes")]
            Self::Whole(value) => value as f64,
            Self::Seconds(duration) => duration.as_secs_f64(),
        }
    }
}

impl EncodeGaugeValue for Value {
    fn encode(&self, encoder: &mut GaugeValueEncoder<'_>) -> fmt::Result {
        match self {
            Self::Whole(value) => value.encode(encoder),
            Self::Seconds(duration) => duration.as_secs_f64().encode(encoder),
        }
    }
}

const GAUGE: MetricType = MetricType::Gauge;
const COUNTER: MetricType = MetricType::Counter;

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.now();
        let out = &mut encoder;
        for Reading { name, help, read } in READINGS {
            if let Some(value) = read(&now) {
                family(out, (name, help), GAUGE)?.encode_gauge(&value)?;
            }
        }
        if self.tenants_named > 0 {
            let mut family = family(out, TENANT_BYTES, GAUGE)?;
            for (tenant, bytes) in &now.held.named {
                let labels = [(TENANT, tenant.as_str())];
                family.encode_family(&labels)?.encode_gauge(&number(*bytes))?;
            }
        }
        counters(family(out, KEY_FAILURES, COUNTER)?, ERROR_CODE, self.key_failures.iter())?;
        counters(family(out, CLICKHOUSE_ERRORS, COUNTER)?, ERROR_TYPE, self.faults.iter())
    }
}

/// A measure that was not declared before; a full stop follows what it says, as with those that were.
fn family<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    (name, help): Named,
    of: MetricType,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    encoder.encode_descriptor(name, &format!("{help}."), None, of)
}

fn counters(
    mut family: MetricEncoder<'_>,
    label: &'static str,
    values: impl Iterator<Item = (&'static str, u64)>,
) -> fmt::Result {
    for (value, count) in values {
        let none = None::<&Exemplar<[(&str, &str); 0], f64>>;
        family.encode_family(&[(label, value)])?.encode_counter(&count, none)?;
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "as a reading has it")]
fn count(things: usize) -> Option<Value> {
    Some(Value::Whole(number(things)))
}

fn number(things: usize) -> u64 {
    things as u64
}
