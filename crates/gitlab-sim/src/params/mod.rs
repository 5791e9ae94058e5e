//! Parameters of a request, from wherever they came, and the checks GitLab's API layer (Grape) makes on them.
//!
//! The query, a form body and a JSON body all become one [`Params`] (GitLab API facts §0.4); a handler says with
//! [`Ask`] what it knows, and learns at once everything that is missing or malformed (§5.2).

mod ask;
mod decode;
mod multipart;
mod value;

pub(crate) use ask::Ask;
pub(crate) use decode::{add_form, add_json};
pub(crate) use multipart::add_multipart;
pub(crate) use value::{Param, Params, Upload};
