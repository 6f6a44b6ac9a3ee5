//! Where to look: a running `dev`, or what a receiver's configuration names. What is not known is not
//! guessed: it is said what it would take.

use std::net::SocketAddr;

use ticketlens_receiver::Config;
use ticketlens_store::Store;

use super::{setup::Setup, tls::Files};
use crate::{
    config,
    exit::{Exit, Failure},
    grafana::Places,
    target::{self, Address, Purpose, Target, TargetArgs},
};

/// What somebody has asked for.
pub struct Asked<'a> {
    /// Which receiver, and with which key.
    pub target: &'a TargetArgs,
    /// Which Grafana, and which configuration.
    pub places: &'a Places,
    /// The receiver's HTTP port.
    pub http: Option<&'a str>,
}

/// Where each part of the system is, or what it would take to look at it.
pub struct Place {
    /// The receiver's HTTP port, `http://` or `https://`.
    pub http: Result<String, String>,
    /// Its API, with a key.
    pub api: Result<Target, String>,
    /// A login to ClickHouse, where a configuration names one.
    pub database: Option<Database>,
    /// Where what is wrong can be changed.
    pub setup: Setup,
    /// The certificate's files; `None` without TLS.
    pub certificate: Result<Option<Files>, String>,
}

/// A receiver's own login to ClickHouse.
pub struct Database {
    /// With this.
    pub store: Store,
    /// Whether a receiver's start migrates.
    pub migrates: bool,
}

const NEEDS_KEY: &str = "needs an admin key: TICKETLENS_KEY or TICKETLENS_KEY_FILE";
const NEEDS_CONFIG: &str = "needs the receiver's configuration: --config receiver.toml";

impl Place {
    /// Finds it. Connects to nothing.
    pub fn find(asked: &Asked<'_>) -> Result<Self, Failure> {
        let configured = match &asked.places.clickhouse.config {
            Some(path) => Some(config::read_without_files(path)?),
            None if std::env::var_os("TICKETLENS_CLICKHOUSE_URL").is_some() => {
                Some(config::from_environment_without_files()?)
            }
            None => None,
        };
        match configured {
            Some((config, unusable)) => Self::configured(asked, config, unusable),
            None => Self::running(asked),
        }
    }

    fn configured(
        asked: &Asked<'_>,
        config: Config,
        unusable: Vec<String>,
    ) -> Result<Self, Failure> {
        let is_tls = config.tls.is_some();
        let given = asked.target.address();
        let http = match asked.http {
            Some(address) => Ok(address.to_owned()),
            None => match &given {
                Some(given) => beside(&given.url, config.http_listen.port()),
                None => here(is_tls, config.http_listen, "--http-endpoint"),
            },
        };
        let api = match given {
            Some(address) => with_key(address, asked.target)?,
            // Its certificate is for a name that the configuration does not say.
            None if is_tls => {
                Err("needs the receiver's address as its certificate has it, and an \
                                   admin key: --endpoint, TICKETLENS_KEY"
                    .to_owned())
            }
            None => match here(is_tls, config.grpc_listen, "--endpoint") {
                Ok(url) => {
                    let source = "grpc_listen in the configuration";
                    with_key(Address { url, source }, asked.target)?
                }
                Err(needs) => Err(needs),
            },
        };
        let store = Store::open(config.store);
        let database = Some(Database { store, migrates: config.migrate });
        let files = config.tls.map(|tls| Files { certificate: tls.certificate, unusable });
        let file = asked.places.clickhouse.config.clone();
        let setup = file.map_or(Setup::Elsewhere, Setup::File);
        Ok(Self { http, api, database, setup, certificate: Ok(files) })
    }

    fn running(asked: &Asked<'_>) -> Result<Self, Failure> {
        let target = match (Target::find(asked.target, Purpose::Admin), asked.http) {
            (Ok(target), _) => target,
            (Err(failure), Some(http)) if Self::is_port_enough(asked, &failure)? => {
                return Ok(Self::port_alone(asked, http));
            }
            (Err(failure), _) => return Err(failure),
        };
        if target.is_dev() {
            let (_, running) = target::running_dev(&asked.target.data())?;
            let http = Ok(asked.http.map_or(running.http_endpoint, str::to_owned));
            let setup = Setup::Dev(asked.target.data());
            let (api, certificate) = (Ok(target), Ok(None));
            return Ok(Self { http, api, database: None, setup, certificate });
        }
        // Whoever has kept one usual port has most likely kept the other.
        let http = match asked.http {
            Some(address) => Ok(address.to_owned()),
            None if target.endpoint.ends_with(":4317") => beside(&target.endpoint, 4318),
            None => beside(&target.endpoint, 0),
        };
        let certificate = Err(NEEDS_CONFIG.to_owned());
        Ok(Self { http, api: Ok(target), database: None, setup: Setup::Elsewhere, certificate })
    }

