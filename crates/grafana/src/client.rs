//! One connection to Grafana's HTTP API: requests, answers, and what they mean for whoever waits.

use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use http::{
    Method, Request, StatusCode, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, USER_AGENT},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::error::{Error, Result};

/// Longest time to an answer: a first dashboard may have Grafana set up its storage.
const PATIENCE: Duration = Duration::from_secs(60);
/// Largest answer read. A dashboard has some hundred kilobytes.
const MOST: usize = 32 << 20;

/// A Grafana, and a login to it.
pub struct Client {
    http: HttpClient<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Without a slash at its end.
    base: String,
    user: String,
    authorization: HeaderValue,
}

/// What Grafana said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP's status.
    pub(crate) status: StatusCode,
    /// Its JSON; null where it was none.
    pub(crate) body: Value,
}

impl Answer {
    /// Grafana's own words.
    pub(crate) fn message(&self) -> String {
        let text = self.body["message"].as_str().or_else(|| self.body["error"].as_str());
        text.unwrap_or_else(|| self.status.canonical_reason().unwrap_or("no reason")).to_owned()
    }
}

/// An address without a slash at its end.
fn base(url: &str) -> Result<String> {
    // What stands before an `@` may be a password.
    let shown = || url.rsplit_once('@').map_or(url, |(_, host)| host).to_owned();
    let invalid = |why| Error::Address { url: shown(), why };
    let base = url.trim().trim_end_matches('/').to_owned();
    let uri: Uri = base.parse().map_err(|_| invalid("it is no URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(invalid("it begins with neither http:// nor https://"));
    }
    if uri.authority().is_none_or(|host| host.as_str().contains('@')) || uri.query().is_some() {
        return Err(invalid("it is a host, without user, password or query"));
    }
    Ok(base)
}

impl Client {
    /// Checks that `url` is an address of a Grafana. Connects to nothing.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(url: &str) -> Result<()> {
        base(url).map(drop)
    }

    /// A login to the Grafana at `url`. Connects with the first request.
    ///
    /// # Errors
    ///
    /// The address or the password can't be used, or TLS can't be set up.
    pub fn new(url: &str, user: &str, password: &SecretString) -> Result<Self> {
        let base = base(url)?;
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(Error::Certificates)?
            .https_or_http()
            .enable_http1()
            .build();
        let credentials = BASE64.encode(format!("{user}:{}", password.expose_secret()).as_bytes());
        let mut authorization =
            HeaderValue::from_str(&format!("Basic {credentials}")).map_err(|_| Error::Password)?;
        authorization.set_sensitive(true);
        Ok(Self {
            http: HttpClient::builder(TokioExecutor::new()).build(tls),
            base,
            user: user.to_owned(),
            authorization,
        })
    }

    /// Asks, and hands over whatever the answer is, but for a refused login. `path` begins with
    /// `/api/`; everything in it that varies is a number or a checked name.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        org: Option<u64>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let payload = body.map(|json| Bytes::from(json.to_string())).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(AUTHORIZATION, &self.authorization)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("ticketlens/", env!("CARGO_PKG_VERSION")));
        if let Some(org) = org {
            request = request.header("x-grafana-org-id", org);
        }
        let request = request.body(Full::new(payload)).map_err(|_| Error::Address {
            url: self.base.clone(),
            why: "no request can be made of it",
        })?;
        let asked = async {
            let (head, body) = self.http.request(request).await?.into_parts();
            let body = Limited::new(body, MOST).collect().await?;
            Ok((head, body.to_bytes()))
        };
        let asked = tokio::time::timeout(PATIENCE, asked).await;
        let (head, bytes) = asked
            .unwrap_or_else(|_| Err("no answer in time".into()))
            .map_err(|source| Error::Unreachable { url: self.base.clone(), source })?;
        if head.status.is_redirection() {
            let to = head.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("");
            return Err(Error::Redirected { url: self.base.clone(), to: to.to_owned() });
        }
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status: head.status, body };
        match answer.status {
            StatusCode::UNAUTHORIZED => {
                Err(Error::NotLetIn { user: self.user.clone(), says: answer.message() })
            }
            _ => Ok(answer),
        }
    }

    /// Asks, and takes nothing but a success.
    pub(crate) async fn must(
        &self,
        doing: &str,
        method: Method,
        path: &str,
        org: Option<u64>,
        body: Option<&Value>,
    ) -> Result<Value> {
        let answer = self.ask(method, path, org, body).await?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        Err(self.refused(doing, &answer))
    }

    /// What a refusal means.
    pub(crate) fn refused(&self, doing: &str, answer: &Answer) -> Error {
        Error::Refused {
            doing: doing.to_owned(),
            user: self.user.clone(),
            says: answer.message(),
            status: answer.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_before_a_password_goes_there() {
        let password = SecretString::from("hunter2");
        for bad in ["grafana:3000", "ftp://g", "http://u:hunter2@g", "http://g?x=1", "", "http://"]
        {
            let refused = Client::new(bad, "admin", &password).err();
            let refused = refused.unwrap_or_else(|| panic!("{bad} is refused"));
            assert!(!refused.to_string().contains("hunter2"));
        }
        let client = Client::new("https://g.example.com/grafana/", "admin", &password).unwrap();
        assert_eq!(client.base, "https://g.example.com/grafana");
        assert!(!format!("{:?}", client.authorization).contains("aHVu"));
    }
}
