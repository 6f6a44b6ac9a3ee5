//! The options of `configure()` and `Lens()` → settings of the client's builder.
//!
//! They are read once and applied for every process: a forked child builds a lens of its own from
//! what its parent was given. No message shows a value: one of them may be a key.

use std::{path::PathBuf, time::Duration};

use pyo3::{
    prelude::*,
    types::{PyBool, PyDict, PyString},
};
use ticketlens::{Capture, Compression, ExecutionId, LensBuilder, Protocol, Subject};

use crate::{
    misuse::{ConfigError, Wrong, unless_raised_on},
    process,
};

type Setting = Box<dyn Fn(LensBuilder) -> LensBuilder + Send + Sync>;

/// What was given, checked for its kind; what it means is the builder's to check.
pub struct Options {
    settings: Vec<Setting>,
    read_env: bool,
}

/// The options there are, in the order of the documentation.
const NAMES: &str = "workflow, version, environment, resource_attributes, endpoint, protocol, \
    compression, timeout, key, headers, certificate, client_certificate, client_key, capture, \
    drop_messages, subject, hash_key, secret_keys, personal_keys, exempt_keys, \
    redact_ip_addresses, queue_bytes, linger, retry_for, enabled, exit_timeout, read_env";

impl Options {
    /// Reads them; every problem at once, as a `ConfigError`.
    pub fn read(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (mut settings, mut problems) = (Vec::new(), Vec::new());
        let mut read_env = true;
        let mut identity = (None, None);
        for (name, value) in given.iter() {
            let name = name.to_string();
            if value.is_none() {
                continue;
            }
            let read = match name.as_str() {
                "read_env" => truth(&value).map(|yes| {
                    read_env = yes;
                    None
                }),
                "client_certificate" => path(&value).map(|path| {
                    identity.0 = Some(path);
                    None
                }),
                "client_key" => path(&value).map(|path| {
                    identity.1 = Some(path);
                    None
                }),
                _ => setting(&name, &value).map(Some),
            };
            match read {
                Ok(setting) => settings.extend(setting),
                Err(Wrong::Said(why)) => problems.push(format!("{name} {why}")),
                Err(Wrong::Raised(error)) => return Err(error),
            }
        }
        match identity {
            (None, None) => {}
            (Some(certificate), Some(key)) => settings
                .push(Box::new(move |builder| builder.identity(certificate.clone(), key.clone()))),
            _ => problems.push("client_certificate and client_key belong together".to_owned()),
        }
        if problems.is_empty() {
            Ok(Self { settings, read_env })
        } else {
            Err(ConfigError::new_err(told(&problems)))
        }
    }

    /// A builder with all of it.
    pub fn builder(&self) -> LensBuilder {
        let mut builder = LensBuilder::default();
        for setting in &self.settings {
            builder = setting(builder);
        }
        if process::is_forked() {
            // Its parent may have one by configuration: two processes must not share it, as the
            // ledger counts an instance's tickets.
            let instance = ExecutionId::fresh().to_string();
            builder = builder.resource_attribute("service.instance.id", instance);
        }
        if self.read_env { builder.read_env() } else { builder }
    }
}

type Read<T> = Result<T, Wrong>;

fn setting(name: &str, value: &Bound<'_, PyAny>) -> Read<Setting> {
    macro_rules! set {
        ($read:expr, |$builder:ident, $value:ident| $apply:expr) => {{
            let $value = $read?;
            Box::new(move |$builder: LensBuilder| {
                let $value = $value.clone();
                $apply
            })
        }};
    }
    Ok(match name {
        "workflow" => set!(text(value), |builder, text| builder.workflow(text)),
        "version" => set!(text(value), |builder, text| builder.version(text)),
        "environment" => set!(text(value), |builder, text| builder.environment(text)),
        "resource_attributes" => set!(pairs(value), |builder, pairs| {
            pairs.into_iter().fold(builder, |builder, (k, v)| builder.resource_attribute(k, v))
        }),
        "endpoint" => set!(text(value), |builder, text| builder.endpoint(text)),
        "protocol" => set!(protocol(value), |builder, one| builder.protocol(one)),
        "compression" => set!(compression(value), |builder, one| match one {
            Some(one) => builder.compression(one),
            None => builder,
        }),
        "timeout" => set!(seconds(value), |builder, time| builder.timeout(time)),
        "key" => set!(text(value), |builder, text| builder.key(text)),
        "headers" => set!(pairs(value), |builder, pairs| {
            pairs.into_iter().fold(builder, |builder, (k, v)| builder.header(k, v))
        }),
        "certificate" => set!(path(value), |builder, path| builder.certificate(path)),
        "capture" => set!(capture(value), |builder, level| builder.capture(level)),
        "drop_messages" => set!(truth(value), |builder, yes| builder.drop_messages(yes)),
        "subject" => set!(subject(value), |builder, subject| builder.subject(subject)),
        "hash_key" => set!(text(value), |builder, text| builder.hash_key(text)),
        "secret_keys" => set!(texts(value), |builder, keys| builder.secret_keys(keys)),
        "personal_keys" => set!(texts(value), |builder, keys| builder.personal_keys(keys)),
        "exempt_keys" => set!(texts(value), |builder, keys| builder.exempt_keys(keys)),
        "redact_ip_addresses" => {
            set!(truth(value), |builder, yes| builder.redact_ip_addresses(yes))
        }
        "queue_bytes" => set!(count(value), |builder, bytes| builder.queue_bytes(bytes)),
        "linger" => set!(seconds(value), |builder, time| builder.linger(time)),
        "retry_for" => set!(seconds(value), |builder, time| builder.retry_for(time)),
        "enabled" => set!(truth(value), |builder, yes| builder.enabled(yes)),
        _ => return Err(UNKNOWN.into()),
    })
}

