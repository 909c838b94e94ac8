//! Who is working in a store under which path.
//!
//! **Owns** the order in which operations get the paths under which they work in stores: the tree's
//! lock is never held while a store works.
//!
//! **Must never know** inodes, mounts or stores: it knows paths.
//!
//! **Start reading** at [`PathReservations::reserve`]; the order is kept in `claims`.

mod claims;
mod path_reservations;
mod reserved_path;

pub use path_reservations::{PathReservations, Reservation};
pub use reserved_path::{Extent, ReservedPath};
