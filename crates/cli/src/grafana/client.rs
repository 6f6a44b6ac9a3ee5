//! One connection to Grafana's HTTP API: requests, answers, and what they mean for whoever waits.

use std::time::Duration;

use bytes::Bytes;
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
use serde_json::Value;
use ticketlens_store::Secret;

use crate::{
    exit::{Exit, Failure, Result, innermost},
    safe,
};

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
pub struct Answer {
    /// HTTP's status.
    pub status: StatusCode,
    /// Its JSON; null where it was none.
    pub body: Value,
}

impl Answer {
    /// Grafana's own words, fit to be shown.
    pub fn message(&self) -> String {
        let text = self.body["message"].as_str().or_else(|| self.body["error"].as_str());
        let text = text.unwrap_or_else(|| self.status.canonical_reason().unwrap_or("no reason"));
        safe::line(text).into_owned()
    }
}

impl Client {
    /// A login to the Grafana at `url`. Connects with the first request.
    pub fn new(url: &str, user: &str, password: &Secret) -> Result<Self> {
        let shown = safe::line(url).into_owned();
        let invalid = |why: &str| {
            Failure::new(Exit::Usage, format!("{shown} is no address of a Grafana: {why}"))
                .next("write it as http://host:3000, with the path it is served under, if any")
        };
        let base = url.trim().trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| invalid("it is no URL"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(invalid("it begins with neither http:// nor https://"));
        }
        if uri.authority().is_none_or(|host| host.as_str().contains('@')) || uri.query().is_some() {
            return Err(invalid("it is a host, without user, password or query"));
        }
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|e| {
                Failure::new(Exit::Failed, format!("this system's certificates can't be read: {e}"))
            })?
            .https_or_http()
            .enable_http1()
            .build();
        let credentials = base64(format!("{user}:{}", password.expose()).as_bytes());
        let mut authorization = HeaderValue::from_str(&format!("Basic {credentials}"))
            .map_err(|_| Failure::new(Exit::Usage, "the password can't be sent"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            http: HttpClient::builder(TokioExecutor::new()).build(tls),
            base,
            user: user.to_owned(),
            authorization,
        })
    }

    /// Where it is, for messages.
    pub fn base(&self) -> String {
        safe::line(&self.base).into_owned()
    }

    /// Asks, and hands over whatever the answer is, but for a refused login. `path` begins with
    /// `/api/`; everything in it that varies is a number or a checked name.
    pub async fn ask(
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
        let request = request.body(Full::new(payload)).map_err(|_| {
            Failure::new(Exit::Usage, format!("{} is no address of a Grafana", self.base()))
        })?;
        let asked = async {
            let response = self.http.request(request).await.map_err(|e| innermost(&e))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, MOST).collect().await.map_err(|e| e.to_string())?;
            Ok::<_, String>((head, body.to_bytes()))
        };
        let asked = tokio::time::timeout(PATIENCE, asked).await;
        let (head, bytes) =
            asked.unwrap_or_else(|_| Err("no answer in time".into())).map_err(|cause| {
                let what = format!("no Grafana answers at {} ({cause})", self.base());
                Failure::new(Exit::Unreachable, what)
                    .next("check --grafana-url (TICKETLENS_GRAFANA_URL), and that it runs")
            })?;
        if head.status.is_redirection() {
            let to = head.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("");
            let what = format!("{} sends elsewhere: {}", self.base(), safe::line(to));
            return Err(Failure::new(Exit::Usage, what)
                .next("give --grafana-url as people open it, with https:// and its path"));
        }
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status: head.status, body };
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(self.not_let_in(&answer)),
            _ => Ok(answer),
        }
    }

    /// Asks, and takes nothing but a success.
    pub async fn must(
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
    pub fn refused(&self, doing: &str, answer: &Answer) -> Failure {
        let status = answer.status.as_u16();
        let what = format!("Grafana refused {doing}: {} (HTTP {status})", answer.message());
        match answer.status {
            StatusCode::FORBIDDEN => Failure::new(Exit::Refused, what).next(format!(
                "the user {} has to be a Grafana server admin, and a member of the organisation",
                safe::line(&self.user)
            )),
            status if status.is_server_error() => {
                Failure::new(Exit::Unreachable, what).next("look at Grafana's own log")
            }
            _ => Failure::new(Exit::Failed, what),
        }
    }

    fn not_let_in(&self, answer: &Answer) -> Failure {
        let user = safe::line(&self.user);
        let what = format!("Grafana does not let {user} in: {} (HTTP 401)", answer.message());
        Failure::new(Exit::Refused, what).next(
            "check --grafana-user and TICKETLENS_GRAFANA_PASSWORD; a token won't do, organisations \
             are made by a server admin with a password only",
        )
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_before_a_password_goes_there() {
        let password = Secret::new("hunter2");
        for bad in ["grafana:3000", "ftp://g", "http://u:p@g", "http://g?x=1", "", "http://"] {
            let refused = Client::new(bad, "admin", &password).err();
            let refused = refused.unwrap_or_else(|| panic!("{bad} is refused"));
            assert!(!refused.to_string().contains("hunter2"));
        }
        let client = Client::new("https://g.example.com/grafana/", "admin", &password).unwrap();
        assert_eq!(client.base(), "https://g.example.com/grafana");
        assert!(!format!("{:?}", client.authorization).contains("aHVu"));
    }
}
