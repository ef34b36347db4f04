//! Toxicity's first look: how likely a text is toxic to tier 1, where it is certain that nothing else is to be found.
//!
//! Does what `Toxicity._read` of toxicity.py does for texts that are ASCII but for signs of print.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PyString};
use regex::Regex;

use crate::line::line;
use crate::linear::{Linear, Scale};
use crate::pass::{Pass, Seen, Signs, BEYOND, NEEDED, ODD};
use crate::pattern::compiled;
use crate::pieces::{Pieces, Rules};
use crate::stems::Stems;

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
    pass: Pass,
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
        signs: Signs,
        pieces: Rules,
        limits: Limits,
    ) -> PyResult<Self> {
        let stems = Stems::new(&signs.inside, &signs.beginning);
        let stems = stems.ok_or_else(|| PyValueError::new_err("stems are told by four letters each"))?;
        Ok(Innocence {
            linear: Linear::new(words, rows, listed, scale, stems)?,
            pass: Pass::new(&signs),
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
        let (mut folded, size) = (String::with_capacity(text.len() + BEYOND.len()), text.len());
        folded.push_str(text);
        folded.make_ascii_lowercase();
        folded.push_str(BEYOND);
        // A text of other characters is cut into words of two letters and more.
        let mut seen = self.pass.over(folded.as_bytes(), if ascii { 1 } else { 2 })?;
        let probability = self.linear.judge(folded.as_bytes(), &mut seen)?;
        if self.is_disguised(&folded[..size], &seen) {
            return None;
        }
        let found = probability >= self.below || (seen.has(NEEDED) && self.phrases.is_match(&line(text)));
        (!found).then_some(probability)
    }

    fn is_disguised(&self, folded: &str, seen: &Seen) -> bool {
        (seen.has(ODD) && self.suspicious.is_match(folded))
            || !self.pieces.are_harmless(folded, &seen.parted, &self.linear.stems)
    }
}
