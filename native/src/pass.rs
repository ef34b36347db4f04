//! One pass over a text: cuts it into words, looks them up, and notices what may be suspicious.
//!
//! What it does not notice is certain not to be there; what it notices, patterns look at.

use pyo3::prelude::*;

use crate::words::Word;

/// Marks of known words: one that a phrase needs, one that is to be found itself, one that may have a stem, and one that
/// adds nothing.
pub const NEEDED: u8 = 1;
pub const LISTED: u8 = 2;
pub const ODD: u8 = 4;
pub const PLAIN: u8 = 8;

/// What a byte is: a part of words.
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const LOW_LINE: u8 = 4;
const IN_WORDS: u8 = LETTER | DIGIT | LOW_LINE;
/// Suspicious before a letter, and behind one.
const BEFORE: u8 = 8;
const BEHIND: u8 = 16;
/// Parts letters where it stands before one.
const PARTING: u8 = 32;

/// Spaces behind a text, so that it may be read beyond its end.
pub const BEYOND: &str = "                ";

/// What is noticed.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Signs {
    /// Characters that are suspicious before a letter, and behind one.
    before: String,
    behind: String,
    /// Those that part letters where they stand before one.
    parting: String,
    /// The first letters of stems that stand anywhere in a word, and of those that begin one.
    pub inside: Vec<String>,
    pub beginning: Vec<String>,
}

impl Signs {
    /// Give those that are no digits.
    pub fn others(&self) -> impl Iterator<Item = char> + '_ {
        let all = self.before.chars().chain(self.behind.chars()).chain(self.parting.chars());
        all.filter(|each| !each.is_ascii_digit())
    }
}

/// What was seen in a text.
pub struct Seen {
    pub words: Vec<Word>,
    /// The letters, from one digit or low line to the next, of words that have such: tier 0 reads them, and tier 1 does not.
    pub units: Vec<Word>,
    /// Where a piece of the text is that may disguise a word: it has a sign that parts letters, or digits or low lines
    /// beside letters.
    pub pieces: Vec<usize>,
    /// All marks of its words together.
    pub marks: u8,
    /// Letters of a word that is taken at least.
    least: usize,
    /// Words of one letter or digit that stood one after another last.
    single: usize,
}

impl Seen {
    pub fn has(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    #[inline(always)]
    fn take(&mut self, word: Word, size: usize) {
        if size > 1 {
            self.single = 0;
        } else {
            self.single += 1;
            // Letters or digits that stand apart may be a word.
            self.marks |= if self.single == 3 { ODD } else { 0 };
            if self.least > 1 {
                return;
            }
        }
        self.words.push(word);
    }
}

pub struct Pass {
    /// What each byte is; what is beyond ASCII is nothing.
    classes: [u8; 256],
}

impl Pass {
    pub fn new(signs: &Signs) -> Self {
        Pass { classes: std::array::from_fn(|code| class(code as u8, signs)) }
    }

    /// Go over a folded text, behind which there is BEYOND, and take the words that are long enough; None where there is
    /// something suspicious.
    #[inline(never)]
    pub fn over(&self, text: &[u8], least: usize) -> Option<Seen> {
        let words = Vec::with_capacity(text.len() / 6 + 4);
        let mut seen = Seen { words, units: Vec::new(), pieces: Vec::new(), marks: 0, least, single: 0 };
        let (mut rest, mut before) = (text, 0);
        while rest.len() > BEYOND.len() {
            let start = text.len() - rest.len();
            let (word, size) = Word::of_letters(rest, start);
            if size == 0 {
                before = self.class(rest[0]);
                rest = if before & IN_WORDS == 0 { &rest[1..] } else { self.mixed(rest, start, &mut seen)? };
                continue;
            }
            let (&behind, others) = rest.get(size..)?.split_first()?;
            let after = self.class(behind);
            if (before & BEFORE) | (after & BEHIND) != 0 {
                if before & BEFORE != 0 || after & IN_WORDS == 0 {
                    return None;
                }
                rest = self.mixed(rest, start, &mut seen)?;
                continue;
            }
            if before & PARTING != 0 {
                seen.pieces.push(start);
            }
            seen.take(word, size);
            (rest, before) = (others, after);
        }
        Some(seen)
    }

    #[inline(always)]
    fn class(&self, byte: u8) -> u8 {
        self.classes[usize::from(byte)]
    }

    /// Take a word that has a digit or a low line, and give what is behind it; None where its letters are too many.
    #[cold]
    #[inline(never)]
    fn mixed<'text>(&self, rest: &'text [u8], start: usize, seen: &mut Seen) -> Option<&'text [u8]> {
        let classes = || rest.iter().map(|&byte| self.class(byte)).take_while(|class| class & IN_WORDS != 0);
        let (all, size) = (classes().fold(0, |all, class| all | class), classes().count());
        if all & (LETTER | LOW_LINE) != 0 {
            seen.marks |= ODD;
        }
        if all & LETTER != 0 {
            seen.pieces.push(start);
            let mut place = 0;
            while place < size {
                let (unit, letters) = Word::of_letters(&rest[place..], start + place);
                if letters > 0 {
                    seen.units.push(unit.short()?);
                }
                place += letters.max(1);
            }
        }
        seen.take(Word::whole(&rest[..size], start), size);
        Some(&rest[size..])
    }
}

/// Say what a byte is. A digit or a low line behind a letter makes another kind of word of it, whatever else is suspicious.
fn class(byte: u8, signs: &Signs) -> u8 {
    let character = char::from(byte);
    let own = match character {
        'a'..='z' => LETTER,
        '0'..='9' => DIGIT | BEHIND,
        '_' => LOW_LINE | BEHIND,
        _ => 0,
    };
    let listed = [(&signs.before, BEFORE), (&signs.behind, BEHIND), (&signs.parting, PARTING)];
    let is_in = |characters: &&(&String, u8)| byte.is_ascii() && characters.0.contains(character);
    listed.iter().filter(is_in).fold(own, |all, (_, mark)| all | mark)
}
