use ticketlens_api::v1::ValueGroup;

use super::*;

fn money(currency: &str, amount: &str) -> Money {
    Money { currency: currency.into(), amount: amount.into() }
}

fn rate(category: &str, minutes: f64, hourly: Money) -> ValueRate {
    ValueRate { category: category.into(), minutes, hourly: Some(hourly) }
}

fn group(name: &str, resolved: u64) -> ValueGroup {
    let figures = ValueFigures { tickets: resolved, resolved, ..ValueFigures::default() };
    ValueGroup { name: name.into(), figures: Some(figures) }
}

/// 200 × 6 + 100 × 12 = 2,400 minutes = 40 hours, at EUR 30 are EUR 1,200.
fn value() -> Value {
    let figures = ValueFigures {
        tickets: 400,
        resolved: 300,
        costs: vec![money("EUR", "12.345678901")],
        minutes_saved: Some(2400.0),
        worth: vec![money("EUR", "1200")],
        ..ValueFigures::default()
    };
    Value {
        figures: Some(figures),
        categories: vec![group("billing", 200), group("returns", 70), group("", 30)],
        rates: vec![rate("billing", 6.0, money("EUR", "30")), rate("", 12.0, money("EUR", "30"))],
        ..Value::default()
    }
}

fn figures(value: &mut Value) -> &mut ValueFigures {
    value.figures.get_or_insert_default()
}

#[test]
fn the_formula_stands_with_its_numbers() {
    let worth = Worth::of(&value());
    // 1200 − 12.345678901 = 1187.654321099
    assert_eq!(worth.formula.unwrap(), ["EUR 1,200.00", "EUR 12.35", "EUR 1,187.65"]);
    assert_eq!(worth.facts[0].lines, ["2,400 min (40\u{a0}h)"]);
    let mut halves = value();
    figures(&mut halves).minutes_saved = Some(81.5);
    assert_eq!(Worth::of(&halves).facts[0].lines, ["81.5 min"], "as the rates' own minutes say");
    assert_eq!(worth.note, None);
}

#[test]
fn each_rate_says_what_it_comes_to() {
    let rates = Worth::of(&value()).rates;
    let row = |r: &Rate| [&r.category, &r.resolved, &r.saved, &r.worth].map(|text| text.clone());
    // 200 × 6 = 1,200 min = 20 h; × 30 = 600
    assert_eq!(row(&rates[0]), ["billing", "200", "1,200", "EUR 600.00"]);
    // 300 − 200 = 100; 100 × 12 = 1,200 min = 20 h; × 30 = 600
    assert_eq!(row(&rates[1]), ["all other categories", "100", "1,200", "EUR 600.00"]);
}

#[test]
fn a_category_that_is_not_told_is_not_guessed() {
    let mut many = value();
    many.rates[0].category = "rare".into();
    assert_eq!(Worth::of(&many).rates[0].resolved, "0", "all categories are told");
    many.categories.extend((0..50).map(|i| group(&i.to_string(), 0)));
    let rates = Worth::of(&many).rates;
    assert_eq!([&rates[0].resolved, &rates[0].worth, &rates[1].resolved], [NONE; 3]);
}

#[test]
fn nothing_is_taken_from_another_currency() {
    let mut value = value();
    figures(&mut value).costs = vec![money("USD", "12")];
    let worth = Worth::of(&value);
    assert_eq!(worth.formula, None);
    let why = worth.note.unwrap();
    assert!(why.contains("worth EUR, the cost is in USD"), "{why}");
    assert!(why.starts_with("No net") && why.ends_with("or prices in the rates'."), "{why}");
    figures(&mut value).costs.push(money("EUR", "1"));
    assert_eq!(Worth::of(&value).formula, None, "one part of the cost is not the cost");
}

#[test]
fn what_is_not_known_is_said() {
    let mut value = value();
    figures(&mut value).costs.clear();
    assert!(Worth::of(&value).note.unwrap().contains("the cost is not known"));
    figures(&mut value).costs = vec![money("EUR", "a lot")];
    assert!(Worth::of(&value).note.unwrap().contains("not readable"));
    figures(&mut value).costs = vec![money("EUR", "1")];
    (figures(&mut value).tokens, figures(&mut value).priced_tokens) = (1000, 975);
    let note = Worth::of(&value).note.unwrap();
    assert!(note.contains("97.5 % of the tokens are of calls that have a price"), "{note}");
}

#[test]
fn numbers_without_sense_do_not_break_it() {
    for minutes in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        let mut value = value();
        figures(&mut value).resolved = u64::MAX;
        figures(&mut value).minutes_saved = Some(minutes);
        value.rates = vec![rate("", minutes, money("EUR", "999999999999999999"))];
        assert_eq!(Worth::of(&value).rates[0].worth, NONE);
    }
    let mut most = value();
    figures(&mut most).resolved = u64::MAX;
    most.rates = vec![rate("", 999_999_999.0, money("EUR", "999999999999999999"))];
    assert_eq!(Worth::of(&most).rates[0].worth, NONE);
}
