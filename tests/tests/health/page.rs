//! What `/metrics` says at one moment.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ticketlens_tests::Receiver;

const STUCK: Duration = Duration::from_secs(60);

/// What `/metrics` says at one moment.
#[derive(Debug)]
pub struct Page {
    /// As it came.
    pub text: String,
    /// Each metric's type.
    pub types: BTreeMap<String, String>,
    /// Each series' number.
    pub series: BTreeMap<String, f64>,
}

impl Page {
    pub fn of(receiver: &Receiver) -> Self {
        let answer = receiver.exchange("GET /metrics HTTP/1.0\r\nhost: test\r\n\r\n");
        let (head, text) = answer.split_once("\r\n\r\n").expect("an answer with a body");
        assert!(head.contains("200 OK"), "{head}");
        let typed = |line: &str| {
            let (name, of) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            Some((name.to_owned(), of.to_owned()))
        };
        let types = text.lines().filter_map(typed).collect();
        let numbers = text.lines().filter(|line| !line.starts_with('#'));
        let numbers = numbers.map(|line| {
            let (series, number) = line.rsplit_once(' ').expect("a series and a number");
            (series.to_owned(), number.parse().expect("a number"))
        });
        Self { types, series: numbers.collect(), text: text.to_owned() }
    }

    pub fn has(&self, series: &str) -> bool {
        self.series.contains_key(series)
    }

    pub fn get(&self, series: &str) -> f64 {
        self.series[series]
    }
}

/// The first page of which something is so.
pub fn wait_for(receiver: &Receiver, is_so: impl Fn(&Page) -> bool) -> Page {
    let started = Instant::now();
    loop {
        let page = Page::of(receiver);
        if is_so(&page) {
            return page;
        }
        assert!(started.elapsed() < STUCK, "never so:\n{}", page.text);
        std::thread::sleep(Duration::from_millis(20));
    }
}
