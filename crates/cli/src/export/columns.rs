//! Tickets as the columns of a Parquet file: those of `tickets list --json`, typed, and with them the
//! customer's rating, and the feedback, attributes and trace as JSON.
//!
//! Rows are gathered until they weigh enough for a row group, and written: what is in memory is
//! bounded, however long the export.

use std::{io, sync::Arc};

use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use serde::Serialize;
use ticketlens_api::{ExportedTicket, TicketSummary, time::timestamp};

use super::said::{csat, said_of};

/// Bytes of tickets in a row group, and what one weighs beside its trace and attributes.
const GROUP_BYTES: usize = 32 << 20;
const SUMMARY_BYTES: usize = 1 << 10;

/// In the order in which [`Columns::group`] writes them.
const SCHEMA: &str = "message ticket {
    REQUIRED BYTE_ARRAY tenant (STRING);
    REQUIRED BYTE_ARRAY ticket_id (STRING);
    REQUIRED BYTE_ARRAY execution_id (STRING);
    OPTIONAL INT64 executed_at (TIMESTAMP(NANOS,true));
    REQUIRED DOUBLE duration_seconds;
    REQUIRED BYTE_ARRAY status (STRING);
    REQUIRED BYTE_ARRAY category (STRING);
    REQUIRED BYTE_ARRAY workflow (STRING);
    REQUIRED BYTE_ARRAY workflow_version (STRING);
    REQUIRED BYTE_ARRAY environment (STRING);
    REQUIRED BYTE_ARRAY error_type (STRING);
    REQUIRED BYTE_ARRAY capture (STRING);
    REQUIRED BYTE_ARRAY customer (STRING);
    REQUIRED BYTE_ARRAY metrics (STRING);
    REQUIRED BYTE_ARRAY model (STRING);
    OPTIONAL INT64 input_tokens (INTEGER(64,false));
    OPTIONAL INT64 output_tokens (INTEGER(64,false));
    OPTIONAL INT64 cost (DECIMAL(18,9));
    REQUIRED BYTE_ARRAY cost_currency (STRING);
    REQUIRED BYTE_ARRAY cost_source (STRING);
    REQUIRED BYTE_ARRAY conversation (STRING);
    REQUIRED INT32 redactions (INTEGER(32,false));
    REQUIRED BYTE_ARRAY redactions_by (STRING);
    REQUIRED BYTE_ARRAY trace_id (STRING);
    REQUIRED BYTE_ARRAY span_id (STRING);
    OPTIONAL INT64 received_at (TIMESTAMP(NANOS,true));
    REQUIRED BYTE_ARRAY instance_id (STRING);
    OPTIONAL INT64 sequence (INTEGER(64,false));
    OPTIONAL DOUBLE csat;
    REQUIRED BYTE_ARRAY feedback (STRING);
    REQUIRED BYTE_ARRAY attributes (STRING);
    OPTIONAL BYTE_ARRAY trace (STRING);
}";
/// Columns in which no two rows are alike.
const DIFFERENT: [&str; 4] = ["execution_id", "feedback", "attributes", "trace"];

/// A Parquet file as it is written.
pub struct Columns {
    writer: SerializedFileWriter<Vec<u8>>,
    rows: Vec<Row>,
    bytes: usize,
}

struct Row {
    summary: TicketSummary,
    csat: Option<f64>,
    feedback: String,
    trace: String,
    attributes: String,
}

