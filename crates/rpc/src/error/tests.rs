use std::collections::HashSet;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, Fact, Hint, Retry, SideEffects};
use prost::Message;
use tonic::{Code, Status};

use super::code::{from_number, number};
use super::detail::{ErrorDetail, TRAILER, WireFact};
use super::{ClientError, NotSent, Reached, code_from_grpc, grpc_code, to_status};

/// An error whose every part can be set.
#[derive(Debug)]
struct Sample {
    code: ErrorCode,
    sentence: String,
    facts: Vec<Fact>,
    hint: Option<Hint>,
    retry_after: Option<Duration>,
}

impl Sample {
    fn new(code: ErrorCode, sentence: &str) -> Self {
        Self {
            code,
            sentence: sentence.to_owned(),
            facts: Vec::new(),
            hint: None,
            retry_after: None,
        }
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Sample {}

impl Describe for Sample {
    fn code(&self) -> ErrorCode {
        self.code
    }
    fn facts(&self) -> Vec<Fact> {
        self.facts.clone()
    }
    fn hint(&self) -> Option<Hint> {
        self.hint.clone()
    }
    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// What a client receives when a server sends this status.
fn over_the_wire(status: Status) -> Status {
    let response = status.into_http::<tonic::body::Body>();
    Status::from_header_map(response.headers()).expect("the headers hold a status")
}

#[test]
fn an_error_arrives_with_everything_that_it_told() {
    let mut sample = Sample::new(ErrorCode::UfsPermissionDenied, "cannot read /a/ä%\n b");
    sample.facts = vec![
        ("path", "/a/ä%\n b".to_owned()),
        ("mount_id", "4".to_owned()),
    ];
    sample.hint = Some(Hint::CheckMountCredentials("/a".to_owned()));
    sample.retry_after = Some(Duration::from_millis(1_500));

    let status = over_the_wire(to_status(&sample));
    assert_eq!(status.code(), Code::PermissionDenied);
    let error = ClientError::from(status);

    assert_eq!(error.code(), ErrorCode::UfsPermissionDenied);
    assert_eq!(error.to_string(), "cannot read /a/ä%\n b");
    assert_eq!(error.facts(), sample.facts);
    assert_eq!(error.hint(), sample.hint);
    assert_eq!(error.retry_after(), sample.retry_after);
    assert_eq!(error.reached(), Reached::Perhaps);
}

#[test]
fn a_hint_at_a_property_arrives_when_the_property_is_known() {
    let mut sample = Sample::new(ErrorCode::NoSpace, "full");
    sample.hint = Some(Hint::CheckProperty("alluxio.worker.ramdisk.size"));
    let error = ClientError::from(over_the_wire(to_status(&sample)));
    assert_eq!(error.hint(), sample.hint);

    sample.hint = Some(Hint::CheckProperty("alluxio.of.a.later.release"));
    let error = ClientError::from(over_the_wire(to_status(&sample)));
    assert_eq!(error.hint(), None);
}

#[test]
fn every_code_arrives_as_itself() {
    for code in ErrorCode::ALL {
        let error = ClientError::from(over_the_wire(to_status(&Sample::new(code, "x"))));
        assert_eq!(error.code(), code);
    }
}

#[test]
fn every_code_has_a_number_of_its_own() {
    let numbers: HashSet<u32> = ErrorCode::ALL.into_iter().map(number).collect();
    assert_eq!(numbers.len(), ErrorCode::ALL.len());
    assert!(!numbers.contains(&0), "an absent number must not be a code");
    assert_eq!(from_number(4_711), None);
}

#[test]
fn a_server_without_details_is_understood_by_its_grpc_code() {
    let error = ClientError::from(Status::not_found("Path \"/a\" does not exist."));
    assert_eq!(error.code(), ErrorCode::PathNotFound);
    assert_eq!(error.to_string(), "Path \"/a\" does not exist.");
    assert!(error.facts().is_empty());
}

#[test]
fn codes_that_do_not_share_their_grpc_code_survive_a_foreign_server() {
    for code in ErrorCode::ALL {
        let sharing = |other: &ErrorCode| grpc_code(*other) == grpc_code(code);
        if ErrorCode::ALL.iter().filter(|other| sharing(other)).count() == 1 {
            assert_eq!(code_from_grpc(grpc_code(code)), code);
        }
    }
}

#[test]
fn no_error_looks_like_a_method_that_does_not_exist() {
    for code in ErrorCode::ALL {
        assert_ne!(grpc_code(code), Code::Unimplemented, "{code:?}");
    }
}

#[test]
fn nobody_repeats_for_minutes_what_a_store_does_not_answer() {
    // UNKNOWN is final for clients of the original as well.
    assert_eq!(grpc_code(ErrorCode::UfsUnavailable), Code::Unknown);
    assert_eq!(ErrorCode::UfsUnavailable.retry(), Retry::Never);
}

#[test]
fn what_may_have_happened_is_never_told_as_refused() {
    let refusals = [
        Code::FailedPrecondition,
        Code::InvalidArgument,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
    ];
    for code in ErrorCode::ALL {
        if code.side_effects() == SideEffects::Maybe {
            assert!(!refusals.contains(&grpc_code(code)), "{code:?}");
        }
    }
}

#[test]
fn our_clients_tell_at_once_that_the_disk_of_the_journal_refuses() {
    assert_eq!(ErrorCode::JournalUnavailable.retry(), Retry::Never);
}

#[test]
fn a_code_of_a_later_release_falls_back_to_the_grpc_code() {
    let detail = ErrorDetail {
        code: 4_711,
        facts: vec![WireFact {
            name: "fact_of_a_later_release".to_owned(),
            value: "1".to_owned(),
        }],
        ..ErrorDetail::default()
    };
    let mut status = Status::data_loss("x");
    detail.attach(&mut status);
    let error = ClientError::from(status);
    assert_eq!(error.code(), ErrorCode::DataCorrupt);
    assert!(error.facts().is_empty());
    assert_eq!(error.told()[0].0, "fact_of_a_later_release");
}

#[test]
fn a_damaged_detail_is_as_good_as_none() {
    let mut status = Status::already_exists("x");
    let garbage = tonic::metadata::MetadataValue::from_bytes(b"\xff\xff\xff");
    status.metadata_mut().insert_bin(TRAILER, garbage);
    assert_eq!(ClientError::from(status).code(), ErrorCode::AlreadyExists);
}

#[test]
fn what_is_sent_stays_below_the_limit_of_headers_in_java() {
    let long = format!("{}: why", "/ä".repeat(50_000));
    let mut sample = Sample::new(ErrorCode::InvalidPath, &long);
    sample.facts = (0..40).map(|_| ("path", "/x".repeat(9_000))).collect();
    sample.hint = Some(Hint::RunCommand("y".repeat(9_000)));
    let response = to_status(&sample).into_http::<tonic::body::Body>();
    let size: usize = response
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32)
        .sum();
    assert!(size < 8 * 1024, "{size} bytes of headers");
    let status = Status::from_header_map(response.headers()).expect("it is still a status");
    let told = ClientError::from(status).to_string();
    assert!(told.starts_with("/ä/ä") && told.contains(" ... "), "{told}");
    assert!(told.ends_with("/ä: why"), "{told}");
}

#[test]
fn the_order_of_facts_is_kept_in_the_encoding_of_a_map() {
    let mut sample = Sample::new(ErrorCode::Busy, "x");
    sample.facts = vec![("path", "p".to_owned()), ("limit", "9".to_owned())];
    let bytes = ErrorDetail::of(&sample).encode_to_vec();
    assert_eq!(
        bytes,
        b"\x08\x0d\x12\x09\x0a\x04path\x12\x01p\x12\x0a\x0a\x05limit\x12\x019"
    );
}

#[test]
fn an_unsent_request_changed_nothing() {
    let mut status = Status::unavailable("no connection");
    status.set_source(std::sync::Arc::new(NotSent {
        login_refused: false,
    }));
    let error = ClientError::from(status);
    assert_eq!(error.reached(), Reached::No);
    assert_eq!(error.side_effects(), SideEffects::None);
}

#[test]
fn a_transport_that_broke_is_unavailable_and_may_have_changed_something() {
    let mut status = Status::unknown("stream closed");
    status.set_source(std::sync::Arc::new(std::io::Error::other("reset")));
    let error = ClientError::from(status);
    assert_eq!(error.code(), ErrorCode::Unavailable);
    assert_eq!(error.side_effects(), SideEffects::Maybe);
    assert_eq!(
        error.to_string(),
        "the connection to the server broke: stream closed"
    );
}

#[test]
fn a_bare_status_says_at_least_what_its_code_means() {
    let error = ClientError::from(Status::unauthenticated(""));
    assert!(!error.to_string().is_empty());
}
