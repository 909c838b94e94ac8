//! The documents that the fake answers with.

use alluxio_common::Timestamp;
use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::object::ObjectPage;

pub(super) fn error(code: &str, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message><RequestId>1</RequestId></Error>"
    )
}

pub(super) fn bucket_info(owner: &str) -> String {
    format!(
        "<BucketInfo><Bucket><Name>bucket</Name><Owner><ID>{owner}</ID>\
         <DisplayName>{owner}</DisplayName></Owner></Bucket></BucketInfo>"
    )
}

/// A page as version 2 of the listing has it, with encoded keys.
pub(super) fn page(page: &ObjectPage) -> String {
    let mut text = String::from("<ListBucketResult><EncodingType>url</EncodingType>");
    for entry in &page.entries {
        let key = encoded(&entry.key);
        match &entry.status {
            None => text.push_str(&format!(
                "<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>"
            )),
            Some(status) => {
                let time = status.last_modified.map(iso_time).unwrap_or_default();
                let (etag, length) = (&status.etag, status.length);
                text.push_str(&format!(
                    "<Contents><Key>{key}</Key><LastModified>{time}</LastModified>\
                     <ETag>\"{etag}\"</ETag><Size>{length}</Size></Contents>"
                ));
            }
        }
    }
    let truncated = page.next.is_some();
    text.push_str(&format!("<IsTruncated>{truncated}</IsTruncated>"));
    if let Some(next) = &page.next {
        let next = encoded(next);
        text.push_str(&format!(
            "<NextContinuationToken>{next}</NextContinuationToken>"
        ));
    }
    text.push_str("</ListBucketResult>");
    text
}

pub(super) fn uploads(uploads: &[(String, String, Timestamp)]) -> String {
    let mut text = String::from("<ListMultipartUploadsResult><EncodingType>url</EncodingType>");
    for (id, key, since) in uploads {
        let (key, since) = (encoded(key), iso_time(*since));
        text.push_str(&format!(
            "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{since}</Initiated></Upload>"
        ));
    }
    text.push_str("<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
    text
}

pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn at(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.millis()).unwrap_or_default()
}

fn iso_time(time: Timestamp) -> String {
    at(time).format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

pub(super) fn http_time(time: Timestamp) -> String {
    at(time).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
