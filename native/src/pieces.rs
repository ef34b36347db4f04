//! Pieces of a text whose letters are parted by signs, such as `well-known` and `example.com`, which may disguise a word.
//!
//! Says of most that they do not, as `readings` of guard/disguise.py would; of one with a digit or another sign that may
//! stand for a letter, it cannot tell.

use std::collections::HashSet;

use pyo3::prelude::*;
use regex::Regex;

use crate::innocence::MEMORY;
use crate::pattern::compiled;

/// What may stand for a letter, or hide one.
const DISGUISING: [char; 9] = ['@', '$', '|', '*', '#', '+', '!', '_', '('];

/// What pieces are told by.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Rules {
    /// The pattern of where a sign parts letters, in a folded text.
    parted: String,
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
    parted: Regex,
    stems: Regex,
    rules: Rules,
}

impl Pieces {
    pub fn new(rules: Rules) -> PyResult<Self> {
        Ok(Pieces { parted: compiled(&rules.parted, MEMORY)?, stems: compiled(&rules.stems, MEMORY)?, rules })
    }

    /// Say whether it is certain that no piece of a folded text disguises a word.
    pub fn harmless(&self, folded: &str) -> bool {
        let suspicious = |piece: &&str| self.parted.is_match(piece);
        !self.parted.is_match(folded) || folded.split(is_space).filter(suspicious).all(|piece| self.is_harmless(piece))
    }

    fn is_harmless(&self, piece: &str) -> bool {
        let piece = piece.trim_matches(|each| self.rules.around.contains(each));
        if piece.chars().nth(self.rules.longest).is_some() {
            return true;
        }
        let bare: String =
            piece.trim_end_matches('!').chars().filter(|each| !self.rules.between.contains(*each)).collect();
        !bare.contains(|each: char| each.is_ascii_digit() || DISGUISING.contains(&each))
            && !has_run(&bare)
            && !self.rules.words.contains(&bare)
            && !self.stems.is_match(&bare)
    }
}

/// White space as Python knows it.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r' | '\x1c'..='\x1f')
}

fn has_run(piece: &str) -> bool {
    piece.as_bytes().windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
}
