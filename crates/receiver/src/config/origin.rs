//! An origin, as browsers name where a page comes from.

use std::str::FromStr;

use http::{HeaderValue, Uri};

/// `https://tools.example.com`, `http://localhost:3000`: a scheme, a host, and a port where it is not
/// the scheme's own (RFC 6454, section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// The text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be origins as browsers send them: \"https://tools.example.com\", without a path, without \
     a slash at the end; * is not taken, as every page could use a key it got hold of"
)]
pub struct InvalidOrigin;

impl Origin {
    /// As it stands in the header `origin`.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let (scheme, host) = uri.scheme_str().zip(uri.authority()).ok_or(InvalidOrigin)?;
        // Browsers write hosts in lower case, and compare byte by byte.
        let whole = format!("{scheme}://{host}");
        let is_whole = whole == text && text == text.to_ascii_lowercase() && !text.contains('@');
        if !matches!(scheme, "http" | "https") || !is_whole {
            return Err(InvalidOrigin);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| InvalidOrigin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for good in ["https://tools.example.com", "http://localhost:3000", "http://[::1]:80"] {
            assert_eq!(good.parse::<Origin>().map(|o| o.header()), Ok(good.parse().unwrap()));
        }
        for bad in [
            "",
            "*",
            "null",
            "tools.example.com",
            "https://tools.example.com/",
            "https://tools.example.com/path",
            "https://Tools.example.com",
            "https://me@tools.example.com",
            "ftp://tools.example.com",
            "https://*.example.com/?",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(InvalidOrigin), "{bad}");
        }
    }
}
