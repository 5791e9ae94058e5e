use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::MethodRouter;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Routes, each with what the document says of it: there is no other way to add one.
pub(crate) struct Routes(OpenApiRouter<Arc<App>>);

/// What `routes!` makes of handlers with `#[utoipa::path]`.
type Described = (Vec<(String, RefOr<Schema>)>, Paths, MethodRouter<Arc<App>>);

impl Routes {
    pub(crate) fn new() -> Self {
        Self(OpenApiRouter::new())
    }

    /// Adds the handlers of one address: `routes!(list::list, create::create)`.
    pub(crate) fn with(self, described: Described) -> Self {
        Self(self.0.routes(described))
    }

    /// The same for a handler that counts what it reads by itself.
    pub(crate) fn upload(self, (schemas, paths, handlers): Described) -> Self {
        self.with((schemas, paths, handlers.layer(DefaultBodyLimit::disable())))
    }

    /// Everything below an address, whatever the method, told of under this tag. `P` is what `#[utoipa::path]` made beside the handler;
    /// its address is the one that is documented.
    pub(crate) fn below<P: utoipa::Path>(
        self,
        tag: &str,
        address: &str,
        handler: MethodRouter<Arc<App>>,
    ) -> Self {
        let mut router = self.0.route(address, handler);
        let paths = &mut router.get_openapi_mut().paths;
        // One id for one operation: `getFromGitlab`, `postFromGitlab` …
        for method in P::methods() {
            let mut operation = P::operation();
            let word = serde_json::to_value(&method).unwrap_or_default();
            let id = operation.operation_id.take().unwrap_or_default();
            operation.operation_id = Some(format!("{}{id}", word.as_str().unwrap_or_default()));
            operation.tags = Some(vec![tag.to_owned()]);
            paths.add_path_operation(P::path(), vec![method], operation);
        }
        Self(router)
    }

    /// The same handler at another spelling of an address that is told of.
    pub(crate) fn silent(self, address: &str, handler: MethodRouter<Arc<App>>) -> Self {
        Self(self.0.route(address, handler))
    }

    pub(crate) fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// The routes as axum knows them, and what is said of them.
    pub(crate) fn split(self) -> (Router<Arc<App>>, OpenApi) {
        self.0.split_for_parts()
    }
}