impl Columns {
    /// One without a row.
    pub fn new() -> io::Result<Self> {
        let mut properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
        for name in DIFFERENT {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))?;
        Ok(Self { writer, rows: Vec::new(), bytes: 0 })
    }

    /// Takes a page of tickets; gives what is to be written by now.
    pub fn page(&mut self, tickets: Vec<ExportedTicket>) -> io::Result<Vec<u8>> {
        for ticket in tickets {
            let attributes = as_json(&sorted(ticket.attributes))?;
            let csat = csat(&ticket.feedback);
            let feedback = as_json(&said_of(ticket.feedback))?;
            let trace = ticket.trace_json;
            self.bytes += trace.len() + attributes.len() + feedback.len() + SUMMARY_BYTES;
            let summary = ticket.summary.unwrap_or_default();
            self.rows.push(Row { summary, csat, feedback, trace, attributes });
        }
        if self.bytes >= GROUP_BYTES {
            self.group()?;
        }
        self.written()
    }

    /// The rest, with the footer without which nothing of the file can be read.
    pub fn end(mut self) -> io::Result<Vec<u8>> {
        if !self.rows.is_empty() {
            self.group()?;
        }
        self.writer.finish()?;
        self.written()
    }

    fn written(&mut self) -> io::Result<Vec<u8>> {
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    fn group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut group = Group { writer: self.writer.next_row_group()?, rows: &rows };
        group.text(|row| &row.summary.tenant)?;
        group.text(|row| &row.summary.ticket_id)?;
        group.text(|row| &row.summary.execution_id)?;
        group.some::<Int64Type>(|row| nanos(row.summary.executed_at.as_ref()))?;
        group.all::<DoubleType>(|row| seconds(row.summary.duration.as_ref()))?;
        group.text(|row| &row.summary.status)?;
        group.text(|row| &row.summary.category)?;
        group.text(|row| &row.summary.workflow)?;
        group.text(|row| &row.summary.workflow_version)?;
        group.text(|row| &row.summary.environment)?;
        group.text(|row| &row.summary.error_type)?;
        group.text(|row| &row.summary.capture)?;
        group.text(|row| &row.summary.customer)?;
        group.map(|row| &row.summary.metrics)?;
        group.text(|row| &row.summary.model)?;
        group.some::<Int64Type>(|row| row.summary.input_tokens.map(u64::cast_signed))?;
        group.some::<Int64Type>(|row| row.summary.output_tokens.map(u64::cast_signed))?;
        group.some::<Int64Type>(|row| row.summary.cost.as_deref().and_then(billionths))?;
        group.text(|row| &row.summary.cost_currency)?;
        group.text(|row| &row.summary.cost_source)?;
        group.text(|row| &row.summary.conversation)?;
        group.all::<Int32Type>(|row| row.summary.redactions.cast_signed())?;
        group.map(|row| &row.summary.redactions_by)?;
        group.text(|row| &row.summary.trace_id)?;
        group.text(|row| &row.summary.span_id)?;
        group.some::<Int64Type>(|row| nanos(row.summary.received_at.as_ref()))?;
        group.text(|row| &row.summary.instance_id)?;
        group.some::<Int64Type>(|row| row.summary.sequence.map(u64::cast_signed))?;
        group.some::<DoubleType>(|row| row.csat)?;
        group.text(|row| &row.feedback)?;
        group.text(|row| &row.attributes)?;
        group.some::<ByteArrayType>(|row| {
            Some(row.trace.as_str()).filter(|trace| !trace.is_empty()).map(ByteArray::from)
        })?;
        group.writer.close()?;
        Ok(())
    }
}

/// A row group, column by column.
struct Group<'g> {
    writer: SerializedRowGroupWriter<'g, Vec<u8>>,
    rows: &'g [Row],
}

impl Group<'_> {
    fn text(&mut self, of: impl Fn(&Row) -> &String) -> io::Result<()> {
        self.all::<ByteArrayType>(|row| ByteArray::from(of(row).as_str()))
    }

    fn map<T: Serialize>(
        &mut self,
        of: impl Fn(&Row) -> &std::collections::HashMap<String, T>,
    ) -> io::Result<()> {
        let texts: io::Result<Vec<_>> =
            self.rows.iter().map(|row| as_json(&sorted(of(row)))).collect();
        let values: Vec<_> = texts?.iter().map(|text| ByteArray::from(text.as_str())).collect();
        self.column::<ByteArrayType>(&values, None)
    }

    fn all<T: DataType>(&mut self, of: impl Fn(&Row) -> T::T) -> io::Result<()> {
        let values: Vec<_> = self.rows.iter().map(of).collect();
        self.column::<T>(&values, None)
    }

    /// A column in which a row may have nothing.
    fn some<T: DataType>(&mut self, of: impl Fn(&Row) -> Option<T::T>) -> io::Result<()> {
        let values: Vec<_> = self.rows.iter().map(of).collect();
        let levels: Vec<_> = values.iter().map(|value| i16::from(value.is_some())).collect();
        let values: Vec<_> = values.into_iter().flatten().collect();
        self.column::<T>(&values, Some(&levels))
    }

    fn column<T: DataType>(&mut self, values: &[T::T], levels: Option<&[i16]>) -> io::Result<()> {
        let column = self.writer.next_column()?;
        let fewer = || ParquetError::General("more columns than the schema has".to_owned());
        let mut column = column.ok_or_else(fewer)?;
        column.typed::<T>().write_batch(values, levels, None)?;
        Ok(column.close()?)
    }
}