    /// Whether an HTTP port that was named is looked at where there is nothing more: no receiver is known
    /// besides, or none with a key. A `dev` that was named, and a file that can't be, are told of.
    fn is_port_enough(asked: &Asked<'_>, failure: &Failure) -> Result<bool, Failure> {
        match asked.target.address() {
            _ if asked.target.data.is_some() => Ok(false),
            None => Ok(failure.exit == Exit::Unreachable),
            Some(_) if asked.target.has_key()? => Ok(false),
            Some(address) => {
                // It lacks nothing but a key: any will do to find out, and none is sent.
                let any = TargetArgs { key: Some("any".into()), ..asked.target.clone() };
                Target::at(address, &any).map(|_| true)
            }
        }
    }

    /// A receiver's HTTP port, which needs no key.
    fn port_alone(asked: &Asked<'_>, http: &str) -> Self {
        let needs = match asked.target.address() {
            Some(_) => NEEDS_KEY.to_owned(),
            None => "needs the receiver's address and an admin key: --endpoint, TICKETLENS_KEY"
                .to_owned(),
        };
        let certificate = Err(NEEDS_CONFIG.to_owned());
        Self {
            http: Ok(http.to_owned()),
            api: Err(needs),
            database: None,
            setup: Setup::Elsewhere,
            certificate,
        }
    }
}

/// The receiver there, where a key is given.
fn with_key(address: Address, args: &TargetArgs) -> Result<Result<Target, String>, Failure> {
    if !args.has_key()? {
        return Ok(Err(NEEDS_KEY.to_owned()));
    }
    Target::at(address, args).map(Ok)
}

/// Another port of the host that has the API.
fn beside(endpoint: &str, port: u16) -> Result<String, String> {
    let needs = || "needs the receiver's HTTP port: --http-endpoint http://host:4318".to_owned();
    let uri: http::Uri = endpoint.parse().map_err(|_| needs())?;
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme), Some(host)) if port != 0 => Ok(format!("{scheme}://{host}:{port}")),
        _ => Err(needs()),
    }
}

/// A listener's address as this machine reaches it.
fn here(is_tls: bool, listen: SocketAddr, flag: &str) -> Result<String, String> {
    if listen.port() == 0 {
        return Err(format!(
            "needs the receiver's address, as it listens on any free port: {flag}"
        ));
    }
    let scheme = if is_tls { "https" } else { "http" };
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(format!("{scheme}://{address}"))
}

/// Checks the address of an HTTP port, for the command line.
pub fn http_address(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '@', '?', '#']) => {
            Ok(text.to_owned())
        }
        _ => Err("write http://host:4318 or https://host:4318".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_every_address_is_found_on_this_machine() {
        let address = |listen: &str| here(false, listen.parse().unwrap(), "--endpoint");
        assert_eq!(address("0.0.0.0:4318").unwrap(), "http://127.0.0.1:4318");
        assert_eq!(address("[::]:4318").unwrap(), "http://[::1]:4318");
        assert_eq!(address("10.0.0.7:4318").unwrap(), "http://10.0.0.7:4318");
        assert!(address("127.0.0.1:0").unwrap_err().contains("--endpoint"));
        assert_eq!(
            here(true, "0.0.0.0:4318".parse().unwrap(), "").unwrap(),
            "https://127.0.0.1:4318"
        );
    }

    #[test]
    fn the_http_port_is_looked_for_beside_the_api() {
        assert_eq!(
            beside("https://t.example.com:4317", 4318).unwrap(),
            "https://t.example.com:4318"
        );
        assert_eq!(beside("http://[::1]:4317", 9).unwrap(), "http://[::1]:9");
        assert!(beside("http://h:4317", 0).unwrap_err().contains("--http-endpoint"));
    }

    #[test]
    fn an_http_address_is_a_host_and_a_port() {
        assert_eq!(http_address("http://h:4318/").unwrap(), "http://h:4318");
        assert!(http_address("https://h").is_ok());
        for bad in ["h:4318", "http://", "http://u:p@h", "http://h/v1/logs", "ftp://h"] {
            assert!(http_address(bad).is_err(), "{bad}");
        }
    }
}