const UNKNOWN: &str = "is no option";

/// What to say of all that is wrong.
fn told(problems: &[String]) -> String {
    let mut text = problems.join("; ");
    if problems.iter().any(|problem| problem.ends_with(UNKNOWN)) {
        text.push_str(". The options: ");
        text.push_str(NAMES);
    }
    text
}

fn text(value: &Bound<'_, PyAny>) -> Read<String> {
    value.extract().map_err(|_| "is not a text".into())
}

fn path(value: &Bound<'_, PyAny>) -> Read<String> {
    let wrong = "is not a path";
    let path = value.extract::<PathBuf>();
    let path = path.map_err(|error| unless_raised_on(value.py(), error, wrong))?;
    path.into_os_string().into_string().map_err(|_| wrong.into())
}

fn truth(value: &Bound<'_, PyAny>) -> Read<bool> {
    let truth = value.cast::<PyBool>().map_err(|_| "is neither True nor False")?;
    Ok(truth.is_true())
}

fn count(value: &Bound<'_, PyAny>) -> Read<usize> {
    let wrong = "is not a whole number, 0 or more";
    value.extract().map_err(|error| unless_raised_on(value.py(), error, wrong))
}

/// A number of seconds, or a timedelta.
pub fn seconds(value: &Bound<'_, PyAny>) -> Read<Duration> {
    let wrong = "is not a number of seconds, 0 or more";
    let none = |error| unless_raised_on(value.py(), error, wrong);
    let seconds = match value.extract::<f64>().map_err(none) {
        // Not as a `Duration`: that imports a class when it is first asked for (`value/classes.rs`).
        Err(Wrong::Said(_)) => {
            value.call_method0("total_seconds").and_then(|seconds| seconds.extract()).map_err(none)
        }
        seconds => seconds,
    };
    Duration::try_from_secs_f64(seconds?).map_err(|_| wrong.into())
}

fn texts(value: &Bound<'_, PyAny>) -> Read<Vec<String>> {
    let wrong = "is not a list of texts";
    // A text is a list of its letters, which nobody means.
    if value.is_instance_of::<PyString>() {
        return Err(wrong.into());
    }
    let none = |error| unless_raised_on(value.py(), error, wrong);
    let items = value.try_iter().map_err(none)?;
    items.map(|item| item.and_then(|item| item.extract()).map_err(none)).collect()
}

fn pairs(value: &Bound<'_, PyAny>) -> Read<Vec<(String, String)>> {
    let wrong = "is not a dict of texts";
    let dict = value.cast::<PyDict>().map_err(|_| wrong)?;
    let pair = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        Ok((key.extract().map_err(|_| wrong)?, value.extract().map_err(|_| wrong)?))
    };
    dict.iter().map(pair).collect()
}

fn protocol(value: &Bound<'_, PyAny>) -> Read<Protocol> {
    match text(value)?.as_str() {
        "grpc" => Ok(Protocol::Grpc),
        "http/protobuf" => Ok(Protocol::HttpProtobuf),
        _ => Err("is none of grpc, http/protobuf".into()),
    }
}

fn compression(value: &Bound<'_, PyAny>) -> Read<Option<Compression>> {
    match text(value)?.as_str() {
        "none" => Ok(None),
        "gzip" => Ok(Some(Compression::Gzip)),
        "zstd" => Ok(Some(Compression::Zstd)),
        _ => Err("is none of none, gzip, zstd".into()),
    }
}

/// A capture level by its name.
pub fn capture(value: &Bound<'_, PyAny>) -> Read<Capture> {
    let wrong = "is none of METRICS_ONLY, TIMELINE, FULL_TRACE";
    text(value).map_err(|_| wrong)?.to_ascii_uppercase().parse().map_err(|_| wrong.into())
}

fn subject(value: &Bound<'_, PyAny>) -> Read<Subject> {
    text(value)?.parse().map_err(|_| "is none of HASH, IN_PLACE".into())
}
