//! A sweep: all looks of the rails of one direction over the texts of one request or answer.

use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::innocence::Innocence;
use crate::pattern::Patterns;
use crate::plain::{Fields, Texts};

/// One rail's look at a text.
#[derive(FromPyObject)]
enum Look {
    Patterns(Py<Patterns>),
    Innocence(Py<Innocence>),
}

impl Look {
    /// Give the score of a text in which nothing is found; None where there may be something.
    fn score(&self, text: &str) -> Option<f64> {
        match self {
            Look::Patterns(patterns) => patterns.get().is_absent(text).then_some(0.0),
            Look::Innocence(innocence) => innocence.get().of(text),
        }
    }
}

/// What one rail's looks at all texts came to: the highest score, and the seconds of each.
type Swept = Vec<(f64, Vec<f64>)>;

#[pyclass(frozen, module = "fmops_native")]
pub struct Sweep {
    fields: Py<Fields>,
    looks: Vec<(Look, f64, f64)>,
}

#[pymethods]
impl Sweep {
    /// Take each rail's look, the threshold above which something follows from a score, and its time in seconds.
    #[new]
    fn new(fields: Py<Fields>, looks: Vec<(Look, f64, f64)>) -> Self {
        Sweep { fields, looks }
    }

    /// Look at a request; gives what came of each rail's looks, None where something may follow from one.
    fn request(&self, parsed: &Bound<'_, PyDict>) -> Option<Swept> {
        self.swept(self.fields.get().of_request(parsed))
    }

    /// Look at a whole answer, likewise.
    fn answer(&self, parsed: &Bound<'_, PyDict>) -> Option<Swept> {
        self.swept(self.fields.get().of_answer(parsed))
    }
}

impl Sweep {
    fn swept(&self, texts: Texts<'_>) -> Option<Swept> {
        let texts = texts?;
        self.looks.iter().map(|(look, threshold, timeout)| looked(look, *threshold, *timeout, &texts)).collect()
    }
}

fn looked(look: &Look, threshold: f64, timeout: f64, texts: &[Bound<'_, PyString>]) -> Option<(f64, Vec<f64>)> {
    let mut highest = 0.0f64;
    let mut seconds = Vec::with_capacity(texts.len());
    let mut before = Instant::now();
    for text in texts {
        highest = highest.max(look.score(text.to_str().ok()?)?);
        let now = Instant::now();
        let took = now.duration_since(before).as_secs_f64();
        if highest > threshold || took > timeout {
            return None;
        }
        seconds.push(took);
        before = now;
    }
    Some((highest, seconds))
}
