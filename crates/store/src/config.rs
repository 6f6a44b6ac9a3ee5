//! How to reach ClickHouse: a checked form. Raw configuration becomes a [`StoreConfig`] through
//! [`ServerUrl`] and [`DatabaseName`], which say what is wrong without quoting secrets.

use std::{fmt, str::FromStr, time::Duration};

use secrecy::SecretString;

/// Everything the store needs to know about its server.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// ClickHouse's HTTP interface.
    pub url: ServerUrl,
    /// The database of the views; the tables are in `<database>_store`.
    pub database: DatabaseName,
    /// The user; it owns both databases.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Whether inserts are compressed.
    pub compression: InsertCompression,
    /// Whether an insert is answered only after it has reached the disk (`fsync`), not only the
    /// operating system. Off: a killed process loses nothing, a power cut may.
    pub fsync: bool,
    /// Whether the words of traces are in an index, for searches.
    pub search_index: bool,
    /// Longest time to a TCP connection.
    pub connect_timeout: Duration,
    /// Longest time to an answer, for queries and for inserts.
    pub query_timeout: Duration,
}

impl StoreConfig {
    /// The defaults for a server without a password: database `ticketlens`, user `default`,
    /// compression by distance, an index for searches, 5 s to connect, 30 s to an answer.
    pub fn new(url: ServerUrl) -> Self {
        Self {
            url,
            database: DatabaseName::default(),
            user: "default".to_owned(),
            password: SecretString::default(),
            compression: InsertCompression::default(),
            fsync: false,
            search_index: true,
            connect_timeout: Duration::from_secs(5),
            query_timeout: Duration::from_secs(30),
        }
    }
}

/// Whether inserts are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InsertCompression {
    /// Not on loopback, where it is half of the sender's cost and buys nothing; LZ4 elsewhere.
    #[default]
    Auto,
    /// Never.
    None,
    /// Always LZ4.
    Lz4,
}

/// The text is none of the compressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be auto, none or lz4")]
pub struct UnknownCompression;

impl FromStr for InsertCompression {
    type Err = UnknownCompression;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "lz4" => Ok(Self::Lz4),
            _ => Err(UnknownCompression),
        }
    }
}

/// A checked `http://host[:port]` (or `https://`, with the feature `rustls`), without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(url::Url);

/// Why a text is not the URL of a ClickHouse server. Never quotes it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Not a URL, or one without a host.
    #[error("not a URL; write it as http://host:8123")]
    Malformed,
    /// Another scheme than HTTP.
    #[error(
        "the scheme is neither http nor https; ClickHouse is reached by its HTTP interface (8123)"
    )]
    Scheme,
    /// `https://` in a build without TLS.
    #[error("https needs a build with the feature rustls")]
    NoTls,
    /// `http://user:password@host`.
    #[error("credentials do not belong in the URL; set user and password apart")]
    Credentials,
    /// `?database=…`, `#…`.
    #[error("the URL has a query or a fragment; set database and other options apart")]
    Query,
    /// The native protocol's port.
    #[error("port {0} is the native protocol's; the HTTP interface is 8123, or 8443 with TLS")]
    NativePort(u16),
}

impl ServerUrl {
    /// As a text that ends in a slash, unless the server is behind a path.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the server is on this machine, by its name.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }
}

impl FromStr for ServerUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = url::Url::parse(text.trim()).map_err(|_| InvalidUrl::Malformed)?;
        match url.scheme() {
            "http" => {}
            "https" if cfg!(feature = "rustls") => {}
            "https" => return Err(InvalidUrl::NoTls),
            _ => return Err(InvalidUrl::Scheme),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidUrl::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidUrl::Query);
        }
        if let Some(port @ (9000 | 9440)) = url.port() {
            return Err(InvalidUrl::NativePort(port));
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A database's name, `[a-z][a-z0-9_]{0,47}`: it is written into SQL as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseName(String);

/// The text is no name for a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a database's name matches [a-z][a-z0-9_]{{0,47}} and is none of ClickHouse's own")]
pub struct InvalidDatabaseName;

impl DatabaseName {
    /// The database of the views.
    pub fn views(&self) -> &str {
        &self.0
    }

    /// The database of the tables.
    pub fn store(&self) -> String {
        format!("{}_store", self.0)
    }
}

impl Default for DatabaseName {
    /// `ticketlens`.
    fn default() -> Self {
        Self("ticketlens".to_owned())
    }
}

impl FromStr for DatabaseName {
    type Err = InvalidDatabaseName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars();
        let starts = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let goes_on = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let reserved = matches!(text, "system" | "information_schema" | "default");
        if starts && goes_on && text.len() <= 48 && !reserved {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDatabaseName)
        }
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_checked_before_anything_connects() {
        let check = |text: &str| text.parse::<ServerUrl>().map(|url| url.as_str().to_owned());
        assert_eq!(check("http://127.0.0.1:8123"), Ok("http://127.0.0.1:8123/".to_owned()));
        assert_eq!(check("localhost:8123"), Err(InvalidUrl::Scheme));
        assert_eq!(check("8123"), Err(InvalidUrl::Malformed));
        assert_eq!(check("tcp://db:9000"), Err(InvalidUrl::Scheme));
        assert_eq!(check("http://db:9000"), Err(InvalidUrl::NativePort(9000)));
        assert_eq!(check("http://u:hunter2@db:8123"), Err(InvalidUrl::Credentials));
        assert_eq!(check("http://db:8123/?database=x"), Err(InvalidUrl::Query));
    }

    #[test]
    fn loopback_is_told_by_name_and_address() {
        let loopback = |text: &str| text.parse::<ServerUrl>().unwrap().is_loopback();
        assert!(loopback("http://localhost:8123"));
        assert!(loopback("http://127.0.0.9:8123"));
        assert!(loopback("http://[::1]:8123"));
        assert!(!loopback("http://localhost.example.com:8123"));
    }

    #[test]
    fn only_harmless_names_become_databases() {
        for good in ["ticketlens", "t", "a_1"] {
            assert!(good.parse::<DatabaseName>().is_ok(), "{good}");
        }
        for bad in ["", "1a", "_a", "Ab", "a-b", "a b", "a;drop", "system", "default", "é"] {
            assert_eq!(bad.parse::<DatabaseName>(), Err(InvalidDatabaseName), "{bad}");
        }
    }
}
