//! rmcp's own client, over HTTP: it takes every answer, and holds each against its schema's type.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header::ACCEPT, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rmcp::{
    ServiceExt,
    model::{CallToolRequestParams, ClientJsonRpcMessage},
    transport::{
        StreamableHttpClientTransport,
        streamable_http_client::{
            StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError,
            StreamableHttpPostResponse,
        },
    },
};

use sse_stream::{Error, Sse};

use super::{tools, two_tenants};

/// What a server without sessions never answers with.
type Stream = std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<Sse, Error>> + Send>>;

/// What hyper sends; a server without sessions has nothing else to be asked for.
#[derive(Clone)]
struct Hyper;

type Failed = StreamableHttpError<hyper_util::client::legacy::Error>;

impl StreamableHttpClient for Hyper {
    type Error = hyper_util::client::legacy::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        _: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let mut request = Request::post(&*uri)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream");
        if let Some(key) = auth_header {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in custom_headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(serde_json::to_vec(&message).unwrap()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request.body(body).unwrap()).await;
        let (head, body) = response.map_err(StreamableHttpError::Client)?.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        match head.status {
            StatusCode::ACCEPTED => Ok(StreamableHttpPostResponse::Accepted),
            StatusCode::OK => {
                Ok(StreamableHttpPostResponse::Json(serde_json::from_slice(&body).unwrap(), None))
            }
            status => {
                let what = format!("{status}: {}", String::from_utf8_lossy(&body));
                Err(StreamableHttpError::UnexpectedServerResponse(what.into()))
            }
        }
    }

    async fn delete_session(
        &self,
        _: Arc<str>,
        _: Arc<str>,
        _: Option<String>,
        _: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failed> {
        Err(StreamableHttpError::ServerDoesNotSupportDeleteSession)
    }

    async fn get_stream(
        &self,
        _: Arc<str>,
        _: Option<Arc<str>>,
        _: Option<String>,
        _: Option<String>,
        _: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Stream, Failed> {
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rmcps_client_lists_and_calls_every_tool() {
    let rig = two_tenants("mcp_client").await;
    let uri = format!("http://{}/mcp", rig.http);
    let config = StreamableHttpClientTransportConfig::with_uri(uri).auth_header(rig.read.clone());
    let transport = StreamableHttpClientTransport::with_client(Hyper, config);
    let client = ().serve(transport).await.unwrap();
    let listed = client.list_all_tools().await.unwrap();
    assert_eq!(listed.len(), tools().len());
    for (tool, arguments) in tools() {
        let arguments = arguments.as_object().unwrap().clone();
        let request = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = client.call_tool(request).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{tool}: {result:?}");
        let has_schema = listed.iter().any(|t| t.name == tool && t.output_schema.is_some());
        assert_eq!(result.structured_content.is_some(), has_schema, "{tool}");
    }
    client.cancel().await.unwrap();
}
