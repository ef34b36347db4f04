//! Words of ASCII texts, and a table that knows some of them.

use std::collections::HashMap;

/// Which characters are in words, by their bytes; what is beyond ASCII is in none.
const IN_WORDS: [bool; 256] = {
    let mut found = [false; 256];
    let mut code = 0;
    while code < 128 {
        found[code] = (code as u8).is_ascii_alphanumeric() || code as u8 == b'_';
        code += 1;
    }
    found
};

/// Bytes of a word that is kept beside its row; hardly any is longer.
const SHORT: usize = 15;
/// The bits of a tail that are of the word.
const LETTERS: u64 = u64::MAX >> 8;

/// A word of a text, and its first bytes as two numbers: as many as are kept beside a row, and nought after the last.
#[derive(Clone, Copy)]
pub struct Word<'text> {
    pub written: &'text [u8],
    head: u64,
    tail: u64,
}

impl<'text> Word<'text> {
    /// Take what stands between two places of a text.
    #[inline]
    fn at(bytes: &'text [u8], start: usize, end: usize) -> Self {
        let size = end - start;
        let head = number(bytes, start, size.min(8));
        let tail = if size > 8 { number(bytes, start + 8, size.min(SHORT) - 8) } else { 0 };
        Word { written: &bytes[start..end], head, tail }
    }

    /// Mix all bits; nobody can put words of his own into the table.
    fn hash(&self) -> u64 {
        let mixed = (self.head ^ self.tail.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 32)
    }
}

/// Read 1 to 8 bytes as a number: with those behind them, which is faster, but at the end of a text.
#[inline]
fn number(bytes: &[u8], start: usize, size: usize) -> u64 {
    match bytes.get(start..).and_then(<[u8]>::first_chunk) {
        Some(eight) => u64::from_le_bytes(*eight) & (u64::MAX >> (64 - 8 * size)),
        None => bytes[start..start + size].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)),
    }
}

/// Cut a text that is ASCII, in small letters, into words.
pub fn cut(text: &str) -> Vec<Word<'_>> {
    let bytes = text.as_bytes();
    let mut words = Vec::with_capacity(bytes.len() / 4 + 1);
    let mut start = 0;
    for (place, &byte) in bytes.iter().enumerate() {
        if !IN_WORDS[byte as usize] {
            if start < place {
                words.push(Word::at(bytes, start, place));
            }
            start = place + 1;
        }
    }
    if start < bytes.len() {
        words.push(Word::at(bytes, start, bytes.len()));
    }
    words
}

/// Write the units of a folded ASCII text, one space apart: runs of letters, and a full stop for each end of a sentence.
pub fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 16);
    let mut apart = false;
    for character in text.chars() {
        let stop = matches!(character, '.' | '?' | '!' | ';' | ':' | '\n');
        if !stop && !character.is_ascii_alphabetic() {
            apart = true;
            continue;
        }
        if (stop || apart) && !line.is_empty() {
            line.push(' ');
        }
        line.push(if stop { '.' } else { character });
        apart = stop;
    }
    line
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
    entries: Vec<Entry<Row>>,
    /// The places of words that are longer than what is kept of them.
    long: HashMap<Box<[u8]>, usize>,
}

impl<Row> Known<Row> {
    /// Make room for so many words.
    pub fn new(count: usize) -> Self {
        let size = (2 * count + 1).next_power_of_two();
        Known { slots: vec![(0, u32::MAX); size], entries: Vec::with_capacity(count), long: HashMap::new() }
    }

    pub fn add(&mut self, written: &[u8], row: Row, mark: u8) {
        let (word, place) = (Word::at(written, 0, written.len()), self.entries.len());
        if written.len() > SHORT {
            self.long.insert(written.into(), place);
        } else {
            let mut slot = self.slot(word.hash());
            while self.slots[slot].1 != u32::MAX {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = (word.hash() as u32, place as u32);
        }
        self.entries.push(Entry { row, head: word.head, tail: word.tail | u64::from(mark) << 56 });
    }

    /// Give what is known of a word, and its place among all.
    pub fn find(&self, word: Word<'_>) -> Option<(usize, &Entry<Row>)> {
        if word.written.len() > SHORT {
            return self.long.get(word.written).map(|&place| (place, &self.entries[place]));
        }
        let hash = word.hash();
        let mut slot = self.slot(hash);
        loop {
            let (part, place) = self.slots[slot];
            let (place, entry) = (place as usize, self.entries.get(place as usize)?);
            if part == hash as u32 && entry.head == word.head && entry.tail & LETTERS == word.tail {
                return Some((place, entry));
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    pub fn row(&self, place: usize) -> &Row {
        &self.entries[place].row
    }

    fn slot(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.slots.len() - 1)
    }
}
