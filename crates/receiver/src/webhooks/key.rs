//! The key of those who can't send it as others do.

use data_encoding::BASE64;
use http::{
    HeaderValue,
    header::{AUTHORIZATION, HeaderMap},
    request::Parts,
};

/// Puts a key that stands in `authorization: Basic …` (as the password, or as the name where there is no
/// password) or in the address (`?key=`, for desks that let nobody set a header) where every other key
/// stands. What is no key there stays, and is refused like every other.
pub(super) fn move_to_headers(head: &mut Parts) {
    let key = match head.headers.get(AUTHORIZATION) {
        Some(value) => basic(value.as_bytes()),
        None if head.headers.contains_key("x-api-key") => None,
        None => head.uri.query().and_then(in_query),
    };
    if let Some(mut key) = key.and_then(|key| HeaderValue::from_str(&key).ok()) {
        key.set_sensitive(true);
        replace(&mut head.headers, key);
    }
}

fn replace(headers: &mut HeaderMap, key: HeaderValue) {
    headers.remove(AUTHORIZATION);
    headers.insert("x-api-key", key);
}

/// RFC 7617: name and password, in Base64.
fn basic(header: &[u8]) -> Option<String> {
    let (scheme, credentials) = header.split_at_checked(b"basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(credentials.trim_ascii()).ok()?).ok()?;
    let (name, password) = text.split_once(':').unwrap_or((&text, ""));
    // Who asks for a key alone sends it as the name, and something like `X` as the password.
    let key = if password.starts_with("tl_") || name.is_empty() { password } else { name };
    Some(key.to_owned())
}

fn in_query(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "key").then(|| value.into_owned()))
}
