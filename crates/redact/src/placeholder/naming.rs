//! What stands in a placeholder's brackets: the name of a value, or a value after all.
//! `{admin_api_key}`, `{{ vault.password | trim }}`, `<your token here>`; not `{hunter2}`,
//! `<Jane Roe>`, `{{+1 415 555 0132}}`.

/// Digits that may be numbers of their own: `{0}`, `{{ keys[12] }}`.
const NUMBERS: usize = 2;
/// Digits of a number that is a setting's: `{min: 128}`.
const SETTING: usize = 3;
/// Words with digits at their ends.
const COUNTED: usize = 2;
/// Letters of a word.
const WORD: usize = 32;
/// Letters of a word that may be counted and stand alone: `{arg1}`, not `{hunter2}`.
const SHORT: usize = 4;

/// Words that tell a name, written in any way.
#[rustfmt::skip]
const NAMING: &[&str] = &[
    "your", "my", "the", "insert", "enter", "here", "replace", "token", "key", "secret", "password", "pass",
    "value", "name", "email", "phone", "address", "number", "date", "user", "username", "customer", "field",
    "param", "input", "string", "placeholder", "example", "variable", "credential", "code", "optional",
];
/// Words with digits in them.
#[rustfmt::skip]
const LETTERED: &[&str] = &[
    "k8s", "i18n", "l10n", "e2e", "x509", "sha256", "sha512", "pkcs12", "b2b", "p2p", "b2c", "o365", "auth0",
];

/// Whether `inside` is a name: identifiers, paths, and words of a sentence.
pub(super) fn is_name(inside: &[u8]) -> bool {
    let mut seen = Seen::default();
    let mut at = 0;
    while at < inside.len() {
        let start = at;
        at += inside[start..].iter().take_while(|b| is_part(**b)).count();
        if at > start {
            if !seen.identifier(&inside[start..at], &inside[..start]) {
                return false;
            }
        } else if matches!(inside[at], b'@' | b'+') && inside.get(at + 1).is_some_and(|b| *b > b' ')
        {
            return false;
        } else {
            at += 1;
        }
    }
    seen.is_name()
}

fn is_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}

/// What was read of it.
#[derive(Default)]
struct Seen {
    /// Digits of numbers.
    numbers: usize,
    /// Words, and those with digits at their ends, the last one's letters.
    words: usize,
    counted: usize,
    letters: usize,
    /// One of the words tells a name.
    naming: bool,
    /// Capitalised words stand side by side.
    titled: bool,
}

impl Seen {
    /// Takes in a run of letters and digits that stands behind `before`.
    fn identifier(&mut self, run: &[u8], before: &[u8]) -> bool {
        if run.iter().all(u8::is_ascii_digit) {
            let told = before.trim_ascii_end().ends_with(b":") && run.len() <= SETTING;
            self.numbers += if told { 0 } else { run.len() };
            return self.numbers <= NUMBERS;
        }
        let beside = before.strip_suffix(b" ").and_then(|before| before.last());
        let capital = run[0].is_ascii_uppercase() && run.iter().skip(1).any(u8::is_ascii_lowercase);
        self.titled |= capital && beside.is_some_and(|b| is_part(*b));
        if LETTERED.iter().any(|known| run.eq_ignore_ascii_case(known.as_bytes())) {
            self.words += 2;
            return true;
        }
        humps(run).all(|word| self.word(word))
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let letters = word.iter().take_while(|b| !b.is_ascii_digit()).count();
        let digits = &word[letters..];
        let counts = digits.len() <= 2 && digits.iter().all(u8::is_ascii_digit);
        let word = &word[..letters];
        self.naming |= NAMING.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
        self.words += 1;
        self.letters = letters;
        self.counted += usize::from(!digits.is_empty());
        counts && letters > 0 && letters <= WORD && self.counted <= COUNTED
    }

    fn is_name(&self) -> bool {
        let alone = self.words == 1 && self.counted == 1 && self.letters > SHORT;
        self.naming || !(alone || self.titled)
    }
}

/// The words of `adminApiKey`, whose capitals begin them.
fn humps(run: &[u8]) -> impl Iterator<Item = &[u8]> {
    run.chunk_by(|before, next| before.is_ascii_uppercase() || !next.is_ascii_uppercase())
}

/// Whether `text` is one capitalised word in brackets, and which: `{Jane}`.
pub(crate) fn is_capitalised(text: &str) -> Option<&str> {
    let inside = text.trim_matches(|c: char| "{}<>[]() ".contains(c));
    let is = inside.len() < text.len()
        && inside.starts_with(|c: char| c.is_uppercase())
        && inside.chars().skip(1).all(char::is_lowercase)
        && inside.len() > 1;
    is.then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_told_from_values() {
        for name in [
            "token",
            "admin_api_key",
            "vault.password",
            "your token here",
            "YOUR_TOKEN",
            "Your Token Here",
            "0",
            "12",
            "arg1",
            "token2",
            "oauth2Token",
            "k8s_secret",
            "secrets.AWS_S3_KEY",
            "First Name",
            " lookup('env', 'TOKEN') ",
            "type: String, min: 128",
            "$x",
            "base64",
            "Contact.Email",
            "a ? b : c",
        ] {
            assert!(is_name(name.as_bytes()), "{name}");
        }
        for value in [
            "hunter2",
            "Jane Roe",
            "1990-04-05",
            "4111 1111 1111 1111",
            "536-90-4399",
            "12 Elm Street",
            "+1 415 555 0132",
            "AQAAABAAAAAQx0VZ1y8kKq7",
            "x9Kq2 Lm4",
            "mia@example.com",
            "4711",
            "Tr0ngPass",
            "x || 'hunter2x9'",
            "sk-ant-api03-hYt5x9Q2bV",
        ] {
            assert!(!is_name(value.as_bytes()), "{value}");
        }
    }
}
