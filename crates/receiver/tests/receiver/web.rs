//! A plain HTTP client.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use prost::Message;
use secrecy::ExposeSecret;
use tonic_types::pb::Status;

use crate::rig::{PATIENCE, Rig};

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body as a `google.rpc.Status` in protobuf.
    pub fn rpc_status(&self) -> Status {
        Status::decode(self.body.clone()).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }
}

pub const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
pub const JSON: (&str, &str) = ("content-type", "application/json");

impl Rig {
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        send_to(self.http, method, path, headers, body.into()).await
    }

    /// Whoever reads tickets now gets a block a second, for days. Not a longer sleep in one block:
    /// ClickHouse stops a query between blocks.
    pub async fn slow_down(&self, database: &str) {
        self.sql(&format!("RENAME TABLE {database}.tickets TO {database}.fast")).await;
        self.sql(&format!(
            "CREATE VIEW {database}.tickets AS SELECT fast.* FROM numbers(1000000) AS n \
             CROSS JOIN {database}.fast WHERE sleepEachRow(0.01) = 0 \
             SETTINGS max_block_size = 1, query_plan_join_swap_table = 'false'"
        ))
        .await;
    }

    /// Waits until so many queries of tickets run in the database.
    pub async fn until_running(&self, database: &str, queries: u32) {
        let running = format!(
            "SELECT count() FROM system.processes WHERE query LIKE '%{database}.tickets%' \
             AND query NOT LIKE '%system.processes%'"
        );
        let deadline = Instant::now() + PATIENCE;
        while self.sql(&running).await.trim() != queries.to_string() {
            assert!(Instant::now() < deadline, "never {queries} queries");
        }
    }

    /// Has the database do or answer something, as its administrator.
    pub async fn sql(&self, statement: &str) -> String {
        clickhouse(self.store.config(), statement).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// `POST /v1/logs` with the ingest key.
    pub async fn post(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let key = ("x-api-key", self.ingest.as_str());
        let headers: Vec<_> = headers.iter().copied().chain([key]).collect();
        self.send(Method::POST, "/v1/logs", &headers, body).await
    }
}

/// The same to another port.
pub async fn send_to(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body)).unwrap();
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await;
    let (head, body) = response.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status, headers: head.headers, body }
}

/// Asked from ClickHouse itself: what the store has no words for.
pub async fn clickhouse(config: &ticketlens_store::StoreConfig, sql: &str) -> String {
    let request = Request::post(config.url.as_str())
        .header("x-clickhouse-user", &config.user)
        .header("x-clickhouse-key", config.password.expose_secret())
        .body(Full::new(Bytes::from(sql.to_owned())))
        .unwrap();
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await;
    let (head, body) = response.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert_eq!(head.status, StatusCode::OK, "{sql}: {body}");
    body.trim().to_owned()
}
