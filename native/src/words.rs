//! Words of ASCII texts, and a table that knows some of them.

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
    let mut place = 0;
    while place < bytes.len() {
        let (start, mut hash) = (place, BASIS);
        while let Some(&byte) = bytes.get(place).filter(|byte| IN_WORDS[**byte as usize]) {
            hash = mixed(hash, byte);
            place += 1;
        }
        if start < place {
            words.push(Word { written: &bytes[start..place], hash });
        }
        place += 1;
    }
    words
}

/// FNV-1a (Fowler, Noll, Vo): cheap for words, and nobody can put words of his own into the table.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn mixed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

/// Known words, each with its place in the list that they came in.
pub struct Known {
    /// At least half of the slots are empty. A word is in the first empty one from where its hash leads.
    slots: Vec<Option<(u64, u32)>>,
    words: Vec<Box<[u8]>>,
}

impl Known {
    pub fn new(words: Vec<Box<[u8]>>) -> Self {
        let size = (2 * words.len() + 1).next_power_of_two();
        let mut known = Known { slots: vec![None; size], words };
        for place in 0..known.words.len() {
            let hash = known.words[place].iter().fold(BASIS, |hash, &byte| mixed(hash, byte));
            let mut slot = known.slot(hash);
            while known.slots[slot].is_some() {
                slot = (slot + 1) & (known.slots.len() - 1);
            }
            known.slots[slot] = Some((hash, place as u32));
        }
        known
    }

    /// Give the place of a word.
    pub fn find(&self, word: Word<'_>) -> Option<usize> {
        let mut slot = self.slot(word.hash);
        while let Some((hash, place)) = self.slots[slot] {
            if hash == word.hash && *self.words[place as usize] == *word.written {
                return Some(place as usize);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    fn slot(&self, hash: u64) -> usize {
        (hash ^ (hash >> 32)) as usize & (self.slots.len() - 1)
    }
}
