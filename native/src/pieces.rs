//! Pieces of a text that may disguise a word: signs part their letters, as in `well-known` and `example.com`, or low lines
//! and digits are among them, as in `get_weather` and `utf8`.
//!
//! Says of most that they do not, as `readings` of guard/disguise.py would; of one with another sign that may stand for a
//! letter, it cannot tell.

use std::collections::{HashMap, HashSet};

use pyo3::prelude::*;
use regex::Regex;

use crate::innocence::MEMORY;
use crate::pattern::compiled;
use crate::stems::Stems;

/// What may stand for a letter, or hide one, beside digits and low lines.
const DISGUISING: [char; 8] = ['@', '$', '|', '*', '#', '+', '!', '('];
/// What stands for a letter that is not shown, and is written for a low line.
const MASK: u8 = b'*';
/// Letters that are not shown of a word that may be known, at most.
const MOST_MASKS: usize = 2;
/// Ways in which digits stand for letters.
const WAYS: usize = 2;

/// What pieces are told by.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Rules {
    /// The patterns of a stem in a piece, and in one of which letters are not shown.
    stems: String,
    masked: String,
    /// For which letter each digit stands, in each way; for itself where for none.
    digits: [String; WAYS],
    /// The words that are known.
    words: HashSet<String>,
    /// The characters that are no part of a piece where they are around it, and those that are left out of it.
    around: String,
    between: String,
    /// How many characters a piece has at most that may be a word.
    longest: usize,
}

pub struct Pieces {
    stems: Regex,
    masked: Regex,
    digits: [Vec<char>; WAYS],
    words: HashSet<String>,
    /// The words by their length and first letter.
    alike: HashMap<(usize, u8), Vec<Box<[u8]>>>,
    around: Set,
    between: Set,
    longest: usize,
}

impl Pieces {
    pub fn new(rules: Rules) -> PyResult<Self> {
        let (around, between) = (Set::of(&rules.around), Set::of(&rules.between));
        let mut alike: HashMap<_, Vec<_>> = HashMap::new();
        for word in rules.words.iter().map(|word| Box::from(word.as_bytes())) {
            alike.entry(shape(&word)).or_default().push(word);
        }
        Ok(Pieces {
            stems: compiled(&rules.stems, MEMORY)?,
            masked: compiled(&rules.masked, MEMORY)?,
            digits: rules.digits.map(|letters| letters.chars().collect()),
            alike,
            words: rules.words,
            around,
            between,
            longest: rules.longest,
        })
    }

    /// Say whether it is certain that no piece of a folded text disguises a word, of those that places are in.
    pub fn are_harmless(&self, folded: &str, places: &[usize], stems: &Stems) -> bool {
        let mut done = 0;
        places.iter().all(|&place| {
            let seen = place < done;
            seen || {
                let (start, end) = around(folded.as_bytes(), place);
                done = end;
                self.is_harmless(&folded[start..end], stems)
            }
        })
    }

    fn is_harmless(&self, piece: &str, stems: &Stems) -> bool {
        let piece = piece.trim_matches(|each| self.around.has(each));
        if piece.len() > self.longest && piece.chars().nth(self.longest).is_some() {
            return true;
        }
        let bare: String = piece.trim_end_matches('!').chars().filter(|each| !self.between.has(*each)).collect();
        !bare.contains(DISGUISING)
            && self.is_unknown(&bare, stems)
            && !self.may_be_masked(piece.as_bytes())
            && self.ways(&bare).all(|way| self.is_unknown(&way, stems))
    }

    fn is_unknown(&self, letters: &str, stems: &Stems) -> bool {
        !self.words.contains(letters)
            && !(stems.may_be_anywhere_in(letters.as_bytes()) && (has_run(letters) || self.stems.is_match(letters)))
    }

    /// Give what a piece may stand for by its digits, where they are no more than the half of it.
    fn ways<'piece>(&'piece self, bare: &'piece str) -> impl Iterator<Item = String> + 'piece {
        let count = bare.bytes().filter(u8::is_ascii_digit).count();
        let ways = if count > 0 && 2 * count <= bare.chars().count() { &self.digits[..] } else { &[] };
        ways.iter()
            .map(|letters| bare.chars().map(|each| each.to_digit(10).map_or(each, |of| letters[of as usize])).collect())
    }

    /// Say whether a piece may be a known word with low lines in the place of letters.
    fn may_be_masked(&self, piece: &[u8]) -> bool {
        let masks = piece.iter().filter(|&&byte| byte == b'_').count();
        let [b'a'..=b'z', ..] = piece else { return false };
        if !(1..=MOST_MASKS).contains(&masks)
            || masks + 2 > piece.len()
            || !piece.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'_'))
        {
            return false;
        }
        let masked: String = piece.iter().map(|&byte| char::from(if byte == b'_' { MASK } else { byte })).collect();
        let fits = |word: &[u8]| word.iter().zip(piece).all(|(letter, shown)| letter == shown || *shown == b'_');
        self.masked.is_match(&masked)
            || self.alike.get(&shape(piece)).is_some_and(|words| words.iter().any(|word| fits(word)))
    }
}

/// Give by what words may be alike: how long they are, and how they begin.
fn shape(word: &[u8]) -> (usize, u8) {
    (word.len(), word.first().copied().unwrap_or_default())
}

/// Characters, of which those of ASCII are told at once.
struct Set {
    ascii: u128,
    all: String,
}

impl Set {
    fn of(all: &str) -> Self {
        let ascii = all.chars().filter(char::is_ascii).fold(0, |found, each| found | 1 << u32::from(each));
        Set { ascii, all: all.to_owned() }
    }

    fn has(&self, character: char) -> bool {
        if character.is_ascii() {
            self.ascii >> u32::from(character) & 1 != 0
        } else {
            self.all.contains(character)
        }
    }
}

/// Give the ends of the piece between white space that a place is in.
fn around(text: &[u8], place: usize) -> (usize, usize) {
    let start = text[..place].iter().rposition(is_space).map_or(0, |space| space + 1);
    let end = text[place..].iter().position(is_space).map_or(text.len(), |space| place + space);
    (start, end)
}

/// White space as Python knows it.
fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r' | 0x1c..=0x1f)
}

fn has_run(piece: &str) -> bool {
    piece.as_bytes().windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
}
