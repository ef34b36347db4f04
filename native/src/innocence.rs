//! Toxicity's first look: how likely a text is toxic to tier 1, where it is certain that nothing else is to be found.
//!
//! Does what `Toxicity._read` of toxicity.py, `LinearModel.judge` of linear.py and `rows.py` do for texts that are ASCII
//! but for signs of print, to the last digit: rows are whole numbers of 2^-45, so that the order of a sum is no matter.

use pyo3::prelude::*;
use pyo3::types::PyString;
use regex::Regex;

use crate::pattern::compiled;
use crate::pieces::{Pieces, Rules};
use crate::words::{cut, line, Known, Word};

/// Words that tier 1 judges at once, and in pieces of how many it judges more.
const WHOLE: usize = 60;
const PIECE: usize = 30;
/// What a field of a row counts.
const UNIT: f64 = 1.0 / (1u64 << 45) as f64;
const MACHINES: usize = 5;
/// Bytes that each pattern of ours may take.
pub const MEMORY: usize = 64 << 20;
/// Signs of print, which part words.
const PRINT: [char; 10] = ['’', '‘', '“', '”', '„', '«', '»', '–', '—', '•'];

/// What a word adds: the square of its rarity, and its worth to each machine.
struct Row {
    square: i64,
    worths: [i64; MACHINES],
}

/// Marks of words: one that a phrase needs, and one that is to be found itself.
const NEEDED: u8 = 1;
const LISTED: u8 = 2;
/// A row as Python gives it, and the word's mark.
type Numbers = (i64, i64, i64, i64, i64, i64, u8);

/// How likely texts are toxic in which nothing is to be found.
#[pyclass(frozen, module = "fmops_native")]
pub struct Innocence {
    known: Known<Row>,
    offsets: [f64; MACHINES],
    suspicious: Regex,
    pieces: Pieces,
    phrases: Regex,
    below: f64,
}

#[pymethods]
impl Innocence {
    /// Take the rows of words as (square, five worths, mark), what is added to each machine's distance, the pattern of what
    /// makes a folded text suspicious, what its pieces are told by, the pattern of phrases in a line of units, and below
    /// which probability a text is innocent.
    ///
    /// Raises ValueError for what is no pattern.
    #[new]
    fn new(
        rows: Vec<(String, Numbers)>,
        offsets: [f64; MACHINES],
        suspicious: &str,
        pieces: Rules,
        phrases: &str,
        below: f64,
    ) -> PyResult<Self> {
        let entry = |(word, (square, one, two, three, four, five, mark)): (String, Numbers)| {
            (word, Row { square, worths: [one, two, three, four, five] }, mark)
        };
        Ok(Innocence {
            known: Known::new(rows.into_iter().map(entry).collect()),
            offsets,
            suspicious: compiled(suspicious, MEMORY)?,
            pieces: Pieces::new(pieces)?,
            phrases: compiled(phrases, MEMORY)?,
            below,
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
        if !ascii && !text.chars().all(|each| each.is_ascii() || PRINT.contains(&each)) {
            return None;
        }
        let mut folded = text.to_ascii_lowercase();
        if self.suspicious.is_match(&folded) || !self.pieces.harmless(&folded) {
            return None;
        }
        if !ascii {
            folded = folded.chars().map(|each| if each.is_ascii() { each } else { ' ' }).collect();
        }
        let (mut words, mut needed) = (cut(&folded), false);
        if !ascii {
            words.retain(|word| word.written.len() > 1);
        }
        let probability = self.of_pieces(&words, &mut needed)?;
        let found = probability >= self.below || (needed && self.phrases.is_match(&line(&folded)));
        (!found).then_some(probability)
    }

    /// Give the probability of the likelier piece, and say whether a phrase has what it needs.
    fn of_pieces(&self, words: &[Word<'_>], needed: &mut bool) -> Option<f64> {
        let size = if words.len() <= WHOLE { WHOLE } else { PIECE };
        let mut highest = if words.is_empty() { self.of_piece(words, needed)? } else { 0.0 };
        for piece in words.chunks(size) {
            highest = self.of_piece(piece, needed)?.max(highest);
        }
        Some(highest)
    }

    /// Give the probability of a piece; None where a word is to be found itself.
    fn of_piece(&self, words: &[Word<'_>], needed: &mut bool) -> Option<f64> {
        let (mut square, mut worths, mut found, mut count) = (0, [0; MACHINES], [0; WHOLE], 0);
        for (place, entry) in words.iter().filter_map(|word| self.known.find(*word)) {
            if entry.mark == LISTED {
                return None;
            }
            *needed |= entry.mark == NEEDED;
            found[count] = place;
            count += 1;
            square += entry.row.square;
            for (total, worth) in worths.iter_mut().zip(entry.row.worths) {
                *total += worth;
            }
        }
        let squares = i128::from(square) + self.lacking(&mut found[..count]);
        let length = (squares as f64 * UNIT).sqrt();
        let scale = UNIT / if length == 0.0 { 1.0 } else { length };
        let curve = |(worth, offset): (i64, f64)| 1.0 / (1.0 + (worth as f64 * scale + offset).exp());
        Some(worths.into_iter().zip(self.offsets).map(curve).sum::<f64>() / MACHINES as f64)
    }

    /// Give what a sum of squares lacks for words that come more than once: the square of n times a number is n² times its
    /// own, of which n were added.
    fn lacking(&self, found: &mut [usize]) -> i128 {
        found.sort_unstable();
        let mut lacking = 0;
        for same in found.chunk_by(|one, other| one == other).filter(|same| same.len() > 1) {
            let count = same.len() as i128;
            lacking += count * (count - 1) * i128::from(self.known.row(same[0]).square);
        }
        lacking
    }
}
