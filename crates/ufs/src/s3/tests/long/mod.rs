//! What takes minutes: `make test` leaves it out, `make test-s3` runs it.

mod bucket_of_others;
mod other_requests;
