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
    /// The patterns of what makes a folded text suspicious, and of that without signs, digits and low lines, which are
    /// noticed anyway.
    suspicious: String,
    letters: String,
    /// The pattern of phrases in a line of units.
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
    letters: Regex,
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
        let made = Innocence {
            pass: Pass::new(&signs),
            linear: Linear::new(words, rows, listed, scale, stems)?,
            pieces: Pieces::new(pieces)?,
            print: limits.print,
            letters: compiled(&limits.letters, MEMORY)?,
            phrases: compiled(&limits.phrases, MEMORY)?,
            below: limits.below,
        };
        match made.unnoticed(&signs, &compiled(&limits.suspicious, MEMORY)?) {
            Some(text) => Err(PyValueError::new_err(format!("the pass would not notice {text:?}"))),
            None => Ok(made),
        }
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
        let folded = folded(text);
        // A text of other characters is cut into words of two letters and more.
        let (seen, probability) = self.read(&folded, if ascii { 1 } else { 2 })?;
        if self.is_disguised(&folded[..text.len()], &seen) {
            return None;
        }
        let found = probability >= self.below || (seen.has(NEEDED) && self.phrases.is_match(&line(text)));
        (!found).then_some(probability)
    }

    fn read(&self, folded: &str, least: usize) -> Option<(Seen, f64)> {
        let mut seen = self.pass.over(folded.as_bytes(), least)?;
        let probability = self.linear.judge(folded.as_bytes(), &mut seen)?;
        Some((seen, probability))
    }

    fn is_disguised(&self, folded: &str, seen: &Seen) -> bool {
        (seen.has(ODD) && self.letters.is_match(folded))
            || !self.pieces.are_harmless(folded, &seen.pieces, &self.linear.stems)
    }

    /// Give a text of three characters in which the pattern sees what the pass does not notice; None where there is none.
    ///
    /// The pattern is Python's, and may become another one than this was written for.
    fn unnoticed(&self, signs: &Signs, suspicious: &Regex) -> Option<String> {
        let characters: Vec<char> = "ab0_ ,".chars().chain(signs.others()).collect();
        let each = || characters.iter();
        let mut texts = each().flat_map(|one| each().flat_map(move |two| each().map(move |three| [one, two, three])));
        let sees = |text: &str, seen: &Seen| seen.has(ODD) && (!seen.pieces.is_empty() || self.letters.is_match(text));
        let noticed = |text: &str| self.read(&folded(text), 1).is_none_or(|(seen, _)| sees(text, &seen));
        texts
            .find_map(|three| Some(String::from_iter(three)).filter(|text| suspicious.is_match(text) && !noticed(text)))
    }
}

/// Give a text in small letters of ASCII, and BEYOND behind it.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + BEYOND.len());
    folded.push_str(text);
    folded.make_ascii_lowercase();
    folded.push_str(BEYOND);
    folded
}
