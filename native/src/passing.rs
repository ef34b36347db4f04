//! What counts a rail's looks that found nothing, as most do.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::buckets::Buckets;

/// The cells of two series, and the labels of one cell of each: counts of looks, and their times.
///
/// It keeps the labels and not the cells, for a cell ends with its model's series and another begins.
#[pyclass(frozen, module = "fmops_native")]
pub struct Passing {
    looks: Py<PyAny>,
    of_looks: Py<PyTuple>,
    times: Py<PyAny>,
    of_times: Py<PyTuple>,
}

#[pymethods]
impl Passing {
    #[new]
    fn new(looks: Py<PyAny>, of_looks: Py<PyTuple>, times: Py<PyAny>, of_times: Py<PyTuple>) -> Self {
        Passing { looks, of_looks, times, of_times }
    }

    /// Take looks: the highest score, and the seconds of each.
    fn __call__(&self, py: Python<'_>, _highest: f64, seconds: Vec<f64>) -> PyResult<()> {
        self.tell(py, &seconds)
    }
}

impl Passing {
    pub fn tell(&self, py: Python<'_>, seconds: &[f64]) -> PyResult<()> {
        let cell = self.looks.bind(py).get_item(&self.of_looks)?;
        let value: usize = cell.getattr(intern!(py, "value"))?.extract()?;
        cell.setattr(intern!(py, "value"), value + seconds.len())?;
        let times = self.times.bind(py).get_item(&self.of_times)?.getattr(intern!(py, "buckets"))?;
        times.cast::<Buckets>()?.borrow_mut().observe_all(seconds);
        Ok(())
    }
}
