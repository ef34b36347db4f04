//! Histograms: how many observations lie at or below each bound and above the one before, and what they sum up to.
//!
//! Does what `Buckets` of gateway/metrics/buckets.py does.

use pyo3::prelude::*;

#[pyclass(module = "fmops_native")]
pub struct Buckets {
    bounds: Vec<f64>,
    /// The last count is of what lies above all bounds.
    #[pyo3(get)]
    counts: Vec<u64>,
    #[pyo3(get)]
    sum: f64,
}

#[pymethods]
impl Buckets {
    /// Begin with nothing; bounds rise.
    #[new]
    fn new(bounds: Vec<f64>) -> Self {
        Buckets { counts: vec![0; bounds.len() + 1], bounds, sum: 0.0 }
    }

    /// Take an observation.
    fn observe(&mut self, value: f64) {
        self.count(value);
        self.sum += value;
    }

    /// Take observations.
    #[pyo3(name = "observe_all")]
    fn observe_list(&mut self, values: Vec<f64>) {
        self.observe_all(&values);
    }
}

impl Buckets {
    pub fn observe_all(&mut self, values: &[f64]) {
        values.iter().for_each(|&value| self.count(value));
        self.sum += values.iter().sum::<f64>();
    }

    fn count(&mut self, value: f64) {
        let place = self.bounds.partition_point(|&bound| bound < value);
        self.counts[place] += 1;
    }
}
