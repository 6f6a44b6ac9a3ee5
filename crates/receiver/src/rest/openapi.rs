//! The description of the routes, and a page that shows it.

use axum::{
    Router,
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderValue,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use super::problem::Problem;

/// Where the description is served.
const DOCUMENT: &str = "/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "TicketLens",
        description = "Reads tickets. A key of scope `read` sees its own tenant, one of scope \
            `admin` all. `POST /v1/feedback` takes feedback, with a key of scope `feedback` or \
            `ingest`. Errors are problem details (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/")),
    components(schemas(Problem)),
    security(("bearer" = []), ("x-api-key" = [])),
    modifiers(&Keys)
)]
struct About;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let header = ApiKey::Header(ApiKeyValue::new("x-api-key"));
        components.add_security_scheme("bearer", bearer);
        components.add_security_scheme("x-api-key", SecurityScheme::ApiKey(header));
    }
}

/// The description, still without routes.
pub(super) fn about() -> utoipa::openapi::OpenApi {
    About::openapi()
}

/// `/openapi.json` and `/docs`, for everybody: nobody's data is in them.
pub(super) fn routes(mut document: utoipa::openapi::OpenApi) -> Router {
    document.paths.paths.values_mut().for_each(|item| {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        operations.into_iter().flatten().for_each(with_problems);
    });
    let json = document.to_json().unwrap_or_default();
    let served =
        move || async move { ([(CONTENT_TYPE, "application/json")], json).into_response() };
    // Otherwise it asks a validator on the internet about this document.
    let config = Config::new([Url::from(DOCUMENT)]).validator_url("none");
    let page = Router::new().merge(SwaggerUi::new("/docs").config(config));
    Router::new().route(DOCUMENT, get(served)).merge(page.layer(map_response(alone)))
}

/// The page loads nothing from anywhere else, and nobody frames it.
async fn alone(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'none'",
    );
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Every route may answer with a problem.
fn with_problems(operation: &mut Operation) {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let problem = ResponseBuilder::new()
        .description("A problem: 400, 401, 403, 404, 429, 503 and others")
        .content("application/problem+json", content)
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
}
