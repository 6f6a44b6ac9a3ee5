//! Any body and attributes of a record that is a ticket: stored as JSON, its timeline read, or rejected
//! for a reason; read again, the same.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use serde_json::Value;
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_ticket::decode::{Item, Policy, read_request};

static GATE: LazyLock<Option<Gate>> = LazyLock::new(|| {
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).ok()
});

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    body: Any<'a>,
    steps: Vec<Any<'a>>,
    attributes: Vec<(Key, Any<'a>)>,
    /// A byte of the body that is another.
    broken: Option<(u16, u8)>,
    drop_messages: bool,
}

#[derive(Arbitrary, Debug)]
enum Any<'a> {
    Empty,
    Text(&'a str),
    Bytes(&'a [u8]),
    Bool(bool),
    Int(u64),
    Double(f64),
    List(Vec<Any<'a>>),
    Map(Vec<(Key, Any<'a>)>),
}

#[derive(Arbitrary, Debug)]
enum Key {
    Known(u8),
    Other(String),
}

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "id", "parent_id", "kind", "name", "iteration", "start_ms", "duration_ms", "status", "error",
    "action", "action_input", "input", "output", "attributes", "type", "message", "stack", "steps",
    "ticket", "planning", "errors", "react", "tool_calls", "retrieval", "key", "value", "email",
    "price", "customer", "items", "password", "first_name", "field", "label", "new_value",
];

impl Key {
    fn text(&self) -> &str {
        match self {
            Self::Known(at) => KEYS[usize::from(*at) % KEYS.len()],
            Self::Other(text) => text,
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let Some(gate) = &*GATE else { return };
    let request = request(&input);
    let policy = Policy { drop_messages: input.drop_messages, ..Policy::default() };
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let _ = read_request(&request, gate, &policy, &mut |item| {
            let Item::Ticket(record) = item else { return };
            let json = &record.trace_json;
            assert!(json.is_empty() || serde_json::from_str::<Value>(json).is_ok());
            bodies.push((json.clone(), record.steps.len()));
        });
    }
    assert!(bodies.len() != 1 && bodies.windows(2).all(|two| two[0] == two[1]));
});

fn request(input: &Input<'_>) -> Vec<u8> {
    let mut map = Vec::new();
    if let Any::Map(entries) = &input.body {
        entries.iter().for_each(|(key, any)| field(&mut map, 1, &entry(key.text(), &value(any))));
    }
    let mut list = Vec::new();
    input.steps.iter().for_each(|step| field(&mut list, 1, &value(step)));
    field(&mut map, 1, &entry("steps", &of(5, &list)));
    let mut body = match &input.body {
        Any::Map(_) => of(6, &map),
        other => value(other),
    };
    if let Some((at, byte)) = input.broken
        && let Some(broken) = body.get_mut(usize::from(at))
    {
        *broken = byte;
    }
    let mut record = vec![1 << 3 | 1];
    record.extend_from_slice(&1_790_000_000_000_000_000_u64.to_le_bytes());
    field(&mut record, 12, b"ticket.completed");
    field(&mut record, 5, &body);
    for (key, any) in [
        ("ticket.id", Any::Text("T-1")),
        ("ticket.status", Any::Text("SUCCESS")),
        ("ticket.duration", Any::Double(1.5)),
    ] {
        field(&mut record, 6, &entry(key, &value(&any)));
    }
    for (key, any) in &input.attributes {
        field(&mut record, 6, &entry(key.text(), &value(any)));
    }
    of(1, &of(2, &of(2, &record)))
}

fn entry(key: &str, value: &[u8]) -> Vec<u8> {
    let mut entry = of(1, key.as_bytes());
    field(&mut entry, 2, value);
    entry
}

fn value(any: &Any<'_>) -> Vec<u8> {
    let mut inside = Vec::new();
    match any {
        Any::Empty => inside,
        Any::Text(text) => of(1, text.as_bytes()),
        Any::Bytes(bytes) => of(7, bytes),
        Any::Bool(truth) => vec![2 << 3, u8::from(*truth)],
        Any::Int(n) => {
            inside.push(3 << 3);
            varint(&mut inside, *n);
            inside
        }
        Any::Double(x) => {
            inside.push(4 << 3 | 1);
            inside.extend_from_slice(&x.to_le_bytes());
            inside
        }
        Any::List(items) => {
            items.iter().for_each(|item| field(&mut inside, 1, &value(item)));
            of(5, &inside)
        }
        Any::Map(entries) => {
            let entries = entries.iter().map(|(key, any)| entry(key.text(), &value(any)));
            entries.for_each(|entry| field(&mut inside, 1, &entry));
            of(6, &inside)
        }
    }
}

fn of(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    field(&mut out, number, bytes);
    out
}

fn field(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
