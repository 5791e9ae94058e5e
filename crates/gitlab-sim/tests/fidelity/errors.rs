//! The shapes of refusals (§5.1 to §5.3).

use hyper::Method;
use serde_json::json;

use crate::client::Lab;
