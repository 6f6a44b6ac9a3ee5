use super::*;

fn folded(text: &str) -> String {
    fold(text).text
}

/// What `part` of the folded text comes from.
fn origin<'t>(text: &'t str, part: &str) -> &'t str {
    let folded = fold(text);
    let at = folded.text.find(part).unwrap_or_else(|| panic!("{part} in {}", folded.text));
    let (start, end) = folded.origin(at, at + part.len());
    &text[start..end]
}

#[test]
fn letters_fold_and_map_back() {
    let text = "Grüße, José Ångström – Łódź ﬁn";
    assert_eq!(folded(text), "grusse, jose angstrom - lodz fin");
    assert_eq!(origin(text, "angstrom"), "Ångström");
    assert_eq!(origin(text, "grusse"), "Grüße");
    assert_eq!(origin(text, "fin"), "ﬁn");
}

#[test]
fn a_mark_goes_with_its_letter() {
    let text = "Jose\u{301} x";
    assert_eq!(folded(text), "jose x");
    assert_eq!(fold(text).origin(0, 4), (0, 6));
    assert_eq!(origin("M\u{200b}i\u{ad}a\u{200d} x", "mia"), "M\u{200b}i\u{ad}a\u{200d}");
}

#[test]
fn cases_fold_in_every_script() {
    for (a, b) in [
        ("ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ", "Γιώργος Παπαδόπουλος"),
        ("STRASSE", "Straße"),
        ("STRAẞE", "straße"),
        ("IŞIK", "ışık"),
        ("İLKER", "ilker"),
        ("Ｊａｎｅ", "jane"),
        ("𝐉𝐚𝐧𝐞", "jane"),
        ("ﾀﾛｳ", "タロウ"),
        ("ｶﾞﾘﾚｵ", "ガリレオ"),
        ("Пётр", "ПЕТР"),
        ("Сергей", "СЕРГЕЙ"),
        ("Popescu Ștefan", "popescu şTEFAN"),
        ("Nguyễn Thị Đào", "nguyen thi dao"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("مُحَمَّد", "محمد"),
        ("علی", "علي"),
        ("שָׁלוֹם", "שלום"),
        ("ო\u{1c90}", "\u{1c9d}\u{10d0}"),
        ("\u{1100}\u{1175}\u{11b7}", "김"),
        ("Мiа", "mia"),
        ("Jаnе", "jane"),
    ] {
        assert_eq!(folded(a), folded(b), "{a} {b}");
    }
    for (a, b) in [("मीरा", "मरा"), ("が", "か"), ("ต้น", "ตน"), ("Анна", "aнна")]
    {
        assert_ne!(folded(a), folded(b), "{a} {b}");
    }
}

#[test]
fn escapes_say_their_letters() {
    for text in [
        "M&uuml;ller",
        "M&Uuml;ller",
        "M&amp;uuml;ller",
        "M&#252;ller",
        "M&#xFC;ller",
        "M&#x000fc;ller",
        "M%C3%BCller",
        "M%c3%bcller",
        "M%25C3%25BCller",
        "M%FCller",
        "M\\u00fcller",
        "M\\\\u00FCller",
        "M\\xfcller",
        "M\\xc3\\xbcller",
        "M\\u{fc}ller",
        "M=C3=BCller",
    ] {
        assert!(matters(text), "{text}");
        assert_eq!(folded(text), "muller", "{text}");
        assert_eq!(origin(&format!("({text})"), "muller"), text);
    }
    assert_eq!(folded("O&#39;Neill O&apos;Neill O&rsquo;Neill"), "o'neill o'neill o'neill");
    assert_eq!(folded("a&nbsp;b"), "a b");
    assert_eq!(folded("\\ud83d\\ude00x"), "\"x");
    for text in
        ["a&b=c;", "100% Cotton", "x=C3", "\\n\\u", "&#;", "&#x;", "%zz", "a=ab=cd", "\\udc00"]
    {
        assert_eq!(Places::new(text, 4, Alphabet::Any).count(), 0, "{text}");
        assert_eq!(folded(text), text.to_ascii_lowercase());
    }
}

#[test]
fn what_folding_cannot_change_does_not_matter() {
    assert!(matters("Jose\u{301}") && !matters("plain"));
    for text in
        ["plain", "“quoted” – dash", "✅ done → next 🎉", "https://a.b/c?d=1&e=%20", "a\\nb"]
    {
        assert_eq!(Places::new(text, 4, Alphabet::Any).count(), 0, "{text}");
    }
}

#[test]
fn only_what_stands_around_is_folded() {
    let text = format!("{}é{}é{}", "a".repeat(100), "b".repeat(10), "c".repeat(100));
    let places: Vec<_> = Places::new(&text, 8, Alphabet::Any).collect();
    assert_eq!(places, [(92, 122)]);
    let part = fold_part(&text, 92, 122);
    assert_eq!(part.text, format!("aaaaaaaae{}ecccccccc", "b".repeat(10)));
    assert_eq!(part.origin(8, 9), (100, 102));
    assert_eq!(part.origin(0, 1), (92, 93));
    let chinese: String = "王".repeat(50) + "é";
    assert_eq!(Places::new(&chinese, 3, Alphabet::Latin).collect::<Vec<_>>(), [(147, 152)]);
}

#[test]
fn numbers_of_every_script_are_read() {
    for (text, plain) in [
        ("４１１１ １１１１", "4111 1111"),
        ("٠٢٠ ٧٩٤٦", "020 7946"),
        ("۰۲۰", "020"),
        ("०२० ७९", "020 79"),
        ("০২০", "020"),
        ("๐๒๐", "020"),
        ("𝟎𝟐𝟎 𝟳", "020 7"),
        ("（０２０）７", "(020)7"),
        ("＋４４", "+44"),
        ("ＤＥ８９", "DE89"),
        ("4111\u{200b}1111", "41111111"),
        ("415‑555", "415-555"),
    ] {
        assert!(has_separators(text), "{text}");
        assert_eq!(separators(text).text, plain, "{text}");
    }
    for text in ["你好，世界。", "Γιώργος – ναι", "naïve 12 cafés", "🎉 20 ✅", "第一章", "Ⅳ"]
    {
        assert!(!has_separators(text), "{text}");
    }
}
