//! `runUfsIOTest`: a store measured without a cluster.

use std::fs;

use crate::harness::Cluster;

#[test]
fn a_store_is_written_and_read_by_several_threads_and_left_as_it_was() {
    let cluster = Cluster::formatted();
    let folder = cluster.path("measured");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("of-others"), "kept").unwrap();
    let path = folder.display().to_string();
    let said = cluster.run(&[
        "runUfsIOTest",
        "--path",
        &path,
        "--io-size",
        "3MB",
        "--threads",
        "3",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let summary: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(summary["points"].as_array().unwrap().len(), 6);
    assert_eq!(summary["writeSpeedStat"]["mTotalSizeBytes"], 9 << 20);
    assert_eq!(summary["readSpeedStat"]["mTotalSizeBytes"], 9 << 20);
    assert!(summary["readSpeedStat"]["mMinSpeedMbps"].as_f64().unwrap() > 0.0);
    assert!(summary["errors"].as_array().unwrap().is_empty());
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
