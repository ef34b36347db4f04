//! A sweep: all looks of the rails of one direction over the texts of one request or answer.

use std::borrow::Cow;
use std::time::Instant;

use pyo3::prelude::*;

use crate::innocence::Innocence;
use crate::pattern::Patterns;
use crate::plain::{Answer, Request};
use crate::texts::Texts;

/// One rail's look at a text.
#[derive(FromPyObject)]
enum Glance {
    Patterns(Py<Patterns>),
    Innocence(Py<Innocence>),
}

impl Glance {
    /// Give the score of a text in which nothing is found; None where there may be something.
    fn score(&self, text: &str) -> Option<f64> {
        match self {
            Glance::Patterns(patterns) => patterns.get().is_absent(text).then_some(0.0),
            Glance::Innocence(innocence) => innocence.get().of(text),
        }
    }
}

/// What one rail's looks at all texts came to: the highest score, and the seconds of each.
type Swept = Vec<(f64, Vec<f64>)>;

#[pyclass(frozen, module = "fmops_native")]
pub struct Sweep {
    glances: Vec<(Glance, f64, f64)>,
}

#[pymethods]
impl Sweep {
    /// Take each rail's glance, the threshold above which something follows from a score, and its time in seconds.
    #[new]
    fn new(glances: Vec<(Glance, f64, f64)>) -> Self {
        Sweep { glances }
    }

    /// Look at a request; gives what came of each rail's looks, None where something may follow from one.
    fn request(&self, py: Python<'_>, request: &Request) -> Option<Swept> {
        self.swept(py, &request.texts)
    }

    /// Look at a whole answer, likewise.
    fn answer(&self, py: Python<'_>, answer: &Answer) -> Option<Swept> {
        self.swept(py, &answer.texts)
    }
}

impl Sweep {
    fn swept(&self, py: Python<'_>, texts: &Texts) -> Option<Swept> {
        let said = texts.said(py)?;
        self.glances.iter().map(|(glance, most, timeout)| glanced(glance, *most, *timeout, &said)).collect()
    }
}

fn glanced(glance: &Glance, threshold: f64, timeout: f64, texts: &[Cow<'_, str>]) -> Option<(f64, Vec<f64>)> {
    let mut highest = 0.0f64;
    let mut seconds = Vec::with_capacity(texts.len());
    let mut before = Instant::now();
    for text in texts {
        highest = highest.max(glance.score(text)?);
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
