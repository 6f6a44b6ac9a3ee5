//! Each measure is declared once and read in two ways: Prometheus reads a registry, and OpenTelemetry's SDK,
//! where the program has one, what is observed for it. A Collector makes the first's names of the
//! second's: `ticketlens.request_duration` in seconds is `ticketlens_request_duration_seconds`.

use std::{collections::HashMap, sync::Arc};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrumentBuilder, Histogram as Pushed, Meter, ObservableCounter},
};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram as Pulled},
    registry::Registry,
};

/// A counter for each value of one label. Each is there from the start: a rate over a series that appears
/// later would miss its first step.
pub(super) type ByLabel = HashMap<&'static str, Counter>;

/// Where measures are declared.
pub(super) struct Instruments<'a> {
    pub(super) registry: &'a mut Registry,
    pub(super) meter: &'a Meter,
}

/// A measure's name and what it says. The registry puts `ticketlens_` before a name, `_total` after a
/// counter's, and a full stop after what it says.
pub(super) type Named = (&'static str, &'static str);

impl Instruments<'_> {
    pub(super) fn counter(&mut self, (name, help): Named) -> Counter {
        let counter = Counter::default();
        self.registry.register(name, help, counter.clone());
        let observed = counter.clone();
        observable(self.meter, (name, help))
            .with_callback(move |to| to.observe(observed.get(), &[]))
            .build();
        counter
    }

    pub(super) fn gauge(&mut self, (name, help): Named) -> Gauge {
        let gauge = Gauge::default();
        self.registry.register(name, help, gauge.clone());
        let observed = gauge.clone();
        let builder = self.meter.i64_observable_gauge(dotted(name)).with_description(help);
        builder.with_callback(move |to| to.observe(observed.get(), &[])).build();
        gauge
    }

    /// One counter for each value of a label.
    pub(super) fn counters(
        &mut self,
        (name, help): Named,
        label: &'static str,
        values: impl Iterator<Item = &'static str>,
    ) -> ByLabel {
        let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
        self.registry.register(name, help, family.clone());
        let counters: ByLabel =
            values.map(|value| (value, family.get_or_create_owned(&[(label, value)]))).collect();
        let observed = counters.clone();
        observable(self.meter, (name, help))
            .with_callback(move |to| {
                for (value, counter) in &observed {
                    to.observe(counter.get(), &[KeyValue::new(label, *value)]);
                }
            })
            .build();
        counters
    }

    /// A histogram.
    pub(super) fn histogram(&mut self, named: Named, bounds: &[f64]) -> Histogram {
        let pulled = Pulled::new(bounds.iter().copied());
        self.registry.register(named.0, named.1, pulled.clone());
        Histogram { pulled, pushed: self.pushed(named, bounds), attributes: [].into() }
    }

    /// A histogram for each of some sets of labels.
    pub(super) fn histograms<const LABELS: usize, const SETS: usize>(
        &mut self,
        named: Named,
        bounds: &'static [f64],
        sets: [[(&'static str, &'static str); LABELS]; SETS],
    ) -> [Histogram; SETS] {
        let family = Family::new_with_constructor(|| Pulled::new(bounds.iter().copied()));
        self.registry.register(named.0, named.1, family.clone());
        let pushed = self.pushed(named, bounds);
        sets.map(|labels| Histogram {
            pulled: family.get_or_create_owned(&labels),
            pushed: pushed.clone(),
            attributes: labels.map(|(label, value)| KeyValue::new(label, value)).into(),
        })
    }

    fn pushed(&self, (name, help): Named, bounds: &[f64]) -> Pushed<f64> {
        let builder = self.meter.f64_histogram(dotted(name)).with_description(help);
        builder.with_unit(unit(name)).with_boundaries(bounds.to_vec()).build()
    }
}

/// A histogram with its labels.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    pulled: Pulled,
    pushed: Pushed<f64>,
    attributes: Arc<[KeyValue]>,
}

impl Histogram {
    pub(super) fn observe(&self, value: f64) {
        self.pulled.observe(value);
        self.pushed.record(value, &self.attributes);
    }
}

/// A counter that is kept elsewhere.
pub(super) fn observable(
    meter: &Meter,
    (name, help): Named,
) -> AsyncInstrumentBuilder<'_, ObservableCounter<u64>, u64> {
    meter.u64_observable_counter(dotted(name)).with_description(help).with_unit(unit(name))
}

/// A name as OpenTelemetry has it: <https://opentelemetry.io/docs/specs/semconv/general/naming/>. Units
/// are no part of it; what is counted (`bytes`) may be.
pub(super) fn dotted(name: &str) -> String {
    format!("ticketlens.{}", name.strip_suffix("_seconds").unwrap_or(name))
}

/// The unit that a name tells, as UCUM has it; none where it counts things.
pub(super) fn unit(name: &str) -> &'static str {
    if name.ends_with("_seconds") {
        "s"
    } else if name.split('_').any(|word| word == "bytes") {
        "By"
    } else {
        ""
    }
}
