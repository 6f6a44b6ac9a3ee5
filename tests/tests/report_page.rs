//! The monthly report, as a browser shows it: on a wide screen, on a telephone in the dark, on paper;
//! a month with everything, without anything, with numbers as long as they come, with hostile names.
#![expect(clippy::expect_used, clippy::unwrap_used)]

#[path = "../../crates/report/tests/report/samples.rs"]
mod samples;

use std::{collections::BTreeMap, fs, path::Path, process::Command, sync::LazyLock};

use serde::Deserialize;
use ticketlens_tests::peer;

/// What `look.mjs` saw of a document in a view.
#[derive(Debug, Deserialize)]
struct Seen {
    file: String,
    view: String,
    /// What the browser's console says: also what the document's own policy refused.
    complaints: Vec<String>,
    /// Whatever was asked for beside the document.
    requests: Vec<String>,
    /// Sheets of paper.
    pages: Option<usize>,
    title: String,
    scroll_width: u32,
    client_width: u32,
    background: String,
    overflowing: Vec<String>,
    charts: Vec<Chart>,
    figures: Vec<Figure>,
    columns_without_scope: usize,
    executed: usize,
}

#[derive(Debug, Deserialize)]
struct Chart {
    width: f64,
    height: f64,
    role: Option<String>,
    label: String,
    bars: usize,
}

#[derive(Debug, Deserialize)]
struct Figure {
    text: String,
    is_seen: bool,
}

/// By the report's name and the view's. The browser is started once.
static SEEN: LazyLock<BTreeMap<(String, String), Seen>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut look = Command::new("node");
    look.arg(peer("browser", "look.mjs"));
    for (name, value) in samples::all() {
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, ticketlens_report::html(&value)).unwrap();
        look.arg(file);
    }
    let out = look.output().expect("Node.js is installed");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let seen: Vec<Seen> = serde_json::from_slice(&out.stdout).unwrap();
    let name =
        |seen: &Seen| Path::new(&seen.file).file_stem().unwrap().to_str().unwrap().to_owned();
    seen.into_iter().map(|seen| ((name(&seen), seen.view.clone()), seen)).collect()
});

fn seen(report: &str, view: &str) -> &'static Seen {
    &SEEN[&(report.to_owned(), view.to_owned())]
}

#[test]
fn every_report_was_looked_at_in_every_view() {
    assert_eq!(SEEN.len(), samples::all().len() * 3);
}

#[test]
fn nothing_is_wider_than_its_page() {
    for (which, seen) in SEEN.iter() {
        assert!(seen.scroll_width <= seen.client_width, "{which:?}: {}", seen.scroll_width);
        assert!(seen.overflowing.is_empty(), "{which:?}: {:?}", seen.overflowing);
    }
}

#[test]
fn nothing_is_asked_for_or_complained_about() {
    for (which, seen) in SEEN.iter() {
        assert!(seen.complaints.is_empty(), "{which:?}: {:?}", seen.complaints);
        assert!(seen.requests.is_empty(), "{which:?}: {:?}", seen.requests);
    }
}

#[test]
fn no_name_acts_on_the_page() {
    for (which, seen) in SEEN.iter() {
        assert_eq!(seen.executed, 0, "{which:?}");
        assert!(seen.title.contains(": tickets in "), "{which:?}: {}", seen.title);
    }
}

#[test]
fn every_figure_is_seen() {
    for (which, seen) in SEEN.iter() {
        let six = if which.0 == "empty" { 0 } else { 6 };
        assert_eq!(seen.figures.len(), six, "{which:?}");
        let hidden = seen.figures.iter().find(|figure| !figure.is_seen);
        assert!(hidden.is_none(), "{which:?}: {hidden:?}");
    }
    let text: Vec<_> = seen("ordinary", "telephone").figures.iter().map(|f| &f.text).collect();
    assert!(text[0].contains("1,440") && text[5].contains("EUR 127.95"), "{text:?}");
}

#[test]
fn every_chart_has_a_size_and_says_what_it_shows() {
    for (which, seen) in SEEN.iter() {
        for chart in &seen.charts {
            assert!(chart.width > 300.0 && chart.height > 90.0, "{which:?}: {chart:?}");
            assert_eq!(chart.role.as_deref(), Some("img"), "{which:?}");
            assert!(chart.label.contains("by day") && chart.label.contains("Most: "), "{chart:?}");
            assert!(chart.bars > 0, "{which:?}: {chart:?}");
        }
    }
    // 30 days of four statuses, and of one currency.
    let bars: Vec<_> = seen("ordinary", "wide").charts.iter().map(|chart| chart.bars).collect();
    assert_eq!(bars, [120, 30]);
}

#[test]
fn columns_and_rows_say_what_they_head() {
    assert!(SEEN.values().all(|seen| seen.columns_without_scope == 0));
}

#[test]
fn a_dark_screen_gets_a_dark_page_and_paper_stays_white() {
    for (which, seen) in SEEN.iter() {
        let is_dark = seen.background != "rgb(255, 255, 255)";
        assert_eq!(is_dark, which.1 == "telephone", "{which:?}: {}", seen.background);
    }
}

#[test]
fn an_ordinary_month_takes_a_few_sheets() {
    assert_eq!(seen("empty", "paper").pages, Some(1));
    let pages = seen("ordinary", "paper").pages.unwrap();
    assert!((2..=4).contains(&pages), "{pages}");
}
