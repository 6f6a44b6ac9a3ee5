use super::*;
use crate::{Gate, GateConfig};

fn clean(values: &[&str], text: &str) -> String {
    let gate = Gate::new(GateConfig::default()).unwrap();
    let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
    let known = Known::new(&values).unwrap();
    gate.pass(Some(&known)).text(text).into_owned()
}

#[test]
fn every_way_to_write_a_name() {
    for text in [
        "Mia Li",
        "MIA LI",
        "mia  li",
        "mia_li",
        "Mia+Li",
        "Mia%20Li",
        "mia.li",
        "Li, Mia",
        "Mia\u{a0}Li",
        "Mia\nLi",
    ] {
        assert_eq!(clean(&["Mia Li"], text), "[known-value]", "{text:?}");
    }
    assert_eq!(clean(&["Mia Li"], "user mia_li_3668 said"), "user [known-value] said");
    assert_eq!(clean(&["Mia Li"], "mia.li42, mia_li_2nd"), "[known-value], [known-value]_2nd");
    assert_eq!(
        clean(&["Amelia Ahmed"], "Dear Amelia, Ms. AHMED!"),
        "Dear [known-value], Ms. [known-value]!"
    );
    assert_eq!(clean(&["Li Xu"], "Hello Li Xu"), "Hello [known-value]");
}

#[test]
fn accents_and_other_scripts() {
    assert_eq!(
        clean(&["José Müller"], "jose MULLER / Josè Mueller / JOSÉ MÜLLER"),
        "[known-value] / [known-value] / [known-value]"
    );
    assert_eq!(clean(&["Jose Muller"], "Jose\u{301} Mu\u{308}ller kam"), "[known-value] kam");
    assert_eq!(clean(&["Иван Петров"], "привет, ИВАН ПЕТРОВ."), "привет, [known-value].");
    assert_eq!(clean(&["王伟"], "你好王伟先生"), "你好[known-value]先生");
    assert_eq!(clean(&["Mia Li"], "M\u{200b}ia Li – “Mia Li”"), "[known-value] – “[known-value]”");
}

#[test]
fn words_that_contain_a_value_stay() {
    for text in ["Familia", "miami life", "478750", "787501", "MIA", "Live", "Li"] {
        assert_eq!(clean(&["Mia Li", "78750"], text), text);
    }
    assert_eq!(clean(&["78750"], "TX 78750, 78750-1234"), "TX [known-value], [known-value]-1234");
    assert_eq!(clean(&["Will Smith"], "I will ask Will"), "I will ask [known-value]");
}

#[test]
fn short_parts_count_as_names_are_written() {
    let text = "Of course, Mia. MIA to JFK, mia or Mia's? Zoë!";
    assert_eq!(
        clean(&["Mia Lee", "Zoë Lee"], text),
        "Of course, [known-value]. MIA to JFK, mia or [known-value]'s? [known-value]!"
    );
    assert_eq!(clean(&["May Ray Jones"], "May I? Ray may."), "May I? [known-value] may.");
}

#[test]
fn what_is_no_name_has_no_parts() {
    let known = ["john.smith@gmail.com", "Sunset Drive", "gift_card_6136092"];
    let text = "john, at gmail, sunset and drive: Gift Card (6136092), john.smith@gmail.com";
    assert_eq!(
        clean(&known, text),
        "john, at gmail, sunset and drive: Gift Card ([known-value]), [known-value]"
    );
}

#[test]
fn markdown_does_not_hide_a_name() {
    let text = r"mia\_li\_3668, Mia **Li**, *Mia* Li, **Mia Li**";
    let text = text.replace("\\\\", "\\");
    assert_eq!(
        clean(&["Mia Li"], &text),
        "[known-value], [known-value]**, *[known-value], **[known-value]**"
    );
}

#[test]
fn keys_that_become_the_same_stay_apart() {
    let text = r#"{"n": {"card_1111111": 1, "card_2222222": 2}, "a@b.co": 3, "c@d.co": 4}"#;
    let after =
        r#"{"n": {"[known-value]": 1, "[known-value]#2": 2}, "[email]": 3, "[email]#2": 4}"#;
    assert_eq!(clean(&["card_1111111", "card_2222222"], text), after);
    assert_eq!(clean(&[], after), after);
}

