//! [`understands`]: documents of a store, read without the store.

use http::{HeaderMap, StatusCode};

use super::error::ServiceError;
use super::{list, permissions, upload, xml};

/// Reads a document in every way in which answers of a store are read here; whether one of them makes sense
/// of it. For whoever tries what stores do not send.
pub fn understands(body: &[u8]) -> bool {
    let error = ServiceError::of(StatusCode::BAD_REQUEST, &HeaderMap::new(), body, "x-amz-");
    let Ok(document) = xml::parse(body) else {
        return false;
    };
    let root = document.root_element();
    let permissions = permissions::of_document(root);
    list::is_page(root)
        || upload::is_listing(root)
        || !permissions.owner.is_empty()
        || !error.code.is_empty()
}
