//! A sweep: all looks of the rails of one direction over the texts of one request or answer.

use std::borrow::Cow;
use std::time::Instant;

use pyo3::prelude::*;

use crate::innocence::Innocence;
use crate::passing::Passing;
use crate::pattern::Patterns;
use crate::plain::{Answer, Request};
use crate::texts::Texts;

/// In place of a score, where no rail tells one.
const UNTOLD: f64 = -1.0;

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

/// Who is told of a rail's looks.
#[derive(FromPyObject)]
enum Told {
    Passing(Py<Passing>),
    Anyone(Py<PyAny>),
}

/// What one rail's looks at all texts came to: the highest score, and the seconds of each.
type Looks = (f64, Vec<f64>);

impl Told {
    fn tell(&self, py: Python<'_>, (highest, seconds): Looks) -> PyResult<()> {
        match self {
            Told::Passing(passing) => passing.get().tell(py, &seconds),
            Told::Anyone(told) => told.call1(py, (highest, seconds)).map(|_| ()),
        }
    }
}

/// A rail.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Rail {
    glance: Glance,
    /// The score above which something follows.
    threshold: f64,
    /// Seconds that a look may take.
    timeout: f64,
    told: Told,
    /// Whether scores say how toxic texts are.
    is_scored: bool,
}

#[pyclass(frozen, module = "fmops_native")]
pub struct Sweep {
    rails: Vec<Rail>,
}

#[pymethods]
impl Sweep {
    /// Take the rails, in their order.
    #[new]
    fn new(rails: Vec<Rail>) -> Self {
        Sweep { rails }
    }

    /// Look at a request and tell of it; gives the highest score of the rails that are scored, UNTOLD where none is or there
    /// was no text, and None where something may follow from a look.
    fn request(&self, py: Python<'_>, request: &Request) -> PyResult<Option<f64>> {
        self.swept(py, &request.texts)
    }

    /// Look at a whole answer, likewise.
    fn answer(&self, py: Python<'_>, answer: &Answer) -> PyResult<Option<f64>> {
        self.swept(py, &answer.texts)
    }
}

impl Sweep {
    fn swept(&self, py: Python<'_>, texts: &Texts) -> PyResult<Option<f64>> {
        let looked = texts.said(py).and_then(|said| self.rails.iter().map(|rail| rail.looks(&said)).collect());
        let Some(looked): Option<Vec<Looks>> = looked else { return Ok(None) };
        let mut highest = UNTOLD;
        for (rail, looks) in self.rails.iter().zip(looked).filter(|(_, (_, seconds))| !seconds.is_empty()) {
            highest = if rail.is_scored { highest.max(looks.0) } else { highest };
            rail.told.tell(py, looks)?;
        }
        Ok(Some(highest))
    }
}

impl Rail {
    /// Look at texts; None where something may follow from a look, or one took too long.
    fn looks(&self, texts: &[Cow<'_, str>]) -> Option<Looks> {
        let mut highest = 0.0f64;
        let mut seconds = Vec::with_capacity(texts.len());
        let mut before = Instant::now();
        for text in texts {
            highest = highest.max(self.glance.score(text)?);
            let now = Instant::now();
            let took = now.duration_since(before).as_secs_f64();
            if highest > self.threshold || took > self.timeout {
                return None;
            }
            seconds.push(took);
            before = now;
        }
        Some((highest, seconds))
    }
}
