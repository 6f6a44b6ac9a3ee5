//! Where records go and how: the OTLP exporter's settings, checked.
//!
//! Rules: OpenTelemetry specification, "OpenTelemetry Protocol Exporter".

use std::{net::IpAddr, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};

use super::{
    problem::Problem,
    settings::{Setting, Settings, parse_bool, parse_pairs},
    tls,
};

/// OTLP's transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// OTLP/gRPC, usually on port 4317.
    Grpc,
    /// OTLP/HTTP with protobuf bodies, usually on port 4318.
    HttpProtobuf,
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip: understood everywhere.
    Gzip,
    /// Zstandard: smaller, at a fraction of the time.
    Zstd,
}

/// The checked form. `Debug` is left out on purpose: the headers hold the key.
pub(crate) struct Destination {
    pub(crate) protocol: Protocol,
    /// gRPC: the server. HTTP: the whole address, path and all.
    pub(crate) url: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) compression: Option<Compression>,
    /// For one request, from its first byte to the last of its answer.
    pub(crate) timeout: Duration,
    pub(crate) tls: rustls::ClientConfig,
}

/// OTLP's default for one request.
const TIMEOUT: Duration = Duration::from_secs(10);
const GRPC_ENDPOINT: &str = "http://localhost:4317";
const HTTP_ENDPOINT: &str = "http://localhost:4318";
const HTTP_PATH: &str = "/v1/logs";

pub(super) fn check(
    settings: &Settings,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<&'static str>,
) -> Option<Destination> {
    let before = problems.len();
    let protocol = check_protocol(settings, problems);
    let url = check_url(settings, protocol, problems);
    let headers = check_headers(settings, problems);
    let compression = check_compression(settings, problems);
    let timeout = check_timeout(settings, problems);
    let tls = tls::client(settings, is_https(url.as_ref()), problems);
    if headers.contains_key(AUTHORIZATION) && url.as_ref().is_some_and(is_plain_and_remote) {
        warnings.push(
            "a key is sent over plain http to another host: everyone on the way can read it; \
             use https",
        );
    }
    match (url, tls) {
        (Some(url), Some(tls)) if problems.len() == before => {
            Some(Destination { protocol, url, headers, compression, timeout, tls })
        }
        _ => None,
    }
}

/// gRPC unless told otherwise, or unless the endpoint's port is 4318, OTLP/HTTP's own: a client
/// that speaks gRPC to it gets no usable answer.
fn check_protocol(settings: &Settings, problems: &mut Vec<Problem>) -> Protocol {
    let Some(given) = &settings.protocol else {
        let port = settings.endpoint.as_ref().and_then(|e| parse_url(&e.value, false)?.port_u16());
        return if port == Some(4318) { Protocol::HttpProtobuf } else { Protocol::Grpc };
    };
    match given.value.trim().to_ascii_lowercase().as_str() {
        "grpc" => Protocol::Grpc,
        "http/protobuf" => Protocol::HttpProtobuf,
        _ => {
            let allowed = "grpc, http/protobuf";
            problems.push(Problem::NotOneOf { setting: given.name, allowed });
            Protocol::Grpc
        }
    }
}

fn check_url(settings: &Settings, protocol: Protocol, problems: &mut Vec<Problem>) -> Option<Uri> {
    let insecure = match settings.insecure.as_ref().map(parse_bool).transpose() {
        Ok(insecure) => insecure.unwrap_or(false),
        Err(problem) => {
            problems.push(problem);
            false
        }
    };
    let by_default = match protocol {
        Protocol::Grpc => GRPC_ENDPOINT,
        Protocol::HttpProtobuf => HTTP_ENDPOINT,
    };
    let given = settings.endpoint.clone();
    let given = given.unwrap_or_else(|| Setting::new("endpoint", by_default.to_owned()));
    let url = parse_url(&given.value, insecure).and_then(|url| match protocol {
        Protocol::HttpProtobuf if !settings.endpoint_is_whole => with_logs_path(&url),
        _ => Some(url),
    });
    if url.is_none() {
        problems.push(Problem::NotAnEndpoint { setting: given.name });
    }
    url
}

/// `host:port` without a scheme means https, unless it is said to be insecure.
fn parse_url(text: &str, insecure: bool) -> Option<Uri> {
    let text = text.trim();
    let url: Uri = if text.contains("://") {
        text.parse().ok()?
    } else {
        format!("{}://{text}", if insecure { "http" } else { "https" }).parse().ok()?
    };
    let known = matches!(url.scheme_str(), Some("http" | "https"));
    (known && url.host().is_some_and(|host| !host.is_empty())).then_some(url)
}

/// A base address gets `/v1/logs` after whatever path it has.
fn with_logs_path(base: &Uri) -> Option<Uri> {
    let path = base.path().trim_end_matches('/');
    let path =
        if path.ends_with(HTTP_PATH) { path.to_owned() } else { path.to_owned() + HTTP_PATH };
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Headers of the environment, then those of code, then the key as `authorization: Bearer …`:
/// of two by the same name the later wins, so a key always does.
fn check_headers(settings: &Settings, problems: &mut Vec<Problem>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(given) = &settings.header_pairs {
        let pairs = parse_pairs(given.value.expose_secret());
        if pairs.is_none() {
            problems.push(Problem::NotPairs { setting: given.name });
        }
        for (name, value) in pairs.unwrap_or_default() {
            insert(&mut headers, given.name, &name, &SecretString::from(value), problems);
        }
    }
    for (name, value) in &settings.headers {
        insert(&mut headers, "header", name, value, problems);
    }
    if let Some(given) = &settings.key {
        let value = SecretString::from(format!("Bearer {}", given.value.expose_secret().trim()));
        insert(&mut headers, given.name, AUTHORIZATION.as_str(), &value, problems);
    }
    headers
}

fn insert(
    headers: &mut HeaderMap,
    setting: &'static str,
    name: &str,
    value: &SecretString,
    problems: &mut Vec<Problem>,
) {
    let name = HeaderName::from_bytes(name.trim().as_bytes());
    let value = HeaderValue::from_str(value.expose_secret());
    let (Ok(name), Ok(mut value)) = (name, value) else {
        problems.push(Problem::NotAHeader { setting });
        return;
    };
    // Keeps the value out of HTTP/2's compression table and of every `Debug`.
    value.set_sensitive(true);
    headers.insert(name, value);
}

fn check_compression(settings: &Settings, problems: &mut Vec<Problem>) -> Option<Compression> {
    let given = settings.compression.as_ref()?;
    match given.value.trim().to_ascii_lowercase().as_str() {
        "none" => None,
        "gzip" => Some(Compression::Gzip),
        "zstd" => Some(Compression::Zstd),
        _ => {
            let allowed = "none, gzip, zstd";
            problems.push(Problem::NotOneOf { setting: given.name, allowed });
            None
        }
    }
}

fn check_timeout(settings: &Settings, problems: &mut Vec<Problem>) -> Duration {
    let Some(given) = &settings.timeout_ms else { return TIMEOUT };
    match given.value.trim().parse::<u64>() {
        Ok(millis) if millis > 0 => Duration::from_millis(millis),
        _ => {
            problems.push(Problem::NotMilliseconds { setting: given.name });
            TIMEOUT
        }
    }
}

fn is_https(url: Option<&Uri>) -> bool {
    url.is_some_and(|url| url.scheme_str() == Some("https"))
}

fn is_plain_and_remote(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !is_https(Some(url)) && !loopback
}
