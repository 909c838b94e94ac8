//! Permission bits. On the wire a class of users has the number of its `rwx` value plus one.

use alluxio_common::{Access, Mode};
use alluxio_proto::grpc::{Bits, PMode};

/// The wire's name for what one class of users may do.
pub fn access_to_proto(access: Access) -> Bits {
    match access.bits() {
        0 => Bits::None,
        1 => Bits::Execute,
        2 => Bits::Write,
        3 => Bits::WriteExecute,
        4 => Bits::Read,
        5 => Bits::ReadExecute,
        6 => Bits::ReadWrite,
        _ => Bits::All,
    }
}

/// What one class of users may do.
pub fn access_from_proto(bits: Bits) -> Access {
    match bits {
        Bits::None => Access::NONE,
        Bits::Execute => Access::EXECUTE,
        Bits::Write => Access::WRITE,
        Bits::WriteExecute => Access::WRITE.union(Access::EXECUTE),
        Bits::Read => Access::READ,
        Bits::ReadExecute => Access::READ.union(Access::EXECUTE),
        Bits::ReadWrite => Access::READ.union(Access::WRITE),
        Bits::All => Access::ALL,
    }
}

/// All three classes.
pub fn mode_to_proto(mode: Mode) -> PMode {
    PMode {
        owner_bits: access_to_proto(mode.owner()).into(),
        group_bits: access_to_proto(mode.group()).into(),
        other_bits: access_to_proto(mode.other()).into(),
    }
}

/// All three classes; a number that the wire does not know is no permission.
pub fn mode_from_proto(mode: &PMode) -> Mode {
    let class = |bits: Bits| u16::from(access_from_proto(bits).bits());
    Mode::from_bits(
        class(mode.owner_bits()) << 6 | class(mode.group_bits()) << 3 | class(mode.other_bits()),
    )
}
