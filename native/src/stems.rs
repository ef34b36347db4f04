//! Whether a word may have a stem of profanity, or a letter three times in a row: a cheap look before the patterns'.

use crate::words::Word;

/// Letters by which stems are told.
const SIZE: usize = 4;
/// Bits of a hash of as many letters.
const BITS: u32 = 11;
/// Where stems stand: anywhere in a word, or only where it begins.
const INSIDE: u8 = 1;
const BEGINNING: u8 = 2;

/// The first letters of stems.
pub struct Stems {
    /// Where stems stand whose first letters have a hash.
    hashed: Box<[u8; 1 << BITS]>,
    /// First letters, and where their stems stand.
    first: Vec<(u32, u8)>,
}

impl Stems {
    /// Take the first letters of stems that stand anywhere in a word, and of those that begin one; None unless each has as
    /// many as are looked at.
    pub fn new(inside: &[String], beginning: &[String]) -> Option<Self> {
        let mut made = Stems { hashed: Box::new([0; 1 << BITS]), first: Vec::new() };
        let marked = inside.iter().map(|each| (each, INSIDE)).chain(beginning.iter().map(|each| (each, BEGINNING)));
        for (letters, mark) in marked {
            let letters = u32::from_le_bytes(letters.as_bytes().try_into().ok()?);
            made.hashed[hash(letters)] |= mark;
            made.first.push((letters, mark));
        }
        Some(made)
    }

    /// Say whether a text's word may have a stem, or has a run of one letter.
    #[inline(always)]
    pub fn may_be_in(&self, word: Word, text: &[u8]) -> bool {
        match word.few_letters() {
            Some(rest) if rest < 1 << 16 => false,
            Some(rest) => self.may_be_in_few(rest),
            None => self.may_be_in_many(word, text),
        }
    }

    #[inline(always)]
    fn may_be_in_few(&self, mut rest: u64) -> bool {
        let mut asked = INSIDE | BEGINNING;
        while rest >= 1 << (8 * (SIZE - 1)) {
            if self.tells(rest as u32, asked) {
                return true;
            }
            (rest, asked) = (rest >> 8, INSIDE);
        }
        is_run(rest as u32)
    }

    #[inline(never)]
    fn may_be_in_many(&self, word: Word, text: &[u8]) -> bool {
        let letters = word.letters();
        let written = word.long(text).unwrap_or_else(|| letters.split(|&byte| byte == 0).next().unwrap_or_default());
        self.tell_of(written, INSIDE)
    }

    /// Say whether a piece of a text may have a stem, wherever a word begins in it, or has a run of one character.
    pub fn may_be_anywhere_in(&self, piece: &[u8]) -> bool {
        self.tell_of(piece, INSIDE | BEGINNING)
    }

    fn tell_of(&self, written: &[u8], later: u8) -> bool {
        let mut asked = INSIDE | BEGINNING;
        let tells =
            |letters: &[u8; SIZE]| self.tells(u32::from_le_bytes(*letters), std::mem::replace(&mut asked, later));
        written.windows(SIZE).filter_map(<[u8]>::first_chunk).any(tells)
            || matches!(written, [.., one, two, three] if one == two && two == three)
    }

    /// Say whether so many letters begin a stem, or with a run.
    #[inline(always)]
    fn tells(&self, letters: u32, asked: u8) -> bool {
        is_run(letters) || (self.hashed[hash(letters)] & asked != 0 && self.has(letters, asked))
    }

    #[cold]
    #[inline(never)]
    fn has(&self, letters: u32, asked: u8) -> bool {
        self.first.iter().any(|&(first, mark)| first == letters && mark & asked != 0)
    }
}

fn hash(letters: u32) -> usize {
    (letters.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

/// Say whether the first three of four bytes are the same.
fn is_run(letters: u32) -> bool {
    (letters ^ (letters >> 8)) as u16 == 0
}
