//! Toxicity's first look: how likely a text is toxic to tier 1, where it is certain that nothing else is to be found.
//!
//! Does what `Toxicity._read` of toxicity.py does for texts that are ASCII but for signs of print.

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PyString};
use regex::Regex;

use crate::linear::{Linear, Scale, Seen};
use crate::pattern::compiled;
use crate::pieces::{Pieces, Rules};
use crate::words::{cut, line};

/// Bytes that each pattern of ours may take.
pub const MEMORY: usize = 64 << 20;

/// What a text may have in which nothing is to be found.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Limits {
    /// Signs of print, which part words.
    print: Vec<char>,
    /// The pattern of what makes a folded text suspicious, and that of phrases in a line of units.
    suspicious: String,
    phrases: String,
    /// The probability below which a text is innocent.
    below: f64,
}

/// How likely texts are toxic in which nothing is to be found.
#[pyclass(frozen, module = "fmops_native")]
pub struct Innocence {
    linear: Linear,
    pieces: Pieces,
    print: Vec<char>,
    suspicious: Regex,
    phrases: Regex,
    below: f64,
}

#[pymethods]
impl Innocence {
    /// Take words, the bytes of their rows (a square, five worths and a mark of words that a phrase needs), those that are
    /// to be found themselves, how their sums are read, what pieces of a text are told by, and what it may have.
    ///
    /// Raises ValueError for what is no pattern, and unless each word has a row.
    #[new]
    fn new(
        words: &Bound<'_, PyList>,
        rows: &[u8],
        listed: &Bound<'_, PyFrozenSet>,
        scale: Scale,
        pieces: Rules,
        limits: Limits,
    ) -> PyResult<Self> {
        Ok(Innocence {
            linear: Linear::new(words, rows, listed, scale)?,
            pieces: Pieces::new(pieces)?,
            print: limits.print,
            suspicious: compiled(&limits.suspicious, MEMORY)?,
            phrases: compiled(&limits.phrases, MEMORY)?,
            below: limits.below,
        })
    }

    /// Give the probability; None where there may be anything to be found.
    fn probability(&self, text: &Bound<'_, PyString>) -> Option<f64> {
        self.of(text.to_str().ok()?)
    }
}

impl Innocence {
    /// Give the probability of a text; None where there may be anything to be found.
    pub fn of(&self, text: &str) -> Option<f64> {
        let ascii = text.is_ascii();
        if !ascii && !text.chars().all(|each| each.is_ascii() || self.print.contains(&each)) {
            return None;
        }
        let mut folded = text.to_ascii_lowercase();
        if self.suspicious.is_match(&folded) || !self.pieces.harmless(&folded) {
            return None;
        }
        if !ascii {
            folded = folded.chars().map(|each| if each.is_ascii() { each } else { ' ' }).collect();
        }
        let (mut words, mut seen) = (cut(&folded), Seen::default());
        if !ascii {
            words.retain(|word| word.written.len() > 1);
        }
        let probability = self.linear.judge(&words, &mut seen)?;
        let found = probability >= self.below || (seen.needed && self.phrases.is_match(&line(&folded)));
        (!found).then_some(probability)
    }
}
