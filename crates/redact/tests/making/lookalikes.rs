//! Texts that look like something and hold nothing.

use super::{Random, carriers::carry, personal::in_other_digits};

/// At least `count` texts, each with its kind.
pub fn negatives(random: &mut Random, count: usize) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    while list.len() < count {
        for (kind, make) in KINDS {
            let text = make(random);
            list.push((*kind, carry(random, &text)));
        }
    }
    list
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

type Make = fn(&mut Random) -> String;

fn date(r: &mut Random) -> String {
    format!("{}-{:02}-{:02}", r.between(2019, 2027), r.between(1, 12), r.between(1, 28))
}

fn time(r: &mut Random) -> String {
    format!("{:02}:{:02}:{:02}", r.between(0, 23), r.between(0, 59), r.between(0, 59))
}

/// An article's number, with its check digit.
fn ean(r: &mut Random) -> String {
    let digits = r.digits(12);
    let sum: u32 =
        digits.bytes().zip([1, 3].iter().cycle()).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

const KINDS: &[(&str, Make)] = &[
    ("ean", ean),
    ("ean", |r| format!("gtin: {}, {}", ean(r), ean(r))),
    ("uuid", |r| format!("{}/{}-{}", r.uuid(), r.uuid(), r.digits(3))),
    ("log line", |r| {
        format!(
            "{}.{}Z INFO [worker-{}] req={} 200 {} {}.{}ms",
            date(r),
            time(r),
            r.digits(2),
            r.uuid(),
            r.digits(5),
            r.digits(3),
            r.digits(3)
        )
    }),
    ("other digits", |r| {
        let order = format!("注文 {} 番", r.digits(6));
        in_other_digits(r, &order)
    }),
    ("other digits", |r| {
        let date = date(r);
        in_other_digits(r, &date)
    }),
    ("order id", |r| format!("order #{}", r.digits(6))),
    ("order id", |r| format!("ORD-{}-{}", r.between(2019, 2027), r.digits(6))),
    ("order id", |r| format!("{}-{}-{}", r.between(100, 999), r.digits(7), r.digits(7))),
    ("order id", |r| format!("order {}", r.between(1_000_000_000, 9_999_999_999))),
    ("ticket id", |r| format!("AIR-{:03}-{}", r.between(0, 999), r.between(0, 9))),
    ("ticket id", |r| format!("case {}", r.digits(8))),
    ("reservation", |r| r.upper(6)),
    ("uuid", |r| r.uuid()),
    ("hash", |r| r.hex(32)),
    ("hash", |r| r.hex(64)),
    ("git sha", |r| r.hex(40)),
    ("git sha", |r| r.hex(7)),
    ("timestamp", |r| format!("{}T{}Z", date(r), time(r))),
    ("timestamp", |r| format!("{}T{}.{}+00:00", date(r), time(r), r.digits(6))),
    ("timestamp", |r| format!("{}", r.between(1_600_000_000, 1_799_999_999))),
    ("timestamp", |r| format!("{}", r.between(1_600_000_000_000, 1_799_999_999_999))),
    ("timestamp", |r| {
        format!("{}", r.between(1_600_000_000_000_000_000, 1_799_999_999_999_999_999))
    }),
    ("date", |r| {
        format!("{:02}/{:02}/{}", r.between(1, 12), r.between(1, 28), r.between(2019, 2027))
    }),
    ("date", |r| {
        format!("{:02}.{:02}.{}", r.between(1, 28), r.between(1, 12), r.between(2019, 2027))
    }),
    ("date", |r| format!("flight on {} at {}", date(r), time(r))),
    ("flight", |r| format!("{}{}", r.pick(&["HAT", "LH", "BA", "DE", "AF", "KL"]), r.digits(3))),
    ("flight", |r| format!("{} {}", r.pick(&["LH", "BA", "FR"]), r.digits(4))),
    ("sku", |r| format!("SKU-{}-{}", r.upper(4), r.digits(5))),
    ("sku", |r| format!("{}{}", r.upper(3), r.digits(7))),
    ("price", |r| format!("${},{}.{}", r.between(1, 999), r.digits(3), r.digits(2))),
    ("price", |r| format!("{} EUR", r.between(1000, 9_999_999))),
    ("price", |r| format!("{} + {} = {}", r.digits(3), r.digits(3), r.digits(4))),
    ("number", |r| format!("0.{}", r.digits(16))),
    ("number", |r| format!("{}.{}e-{}", r.digits(1), r.digits(9), r.between(1, 9))),
    ("number", |r| format!("[{}, {}, {}]", r.digits(4), r.digits(4), r.digits(4))),
    ("coordinates", |r| {
        format!("{}.{}, -{}.{}", r.between(1, 89), r.digits(6), r.between(1, 179), r.digits(6))
    }),
    ("version", |r| {
        format!(
            "v{}.{}.{}-rc.{}",
            r.between(0, 20),
            r.between(0, 99),
            r.between(0, 99),
            r.between(1, 9)
        )
    }),
    ("version", |r| {
        format!("{}.{}.{}.{}", r.between(1, 99), r.between(0, 9), r.digits(5), r.digits(4))
    }),
    ("package", |r| {
        format!("{}@{}.{}.{}", r.lower(6), r.between(0, 9), r.between(0, 30), r.between(0, 9))
    }),
    ("mention", |r| format!("@{}", r.lower(7))),
    ("url", |r| {
        format!(
            "https://{}.com/{}/{}?page={}",
            r.lower(8),
            r.lower(5),
            r.digits(5),
            r.between(1, 99)
        )
    }),
    ("url", |r| format!("https://example.com/item/{}#top", r.uuid())),
    ("path", |r| format!("/var/log/{}/{}.log", r.lower(6), date(r))),
    ("base64 image", |r| format!("data:image/jpeg;base64,/9j/{}==", r.of(BASE64, 2000))),
    ("base64 image", |r| format!("data:image/png;base64,iVBORw0KGgo{}==", r.alnum(200))),
    ("trace id", |r| format!("00-{}-{}-01", r.hex(32), r.hex(16))),
    ("isbn", |r| format!("978-{}-{}-{}-{}", r.digits(1), r.digits(4), r.digits(4), r.digits(1))),
    ("tokens", |r| format!("input_tokens: {}, max_tokens={}", r.digits(4), r.digits(4))),
    ("tokens", |r| format!("\"token_count\": {}", r.digits(5))),
    ("words", |r| format!("password reset link sent, {} attempts", r.digits(1))),
    ("words", |r| format!("The bearer of this note gets {} points", r.digits(3))),
    ("words", |r| format!("basic economy, {} bags, card ending in {}", r.digits(1), r.digits(4))),
    ("words", |r| format!("a {}-{} task-runner for risk-free disk-use", r.lower(5), r.lower(6))),
    ("no value", |r| {
        let none =
            ["null", "None", "undefined", "false", "(none)", "-", "***", "[REDACTED]", "N/A"];
        let key = r.pick(&["password", "api_key", "token", "client_secret", "email"]);
        format!("{key}={}", r.pick(&none))
    }),
    ("placeholder", |r| {
        let name = r.upper(5);
        let value = match r.between(0, 5) {
            0 => format!("${{A{name}}}"),
            1 => format!("$A{name}"),
            2 => format!("%A{name}%"),
            3 => format!("{{{{ {} }}}}", r.lower(6)),
            4 => format!("<{}>", r.lower(6)),
            _ => "%s".to_owned(),
        };
        format!("{}{value}", r.pick(&["password=", "secret: ", "token=", "DB_PASSWORD="]))
    }),
    ("markup", |r| format!("<label for='password'>{}</label>", r.lower(7))),
    ("markup", |r| format!("<p class='token'>{} {}</p>", r.lower(7), r.digits(4))),
    ("command", |r| format!("docker run -p {}:80 {}", r.digits(4), r.lower(6))),
    ("command", |r| format!("{} --password is needed, see --token", r.lower(6))),
    ("identifier", |r| format!("credit_card_{}", r.digits(7))),
    ("identifier", |r| format!("certificate_{}", r.digits(7))),
    ("identifier", |r| format!("{}_{}_{}", r.lower(4), r.lower(6), r.digits(4))),
    ("identifier", |r| format!("get_{}_details(id={})", r.lower(5), r.digits(4))),
    ("thing", |r| format!("{{\"name\": \"Emerald {}\", \"price\": {}}}", r.lower(5), r.digits(2))),
    ("variable", |r| format!("{{\"name\": \"PAGE_SIZE\", \"value\": \"{}\"}}", r.digits(4))),
    ("variable", |r| format!("- name: PAGE_SIZE\n  value: {}", r.alnum(8))),
    ("tool", |r| format!("{{\"function\": {{\"name\": \"search_{}\"}}}}", r.lower(6))),
    ("duration", |r| format!("took {}.{} ms of {} ms", r.digits(3), r.digits(3), r.digits(5))),
    ("tracking", |r| format!("1Z{}{}", r.upper(6), r.digits(10))),
    ("markdown", |r| {
        format!("--- | --- | ---\n**{}** | {} | {}", r.lower(5), r.digits(3), r.digits(4))
    }),
    ("phone-like", |r| format!("rows {}-{} of {}", r.digits(3), r.digits(3), r.digits(5))),
    ("phone-like", |r| format!("{} {} {}", r.digits(2), r.digits(3), r.digits(2))),
];
