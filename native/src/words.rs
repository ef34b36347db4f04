//! Words of texts, and a table that knows some of them.

use std::collections::HashMap;

/// Bytes of a word that is kept beside its row; hardly any is longer.
const SHORT: usize = 15;
const LETTERS: u64 = u64::MAX >> 8;
/// What a tail is of a word that is longer, beside where it stands.
const LONG: u64 = !LETTERS;
/// One in each byte of a number.
const EACH: u64 = 0x0101_0101_0101_0101;
const HIGHEST: u64 = 0x80 * EACH;
/// What makes the highest bit of a byte tell that it is not below `a`, and that it is beyond `z`.
const FROM_A: u64 = (0x80 - b'a' as u64) * EACH;
const BEYOND_Z: u64 = (0x7f - b'z' as u64) * EACH;

/// A word in small letters: its first bytes as two numbers, as many as are kept beside a row, and nought after the last; of
/// a longer one the second is LONG, and where it stands.
#[derive(Clone, Copy)]
pub struct Word {
    head: u64,
    tail: u64,
}

impl Word {
    /// Read the small letters that the rest of a text begins with, behind which there are spaces; there may be none.
    /// Gives besides how many there are.
    #[inline(always)]
    pub fn of_letters(rest: &[u8], start: usize) -> (Self, usize) {
        let (head, size) = letters(rest);
        if size < 8 {
            return (Word { head, tail: 0 }, size);
        }
        let (letters, size) = more_letters(&rest[8..]);
        (Word { head, tail: tail(letters, size, start) }, size)
    }

    /// Take what is known to be a word in small letters.
    pub fn whole(written: &[u8], start: usize) -> Self {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let (head, rest) = written.split_at(written.len().min(8));
        let letters = number(&rest[..rest.len().min(SHORT - 8)]);
        Word { head: number(head), tail: tail(letters, written.len(), start) }
    }

    /// Give a word as it stands in its text where it is too long to be kept.
    #[inline(always)]
    pub fn long<'text>(&self, text: &'text [u8]) -> Option<&'text [u8]> {
        if self.tail < LONG {
            return None;
        }
        let rest = &text[(self.tail & LETTERS) as usize..];
        Some(&rest[..rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()])
    }

    /// Give a word of which all is kept; None for a longer one.
    pub fn short(self) -> Option<Self> {
        (self.tail < LONG).then_some(self)
    }

    /// Give the letters that are kept of a word, and noughts.
    pub fn letters(&self) -> [u8; 16] {
        (u128::from(self.tail) << 64 | u128::from(self.head)).to_le_bytes()
    }

    /// Give the letters of a word that has eight at most.
    #[inline(always)]
    pub fn few_letters(&self) -> Option<u64> {
        (self.tail == 0).then_some(self.head)
    }

    /// Mix all bits into the highest; nobody can put words of his own into the table.
    #[inline(always)]
    fn hash(&self) -> u64 {
        (self.head ^ self.tail.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

fn tail(letters: u64, size: usize, start: usize) -> u64 {
    if size > SHORT {
        start as u64 | LONG
    } else {
        letters
    }
}

/// Give what is kept of a word behind its first eight letters, and how many it has in all.
#[inline(never)]
fn more_letters(rest: &[u8]) -> (u64, usize) {
    let (tail, mut more) = letters(rest);
    let mut size = more;
    while more == 8 {
        (_, more) = letters(&rest[size..]);
        size += more;
    }
    (tail & LETTERS, 8 + size)
}

/// Give the small letters that a text begins with, eight at most, and how many there are.
///
/// All eight bytes at once: each byte's highest bit becomes whether it is something else, by sums that carry nothing over.
#[inline(always)]
fn letters(text: &[u8]) -> (u64, usize) {
    let bytes = text.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
    let low = bytes & !HIGHEST;
    let others = (!(low + FROM_A) | (low + BEYOND_Z) | bytes) & HIGHEST;
    match others {
        0 => (bytes, 8),
        // All bits below the first of these are of letters.
        _ => (bytes & ((others ^ (others - 1)) >> 8), others.trailing_zeros() as usize / 8),
    }
}

/// What is known of a word, in one line of a processor's cache.
#[repr(C, align(64))]
pub struct Entry<Row> {
    pub row: Row,
    head: u64,
    /// The rest of the word, and the mark.
    tail: u64,
}

impl<Row> Entry<Row> {
    /// Give what else is to be known of the word.
    pub fn mark(&self) -> u8 {
        (self.tail >> 56) as u8
    }
}

/// Known words, each with a row and a mark.
pub struct Known<Row> {
    /// Parts of hashes and places of entries; a place beyond all is none. At least half are none, and a word is in the first
    /// of them from where its hash leads.
    slots: Vec<(u32, u32)>,
    /// Bits of a hash that do not lead there.
    shift: u32,
    entries: Vec<Entry<Row>>,
    /// The places of words that are longer than what is kept of them.
    long: HashMap<Box<[u8]>, u32>,
}

impl<Row> Known<Row> {
    /// Make room for so many words.
    pub fn new(count: usize) -> Self {
        let size = (2 * count + 2).next_power_of_two();
        let shift = u64::BITS - size.trailing_zeros();
        Known { slots: vec![(0, u32::MAX); size], shift, entries: Vec::with_capacity(count), long: HashMap::new() }
    }

    pub fn add(&mut self, written: &[u8], row: Row, mark: u8) {
        let (word, place) = (Word::whole(written, 0), self.entries.len() as u32);
        if written.len() > SHORT {
            self.long.insert(written.into(), place);
        } else {
            let mut slot = (word.hash() >> self.shift) as usize;
            while self.slots[slot].1 != u32::MAX {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = (word.hash() as u32, place);
        }
        self.entries.push(Entry { row, head: word.head, tail: word.tail & LETTERS | u64::from(mark) << 56 });
    }

    /// Give the place of a text's word among all that are known, and what is known of it.
    #[inline(always)]
    pub fn find(&self, word: Word, text: &[u8]) -> Option<(u32, &Entry<Row>)> {
        if word.tail >= LONG {
            return self.find_long(word.long(text)?);
        }
        let hash = word.hash();
        let mut slot = (hash >> self.shift) as usize;
        loop {
            let (part, place) = *self.slots.get(slot)?;
            let entry = self.entries.get(place as usize)?;
            if part == hash as u32 && entry.head == word.head && (entry.tail ^ word.tail) << 8 == 0 {
                return Some((place, entry));
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    #[cold]
    #[inline(never)]
    fn find_long(&self, written: &[u8]) -> Option<(u32, &Entry<Row>)> {
        let place = *self.long.get(written)?;
        Some((place, &self.entries[place as usize]))
    }
}
