//! Paths among tokens that are no expressions: macros' and attributes' own languages.

use proc_macro2::TokenTree;

use super::imports::{Written, plain};

/// The path that starts at an identifier; `at` is moved behind it.
pub fn path_at(tokens: &[TokenTree], at: &mut usize) -> Written {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    let mut segments = Vec::new();
    while let Some(TokenTree::Ident(ident)) = tokens.get(*at) {
        segments.push(plain(ident));
        *at += 1;
        if !(colon(*at) && colon(*at + 1)) {
            break;
        }
        *at += 2;
    }
    Written { segments, outside: false }
}

/// Whether a path among tokens names an item: not a field, a method or a macro's own variable, and
/// a lone lower-case word only where it is called or given.
pub fn is_named(path: &Written, before: Option<&TokenTree>, after: Option<&TokenTree>) -> bool {
    let sign = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    };
    let [first, rest @ ..] = path.segments.as_slice() else { return false };
    match sign(before) {
        Some('.') => return false,
        Some('$') if first != "crate" => return false,
        _ => {}
    }
    let called = matches!(after, Some(TokenTree::Group(_))) || sign(after) == Some('!');
    !rest.is_empty() || first.starts_with(char::is_uppercase) || called || sign(before) == Some('=')
}
