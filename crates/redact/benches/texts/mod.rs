//! Texts of the kinds that traces are made of: what agents say, what tools return, what programs log.
//! Made from a seed, so that ids and hashes in them are not the same ones again and again.

/// What a model or a customer writes.
const PROSE: &str = "Here are the available direct flights from New York (JFK) to Seattle on May 20th:\n\n\
    1. **Flight HAT069**\n   - Departure: 06:00 AM EST\n   - Economy Price: $121\n\nPlease let me know \
    which flight you would like to book, and whether the order should be insured for 30 dollars. ";

/// What a tool returns.
const RESULT: &str = r#"{"flight_number": "HAT069", "origin": "JFK", "destination": "SEA", "scheduled_departure_time_est": "06:00:00", "status": "available", "available_seats": {"basic_economy": 17, "economy": 12}, "prices": {"basic_economy": 51, "economy": 121}, "date": "2024-05-20", "reservation_id": "NO6JO3", "created_at": "2024-05-12T03:14:15"}, "#;

/// A finding in every third word.
const DIRTY: &str = "Mia Li <mia.li3818@example.com> paid with 4111 1111 1111 1111, call +1 415 555 0132. \
    DOB: 1990-04-05, token=abcdef123456, AKIAIOSFODNN7EXAMPLE and DE89 3704 0044 0532 0130 00 at \
    https://user:pass@example.com/ with Bearer abc123def456ghi, then some ordinary words follow here. ";

const UMLAUTS: &str = "Über die Rückgabe: Größe 42 passt nicht, Müllers Schuhe drücken. Die Straße führt \
    zur Filiale – dort wäre ein Umtausch möglich, schreibt der Händler. 注文の状況を確認してください。 ";

const CODE: &str = "    def apply(self, order: Order, *, limit: int = 50) -> list[Item]:\n        \
    if order.status not in (\"open\", \"paid\"):\n            raise ValueError(f\"order {order.id} is \
    {order.status!r}\")\n        return [item for item in order.items[:limit] if item.sku.startswith(\"HX-\")]\n\
    File \"/srv/app/agents/support/tools/orders.py\", line 231, in apply\n";

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "request", "handled", "user", "session", "order", "payment", "failed", "retry", "timeout",
    "connection", "database", "query", "select", "insert", "update", "index", "cache", "miss", "hit",
    "upstream", "response", "status", "latency", "queue", "worker", "thread", "pool", "shard",
    "commit", "rollback", "token", "invalid", "expired", "renewed", "gateway", "proxy", "header",
    "cookie", "trace", "span", "metric", "exporter", "collector", "batch", "flush", "memory", "limit",
    "exceeded", "disk", "volume", "node", "cluster", "region", "zone", "service", "version", "deploy",
    "feature", "flag", "enabled", "experiment", "bucket", "object", "upload", "stream", "frame",
    "error", "warning", "info", "debug", "caller", "function", "module", "package", "client",
    "server", "protocol", "handshake", "cipher", "certificate",
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }

    fn time(&mut self) -> String {
        let (day, hour, minute) = (self.below(28) + 1, self.below(24), self.below(60));
        let (second, millis) = (self.below(60), self.below(1000));
        format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// Words, `id=` with 16 hex digits, durations.
fn log_words(random: &mut Random) -> String {
    match random.below(8) {
        0 => format!("id={:016x} ", random.next()),
        1 => format!("{}ms ", random.below(100_000)),
        _ => format!("{} ", random.word()),
    }
}

/// A service's access log.
fn log_line(random: &mut Random) -> String {
    format!(
        "{} INFO [{}-{}] com.example.{} req={} \"GET /api/v1/orders/{}?page={} HTTP/1.1\" {} {} \
         {:.3}ms 10.{}.{}.{}:{} sha256:{:016x}{:016x}\n",
        random.time(),
        random.word(),
        random.below(64),
        random.word(),
        random.uuid(),
        random.below(100_000),
        random.below(40),
        [200, 201, 304, 404, 500][random.below(5) as usize],
        random.below(100_000),
        random.below(1_000_000) as f64 / 1000.0,
        random.below(256),
        random.below(256),
        random.below(256),
        random.below(65_536),
        random.next(),
        random.next(),
    )
}

/// An order as a shop's tool returns it, full of ids, amounts and times.
fn order(random: &mut Random) -> String {
    format!(
        "{{\"id\": \"{}\", \"order_id\": \"#W{:07}\", \"etag\": \"{:016x}\", \"sku\": \"{}-{:06}\", \
         \"quantity\": {}, \"unit_price\": {}.{:02}, \"currency\": \"EUR\", \"created_at\": \"{}\", \
         \"updated_at\": {}, \"tracking\": \"1Z{:010}\", \"weight_kg\": 0.{:03}, \"status\": \"{}\"}}, ",
        random.uuid(),
        random.below(10_000_000),
        random.next(),
        &random.word().to_uppercase()[..3],
        random.below(1_000_000),
        random.below(9) + 1,
        random.below(400),
        random.below(100),
        random.time(),
        1_790_000_000 + random.below(9_000_000),
        random.below(10_000_000_000),
        random.below(1000),
        random.word(),
    )
}

fn filled(bytes: usize, mut part: impl FnMut() -> String) -> String {
    let mut text = String::with_capacity(bytes + 1024);
    while text.len() < bytes {
        text.push_str(&part());
    }
    let end = text.floor_char_boundary(bytes);
    text.truncate(end);
    text
}

/// A text of every kind, of about so many bytes.
pub fn all(bytes: usize) -> Vec<(&'static str, String)> {
    let random = &mut Random(20_261_130);
    let json = format!("[{}1]", filled(bytes, || RESULT.to_owned()));
    let orders = format!("[{}1]", filled(bytes, || order(random)));
    vec![
        ("clean prose", filled(bytes, || PROSE.to_owned())),
        ("clean json", json.clone()),
        ("escaped json", serde_json::Value::from(json.replace("SEA", "S\nA")).to_string()),
        ("beyond ASCII", filled(bytes, || UMLAUTS.to_owned())),
        ("code", filled(bytes, || CODE.to_owned())),
        ("log words", filled(bytes, || log_words(random))),
        ("log lines", filled(bytes, || log_line(random))),
        ("json of ids", orders.clone()),
        ("escaped json of ids", serde_json::Value::from(orders).to_string()),
        ("dirty", filled(bytes, || DIRTY.to_owned())),
    ]
}

/// Words, ids and durations of so many bytes, others for each `seed`.
pub fn logs(seed: u64, bytes: usize) -> String {
    let random = &mut Random(seed);
    filled(bytes, || log_words(random))
}

/// The texts of a ticket of 2 KiB: some messages, a tool result, many short labels.
pub fn ticket() -> Vec<String> {
    let long = [PROSE, &PROSE[..100], RESULT, RESULT, PROSE];
    let labels = ["s1", "react", "agent", "OK", "search_direct_flight", "JFK", "SEA", "2024-05-20"];
    let texts = long.iter().chain(labels.iter().cycle().take(40));
    texts.map(|text| (*text).to_owned()).collect()
}