#[test]
fn numbers_in_strings_are_no_json_numbers() {
    let text =
        r#"{"a": "Houston, TX, 77004, USA", "b": [1, 77004, 2], "c": "4111111111111111, and"}"#;
    let after = r#"{"a": "Houston, TX, [known-value], USA", "b": [1, "[known-value]", 2], "c": "[card], and"}"#;
    assert_eq!(clean(&["77004"], text), after);
    let escaped = |text: &str| text.replace('"', "\\\"");
    assert_eq!(
        clean(&["77004"], &escaped(r#"{"a": "TX, 77004, USA"}"#)),
        escaped(r#"{"a": "TX, [known-value], USA"}"#)
    );
}

#[test]
fn dates_in_other_orders() {
    let text =
        "1990-04-05 04/05/1990 5.4.1990 April 5, 1990; April 5th, 1990; 5 Apr 1990; 19900405";
    let cleaned = clean(&["1990-04-05"], text);
    assert_eq!(
        cleaned,
        "[known-value] [known-value] [known-value] [known-value]; [known-value]; [known-value]; [known-value]"
    );
}

#[test]
fn numbers_with_other_separators() {
    assert_eq!(
        clean(&["+1 (415) 555-0132"], "4155550133 is not it, 14155550132 is"),
        "4155550133 is not it, [known-value] is"
    );
}

#[test]
fn marks_and_structure_stay() {
    assert_eq!(
        clean(&["email", "known", "value"], "[email] [known-value]"),
        "[email] [known-value]"
    );
    assert_eq!(clean(&["Li Xu"], r#"["Li","Xu"]"#), r#"["Li","Xu"]"#);
    assert_eq!(
        clean(&["78750"], r#"{"n": 78750, "m": [178750]}"#),
        r#"{"n": "[known-value]", "m": [178750]}"#
    );
    assert_eq!(clean(&[""], "x"), "x");
}

#[test]
fn too_many_values_are_refused() {
    let values = vec!["x".to_owned(); VALUES + 1];
    assert!(matches!(Known::new(&values), Err(Unwalkable::TooLarge)));
}

/// Names of as many parts, and dates and numbers, as a value may have.
const LONGEST: &[&str] = &[
    "Jürgen Karl-Heinz Maria van der Müllerstein",
    "Анна Мария Владимировна Достоевская",
    "Anna Maria Teresa Joanna Kowalska-Nowacka",
    "1990-04-05",
    "+1 (415) 555-0132",
    "gift_card_6136092 1234567 7654321 1111111",
    "山田太郎",
    "김철수",
    "a b c d e f g h",
];

#[test]
fn a_value_makes_few_patterns() {
    for value in LONGEST {
        let known = Known::new(&[(*value).to_owned()]).unwrap();
        assert!(known.patterns.len() <= PATTERNS, "{value}: {}", known.patterns.len());
    }
    // As many and as long as may be: what is held is in proportion.
    let values: Vec<String> = (0..VALUES)
        .map(|n| {
            format!("{n:x} Jürgen Maria van der Müllerstein",)
                .replace(|c: char| c.is_ascii_digit(), "q")
        })
        .collect();
    let known = Known::new(&values).unwrap();
    assert!(known.patterns.len() <= VALUES * PATTERNS);
    let bytes: usize = known.patterns.iter().map(Pattern::len).sum();
    let given: usize = values.iter().map(String::len).sum();
    assert!(bytes <= PATTERNS * given, "{bytes} for {given}");
}

/// Patterns of one value at most.
const PATTERNS: usize = 80;

#[test]
fn nothing_begins_but_at_an_edge() {
    let values =
        ["Mia Li", "1990-04-05", "77004", "Jane Mary Roe", "Sean O'Neill", "+1 (415) 555-0132"];
    let known = Known::new(&values.map(str::to_owned)).unwrap();
    let text = "xMia Li, 177004 77004 janeRoe \\nJane Roe\\tRoe O'Neill J. Roe 41 4155550132 1 (415) 555-0132 \
        1990-04-05 5.4.1990 April 5, 1990 @jroe éMia Li 王Mia Li _Mia Li 9Mia Li Mia9";
    let bytes = text.as_bytes();
    let mut found = 0;
    for at in 0..bytes.len() {
        let Some(range) = known.at(bytes, at) else { continue };
        found += 1;
        assert_eq!(range.start, at);
        let (left, right) = (at.checked_sub(1).map_or(b' ', |at| bytes[at]), bytes[at]);
        let escape = bytes[..at].ends_with(b"\\n") || bytes[..at].ends_with(b"\\t");
        assert!(right.is_ascii_alphanumeric(), "{}", &text[at..]);
        assert!(
            escape || !(left.is_ascii_alphabetic() && right.is_ascii_alphabetic()),
            "{}",
            &text[at..]
        );
        assert!(!(left.is_ascii_digit() && right.is_ascii_digit()), "{}", &text[at..]);
    }
    assert!(found >= 20, "{found}");
}

#[test]
fn of_many_values_each_is_found() {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    let name =
        |n: usize| format!("M{}{}x Q{}{}el", letter(n), letter(n / 26), letter(n / 7), letter(n));
    let values: Vec<String> =
        (0..600).map(name).chain(["J. Ro".to_owned(), "Li Ma".to_owned()]).collect();
    let known = Known::new(&values).unwrap();
    for value in &values {
        assert!(known.is_whole(value) && known.is_whole(&value.to_uppercase()), "{value}");
    }
    assert!(!known.is_whole("Mzzzx Qel") && !known.is_whole("Max"));
}

#[test]
fn a_phone_with_its_country_and_without() {
    let text = "2025550143, +1 (202) 555-0143, 12025550143 or 02025550143; 3025550143";
    let cleaned = "[known-value], [phone], [known-value] or [known-value]; 3025550143";
    assert_eq!(clean(&["+1 202 555 0143"], text), cleaned);
    assert_eq!(clean(&["2025550143"], "from 12025550143"), "from [known-value]");
}
