//! ListObjects, in both of its versions.

use http::Method;
use roxmltree::Node;

use super::client::Call;
use super::error::malformed;
use super::options::ListVersion;
use super::store::S3Objects;
use super::xml;
use crate::object::{ListedObject, ObjectError, ObjectList, ObjectPage, ObjectStatus};

impl S3Objects {
    /// See [`crate::object::ObjectStore::list`].
    pub(super) async fn list_objects(
        &self,
        request: ObjectList,
    ) -> Result<ObjectPage, ObjectError> {
        let version = self.client.options.list_version;
        // Keys may hold what XML may not.
        let mut call = Call::bucket(Method::GET)
            .query("encoding-type", "url")
            .query("max-keys", request.limit.to_string())
            .query("prefix", request.prefix);
        if request.folded {
            call = call.query("delimiter", "/");
        }
        call = match version {
            ListVersion::V1 => match request.token.or(request.start_after) {
                Some(marker) => call.query("marker", marker),
                None => call,
            },
            ListVersion::V2 => {
                let call = call.query("list-type", "2");
                match (request.token, request.start_after) {
                    (Some(token), _) => call.query("continuation-token", token),
                    (None, Some(key)) => call.query("start-after", key),
                    (None, None) => call,
                }
            }
        };
        let reply = self.client.send(&call).await;
        let reply = reply.map_err(|failure| self.client.error(failure))?;
        let document = xml::parse(&reply.body)?;
        let root = document.root_element();
        let mut page = page_of(root, version)?;
        if version == ListVersion::V2 && self.client.options.dialect.encodes_tokens() {
            let decoded = |token: String| xml::key(root, &token);
            page.next = page.next.map(decoded).transpose()?;
        }
        Ok(page)
    }
}

/// Whether the document is a page of a listing, of either version.
pub(super) fn is_page(root: Node<'_, '_>) -> bool {
    let versions = [ListVersion::V1, ListVersion::V2];
    let pages = versions.map(|version| page_of(root, version));
    pages
        .iter()
        .any(|page| page.as_ref().is_ok_and(|page| !page.entries.is_empty()))
}

fn page_of(root: Node<'_, '_>, version: ListVersion) -> Result<ObjectPage, ObjectError> {
    let decoded = |text| xml::key(root, text);
    let mut entries = Vec::new();
    for content in xml::children(root, "Contents") {
        let length = xml::text(content, "Size").parse().map_err(malformed)?;
        entries.push(ListedObject {
            key: decoded(xml::text(content, "Key"))?,
            status: Some(ObjectStatus {
                length,
                etag: xml::etag(xml::text(content, "ETag")),
                last_modified: xml::time(xml::text(content, "LastModified")),
            }),
        });
    }
    for folded in xml::children(root, "CommonPrefixes") {
        entries.push(ListedObject {
            key: decoded(xml::text(folded, "Prefix"))?,
            status: None,
        });
    }
    entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    let has_more = xml::text(root, "IsTruncated") == "true";
    let token = match version {
        ListVersion::V1 => {
            let told = decoded(xml::text(root, "NextMarker"))?;
            // Without folding the store does not say it: then it is the last key.
            let last = || entries.last().map(|entry| entry.key.clone());
            Some(told).filter(|told| !told.is_empty()).or_else(last)
        }
        ListVersion::V2 => {
            let told = xml::text(root, "NextContinuationToken").to_owned();
            Some(told).filter(|told| !told.is_empty())
        }
    };
    if has_more && token.is_none() {
        return Err(malformed("a listing goes on without saying where"));
    }
    Ok(ObjectPage {
        entries,
        next: token.filter(|_| has_more),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <EncodingType>url</EncodingType>
        <IsTruncated>true</IsTruncated><NextContinuationToken>t+/=</NextContinuationToken>
        <Contents><Key>d/b+c%2B%0A</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>
        <ETag>&#34;e&#34;</ETag><Size>7</Size></Contents>
        <CommonPrefixes><Prefix>d/a%20/</Prefix></CommonPrefixes></ListBucketResult>"#;

    #[test]
    fn keys_and_prefixes_come_decoded_and_in_order() {
        let document = xml::parse(PAGE.as_bytes()).unwrap();
        let page = page_of(document.root_element(), ListVersion::V2).unwrap();
        let keys: Vec<&str> = page
            .entries
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        assert_eq!(keys, ["d/a /", "d/b c+\n"]);
        assert_eq!(page.next.as_deref(), Some("t+/="));
        let status = page.entries[1].status.clone().unwrap();
        assert_eq!((status.length, status.etag.as_str()), (7, "e"));
        assert_eq!(status.last_modified.unwrap().millis() % 1000, 0);
    }

    #[test]
    fn keys_that_the_store_did_not_encode_are_taken_as_they_are() {
        let page = PAGE.replace("<EncodingType>url</EncodingType>", "");
        let document = xml::parse(page.as_bytes()).unwrap();
        let page = page_of(document.root_element(), ListVersion::V2).unwrap();
        let keys: Vec<&str> = page
            .entries
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        assert_eq!(keys, ["d/a%20/", "d/b+c%2B%0A"]);
    }

    #[test]
    fn the_first_version_goes_on_behind_the_last_key() {
        let document = xml::parse(PAGE.as_bytes()).unwrap();
        let page = page_of(document.root_element(), ListVersion::V1).unwrap();
        assert_eq!(page.next.as_deref(), Some("d/b c+\n"));
    }
}
