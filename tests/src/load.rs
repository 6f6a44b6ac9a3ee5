//! Load: requests made beforehand, sent over plain gRPC, so that what is measured is the receiver
//! and not whoever sends.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use serde_json::json;
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_ticket::{
    ExecutionId, Resource, Status, Step, StepKind, Ticket,
    encode::{Request, log_record},
};
use tonic::{
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataValue,
    transport::Channel,
};

/// A ticket whose record has about that many bytes: an agent that looks an order up.
pub fn ticket(bytes: usize) -> Ticket {
    let mut ticket = Ticket::new("48213", Status::Success, Duration::from_millis(8_250));
    ticket.category = Some("PRODUCT_SUPPORT".into());
    ticket.model = Some("gpt-4o".into());
    (ticket.input_tokens, ticket.output_tokens) = (Some(5_120), Some(803));
    for name in ["react_iterations", "overall_confidence", "hallucination_risk", "text_matches"] {
        ticket.metrics.push((name.into(), 0.82.into()));
    }
    ticket.trace.output = Some(json!({"response": "Your parcel left the warehouse this morning."}));
    let text = "The order was packed on Tuesday and handed to the carrier on Wednesday. The label \
                was scanned once, in the hub; since then there is no event in its history. "
        .repeat(if bytes > 10_000 { 4 } else { 1 });
    let mut size = 700;
    for n in 0.. {
        if size >= bytes {
            break;
        }
        size += text.len() + 260;
        ticket.trace.steps.push(Step {
            id: format!("s{n}"),
            kind: StepKind::Tool,
            name: "lookup_order".into(),
            iteration: Some(n),
            start_ms: f64::from(n) * 100.0,
            duration_ms: 80.0,
            action: Some("lookup_order".into()),
            action_input: Some(json!({"order": "ORD-2291-77", "fields": ["status", "carrier"]})),
            output: Some(text.clone().into()),
            ..Step::default()
        });
    }
    ticket
}

/// A request of many records; each sending gets execution ids of its own.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    /// Where the ids stand.
    ids: Vec<usize>,
}

impl Template {
    /// A request of `records` times the ticket.
    ///
    /// # Panics
    ///
    /// If the ticket can't be encoded.
    pub fn new(ticket: &Ticket, records: usize) -> Self {
        let gate = Gate::new(GateConfig::default()).expect("a gate");
        let mut record = Vec::new();
        let id = ticket.execution_id.to_string();
        log_record(&ticket.clone().redact(&gate), usize::MAX, &mut record);
        let resource = Resource {
            workflow: "support-agent".into(),
            version: Some("1.4.2".into()),
            environment: Some("production".into()),
            instance: Some("bench".into()),
            ..Resource::default()
        };
        let mut request = Request::new();
        (0..records).for_each(|_| request.push(&resource.redact(&gate), &record));
        let bytes = request.finish();
        let ids: Vec<_> = bytes
            .windows(id.len())
            .enumerate()
            .filter(|(_, window)| *window == id.as_bytes())
            .map(|(at, _)| at)
            .collect();
        assert_eq!(ids.len(), records, "one id a record");
        Self { bytes, ids }
    }

    /// The request with fresh execution ids.
    pub fn fresh(&self) -> Bytes {
        let mut bytes = self.bytes.clone();
        for at in &self.ids {
            let id = ExecutionId::fresh().to_string();
            bytes[*at..*at + id.len()].copy_from_slice(id.as_bytes());
        }
        bytes.into()
    }

    /// Bytes of one record, on average.
    pub fn record_bytes(&self) -> usize {
        self.bytes.len() / self.ids.len().max(1)
    }
}

/// A sender of ready-made requests.
#[derive(Clone, Debug)]
pub struct Sender {
    grpc: Grpc<Channel>,
    authorization: MetadataValue<tonic::metadata::Ascii>,
}

impl Sender {
    /// Connects.
    ///
    /// # Panics
    ///
    /// If nobody listens.
    pub async fn connect(endpoint: &str, key: &str) -> Self {
        let endpoint = Channel::from_shared(endpoint.to_owned()).expect("an address");
        let channel = endpoint.connect().await.expect("the receiver listens");
        let authorization = format!("Bearer {key}").parse().expect("a header");
        Self { grpc: Grpc::new(channel), authorization }
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// What the receiver answered, if not OK.
    pub async fn send(&mut self, body: Bytes) -> Result<Bytes, tonic::Status> {
        self.grpc.ready().await.map_err(|error| tonic::Status::unavailable(error.to_string()))?;
        let mut request = tonic::Request::new(body);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        let path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
        let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
        Ok(self.grpc.unary(request, path, Raw).await?.into_inner())
    }
}

/// Messages as they are.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = tonic::Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), tonic::Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = tonic::Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, tonic::Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
