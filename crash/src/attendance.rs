//! [`Attendance`]: who is away, and who has been.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::Clock;
use parking_lot::Mutex;

use crate::cluster::Part;

/// For so long after a part serves again somebody may find that the connection to it is broken.
const SETTLING: Duration = Duration::from_secs(1);

/// Who is away, and who has been. Cheap to clone; all clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Attendance {
    clock: Arc<dyn Clock>,
    /// The last absence of each part that was ever away.
    absences: Arc<Mutex<BTreeMap<Part, Absence>>>,
}

#[derive(Debug, Clone, Copy)]
enum Absence {
    GoesOn,
    EndedAt(Duration),
}

/// A moment that absences are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(Duration);

impl Attendance {
    /// Everybody is there.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            absences: Arc::default(),
        }
    }

    /// A part is about to die.
    pub(crate) fn leaves(&self, part: Part) {
        self.absences.lock().insert(part, Absence::GoesOn);
    }

    /// A part serves, perhaps for the first time.
    pub(crate) fn is_back(&self, part: Part) {
        if let Some(absence) = self.absences.lock().get_mut(&part) {
            *absence = Absence::EndedAt(self.clock.monotonic());
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Moment {
        Moment(self.clock.monotonic())
    }

    /// Whether one of these was away, or just back, at some time since then.
    pub(crate) fn was_away_since(&self, parts: &[Part], Moment(since): Moment) -> bool {
        let absences = self.absences.lock();
        // An earlier absence than the last one ended before that one did.
        parts.iter().any(|part| match absences.get(part) {
            None => false,
            Some(Absence::GoesOn) => true,
            Some(Absence::EndedAt(end)) => *end + SETTLING > since,
        })
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn who_is_away_or_just_back_counts_as_away_and_nobody_else() {
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let attendance = Attendance::new(Arc::<ManualClock>::clone(&clock));
        attendance.is_back(Part::Master);
        let began = attendance.now();
        let was_away = |part, since| attendance.was_away_since(&[part], since);
        assert!(!was_away(Part::Master, began));
        attendance.leaves(Part::Master);
        assert!(was_away(Part::Master, attendance.now()));
        assert!(!was_away(Part::Worker, began));
        attendance.is_back(Part::Master);
        assert!(was_away(Part::Master, attendance.now()), "just back");
        clock.advance(SETTLING);
        assert!(!was_away(Part::Master, attendance.now()));
        assert!(was_away(Part::Master, began), "it was away meanwhile");
    }
}
