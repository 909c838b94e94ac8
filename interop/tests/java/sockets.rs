//! Java programs that reach our worker over a domain socket and over nothing else.

use alluxio_interop::{Cluster, Kind, Program};

/// Nothing leads to a worker of this name but its socket.
const NOWHERE: (&str, &str) = ("alluxio.worker.container.hostname", "nowhere.invalid");

const ADDRESS: &str = "alluxio.worker.data.server.domain.socket.address";
const AS_UUID: &str = "alluxio.worker.data.server.domain.socket.as.uuid";

/// With the blocks of the worker opened as files, and all through the socket.
const WAYS: [&str; 2] = [
    "-Dalluxio.user.short.circuit.enabled=true",
    "-Dalluxio.user.short.circuit.enabled=false",
];

fn write_and_read(settings: &[(&str, &str)]) {
    let cluster = Cluster::start(Kind::Ours, settings).unwrap();
    let mut client = cluster.runner(Program::Shells, &[]).unwrap();
    let mut say = |words: &[&str]| {
        let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
        client.run(&words).unwrap().to_string()
    };
    for (number, way) in WAYS.iter().enumerate() {
        for write_type in ["MUST_CACHE", "CACHE_THROUGH", "THROUGH"] {
            let file = format!("/{write_type}{number}");
            let options = format!("blockSizeBytes: 1048576 writeType: {write_type}");
            let written = say(&["client", "createFile", &file, &options, "3000000", way]);
            assert_eq!(written, "[0]\n3000000", "{file}");
            let read = say(&["client", "read", &file, "", way]);
            let whole = "[0]\n3000000 bytes, ";
            assert!(
                read.starts_with(whole) && read.ends_with(", as written"),
                "{file}: {read}"
            );
            let parts = ["pread:1040000,20000", "seek:2999990", "read:10"];
            let opened = [
                "client", "openFile", &file, "", parts[0], parts[1], parts[2], way,
            ];
            let parts = say(&opened);
            assert!(
                parts.starts_with("[0]\npread:1040000,20000 20000 "),
                "{parts}"
            );
            assert!(parts.contains("read:10 10 "), "{parts}");
        }
    }
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_java_program_writes_and_reads_over_a_domain_socket_alone() {
    write_and_read(&[NOWHERE, (ADDRESS, "$home/tmp/worker.sock")]);
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_java_program_finds_a_domain_socket_that_is_named_by_a_uuid() {
    write_and_read(&[NOWHERE, (ADDRESS, "$home/tmp"), (AS_UUID, "true")]);
}
