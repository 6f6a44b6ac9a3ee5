//! Requests as bytes, so that each says exactly what it costs to send.

/// A field that has a length.
pub fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut len = bytes.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend_from_slice(bytes);
    out
}

/// An `AnyValue` that is a text.
pub fn text(value: impl AsRef<[u8]>) -> Vec<u8> {
    field(1, value.as_ref())
}

/// An `AnyValue` that is a list.
pub fn list(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    field(5, &items.into_iter().flat_map(|item| field(1, &item)).collect::<Vec<_>>())
}

/// An `AnyValue` that is a map.
pub fn map<K: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (K, Vec<u8>)>) -> Vec<u8> {
    field(6, &pairs.into_iter().flat_map(|(k, v)| field(1, &pair(k, &v))).collect::<Vec<_>>())
}

#[allow(dead_code, reason = "one of the two that include this does not need it")]
pub fn int(value: u8) -> Vec<u8> {
    vec![3 << 3, value]
}

fn double(value: f64) -> Vec<u8> {
    [&[4 << 3 | 1][..], &value.to_le_bytes()].concat()
}

fn pair(key: impl AsRef<[u8]>, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_ref()), field(2, value)].concat()
}

/// Attributes of a resource (field 1) or of a record (field 6).
pub fn attributes<K: AsRef<[u8]>>(
    number: u8,
    pairs: impl IntoIterator<Item = (K, Vec<u8>)>,
) -> Vec<u8> {
    pairs.into_iter().flat_map(|(key, value)| field(number, &pair(key, &value))).collect()
}

/// What a ticket must have.
pub fn required() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("ticket.id", text("4711")),
        ("ticket.status", text("SUCCESS")),
        ("ticket.duration", double(1.0)),
    ]
}

/// The shortest record that is a ticket where its resource holds the rest: 29 bytes.
pub fn bare_record(n: u32) -> Vec<u8> {
    let time = [&[1 << 3 | 1][..], &(1_700_000_000_000_000_000 + u64::from(n)).to_le_bytes()];
    [time.concat(), field(12, b"ticket.completed")].concat()
}

/// What feedback must have.
#[allow(dead_code, reason = "one of the two that include this does not need it")]
pub fn feedback() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("ticket.id", text("4711")),
        ("gen_ai.evaluation.name", text("csat")),
        ("gen_ai.evaluation.score.value", double(4.0)),
    ]
}

/// The shortest record that is feedback where its resource holds the rest.
#[allow(dead_code, reason = "one of the two that include this does not need it")]
pub fn bare_feedback(n: u32) -> Vec<u8> {
    let time = [&[1 << 3 | 1][..], &(1_700_000_000_000_000_000 + u64::from(n)).to_le_bytes()];
    [time.concat(), field(12, b"gen_ai.evaluation.result")].concat()
}

/// A record with a body.
pub fn record_with(body: &[u8]) -> Vec<u8> {
    [bare_record(0), attributes(6, required()), field(5, body)].concat()
}

/// A request of one resource.
pub fn request(resource: &[u8], records: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let records: Vec<u8> = records.into_iter().flat_map(|record| field(2, &record)).collect();
    field(1, &[field(1, resource), field(2, &records)].concat())
}
