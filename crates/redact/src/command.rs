//! Secrets among the arguments of a command: `--api-key …`, `mysql -p…`, `redis-cli -a …`,
//! `openssl -passin pass:…`, `htpasswd -b file user …`.

use crate::{
    absence::is_absent,
    detector::{Detector, mark_at},
    finding::Outcome,
    lex::{before, byte, is_at, is_word, run_of, skip_blanks, skip_space},
    literal, placeholder, spoken,
};

/// Bytes of a command and of an argument that are looked at.
const REACH: usize = 256;

/// How a program's option and its value stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// `-pvalue` alone: behind a blank, `-p` asks for it.
    Glued,
    /// `-p value`, `-pvalue`.
    Either,
    /// `-U user:value`.
    Pair,
}

/// A letter, how its value stands, and the programs whose password it gives.
const OPTIONS: &[(u8, Stands, &[&[u8]])] = &[
    (b'p', Stands::Glued, MYSQL),
    (b'p', Stands::Either, &[b"sshpass", b"mongo", b"mongosh", b"mongodump", b"mongorestore"]),
    (b'p', Stands::Either, &[b"mongoexport", b"mongoimport", b"cypher-shell", b"influx"]),
    (b'P', Stands::Either, &[b"sqlcmd", b"bcp", b"osql", b"tsql", b"sqsh", b"zip", b"unzip"]),
    (b'a', Stands::Either, &[b"redis-cli", b"valkey-cli", b"keydb-cli", b"redis-benchmark"]),
    (b'w', Stands::Either, &[b"ldapsearch", b"ldapadd", b"ldapmodify", b"ldapwhoami"]),
    (b'w', Stands::Either, &[b"ldappasswd", b"ldapdelete"]),
    (b'U', Stands::Pair, &[b"curl"]),
];
#[rustfmt::skip]
const MYSQL: &[&[u8]] = &[
    b"mysql", b"mysqldump", b"mysqladmin", b"mysqlimport", b"mysqlshow", b"mysqlcheck", b"mysqlbinlog",
    b"mariadb", b"mariadb-dump", b"mycli", b"7z", b"7za",
];
/// `docker login -p value`: what may stand before `login`.
const LOGINS: &[&[u8]] = &[
    b"docker",
    b"podman",
    b"nerdctl",
    b"oras",
    b"buildah",
    b"skopeo",
    b"registry",
    b"oc",
    b"az",
    b"cf",
];

/// Three bytes to notice options by.
pub(crate) const TRIGGERS: [&[u8; 3]; 11] =
    [b" --", b"\n--", b"`--", b"\"--", b"'--", b" -p", b" -P", b" -a", b" -w", b" -U", b"htp"];

/// The secret behind the option whose dash follows the blank at `at`, or in the command at `at`.
/// `is_secret` says what the name of an option says.
pub(crate) fn detect(bytes: &[u8], at: usize, is_secret: impl Fn(&str) -> bool) -> Outcome {
    let found = match byte(bytes, at) {
        b' ' => spelled(bytes, at + 1, is_secret).or_else(|| lettered(bytes, at + 1)),
        b'\n' | b'`' | b'"' | b'\'' => spelled(bytes, at + 1, is_secret),
        _ => htpasswd(bytes, at).map(|(start, end)| (start, end, Detector::Secret)),
    };
    outcome(bytes, found)
}

/// The secret behind the option that the text begins with.
pub(crate) fn first(bytes: &[u8], is_secret: impl Fn(&str) -> bool) -> Outcome {
    outcome(bytes, spelled(bytes, 0, is_secret))
}

fn outcome(bytes: &[u8], found: Option<(usize, usize, Detector)>) -> Outcome {
    match found.filter(|(start, end, _)| is_value(bytes, *start, *end)) {
        Some((start, end, detector)) => Outcome::mark(start, end, detector),
        None => Outcome::Nothing,
    }
}

/// `--api-key value`, `-password value`; what stands behind `=` is read elsewhere.
fn spelled(
    bytes: &[u8],
    dash: usize,
    is_secret: impl Fn(&str) -> bool,
) -> Option<(usize, usize, Detector)> {
    let name = run_of(bytes, dash, 2, |b| b == b'-');
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let option_end = run_of(bytes, name, 64, is_part);
    let start = behind_option(bytes, dash, option_end).filter(|_| option_end >= name + 3)?;
    let option = std::str::from_utf8(&bytes[name..option_end]).ok()?;
    if matches!(option, "passin" | "passout" | "pass") && is_at(bytes, start, b"pass:") {
        return argument(bytes, start + 5).map(|(start, end)| (start, end, Detector::Secret));
    }
    if matches!(option, "proxy-user") {
        return pair(bytes, start);
    }
    if !is_secret(option) && option != "pass" {
        return None;
    }
    let (start, end) = argument(bytes, start)?;
    let quoted = matches!(before(bytes, start), b'"' | b'\'');
    // In a list, a sentence is none of the option's: `["--password", "must be set"]`.
    if byte(bytes, option_end) != b' ' && bytes[start..end].contains(&b' ') {
        return None;
    }
    (quoted || is_told(bytes, start, end)).then_some((start, end, Detector::Secret))
}

/// Where the value of the option that starts at `dash` and ends at `end` starts: behind a blank, or as
/// the next item of a list (`"--token", "…"`).
fn behind_option(bytes: &[u8], dash: usize, end: usize) -> Option<usize> {
    let quote = byte(bytes, dash.wrapping_sub(1));
    match byte(bytes, end) {
        b' ' => Some(skip_blanks(bytes, end)),
        close @ (b'"' | b'\'') if close == quote && byte(bytes, end + 1) == b',' => {
            let next = skip_space(bytes, end + 2);
            (byte(bytes, next) == quote).then_some(next)
        }
        _ => None,
    }
}

