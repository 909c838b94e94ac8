//! `readJournal`: the entries of the journal as text.

use super::environment::Call;

pub(super) fn run(call: Call) -> u8 {
    call.output
        .error_line("the journal cannot be read as text yet");
    1
}
