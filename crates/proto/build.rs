//! Turns the protocol files under `proto/` into Rust, without an installed protoc.

use std::error::Error;
use std::path::Path;

/// Every file that is compiled, relative to `proto/`.
const FILES: [&str; 15] = [
    "alluxio/grpc/block_master.proto",
    "alluxio/grpc/block_worker.proto",
    "alluxio/grpc/common.proto",
    "alluxio/grpc/file_system_master.proto",
    "alluxio/grpc/fscommon.proto",
    "alluxio/grpc/job_master.proto",
    "alluxio/grpc/journal_master.proto",
    "alluxio/grpc/meta_master.proto",
    "alluxio/grpc/metric_master.proto",
    "alluxio/grpc/sasl.proto",
    "alluxio/grpc/version.proto",
    "alluxio/proto/dataserver/protocol.proto",
    "alluxio/proto/journal/file.proto",
    "alluxio/proto/shared/acl.proto",
    "alluxio_rs/job.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("proto");
    for file in FILES {
        let path = root.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let descriptors = protox::compile(FILES, [root])?;
    tonic_prost_build::configure()
        // Block data and attributes stay slices of the received buffer.
        .bytes(".")
        // Maps here are small; ordered ones make encodings reproducible and cost nothing when empty.
        .btree_map(".")
        // A method that a server has not implemented answers UNIMPLEMENTED, as for an unknown method.
        .generate_default_stubs(true)
        .compile_fds(descriptors)?;
    Ok(())
}
