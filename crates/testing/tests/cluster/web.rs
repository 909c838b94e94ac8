//! The pages of the master.

use alluxio_testing::MiniCluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::cluster;

async fn get(cluster: &MiniCluster, address: &str) -> (u16, String) {
    let server = cluster.master().web_address();
    let mut stream = TcpStream::connect(server).await.unwrap();
    let request = format!("GET {address} HTTP/1.1\r\nHost: master\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_shows_nothing_is_answered_with_a_page_that_says_so() {
    let cluster = cluster().await;
    for (address, expected, sentence) in [
        ("/nothing", 404, "There is no page /nothing"),
        ("/browse?path=/none", 404, "/none"),
        ("/browse?path=none", 404, "none"),
        ("/browse?path=/&offset=x", 400, "offset: invalid digit"),
        ("/browse?path=/&limit=-1", 400, "limit: invalid digit"),
        ("/logs?path=a&offset=x", 400, "offset: invalid digit"),
    ] {
        let (status, text) = get(&cluster, address).await;
        assert_eq!(status, expected, "{address}: {text}");
        assert!(text.contains(sentence), "{address}: {text}");
        assert!(text.contains("<footer>"), "{address}: {text}");
    }
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browse_without_a_path_shows_the_root_as_many_entries_at_a_time_as_asked() {
    let cluster = cluster().await;
    for name in ["a", "b", "c"] {
        std::fs::create_dir(cluster.root_store().join(name)).unwrap();
    }
    for address in ["/browse", "/browse?path=", "/browse?path=/"] {
        let (status, text) = get(&cluster, address).await;
        assert_eq!(status, 200, "{address}: {text}");
        assert!(text.contains("path=/c\""), "{address}: {text}");
    }
    let (_, page) = get(&cluster, "/browse?limit=2").await;
    assert!(!page.contains("path=/c\""), "{page}");
    assert!(page.contains("path=/&amp;after=b&amp;limit=2"), "{page}");
    let (_, page) = get(&cluster, "/browse?path=/&after=b&limit=2").await;
    assert!(page.contains("path=/c\""), "{page}");
    cluster.shutdown().await;
}
