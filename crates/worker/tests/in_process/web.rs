//! The pages and the JSON of a worker.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::{Cluster, Storage};
use crate::write::write_block;

async fn answer(cluster: &Cluster, path: &str) -> String {
    let mut stream = TcpStream::connect(cluster.process.web_address())
        .await
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get(cluster: &Cluster, path: &str) -> (u16, String) {
    let answer = answer(cluster, path).await;
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    (status, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_json_show_the_worker_and_escape_what_came_from_outside() {
    let cluster = Cluster::start(Storage::Memory, 1 << 20).await;
    write_block(&cluster, 16_777_216, b"0123456789")
        .await
        .unwrap();
    for page in ["/", "/overview", "/blockInfo", "/logs", "/config"] {
        let (status, text) = get(&cluster, page).await;
        assert_eq!(status, 200, "{page}");
        assert!(text.contains("127.0.0.1"), "{page}");
        assert!(!text.contains("<b>master</b>"), "{page}");
    }
    assert!(get(&cluster, "/blockInfo").await.1.contains("16777216"));
    let (_, odd) = get(&cluster, "/logs?path=%3Cscript%3E").await;
    assert!(
        odd.contains("&#60;script&#62;") && !odd.contains("<script>"),
        "{odd}"
    );

    let (status, info) = get(&cluster, "/api/v1/worker/info").await;
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!(status, 200);
    assert_eq!(info["capacity"]["total"], 1 << 20);
    assert_eq!(info["tierCapacity"]["MEM"]["used"], 10);
    assert_eq!(info["version"], "2.9.4");
    for address in [
        "webui_init",
        "webui_overview",
        "webui_blockinfo",
        "webui_metrics",
        "webui_logs",
        "webui_config",
    ] {
        let (status, json) = get(&cluster, &format!("/api/v1/worker/{address}")).await;
        assert_eq!(status, 200, "{address}");
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
    }
    let (_, metrics) = get(&cluster, "/metrics/json/").await;
    assert!(
        metrics.contains("Worker.CapacityUsed.127_0_0_1"),
        "{metrics}"
    );
    let (_, metrics) = get(&cluster, "/metrics/prometheus").await;
    assert!(metrics.contains("Worker_CapacityUsed"), "{metrics}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_shows_nothing_is_answered_with_a_page_that_says_so() {
    let cluster = Cluster::start(Storage::Memory, 1 << 20).await;
    for (address, expected, sentence) in [
        ("/nothing", 404, "There is no page /nothing"),
        ("/logs?path=a&offset=-1", 400, "offset: invalid digit"),
        ("/blockInfo?page=x", 400, "page: invalid digit"),
    ] {
        let (status, text) = get(&cluster, address).await;
        assert_eq!(status, expected, "{address}");
        assert!(text.contains(sentence), "{address}: {text}");
        assert!(text.contains("<footer>"), "{address}: {text}");
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_forbid_scripts_and_guesses_about_what_they_are() {
    let cluster = Cluster::start(Storage::Memory, 1 << 20).await;
    for page in ["/", "/overview", "/blockInfo", "/logs", "/config"] {
        let answer = answer(&cluster, page).await.to_ascii_lowercase();
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains("\r\ncontent-security-policy: default-src 'none';"),
            "{page}: {head}"
        );
        assert!(
            head.contains("\r\nx-content-type-options: nosniff"),
            "{page}: {head}"
        );
    }
    cluster.stop().await;
}
