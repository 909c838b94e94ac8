use std::time::Duration;

use alluxio_common::{Describe, ErrorCode};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_proto::grpc::file::{ExistsPRequest, FreePRequest, ListStatusPRequest};
use alluxio_proto::grpc::metric::ClearMetricsPRequest;
use alluxio_proto::grpc::metric::metrics_master_client_service_client::MetricsMasterClientServiceClient;
use alluxio_rpc::{ClientError, Reached, Repeat, RetryPolicy};
use tokio::time::timeout;
use tonic::{Code, Request};

use crate::fixture::{LISTING_PAGES, MAX_MESSAGE, SOON, Server, request, whoami};

#[tokio::test]
async fn an_error_arrives_with_its_code_sentence_facts_and_origin() {
    let server = Server::start();
    let client = server.service_client(RetryPolicy::default());
    let error = client
        .call(Repeat::Always, |channel| async move {
            FileSystemMasterClientServiceClient::new(channel)
                .get_status(request("/missing"))
                .await
        })
        .await
        .expect_err("it is missing");
    assert_eq!(error.code(), ErrorCode::PathNotFound);
    assert_eq!(error.to_string(), "Path \"/missing\" does not exist.");
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.reached(), Reached::Perhaps);
    let origin = server.rpc.address().to_string();
    let expected = [("path", "/missing".to_owned()), ("origin", origin)];
    assert_eq!(error.facts(), expected);
}

#[tokio::test]
async fn methods_and_services_that_are_not_served_are_unimplemented() {
    let server = Server::start();
    let channel = server.channel("alice");
    let method = FileSystemMasterClientServiceClient::new(channel.clone())
        .free(FreePRequest::default())
        .await
        .expect_err("the fixture has no such method");
    assert_eq!(method.code(), Code::Unimplemented);
    let service = MetricsMasterClientServiceClient::new(channel)
        .clear_metrics(ClearMetricsPRequest {})
        .await
        .expect_err("the fixture has no such service");
    assert_eq!(service.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_request_above_the_limit_is_refused() {
    let server = Server::start();
    let mut client = FileSystemMasterClientServiceClient::new(server.channel("alice"));
    let request = |length| ExistsPRequest {
        path: Some("x".repeat(length)),
        options: None,
    };
    client
        .exists(request(MAX_MESSAGE / 2))
        .await
        .expect("below");
    let status = client
        .exists(request(MAX_MESSAGE))
        .await
        .expect_err("above");
    assert_eq!(status.code(), Code::OutOfRange);
    client
        .exists(request(1))
        .await
        .expect("the channel is as good as before");

    let long = crate::fixture::request(&"x".repeat(MAX_MESSAGE));
    let status = client.get_status(long).await.expect_err("above");
    assert_eq!(
        status.code(),
        Code::OutOfRange,
        "past the generated code too"
    );
}

#[tokio::test]
async fn headers_above_the_limit_do_not_reach_the_service() {
    let server = Server::start();
    let mut client = FileSystemMasterClientServiceClient::new(server.channel("alice"));
    let mut large = Request::new(request("/"));
    let value = "x".repeat(60_000).parse().expect("it is ASCII");
    large.metadata_mut().insert("large", value);
    client.get_status(large).await.expect_err("too large");
    client
        .get_status(request("/"))
        .await
        .expect("the channel is as good as before");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_the_words_of_alluxio() {
    let server = Server::start();
    let address = server.rpc.address();
    let client = server.service_client(RetryPolicy {
        total: Duration::ZERO,
        ..RetryPolicy::default()
    });
    server.rpc.shutdown(Duration::ZERO).await;
    let error: ClientError = client
        .call(Repeat::IfUnchanged, |channel| async move {
            FileSystemMasterClientServiceClient::new(channel)
                .get_status(request("/"))
                .await
        })
        .await
        .expect_err("nobody listens");
    assert_eq!(error.code(), ErrorCode::Unavailable);
    assert_eq!(error.reached(), Reached::No);
    let (host, port) = (address.ip(), address.port());
    let name =
        format!("GrpcServerAddress{{HostName={host}, SocketAddress={host}/<unresolved>:{port}}}");
    assert_eq!(
        error.to_string(),
        format!(
            "Failed to connect to master ({name}) after 1 attempts.Please check if Alluxio master \
             is currently running on \"{name}\". Service=\"FileSystemMasterClient\""
        )
    );
}

#[tokio::test]
async fn a_call_that_waits_does_not_hold_up_others_on_its_connection() {
    let server = Server::start();
    let channel = server.channel("alice");
    let mut waiting = FileSystemMasterClientServiceClient::new(channel.clone());
    let others = async {
        server.slow_begun.notified().await;
        for _ in 0..100 {
            whoami(channel.clone()).await.expect("answered");
        }
    };
    let others_first = async {
        tokio::select! {
            _never = waiting.get_status(request("/slow")) => false,
            () = others => true,
        }
    };
    assert!(timeout(SOON, others_first).await.expect("soon"));
}

#[tokio::test]
async fn a_panic_ends_only_its_own_call() {
    let server = Server::start();
    let channel = server.channel("alice");
    let mut client = FileSystemMasterClientServiceClient::new(channel.clone());
    let (_user, _impersonator, before) = whoami(channel.clone()).await.expect("accepted");
    timeout(SOON, client.get_status(request("/panic")))
        .await
        .expect("soon")
        .expect_err("it panics");
    let (_user, _impersonator, after) = whoami(channel).await.expect("still accepted");
    assert_eq!(before, after, "on the same connection");
}

#[tokio::test]
async fn a_listing_that_nobody_reads_holds_up_nobody_and_arrives_whole() {
    let server = Server::start();
    let channel = server.channel("alice");
    let mut client = FileSystemMasterClientServiceClient::new(channel.clone());
    let mut pages = client
        .list_status(ListStatusPRequest::default())
        .await
        .expect("accepted")
        .into_inner();
    for _ in 0..100 {
        let answer = timeout(SOON, whoami(channel.clone())).await;
        answer.expect("soon").expect("answered past the listing");
    }
    for expected in 0..LISTING_PAGES {
        let page = timeout(SOON, pages.message()).await.expect("soon");
        let page = page.expect("not cut off").expect("not the end");
        assert_eq!(page.file_infos[0].file_id(), expected);
    }
    assert!(pages.message().await.expect("a good end").is_none());
}

#[tokio::test]
async fn streams_that_nobody_reads_do_not_hold_up_the_others_of_their_connection() {
    let server = Server::start();
    let channel = server.channel("alice");
    let mut unread = Vec::new();
    for _ in 0..20 {
        let mut client = FileSystemMasterClientServiceClient::new(channel.clone());
        let listing = client.list_status(ListStatusPRequest::default()).await;
        let mut listing = listing.expect("it begins").into_inner();
        let first = timeout(SOON, listing.message()).await.expect("soon");
        assert!(first.expect("a page").is_some());
        unread.push(listing);
    }
    let (user, ..) = timeout(SOON, whoami(channel)).await.expect("soon").unwrap();
    assert_eq!(user, "alice");
    let mut pages = 1;
    let mut last = unread.pop().expect("there are 20");
    while timeout(SOON, last.message())
        .await
        .expect("soon")
        .unwrap()
        .is_some()
    {
        pages += 1;
    }
    assert_eq!(pages, LISTING_PAGES);
}
