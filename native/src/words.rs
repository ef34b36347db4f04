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

/// A word of a text, with its hash.
#[derive(Clone, Copy)]
pub struct Word<'text> {
    pub written: &'text [u8],
    hash: u64,
}

/// Cut a text that is ASCII, in small letters, into words.
pub fn cut(text: &str) -> Vec<Word<'_>> {
    let bytes = text.as_bytes();
    let mut words = Vec::with_capacity(bytes.len() / 5 + 1);
    let (mut start, mut hash) = (0, BASIS);
    for (place, &byte) in bytes.iter().enumerate() {
        if IN_WORDS[byte as usize] {
            hash = mixed(hash, byte);
            continue;
        }
        if start < place {
            words.push(Word { written: &bytes[start..place], hash });
            hash = BASIS;
        }
        start = place + 1;
    }
    if start < bytes.len() {
        words.push(Word { written: &bytes[start..], hash });
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

/// FNV-1a (Fowler, Noll, Vo): cheap for words, and nobody can put words of his own into the table.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn mixed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

/// Bytes of a word that is kept beside its row; hardly any is longer.
const SHORT: usize = 14;
/// In place of a length: the word is longer.
const LONG: u8 = u8::MAX;

/// What is known of a word, in one line of a processor's cache.
#[repr(C, align(64))]
pub struct Entry<Row> {
    pub row: Row,
    /// What else is to be known of it.
    pub mark: u8,
    length: u8,
    word: [u8; SHORT],
}

/// Known words, each with a row and a mark.
pub struct Known<Row> {
    /// Parts of hashes and places of entries; a place beyond all is none. At least half are none, and a word is in the first
    /// of them from where its hash leads.
    slots: Vec<(u32, u32)>,
    entries: Vec<Entry<Row>>,
    /// The words that are longer, by the places of their entries.
    long: HashMap<usize, Box<[u8]>>,
}

impl<Row> Known<Row> {
    /// Make room for so many words.
    pub fn new(count: usize) -> Self {
        let size = (2 * count + 1).next_power_of_two();
        Known { slots: vec![(0, u32::MAX); size], entries: Vec::with_capacity(count), long: HashMap::new() }
    }

    pub fn add(&mut self, written: &[u8], row: Row, mark: u8) {
        let hash = written.iter().fold(BASIS, |hash, &byte| mixed(hash, byte));
        let place = self.entries.len();
        let mut slot = self.slot(hash);
        while self.slots[slot].1 != u32::MAX {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = (hash as u32, place as u32);
        let (mut word, mut length) = ([0; SHORT], LONG);
        if let Some(short) = word.get_mut(..written.len()) {
            short.copy_from_slice(written);
            length = written.len() as u8;
        } else {
            self.long.insert(place, written.into());
        }
        self.entries.push(Entry { row, mark, length, word });
    }

    /// Give what is known of a word, and its place among all.
    pub fn find(&self, word: Word<'_>) -> Option<(usize, &Entry<Row>)> {
        let mut slot = self.slot(word.hash);
        loop {
            let (hash, place) = self.slots[slot];
            let (place, entry) = (place as usize, self.entries.get(place as usize)?);
            if hash == word.hash as u32 && self.is(place, entry, word.written) {
                return Some((place, entry));
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    pub fn row(&self, place: usize) -> &Row {
        &self.entries[place].row
    }

    fn is(&self, place: usize, entry: &Entry<Row>, written: &[u8]) -> bool {
        if entry.length == LONG {
            return self.long.get(&place).is_some_and(|word| **word == *written);
        }
        entry.length as usize == written.len() && entry.word[..written.len()] == *written
    }

    fn slot(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.slots.len() - 1)
    }
}
