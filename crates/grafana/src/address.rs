//! How Grafana reaches ClickHouse, which is not always how we do.

use std::{fmt, str::FromStr};

use ticketlens_store::ServerUrl;

/// An address of ClickHouse's, in one of its two protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickHouseAddress {
    /// Name or IP address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// HTTP, and not the native protocol.
    pub is_http: bool,
    /// With TLS.
    pub secure: bool,
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Another scheme, or none.
    #[error(
        "write it as http://host:8123, https://host:8443, native://host:9000 or natives://host:9440"
    )]
    Scheme,
    /// No host, a port that is none, a path, a password.
    #[error("it is a host and a port, without path, user or password")]
    Host,
}

impl FromStr for ClickHouseAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(InvalidAddress::Scheme)?;
        let (is_http, secure, port) = match scheme {
            "http" => (true, false, 8123),
            "https" => (true, true, 8443),
            "native" => (false, false, 9000),
            "natives" => (false, true, 9440),
            _ => return Err(InvalidAddress::Scheme),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() || rest.contains(['/', '?', '#', '@', ' ']) {
            return Err(InvalidAddress::Host);
        }
        // An IPv6 address stands in brackets, and has colons of its own.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, digits)) if !digits.ends_with(']') => {
                (host, digits.parse().ok().filter(|port| *port != 0).ok_or(InvalidAddress::Host)?)
            }
            _ => (rest, port),
        };
        if host.is_empty() {
            return Err(InvalidAddress::Host);
        }
        Ok(Self { host: host.to_owned(), port, is_http, secure })
    }
}

impl ClickHouseAddress {
    /// As the store reaches it.
    ///
    /// # Errors
    ///
    /// The URL has more than a host and a port.
    pub fn of(url: &ServerUrl) -> Result<Self, InvalidAddress> {
        url.as_str().parse()
    }
}

impl fmt::Display for ClickHouseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match (self.is_http, self.secure) {
            (true, false) => "http",
            (true, true) => "https",
            (false, false) => "native",
            (false, true) => "natives",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_protocols_with_and_without_tls() {
        for (text, shown, is_http, secure) in [
            ("http://clickhouse", "http://clickhouse:8123", true, false),
            ("https://db.example.com/", "https://db.example.com:8443", true, true),
            ("native://10.0.0.1:9001", "native://10.0.0.1:9001", false, false),
            ("natives://[::1]", "natives://[::1]:9440", false, true),
            ("http://[::1]:18123", "http://[::1]:18123", true, false),
        ] {
            let address: ClickHouseAddress = text.parse().unwrap();
            assert_eq!((address.is_http, address.secure), (is_http, secure), "{text}");
            assert_eq!(address.to_string(), shown);
        }
        for bad in [
            "clickhouse:8123",
            "tcp://h:1",
            "http://",
            "http://u:p@h",
            "http://h:0",
            "http://h/x",
            "http://:1",
        ] {
            assert!(bad.parse::<ClickHouseAddress>().is_err(), "{bad}");
        }
    }
}
