//! The messages and services of the wire protocol, as generated from our own `.proto` files.
//!
//! This crate owns names and numbers, nothing else: the crate root stands for the protobuf package
//! `alluxio`, and the modules mirror the packages below it (`alluxio.grpc.file` is [`grpc::file`],
//! `alluxio.proto.dataserver` is [`proto::dataserver`]). Fields are optional where the wire knows
//! presence, bytes are shared buffers, unknown fields are skipped, and every service has a client
//! and a server; a server method that is not implemented answers UNIMPLEMENTED, and a method that
//! answers with a stream returns a boxed one (`tonic::codegen::BoxStream`).
//!
//! It must never know our own types and errors: conversions live in `rpc`. Start reading in
//! `proto/alluxio/grpc/common.proto`, then in the file of the service that you need.

/// Package `alluxio.grpc`: messages that several services share.
pub mod grpc {
    #![expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::large_enum_variant,
        clippy::too_many_lines,
        unused_qualifications,
        reason = "generated code keeps the style of its generator"
    )]

    tonic::include_proto!("alluxio.grpc");

    /// Package `alluxio.grpc.block`: the block master and the data path of the worker.
    pub mod block {
        tonic::include_proto!("alluxio.grpc.block");
    }
    /// Package `alluxio.grpc.file`: the file system master.
    pub mod file {
        tonic::include_proto!("alluxio.grpc.file");
    }
    /// Package `alluxio.grpc.fscommon`: how directories are loaded from a store.
    pub mod fscommon {
        tonic::include_proto!("alluxio.grpc.fscommon");
    }
    /// Package `alluxio.grpc.job`: the job service.
    pub mod job {
        tonic::include_proto!("alluxio.grpc.job");
    }
    /// Package `alluxio.grpc.journal`: administration of the journal quorum.
    pub mod journal {
        tonic::include_proto!("alluxio.grpc.journal");
    }
    /// Package `alluxio.grpc.meta`: cluster information, configuration and backups.
    pub mod meta {
        tonic::include_proto!("alluxio.grpc.meta");
    }
    /// Package `alluxio.grpc.metric`: cluster metrics.
    pub mod metric {
        tonic::include_proto!("alluxio.grpc.metric");
    }
    /// Package `alluxio.grpc.sasl`: the handshake that gives a channel its user.
    pub mod sasl {
        tonic::include_proto!("alluxio.grpc.sasl");
    }
    /// Package `alluxio.grpc.version`: which services a server offers.
    pub mod version {
        tonic::include_proto!("alluxio.grpc.version");
    }
}

/// Packages below `alluxio.proto`: parts of requests that are not services of their own.
pub mod proto {
    /// Package `alluxio.proto.dataserver`: options embedded in requests of the data path.
    pub mod dataserver {
        tonic::include_proto!("alluxio.proto.dataserver");
    }
    /// Package `alluxio.proto.journal`: the enum of attribute updates.
    pub mod journal {
        tonic::include_proto!("alluxio.proto.journal");
    }
    /// Package `alluxio.proto.shared`: access control lists.
    pub mod shared {
        tonic::include_proto!("alluxio.proto.shared");
    }
}

/// Package `alluxio_rs.job`, which is ours alone: the content of byte fields that the job service leaves open.
pub mod job_plan {
    #![expect(
        clippy::module_inception,
        reason = "generated code names the module of a message's variants after the message"
    )]

    tonic::include_proto!("alluxio_rs.job");
}

#[cfg(test)]
mod tests;
