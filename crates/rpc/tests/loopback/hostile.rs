//! Peers that keep to no rule: what they take is bounded, they are sent away, and nobody else notices.

use std::pin::pin;
use std::time::Duration;

use alluxio_proto::grpc::sasl::sasl_authentication_service_client::SaslAuthenticationServiceClient;
use alluxio_rpc::{Authentication, ChannelsConf, Lane, Login};
use futures::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::fixture::{MAX_MESSAGE, SOON, Server, whoami};
use crate::raw::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, RESET, Raw, WINDOW_UPDATE, call, frame,
    message,
};

const VERSION: &str = "/alluxio.grpc.version.ServiceVersionClientService/getServiceVersion";
const HANDSHAKE: &str = "/alluxio.grpc.sasl.SaslAuthenticationService/authenticate";
const STATUS: &str = "/alluxio.grpc.file.FileSystemMasterClientService/GetStatus";
const EXISTS: &str = "/alluxio.grpc.file.FileSystemMasterClientService/Exists";
const LIST: &str = "/alluxio.grpc.file.FileSystemMasterClientService/ListStatus";

/// More than any limit lets a peer say without sense, and far less than a machine has.
const FAR_TOO_MUCH: usize = 64 << 20;

/// A server on which everybody is somebody.
fn open_server() -> Server {
    let login_user = "alice".to_owned();
    Server::start_with(
        Authentication::NoSasl { login_user },
        ChannelsConf::default(),
    )
}

/// The same on a server on which everybody is somebody.
async fn others_are_served_openly(server: &Server) {
    let address = server.rpc.address().into();
    let other = server
        .connections()
        .channel(address, Lane::Rpc, Login::NoSasl);
    let answer = timeout(SOON, whoami(other)).await;
    answer.expect("soon").expect("others are served");
}

async fn others_are_served(server: &Server) {
    let answer = timeout(SOON, whoami(server.channel("bob"))).await;
    answer.expect("soon").expect("others are served");
}

#[tokio::test]
async fn a_frame_above_the_limit_ends_its_connection_alone() {
    let server = Server::start();
    let mut raw = Raw::connect(server.rpc.address()).await;
    let head = [0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1];
    raw.0.write_all(&head).await.expect("it is open");
    let hung_up = async { while raw.hear().await.is_some() {} };
    timeout(SOON, hung_up).await.expect("soon");
    others_are_served(&server).await;
}

#[tokio::test]
async fn a_message_of_two_gigabytes_is_refused_when_it_is_announced() {
    let server = open_server();
    for path in [VERSION, STATUS, EXISTS] {
        let mut raw = Raw::connect(server.rpc.address()).await;
        let fields = call("localhost", path);
        raw.say(HEADERS, END_HEADERS, 1, &fields)
            .await
            .expect("open");
        // Its bytes never come, nor does its end.
        let announced = message(0x7fff_ffff, b"begun");
        raw.say(DATA, 0, 1, &announced).await.expect("open");
        let refusal = timeout(SOON, raw.hear_on(1)).await.expect("soon");
        assert_eq!(refusal.expect("an answer").kind, HEADERS, "{path}");
    }
}

/// Begins calls whose messages never end, on streams of a connection, each with so many bytes.
async fn begin_calls(raw: &mut Raw<TcpStream>, path: &str, count: u32, bytes: usize) {
    let fields = call("localhost", path);
    let begun = message(MAX_MESSAGE as u32, &vec![b'x'; bytes]);
    for number in 0..count {
        let stream = 2 * number + 1;
        let said = [
            frame(HEADERS, END_HEADERS, stream, &fields),
            frame(DATA, 0, stream, &begun),
        ];
        raw.0.write_all(&said.concat()).await.expect("it is open");
    }
}

#[tokio::test]
async fn of_messages_that_never_end_the_oldest_go_when_their_room_is_used_up() {
    const BYTES: usize = 10_000;
    const COUNT: u32 = 20;
    for path in [STATUS, EXISTS, LIST] {
        // Room for eleven of them: what else a call holds is 32 KiB.
        let server = Server::start_with_room(11 * ((32 << 10) + BYTES + 5));
        let mut raw = Raw::connect(server.rpc.address()).await;
        // Before it, a connection takes 64 KiB.
        let room = async {
            while raw
                .hear_on(0)
                .await
                .is_some_and(|heard| heard.kind != WINDOW_UPDATE)
            {}
        };
        timeout(SOON, room).await.expect("soon");
        begin_calls(&mut raw, path, COUNT, BYTES).await;
        for number in 0..COUNT - 11 {
            let refusal = timeout(SOON, raw.hear_on(2 * number + 1)).await;
            let refusal = refusal.expect("soon").expect("an answer");
            assert_eq!(refusal.kind, HEADERS, "{path}");
        }
        others_are_served_openly(&server).await;
        // Whoever goes on is answered.
        let last = 2 * COUNT - 1;
        let rest = frame(DATA, 0, last, &vec![b'x'; MAX_MESSAGE - BYTES]);
        raw.0.write_all(&rest).await.expect("it is open");
        raw.say(DATA, END_STREAM, last, &[]).await.expect("open");
        let answer = timeout(SOON, raw.hear_on(last)).await.expect("soon");
        assert!(answer.is_some(), "{path}");
    }
}