fn as_json(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// The same map is always the same text.
fn sorted<K: Ord, V>(map: impl IntoIterator<Item = (K, V)>) -> std::collections::BTreeMap<K, V> {
    map.into_iter().collect()
}

fn nanos(at: Option<&prost_types::Timestamp>) -> Option<i64> {
    i64::try_from(timestamp(at?)?.as_nanosecond()).ok()
}

/// A decimal number with at most nine digits behind the point, in its last digit.
fn billionths(amount: &str) -> Option<i64> {
    let (units, rest) = amount.split_once('.').unwrap_or((amount, ""));
    (rest.len() <= 9).then(|| format!("{units}{rest:0<9}").parse().ok())?
}

fn seconds(duration: Option<&prost_types::Duration>) -> f64 {
    let duration = duration.and_then(|duration| std::time::Duration::try_from(*duration).ok());
    duration.unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::RowAccessor,
    };
    use ticketlens_api::Feedback;

    use super::*;

    fn ticket(number: u64, trace_bytes: usize) -> ExportedTicket {
        let summary = TicketSummary {
            ticket_id: format!("T-{number}"),
            executed_at: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 7 }),
            duration: Some(prost_types::Duration { seconds: 8, nanos: 250_000_000 }),
            metrics: [("b".to_owned(), 2.0), ("a".to_owned(), 0.5)].into(),
            input_tokens: (number > 0).then_some(number),
            cost: (number > 0).then(|| "0.0045".to_owned()),
            ..TicketSummary::default()
        };
        let trace_json = "x".repeat(trace_bytes);
        let attributes = [("queue".to_owned(), "emea".to_owned())].into();
        let rating = Feedback { name: "csat".into(), score: Some(4.0), ..Feedback::default() };
        let feedback = if number == 1 { vec![rating] } else { Vec::new() };
        ExportedTicket { summary: Some(summary), trace_json, attributes, feedback }
    }

    #[test]
    fn what_was_written_is_read_back_in_row_groups_of_bounded_bytes() {
        let mut columns = Columns::new().unwrap();
        let mut file = Vec::new();
        for number in 0..5 {
            let traces = if number == 4 { 0 } else { 20 << 20 };
            file.extend(columns.page(vec![ticket(number, traces)]).unwrap());
            assert!(columns.bytes < GROUP_BYTES);
        }
        file.extend(columns.end().unwrap());
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        let groups = reader.metadata().row_groups().iter().map(|group| group.num_rows());
        assert_eq!(groups.collect::<Vec<_>>(), [2, 2, 1]);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let schema = reader.metadata().file_metadata().schema().clone();
        let at = |name: &str| schema.get_fields().iter().position(|f| f.name() == name).unwrap();
        for (number, row) in rows.iter().enumerate() {
            assert_eq!(*row.get_string(at("ticket_id")).unwrap(), format!("T-{number}"));
            assert_eq!(row.get_double(at("duration_seconds")).unwrap(), 8.25);
            assert_eq!(row.get_string(at("metrics")).unwrap(), "{\"a\":0.5,\"b\":2.0}");
            assert_eq!(row.get_string(at("attributes")).unwrap(), "{\"queue\":\"emea\"}");
            assert_eq!(
                row.get_ulong(at("input_tokens")).ok(),
                (number > 0).then_some(number as u64)
            );
            let cost = row.get_decimal(at("cost")).map(|cost| format!("{cost:?}")).ok();
            assert_eq!(cost.is_some(), number > 0);
            assert_eq!(row.get_string(at("trace")).is_ok(), number < 4);
            assert_eq!(row.get_double(at("csat")).ok(), (number == 1).then_some(4.0));
            let said = r#"[{"name":"csat","score":4.0}]"#;
            let said = if number == 1 { said } else { "[]" };
            assert_eq!(row.get_string(at("feedback")).unwrap(), said);
        }
    }

    #[test]
    fn its_columns_are_those_of_the_lists_json_with_attributes_and_trace() {
        let listed = ticketlens_api::json::Ticket::from(TicketSummary::default());
        let listed = serde_json::to_value(listed).unwrap();
        let mut expected: Vec<_> = listed.as_object().unwrap().keys().cloned().collect();
        expected.extend(["csat", "feedback", "attributes", "trace"].map(str::to_owned));
        let schema = parse_message_type(SCHEMA).unwrap();
        let names: Vec<_> = schema.get_fields().iter().map(|f| f.name().to_owned()).collect();
        assert_eq!(names, expected);
    }
}
