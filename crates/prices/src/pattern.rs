//! The pattern of an entry's models: a name, in which `*` is any text, also none, and `#` one digit.
//!
//! How specific it is decides between two that match. A name without `*` is *exact*; what begins
//! with text is *anchored* there; what begins with `*` is *contained*. Of two of a kind the one with
//! more text wins.

/// More `*` than this help nobody, and cost time.
const MOST_STARS: usize = 4;

/// Whether `text` is a pattern. Its length is the caller's to bound.
pub(crate) fn check(text: &str) -> Result<(), InvalidPattern> {
    if text.is_empty() {
        return Err(InvalidPattern::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(InvalidPattern::Space);
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(InvalidPattern::UpperCase);
    }
    let stars = text.bytes().filter(|&byte| byte == b'*').count();
    if stars > MOST_STARS {
        return Err(InvalidPattern::Stars);
    }
    Ok(())
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPattern {
    /// No text.
    #[error("is empty")]
    Empty,
    /// No model's name has spaces.
    #[error("has a space or a control character")]
    Space,
    /// Names are compared in lower case.
    #[error("is to be in lower case")]
    UpperCase,
    /// Too many wildcards.
    #[error("has more than {MOST_STARS} `*`")]
    Stars,
}

/// The text before the first wildcard.
pub(crate) fn head(pattern: &str) -> &str {
    pattern.split(['*', '#']).next().unwrap_or_default()
}

/// The longest run of text without wildcards; empty in `*`.
pub(crate) fn longest_piece(pattern: &str) -> &str {
    let mut longest = "";
    for piece in pattern.split(['*', '#']) {
        if piece.len() > longest.len() {
            longest = piece;
        }
    }
    longest
}

/// How much of it is text, in bytes.
pub(crate) fn weight(pattern: &str) -> usize {
    pattern.bytes().filter(|&byte| byte != b'*').count()
}

/// Whether it has no `*`: the name as a whole.
pub(crate) fn is_exact(pattern: &str) -> bool {
    !pattern.contains('*')
}

/// Whether `name`, in lower case, is of `pattern`. Goes back to the last `*` only, so it takes no
/// more than the one's length times the other's.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut in_name) = (0, 0);
    // Where the last `*` was, and where the text it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(&sign) if is_one(sign, name[in_name]) => {
                at += 1;
                in_name += 1;
            }
            _ => {
                let Some((back, end)) = star else { return false };
                star = Some((back, end + 1));
                at = back + 1;
                in_name = end + 1;
            }
        }
    }
    pattern[at..].iter().all(|&sign| sign == b'*')
}

fn is_one(sign: u8, byte: u8) -> bool {
    if sign == b'#' { byte.is_ascii_digit() } else { sign == byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_itself_and_nothing_longer() {
        assert!(matches("gpt-4o", "gpt-4o"));
        assert!(!matches("gpt-4o", "gpt-4o-mini"));
        assert!(!matches("gpt-4o", "gpt-4"));
        assert!(!matches("gpt-4o", ""));
    }

    #[test]
    fn a_star_is_any_text_and_none() {
        for name in ["gpt-4o", "gpt-4o-mini"] {
            assert!(matches("gpt-4o*", name), "{name}");
        }
        assert!(matches("*claude*-v1*", "us.anthropic.claude-x-v1:0"));
        assert!(matches("*-v1:0", "claude-v1:0-v1:0"), "goes back to the star");
        assert!(!matches("*-v1:0", "claude-v1:00"));
        assert!(matches("*", ""));
    }

    #[test]
    fn a_hash_is_one_digit() {
        assert!(matches("grok-4.3-########", "grok-4.3-20260110"));
        assert!(!matches("grok-4.3-########", "grok-4.3-2026011x"));
        assert!(!matches("grok-4.3-########", "grok-4.3-2026011"));
    }

    #[test]
    fn the_text_of_a_pattern() {
        assert_eq!(head("gemini-2.5*-tts"), "gemini-2.5");
        assert_eq!(head("*x"), "");
        assert_eq!(longest_piece("*claude*sonnet-4"), "sonnet-4");
        assert_eq!(longest_piece("*"), "");
        assert_eq!(weight("a*b#"), 3);
    }

    proptest::proptest! {
        #[test]
        fn a_pattern_matches_as_its_definition_says(pattern in "[ab*#]{0,7}", name in "[ab1]{0,8}") {
            let matched = matches(&pattern, &name);
            proptest::prop_assert_eq!(matched, by_definition(pattern.as_bytes(), name.as_bytes()));
        }
    }

    fn by_definition(pattern: &[u8], name: &[u8]) -> bool {
        let Some((sign, rest)) = pattern.split_first() else { return name.is_empty() };
        match (sign, name.split_first()) {
            (b'*', first) => {
                by_definition(rest, name)
                    || first.is_some_and(|(_, name)| by_definition(pattern, name))
            }
            (b'#', Some((byte, name))) => byte.is_ascii_digit() && by_definition(rest, name),
            (sign, Some((byte, name))) => sign == byte && by_definition(rest, name),
            (_, None) => false,
        }
    }
}