/// The time passes by itself whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_go_on_is_refused() {
    let server = open_server();
    let mut raw = Raw::connect(server.rpc.address()).await;
    begin_calls(&mut raw, STATUS, 1, 10).await;
    // One whose message has come, but not its end.
    let fields = call("localhost", EXISTS);
    raw.say(HEADERS, END_HEADERS, 3, &fields)
        .await
        .expect("open");
    raw.say(DATA, 0, 3, &message(3, b"\x0a\x01/"))
        .await
        .expect("open");
    for stream in [1, 3] {
        let mut refusal = pin!(raw.hear_on(stream));
        let refusal = loop {
            // The server may not have seen it before.
            server.clock.advance(Duration::from_secs(61));
            if let Ok(heard) = timeout(SOON, refusal.as_mut()).await {
                break heard;
            }
        };
        assert_eq!(refusal.expect("an answer").kind, HEADERS);
    }
}

#[tokio::test]
async fn fields_without_an_end_are_cut_off() {
    let server = Server::start();
    let mut raw = Raw::connect(server.rpc.address()).await;
    raw.say(HEADERS, 0, 1, &call("localhost", STATUS))
        .await
        .expect("open");
    // A field that is not remembered, again and again.
    let field = b"\x00\x01x\x7e".iter().copied().chain([b'y'; 126]);
    let fields: Vec<u8> = field.collect::<Vec<_>>().repeat(100);
    let flood = async {
        let mut said = 0;
        while raw.say(CONTINUATION, 0, 1, &fields).await.is_ok() {
            said += fields.len();
            assert!(said < FAR_TOO_MUCH, "nobody stops it");
        }
    };
    timeout(SOON, flood).await.expect("soon");
    others_are_served(&server).await;
}

#[tokio::test]
async fn calls_that_are_given_up_as_soon_as_they_are_made_harm_nobody() {
    let server = open_server();
    let mut raw = Raw::connect(server.rpc.address()).await;
    let fields = call("localhost", STATUS);
    for number in 0..20_000 {
        let stream = 2 * number + 1;
        let made = frame(HEADERS, END_HEADERS, stream, &fields);
        let given_up = frame(RESET, 0, stream, &[0, 0, 0, 8]);
        // The server may have had enough.
        if raw.0.write_all(&[made, given_up].concat()).await.is_err() {
            break;
        }
    }
    others_are_served_openly(&server).await;
}

/// The time passes by itself whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_thousand_handshakes_that_nobody_goes_on_with_end_by_themselves() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let mut silent = Vec::new();
    let begun = (0..1_000).map(|_| {
        let (ours, requests) = mpsc::channel(1);
        silent.push(ours);
        let mut client = SaslAuthenticationServiceClient::new(foreign.transport());
        async move { client.authenticate(ReceiverStream::new(requests)).await }
    });
    for ended in join_all(begun).await {
        let refusal = ended.expect_err("nothing was said");
        assert_eq!(refusal.code(), Code::Unauthenticated);
    }
    assert_eq!(server.rpc.channels().len(), 0);
    others_are_served(&server).await;
}

#[tokio::test]
async fn a_handshake_that_is_no_message_is_refused() {
    let server = Server::start();
    for bytes in [
        &[0xff; 5][..],
        &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0x0f],
    ] {
        let mut raw = Raw::connect(server.rpc.address()).await;
        let fields = call("localhost", HANDSHAKE);
        raw.say(HEADERS, END_HEADERS, 1, &fields)
            .await
            .expect("open");
        let length = u32::try_from(bytes.len()).expect("short");
        raw.say(DATA, 0, 1, &message(length, bytes))
            .await
            .expect("open");
        let refusal = timeout(SOON, raw.hear_on(1)).await.expect("soon");
        assert_eq!(refusal.expect("an answer").kind, HEADERS);
    }
    assert_eq!(server.rpc.channels().len(), 0);
}

#[tokio::test]
async fn fields_of_a_message_that_nobody_knows_are_skipped() {
    let server = open_server();
    let unknown = [
        // The path, and then: a number, eight bytes, a kilobyte, four bytes, a group with a number.
        b"\x0a\x01/".to_vec(),
        b"\xc0\x3e\x96\x01".to_vec(),
        b"\xc9\x3e12345678".to_vec(),
        [b"\xd2\x3e\x80\x08".as_slice(), &[7; 1_024]].concat(),
        b"\xdd\x3e1234".to_vec(),
        b"\xe3\x3e\x08\x01\xe4\x3e".to_vec(),
    ]
    .concat();
    let length = u32::try_from(unknown.len()).expect("short");
    let mut raw = Raw::connect(server.rpc.address()).await;
    let fields = call("localhost", STATUS);
    raw.say(HEADERS, END_HEADERS, 1, &fields)
        .await
        .expect("open");
    let sent = message(length, &unknown);
    raw.say(DATA, END_STREAM, 1, &sent).await.expect("open");
    let answer = async {
        while let Some(heard) = raw.hear_on(1).await {
            if heard.kind == DATA {
                return heard.payload;
            }
        }
        Vec::new()
    };
    let payload = timeout(SOON, answer).await.expect("soon");
    let name = b"alice";
    assert!(payload.windows(name.len()).any(|part| part == name));
}
