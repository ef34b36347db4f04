//! Tier 1, a linear model of words, for words of ASCII.
//!
//! Does what `LinearModel.judge` of linear.py, `_likelier` of toxicity.py and rows.py do, to the last digit: rows are whole
//! numbers of a small unit, so that the order of a sum is no matter.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PyString};

use crate::pass::{Seen, LISTED, NEEDED, ODD, PLAIN};
use crate::stems::Stems;
use crate::words::{Known, Word};

const MACHINES: usize = 5;
/// Numbers of a row: a square and a worth for each machine.
const SUMS: usize = MACHINES + 1;
/// The same as it is given, with a mark.
const FIELDS: usize = SUMS + 1;
/// Bytes of a number.
const BYTES: usize = size_of::<i64>();
/// Words that may be judged at once.
const MOST: usize = 64;
/// Four times as many, so that most are where they are first looked for.
const SLOTS: usize = 4 * MOST;

/// What a word adds: the square of its rarity, and its worth to each machine.
type Row = [i64; SUMS];
const SQUARE: usize = 0;

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
    pub stems: Stems,
}

impl Linear {
    /// Take words, their rows one after another, the words that are to be found themselves, and what tells stems.
    pub fn new(
        words: &Bound<'_, PyList>,
        rows: &[u8],
        listed: &Bound<'_, PyFrozenSet>,
        scale: Scale,
        stems: Stems,
    ) -> PyResult<Self> {
        if scale.whole.max(scale.piece) > MOST {
            return Err(PyValueError::new_err(format!("no more than {MOST} words are judged at once")));
        }
        if rows.len() != words.len() * FIELDS * BYTES {
            return Err(PyValueError::new_err("there is not one row for each word"));
        }
        let mut known = Known::new(words.len());
        for (word, row) in words.iter().zip(rows.chunks_exact(FIELDS * BYTES)) {
            let (row, marked) = read(row);
            let mark = match marked {
                _ if listed.contains(&word)? => LISTED,
                true => NEEDED,
                false if row == [0; SUMS] => PLAIN,
                false => 0,
            };
            let written = word.cast::<PyString>()?.to_str()?.as_bytes();
            known.add(written, row, if stems.may_be_in(Word::whole(written, 0), written) { mark | ODD } else { mark });
        }
        Ok(Linear { known, scale, stems })
    }

    /// Give the probability of the likelier piece of a folded text, and mark what its words are; None where one of them is
    /// to be found itself.
    pub fn judge(&self, text: &[u8], seen: &mut Seen) -> Option<f64> {
        let (words, marks) = (&seen.words[..], &mut seen.marks);
        for &unit in &seen.units {
            *marks |= self.known.find(unit, text).map_or(0, |(_, entry)| entry.mark());
        }
        if *marks & LISTED != 0 {
            return None;
        }
        let size = if words.len() <= self.scale.whole { self.scale.whole } else { self.scale.piece };
        let mut highest = if words.is_empty() { self.judge_piece(text, words, marks)? } else { 0.0 };
        for piece in words.chunks(size) {
            highest = self.judge_piece(text, piece, marks)?.max(highest);
        }
        Some(highest)
    }

    #[inline(never)]
    fn judge_piece(&self, text: &[u8], words: &[Word], marks: &mut u8) -> Option<f64> {
        let (mut lacking, mut sums, mut all) = (0, [0; SUMS], 0);
        let mut earlier = Earlier { slots: [0; SLOTS], places: [0; MOST], times: [0; MOST], count: 0 };
        for &word in words {
            let Some((place, entry)) = self.known.find(word, text) else {
                all |= if self.stems.may_be_in(word, text) { ODD } else { 0 };
                continue;
            };
            all |= entry.mark();
            if entry.mark() == PLAIN {
                continue;
            }
            let times = earlier.times(place);
            if times > 0 {
                // The square of n times a number is n² times its own: what the n-th time adds to it is 2n - 1 times that.
                lacking += 2 * i128::from(times) * i128::from(entry.row[SQUARE]);
            }
            for (sum, number) in sums.iter_mut().zip(&entry.row) {
                *sum += number;
            }
        }
        *marks |= all;
        (all & LISTED == 0).then(|| self.probability(i128::from(sums[SQUARE]) + lacking, &sums))
    }

    fn probability(&self, squares: i128, sums: &Row) -> f64 {
        let length = (squares as f64 * self.scale.unit).sqrt();
        let scale = self.scale.unit / if length == 0.0 { 1.0 } else { length };
        let curve = |(worth, offset): (&i64, f64)| 1.0 / (1.0 + (*worth as f64 * scale + offset).exp());
        sums[SQUARE + 1..].iter().zip(self.scale.offsets).map(curve).sum::<f64>() / MACHINES as f64
    }
}

/// How often each known word of a piece came.
struct Earlier {
    /// One more than which of the words it is; each is in the first slot from its own that is not of another.
    slots: [u8; SLOTS],
    /// The places among all that are known of the piece's words, and how often each came.
    places: [u32; MOST],
    times: [u8; MOST],
    count: usize,
}

impl Earlier {
    /// Count a word, and give how often it came before.
    #[inline(always)]
    fn times(&mut self, place: u32) -> u8 {
        let mut slot = place as usize % SLOTS;
        while self.slots[slot] > 0 {
            let word = usize::from(self.slots[slot]) - 1;
            if self.places[word % MOST] == place {
                self.times[word % MOST] += 1;
                return self.times[word % MOST];
            }
            slot = (slot + 1) % SLOTS;
        }
        self.places[self.count % MOST] = place;
        self.count += 1;
        self.slots[slot] = self.count as u8;
        0
    }
}

/// Read a row, and whether its word is marked.
fn read(row: &[u8]) -> (Row, bool) {
    let number = |place: usize| i64::from_le_bytes(std::array::from_fn(|byte| row[place * BYTES + byte]));
    (std::array::from_fn(number), number(SUMS) != 0)
}
