//! Pieces of a text whose letters are parted by signs, such as `well-known` and `example.com`, which may disguise a word.
//!
//! Says of most that they do not, as `readings` of guard/disguise.py would; of one with a digit or another sign that may
//! stand for a letter, it cannot tell.

use std::collections::HashSet;

use pyo3::prelude::*;
use regex::Regex;

use crate::innocence::MEMORY;
use crate::pattern::compiled;
use crate::stems::Stems;

/// What may stand for a letter, or hide one.
const DISGUISING: [char; 9] = ['@', '$', '|', '*', '#', '+', '!', '_', '('];

/// What pieces are told by.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Rules {
    /// The pattern of a stem in a piece.
    stems: String,
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
    words: HashSet<String>,
    around: Set,
    between: Set,
    longest: usize,
}

impl Pieces {
    pub fn new(rules: Rules) -> PyResult<Self> {
        let (around, between) = (Set::of(&rules.around), Set::of(&rules.between));
        Ok(Pieces {
            stems: compiled(&rules.stems, MEMORY)?,
            words: rules.words,
            around,
            between,
            longest: rules.longest,
        })
    }

    /// Say whether it is certain that no piece of a folded text disguises a word in which signs part letters at places.
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
        !bare.contains(|each: char| each.is_ascii_digit() || DISGUISING.contains(&each))
            && !self.words.contains(&bare)
            && !(stems.may_be_anywhere_in(bare.as_bytes()) && (has_run(&bare) || self.stems.is_match(&bare)))
    }
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
