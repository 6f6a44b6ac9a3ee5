//! Any bytes as JSON: read or broken within them, whatever serde_json takes is taken, and what passes
//! over a value comes out where reading it does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use ticketlens_ticket::json::{Broken, Reader, Token};

fuzz_target!(|bytes: &[u8]| {
    let read = read(bytes);
    match read {
        Ok(tokens) => assert!(tokens > 0 && skipped(bytes).is_ok()),
        Err(Broken { at, .. }) => {
            assert!(at <= bytes.len());
            assert!(skipped(bytes).is_err());
            assert!(serde_json::from_slice::<IgnoredAny>(bytes).is_err());
        }
    }
});

/// Every token, and what is in it.
fn read(bytes: &[u8]) -> Result<usize, Broken> {
    let mut reader = Reader::new(bytes);
    let mut tokens = 0;
    let first = reader.token()?;
    look(first);
    while let Some(token) = reader.read()? {
        look(token);
        tokens += 1;
    }
    Ok(tokens + 1)
}

fn look(token: Token<'_>) {
    match token {
        Token::Text(text) | Token::Key(text) => {
            let mut length = 0;
            text.bytes(|piece| length += piece.len());
            assert!(length <= text.most());
            assert!(text.is(&text.to_str()) || text.to_str().contains('\u{fffd}'));
        }
        Token::Number(number) => {
            let value = number.as_f64();
            assert!(value.is_finite() || number.is_word() || number.as_str().len() > 3);
            if let Some(whole) = number.as_integer() {
                assert!(value.is_infinite() || (whole as f64 - value).abs() <= value.abs() * 1e-15);
            }
        }
        _ => {}
    }
}

fn skipped(bytes: &[u8]) -> Result<(), Broken> {
    let mut reader = Reader::new(bytes);
    let first = reader.token()?;
    reader.skip(first)?;
    reader.read().map(drop)
}
