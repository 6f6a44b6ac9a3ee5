//! Terms as conditions: what a trace that says them all must meet. A few that do not may meet them,
//! too.

use std::sync::LazyLock;

use super::{MOST_TERMS, Terms, folded::text_expression};
use crate::visibility::Conditions;

/// A term's parameters: how it is written in JSON, and how it is compared.
const NAMES: [(&str, &str); MOST_TERMS] = [
    ("plain0", "text0"),
    ("plain1", "text1"),
    ("plain2", "text2"),
    ("plain3", "text3"),
    ("plain4", "text4"),
    ("plain5", "text5"),
    ("plain6", "text6"),
    ("plain7", "text7"),
];

/// The clauses, which hold nothing of what is searched for.
struct Clauses {
    /// All words, by the index.
    words: String,
    /// All words, where there is no index.
    words_unindexed: String,
    /// Each term's text.
    texts: Vec<String>,
}

static CLAUSES: LazyLock<Clauses> = LazyLock::new(|| {
    let text = text_expression();
    let plain = |name| format!("positionCaseInsensitiveUTF8(trace_json, {{{name}:String}}) > 0");
    let words = format!("hasAllTokens({text}, {{words:Array(String)}})");
    Clauses {
        // The longest word stands for all: it is likely the rarest.
        words_unindexed: format!("if({}, {words}, 0)", plain("word")),
        words,
        texts: NAMES
            .iter()
            .map(|(name, exact)| {
                format!("if({}, position({text}, {{{exact}:String}}) > 0, 0)", plain(name))
            })
            .collect(),
    }
});

/// Adds the conditions for all terms.
pub(super) fn said(conditions: &mut Conditions, terms: &Terms, is_indexed: bool) {
    let clauses = &*CLAUSES;
    let mut words: Vec<String> = Vec::new();
    for term in terms.each() {
        words.extend(term.words().map(str::to_owned));
    }
    words.sort_unstable();
    words.dedup();
    if let Some(longest) = words.iter().max_by_key(|word| word.len()) {
        if is_indexed {
            conditions.clause(&clauses.words);
        } else {
            conditions.text(&clauses.words_unindexed, "word", longest);
        }
        conditions.texts("words", words);
    }
    for ((term, (plain, text)), clause) in terms.each().iter().zip(NAMES).zip(&clauses.texts) {
        if !term.is_a_word() {
            conditions.text(clause, plain, term.plain());
            conditions.param(text, &term.flat);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_searched_for_gets_into_the_sql() {
        for is_indexed in [true, false] {
            let mut conditions = Conditions::default();
            let terms = Terms::parse("needle \"sharp' OR 1=1 --\" a.b").unwrap();
            said(&mut conditions, &terms, is_indexed);
            let sql = conditions.sql();
            for text in ["needle", "sharp", "1=1", "a.b"] {
                assert!(!sql.contains(text), "{sql}");
            }
            assert!(sql.contains("{words:Array(String)}") && sql.contains("{text2:String}"));
        }
    }
}
