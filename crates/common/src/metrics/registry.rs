//! [`Metrics`]: all instruments of one process, by name.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::histogram::Distribution;
use super::instrument::{Counter, GaugeValue, Meter, Timer};
use super::rate::Rates;
use crate::Clock;

/// Names at most. Some are made from what clients send (users, stores); beyond the limit an
/// instrument works but is not shown.
const NAME_LIMIT: usize = 20_000;

type Gauge = Arc<dyn Fn() -> GaugeValue + Send + Sync>;

#[derive(Clone)]
enum Instrument {
    Counter(Counter),
    Gauge(Gauge),
    Meter(Meter),
    Timer(Timer),
}

/// The instruments of one process. Clones share them; who counts asks for an instrument once and
/// keeps it.
#[derive(Clone)]
pub struct Metrics {
    clock: Arc<dyn Clock>,
    instruments: Arc<RwLock<HashMap<String, Instrument>>>,
}

/// All values at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(super) counters: BTreeMap<String, i64>,
    pub(super) gauges: BTreeMap<String, GaugeValue>,
    pub(super) meters: BTreeMap<String, (u64, Rates)>,
    pub(super) timers: BTreeMap<String, (u64, Rates, Distribution)>,
}

impl Metrics {
    /// No instruments yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            instruments: Arc::default(),
        }
    }

    /// The counter of this name.
    pub fn counter(&self, name: &str) -> Counter {
        let made = Instrument::Counter(Counter::default());
        match self.find_or_add(name, made) {
            Instrument::Counter(counter) => counter,
            Instrument::Gauge(_) | Instrument::Meter(_) | Instrument::Timer(_) => {
                Counter::default()
            }
        }
    }

    /// The meter of this name.
    pub fn meter(&self, name: &str) -> Meter {
        let now = self.clock.monotonic();
        match self.find_or_add(name, Instrument::Meter(Meter::new(now))) {
            Instrument::Meter(meter) => meter,
            Instrument::Gauge(_) | Instrument::Counter(_) | Instrument::Timer(_) => Meter::new(now),
        }
    }

    /// The timer of this name.
    pub fn timer(&self, name: &str) -> Timer {
        let now = self.clock.monotonic();
        match self.find_or_add(name, Instrument::Timer(Timer::new(now))) {
            Instrument::Timer(timer) => timer,
            Instrument::Gauge(_) | Instrument::Counter(_) | Instrument::Meter(_) => Timer::new(now),
        }
    }

    /// Shows what `read` returns under this name, in place of what was there before. It is called
    /// for every snapshot and must be quick.
    pub fn gauge<V: Into<GaugeValue>>(
        &self,
        name: &str,
        read: impl Fn() -> V + Send + Sync + 'static,
    ) {
        let gauge: Gauge = Arc::new(move || read().into());
        let mut instruments = self.instruments.write();
        if instruments.len() < NAME_LIMIT || instruments.contains_key(name) {
            instruments.insert(name.to_owned(), Instrument::Gauge(gauge));
        }
    }

    /// Forgets a name, such as the gauges of a store that is not mounted any more.
    pub fn remove(&self, name: &str) {
        self.instruments.write().remove(name);
    }

    /// Everything that counts starts again; gauges go on. For processes whose counters only grow: one
    /// that counts what is there would be wrong for ever.
    pub fn clear(&self) {
        let now = self.clock.monotonic();
        for instrument in self.instruments.read().values() {
            match instrument {
                Instrument::Counter(counter) => counter.clear(),
                Instrument::Meter(meter) => meter.clear(now),
                Instrument::Timer(timer) => timer.clear(now),
                Instrument::Gauge(_) => {}
            }
        }
    }

    fn find_or_add(&self, name: &str, made: Instrument) -> Instrument {
        if let Some(found) = self.instruments.read().get(name) {
            return found.clone();
        }
        let mut instruments = self.instruments.write();
        if instruments.len() >= NAME_LIMIT {
            return made;
        }
        instruments.entry(name.to_owned()).or_insert(made).clone()
    }

    /// All values now.
    pub fn snapshot(&self) -> Snapshot {
        let now = self.clock.monotonic();
        // Gauges may be slow or count themselves, so they run without the lock.
        let instruments: Vec<(String, Instrument)> = self
            .instruments
            .read()
            .iter()
            .map(|(name, instrument)| (name.clone(), instrument.clone()))
            .collect();
        let mut snapshot = Snapshot::default();
        for (name, instrument) in instruments {
            match instrument {
                Instrument::Counter(counter) => {
                    snapshot.counters.insert(name, counter.value());
                }
                Instrument::Gauge(read) => {
                    snapshot.gauges.insert(name, read());
                }
                Instrument::Meter(meter) => {
                    snapshot.meters.insert(name, meter.look(now));
                }
                Instrument::Timer(timer) => {
                    snapshot.timers.insert(name, timer.look(now));
                }
            }
        }
        snapshot
    }
}

impl Snapshot {
    /// A number by name, whatever instrument it comes from: counts of counters, meters and timers,
    /// values of gauges. For pages and reports.
    pub fn number(&self, name: &str) -> Option<f64> {
        if let Some(count) = self.counters.get(name) {
            return Some(*count as f64);
        }
        if let Some((count, _)) = self.meters.get(name) {
            return Some(*count as f64);
        }
        if let Some((count, _, _)) = self.timers.get(name) {
            return Some(*count as f64);
        }
        match self.gauges.get(name)? {
            GaugeValue::Integer(value) => Some(*value as f64),
            GaugeValue::Number(value) => Some(*value),
            GaugeValue::Text(_) | GaugeValue::Absent => None,
        }
    }

    /// Whether a name is a counter.
    pub fn is_counter(&self, name: &str) -> bool {
        self.counters.contains_key(name)
    }

    /// Every name with its number, sorted; texts are left out.
    pub fn numbers(&self) -> BTreeMap<String, f64> {
        let names = self
            .counters
            .keys()
            .chain(self.gauges.keys())
            .chain(self.meters.keys())
            .chain(self.timers.keys());
        names
            .filter_map(|name| Some((name.clone(), self.number(name)?)))
            .collect()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("names", &self.instruments.read().len())
            .finish_non_exhaustive()
    }
}
