//! The document as a whole: what it says, what it lets nobody do, and how long it gets.

#![expect(clippy::unwrap_used)]

mod plain;
mod samples;

use data_encoding::BASE64;
use plain::{elements, tags, text};
use sha2::{Digest, Sha256};
use ticketlens_api::v1::{Value, ValueGroup};
use ticketlens_report::html;

#[test]
fn a_month_with_everything() {
    insta::assert_snapshot!(text(&html(&samples::ordinary())));
}

#[test]
fn a_month_that_is_not_over_says_so() {
    let text = text(&html(&samples::so_far()));
    assert!(text.contains("November 2026, so far"), "{text}");
    assert!(text.contains("Made on 12 November 2026, 09:00 UTC: the month is counted up to then"));
    assert!(!text.contains("more than in October (1,336)"), "sums do not compare yet");
    assert!(text.contains("2.0 points more than in October (78.0 %)"));
}

#[test]
fn a_month_without_tickets_has_no_figures() {
    insta::assert_snapshot!(text(&html(&samples::empty())));
}

#[test]
fn one_ticket_is_compared_with_nothing() {
    let text = text(&html(&samples::one()));
    assert!(!text.contains("than in October"), "{text}");
    assert!(text.contains("USD 0.0004123 per resolved ticket"), "{text}");
}

#[test]
fn what_there_is_nothing_of_is_left_out() {
    let text = text(&html(&samples::bare()));
    assert!(text.contains("Nothing says what a resolved ticket saves"), "{text}");
    for absent in ["Net value", "Cost per resolved", "CSAT (ratings)", "Cost by day", "October"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[test]
fn several_currencies_stay_apart() {
    let text = text(&html(&samples::currencies()));
    assert!(text.contains("Cost by day, USD") && text.contains("Cost by day, EUR"), "{text}");
    assert!(text.contains("the minutes are worth CHF, the cost is in EUR and USD"), "{text}");
}

#[test]
fn minutes_that_are_not_whole_add_up() {
    let mut value = samples::ordinary();
    for (group, minutes) in value.versions.iter_mut().zip([61.5, 20.0]) {
        group.figures.get_or_insert_default().minutes_saved = Some(minutes);
    }
    value.figures.get_or_insert_default().minutes_saved = Some(81.5);
    let text = text(&html(&value));
    assert!(text.contains("81.5 min") && text.contains("| 61.5\n"), "{text}");
}

#[test]
fn no_name_becomes_a_part_of_the_document() {
    let document = html(&samples::hostile());
    // As many elements of each kind as with names that harm nobody.
    let plain = html(&harmless(samples::hostile()));
    assert_eq!(elements(&document), elements(&plain));
    insta::assert_snapshot!(text(&document));
}

/// The same report with other names.
fn harmless(mut value: Value) -> Value {
    let rename = |groups: &mut Vec<ValueGroup>| {
        groups.iter_mut().filter(|group| !group.name.is_empty()).for_each(|g| g.name = "n".into());
    };
    [&mut value.categories, &mut value.versions, &mut value.models].into_iter().for_each(rename);
    value.rates.iter_mut().filter(|r| !r.category.is_empty()).for_each(|r| r.category = "n".into());
    Value { display_name: "n".into(), tenant: "n".into(), ..value }
}

#[test]
fn numbers_and_dates_that_are_none_break_nothing() {
    let text = text(&html(&samples::nonsense()));
    for absent in ["NaN", "inf", "1e9", " -1"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
    assert!(text.contains("not readable"), "{text}");
}

#[test]
fn the_document_asks_for_nothing_and_allows_nothing() {
    for (name, value) in samples::all() {
        let document = html(&value);
        for part in ["script", "link", "iframe", " style=", " href=", " src=", " on"] {
            let asks = tags(&document).find(|tag| tag.contains(part));
            assert_eq!(asks, None, "{name}: {part}");
        }
        let (_, style) = document.split_once("<style>").unwrap();
        let (style, _) = style.split_once("</style>").unwrap();
        assert!(!style.contains("@import") && !style.replace("url(#", "").contains("url("));
        let hash = BASE64.encode(&Sha256::digest(style));
        let policy = format!("default-src 'none'; style-src 'sha256-{hash}'");
        assert!(
            document.contains(&policy),
            "the style's hash stands in templates/style.sha256 and is now sha256-{hash}"
        );
    }
}

#[test]
fn its_length_is_proportional_to_the_message() {
    let empty = html(&samples::empty()).len();
    let mut value = samples::ordinary();
    let short = html(&value).len();
    value.rates.extend(samples::largest().rates);
    value.models.extend(samples::largest().models);
    let rows = 100;
    assert!(html(&value).len() - short < rows * 1500, "{}", html(&value).len() - short);
    assert!(empty < 12_000, "{empty}");
}

proptest::proptest! {
    #[test]
    fn any_text_is_only_text(text in "\\PC*|(?s).*") {
        let named = |name: &str| Value {
            display_name: name.into(),
            month: name.into(),
            models: vec![ValueGroup { name: name.into(), figures: None }],
            ..samples::ordinary()
        };
        let document = html(&named(&text));
        let plain = html(&named("n"));
        proptest::prop_assert_eq!(elements(&document), elements(&plain));
        let acts = document.contains(['\u{0}', '\u{1b}', '\u{202e}']);
        proptest::prop_assert!(!acts, "what acts on a page is on it");
    }
}