/// `mysql -pvalue`, `redis-cli -a value`.
fn lettered(bytes: &[u8], dash: usize) -> Option<(usize, usize, Detector)> {
    let letter = byte(bytes, dash + 1);
    let behind = dash + 2;
    let start = skip_blanks(bytes, behind);
    let (first, end) = argument(bytes, start)?;
    // The command is looked for last: a text may be full of options.
    if !is_value(bytes, first, end) {
        return None;
    }
    match program(command(bytes, dash), letter)
        .filter(|stands| *stands != Stands::Glued || start == behind)?
    {
        Stands::Pair => pair(bytes, start),
        _ => Some((first, end, Detector::Secret)),
    }
}

/// How the value of a program's option stands, where one of the command's words is a program that
/// has it.
fn program(command: &[u8], letter: u8) -> Option<Stands> {
    let mut before: &[u8] = b"";
    for word in command.split(|b| matches!(b, b' ' | b'/' | b'"' | b'\'' | b'$' | b'\n')) {
        if letter == b'p' && word == b"login" && LOGINS.contains(&before) {
            return Some(Stands::Either);
        }
        let option = OPTIONS.iter().find(|option| option.0 == letter && option.2.contains(&word));
        if let Some(option) = option {
            return Some(option.1);
        }
        before = word;
    }
    None
}

/// `htpasswd -b file user value`, `htpasswd -nb user value`.
fn htpasswd(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if !bytes[at..].starts_with(b"htpasswd ") || is_word(before(bytes, at)) {
        return None;
    }
    let (mut at, mut batch, mut shown, mut plain) = (at + 9, false, false, 0);
    for _ in 0..8 {
        let (start, end) = argument(bytes, skip_blanks(bytes, at))?;
        if byte(bytes, start) == b'-' {
            batch |= bytes[start..end].contains(&b'b');
            shown |= bytes[start..end].contains(&b'n');
        } else {
            plain += 1;
            if plain == if shown { 2 } else { 3 } {
                return batch.then_some((start, end));
            }
        }
        at = end + usize::from(matches!(byte(bytes, end), b'"' | b'\''));
    }
    None
}

/// The command that the option at `at` belongs to, up to it.
fn command(bytes: &[u8], at: usize) -> &[u8] {
    let from = at.saturating_sub(REACH);
    let ends = |b: &u8| matches!(b, b'\n' | b'|' | b';' | b'&' | b'`' | b'(');
    let start = bytes[from..at].iter().rposition(ends).map_or(from, |end| from + end + 1);
    &bytes[start..at]
}

/// From where to where the argument at `at` stands, without its quotes.
fn argument(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let quote = byte(bytes, at);
    if matches!(quote, b'"' | b'\'') {
        let reach = &bytes[..bytes.len().min(at + REACH)];
        let end = literal::end(reach, at + 1, quote, 0);
        return (end < reach.len()).then_some((at + 1, end));
    }
    let end = run_of(bytes, at, REACH, |b| b > b' ' && !b"\"'`<>;|&)\\,]}".contains(&b));
    (end > at).then_some((at, end))
}

/// `user:value`
fn pair(bytes: &[u8], at: usize) -> Option<(usize, usize, Detector)> {
    let (start, end) = argument(bytes, at)?;
    let sign = bytes[start..end].iter().position(|b| *b == b':')?;
    let is_name =
        placeholder::stands_at(bytes, start) || placeholder::stands_at(bytes, start + sign + 1);
    (!is_name && sign + 1 < end - start).then_some((start, end, Detector::BasicAuth))
}

/// Whether it is a value, not an option, a placeholder or a word in capitals that stands for one.
fn is_value(bytes: &[u8], start: usize, end: usize) -> bool {
    let Some(text) = bytes.get(start..end).and_then(|text| std::str::from_utf8(text).ok()) else {
        return false;
    };
    let names = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && text.len() > 2;
    let open = matches!(byte(bytes, start), b'-' | b'[' | b'<' | b'.' | b':');
    let marked = mark_at(bytes, start).is_some();
    let says_one = !placeholder::stands_at(bytes, start) && !is_absent(text);
    says_one && !names && !open && !marked
}

/// What goes on a sentence in which an option is named.
const SENTENCE: &[&[u8]] = &[
    b"after",
    b"also",
    b"before",
    b"cannot",
    b"from",
    b"into",
    b"must",
    b"only",
    b"requires",
    b"should",
    b"than",
    b"then",
    b"this",
    b"unless",
    b"using",
    b"when",
    b"will",
    b"with",
    b"without",
    b"together",
];

/// Behind an option in a sentence ("--token is missing") a word is none.
fn is_told(bytes: &[u8], start: usize, end: usize) -> bool {
    // `--auth Description="…"`
    if matches!(byte(bytes, end), b'"' | b'\'') && bytes[start..end].ends_with(b"=") {
        return false;
    }
    let text = &bytes[start..end];
    let text = text.trim_ascii_end();
    let word = text.strip_suffix(b".").or(text.strip_suffix(b":")).unwrap_or(text);
    let plain = word.iter().skip(1).all(u8::is_ascii_lowercase);
    if !plain || word.first().is_none_or(|b| !b.is_ascii_alphabetic()) {
        return text.len() > 3;
    }
    let blanks = skip_blanks(bytes, end);
    let ends = matches!(byte(bytes, end), 0 | b'\r' | b'\n' | b'"' | b'\'' | b'`')
        || matches!(byte(bytes, blanks), b'-' | b'|' | b';' | b'&' | b'\\' | b'>');
    word.len() == text.len()
        && word.len() > 3
        && ends
        && !spoken::is_ordinary(word)
        && !SENTENCE.contains(&word)
}
