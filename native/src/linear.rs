//! Tier 1, a linear model of words, for words of ASCII.
//!
//! Does what `LinearModel.judge` of linear.py, `_likelier` of toxicity.py and rows.py do, to the last digit: rows are whole
//! numbers of a small unit, so that the order of a sum is no matter.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PyString};

use crate::words::{Known, Word};

const MACHINES: usize = 5;
/// Numbers of a row: a square, a worth for each machine, and a mark.
const FIELDS: usize = MACHINES + 2;
/// Bytes of a number.
const BYTES: usize = size_of::<i64>();

/// What a word adds: the square of its rarity, and its worth to each machine.
struct Row {
    square: i64,
    worths: [i64; MACHINES],
}

/// Marks of words: one that a phrase needs, and one that is to be found itself.
const NEEDED: u8 = 1;
const LISTED: u8 = 2;

/// How distances become a probability, and how texts are cut.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Scale {
    /// What is added to each machine's distance.
    offsets: [f64; MACHINES],
    /// What rows count in.
    unit: f64,
    /// Words that are judged at once, and in pieces of how many more are.
    whole: usize,
    piece: usize,
}

pub struct Linear {
    known: Known<Row>,
    scale: Scale,
}

/// What was seen in a text besides.
#[derive(Default)]
pub struct Seen {
    /// Whether it has a word that a phrase needs.
    pub needed: bool,
    /// The places of a piece's words among all that are known.
    places: Vec<usize>,
}

impl Linear {
    /// Take words, their rows one after another, and the words that are to be found themselves.
    pub fn new(
        words: &Bound<'_, PyList>,
        rows: &[u8],
        listed: &Bound<'_, PyFrozenSet>,
        scale: Scale,
    ) -> PyResult<Self> {
        if rows.len() != words.len() * FIELDS * BYTES {
            return Err(PyValueError::new_err("there is not one row for each word"));
        }
        let mut known = Known::new(words.len());
        for (word, row) in words.iter().zip(rows.chunks_exact(FIELDS * BYTES)) {
            let (row, marked) = read(row);
            let mark = match marked {
                _ if listed.contains(&word)? => LISTED,
                true => NEEDED,
                false => 0,
            };
            known.add(word.cast::<PyString>()?.to_str()?.as_bytes(), row, mark);
        }
        Ok(Linear { known, scale })
    }

    /// Give the probability of the likelier piece; None where a word is to be found itself.
    pub fn judge(&self, words: &[Word<'_>], seen: &mut Seen) -> Option<f64> {
        let size = if words.len() <= self.scale.whole { self.scale.whole } else { self.scale.piece };
        seen.places.reserve(size);
        let mut highest = if words.is_empty() { self.judge_piece(words, seen)? } else { 0.0 };
        for piece in words.chunks(size) {
            highest = self.judge_piece(piece, seen)?.max(highest);
        }
        Some(highest)
    }

    fn judge_piece(&self, words: &[Word<'_>], seen: &mut Seen) -> Option<f64> {
        let (mut square, mut worths) = (0, [0; MACHINES]);
        seen.places.clear();
        for (place, entry) in words.iter().filter_map(|word| self.known.find(*word)) {
            if entry.mark() == LISTED {
                return None;
            }
            seen.needed |= entry.mark() == NEEDED;
            seen.places.push(place);
            square += entry.row.square;
            for (total, worth) in worths.iter_mut().zip(entry.row.worths) {
                *total += worth;
            }
        }
        let squares = i128::from(square) + self.lacking(&mut seen.places);
        let length = (squares as f64 * self.scale.unit).sqrt();
        let scale = self.scale.unit / if length == 0.0 { 1.0 } else { length };
        let curve = |(worth, offset): (i64, f64)| 1.0 / (1.0 + (worth as f64 * scale + offset).exp());
        Some(worths.into_iter().zip(self.scale.offsets).map(curve).sum::<f64>() / MACHINES as f64)
    }

    /// Give what a sum of squares lacks for words that come more than once: the square of n times a number is n² times its
    /// own, of which n were added.
    fn lacking(&self, places: &mut [usize]) -> i128 {
        places.sort_unstable();
        let mut lacking = 0;
        for same in places.chunk_by(|one, other| one == other).filter(|same| same.len() > 1) {
            let count = same.len() as i128;
            lacking += count * (count - 1) * i128::from(self.known.row(same[0]).square);
        }
        lacking
    }
}

/// Read a row, and whether its word is marked.
fn read(row: &[u8]) -> (Row, bool) {
    let number = |place: usize| i64::from_le_bytes(std::array::from_fn(|byte| row[place * BYTES + byte]));
    let worths = std::array::from_fn(|machine| number(machine + 1));
    (Row { square: number(0), worths }, number(FIELDS - 1) != 0)
}
