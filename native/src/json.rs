//! JSON that is read where it stands: checked, and nothing made of it.
//!
//! Reads less than Python's reader does, so that what is read here is JSON there, too: numbers that are short, nothing
//! nested deeply, no halves of characters, and no name twice where names matter.

use std::ops::Range;

use memchr::memchr2;

/// How deep values may be nested.
const DEEPEST: usize = 32;

/// Fields of an object whose names matter.
const MOST_NAMES: usize = 40;

/// Characters of a number, digits of its exponent, and of a number that counts.
const LONGEST_NUMBER: usize = 24;
const LONGEST_EXPONENT: usize = 2;
const LONGEST_COUNT: usize = 16;

/// A string between its quotes.
#[derive(Clone, Copy)]
pub struct Text<'json> {
    pub start: usize,
    pub written: &'json str,
    /// Whether something in it is written by a backslash.
    pub escaped: bool,
}

impl Text<'_> {
    /// Give where it stands, without its quotes.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.written.len()
    }
}

/// A value, as far as it tells something.
pub enum Value<'json> {
    Text(Text<'json>),
    /// A number without sign, fraction and exponent.
    Count(u64),
    Number,
    True,
    /// Null, false, and an object or array.
    Other,
}

/// Reads on and on; None, once what comes is not JSON or not what was asked for.
#[derive(Clone, Copy)]
pub struct Reader<'json> {
    json: &'json str,
    at: usize,
    depth: usize,
    /// Whether there are control characters, such as ends of lines; a string may hold none.
    has_controls: bool,
}

impl<'json> Reader<'json> {
    pub fn new(json: &'json str) -> Self {
        Reader { json, at: 0, depth: 0, has_controls: has_controls(json) }
    }

    /// Say that nothing comes any more.
    pub fn end(&mut self) -> Option<()> {
        self.skip_blanks();
        self.next().is_none().then_some(())
    }

    /// Read by `read`, or give nothing and stay.
    pub fn attempt<Found>(&mut self, read: impl FnOnce(&mut Self) -> Option<Found>) -> Option<Found> {
        let before = *self;
        let found = read(self);
        if found.is_none() {
            *self = before;
        }
        found
    }

    /// Say whether the next value begins so.
    pub fn begins(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        self.next() == Some(byte)
    }

    /// Read an object that has each of its names once; `field` reads the value of a name.
    pub fn object(&mut self, mut field: impl FnMut(&mut Self, &'json str) -> Option<()>) -> Option<()> {
        let (mut names, mut count) = ([""; MOST_NAMES], 0);
        self.entries(b'{', b'}', |reader| {
            let name = reader.text().filter(|name| !name.escaped && !names[..count].contains(&name.written))?;
            *names.get_mut(count)? = name.written;
            count += 1;
            reader.byte(b':')?;
            field(reader, name.written)
        })
    }

    /// Read an array; `item` reads a value.
    pub fn array(&mut self, item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.entries(b'[', b']', item)
    }

    /// Read any value.
    pub fn value(&mut self) -> Option<Value<'json>> {
        self.skip_blanks();
        match self.next()? {
            b'"' => self.text().map(Value::Text),
            b'{' => {
                self.entries(b'{', b'}', |reader| {
                    reader.text()?;
                    reader.byte(b':')?;
                    reader.value().map(drop)
                })?;
                Some(Value::Other)
            }
            b'[' => {
                self.array(|reader| reader.value().map(drop))?;
                Some(Value::Other)
            }
            b't' => self.word("true", Value::True),
            b'f' => self.word("false", Value::Other),
            b'n' => self.word("null", Value::Other),
            _ => self.number(),
        }
    }

    /// Read a string.
    pub fn text(&mut self) -> Option<Text<'json>> {
        self.byte(b'"')?;
        let (start, mut escaped) = (self.at, false);
        loop {
            self.at += memchr2(b'"', b'\\', &self.json.as_bytes()[self.at..])?;
            if self.next() == Some(b'"') {
                break;
            }
            escaped = true;
            self.escape()?;
        }
        let written = &self.json[start..self.at];
        self.at += 1;
        (!self.has_controls || !has_controls(written)).then_some(Text { start, written, escaped })
    }

    fn skip_blanks(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn next(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value<'json>) -> Option<Value<'json>> {
        self.json[self.at..].starts_with(word).then(|| self.at += word.len()).map(|()| value)
    }

    /// Read what stands between brackets, parted by commas.
    fn entries(&mut self, open: u8, close: u8, mut entry: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.byte(open)?;
        if self.byte(close).is_some() {
            return Some(());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        loop {
            entry(self)?;
            if self.byte(b',').is_none() {
                self.depth -= 1;
                return self.byte(close);
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let bytes = self.json.as_bytes();
        let size = match bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => code(bytes.get(self.at + 2..self.at + 6)?).map(|_| 6)?,
            _ => return None,
        };
        self.at += size;
        Some(())
    }

    fn number(&mut self) -> Option<Value<'json>> {
        let rest = &self.json.as_bytes()[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let more = rest[digits..].iter().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
        let written = &self.json[self.at..self.at + digits + more];
        self.at += digits + more;
        if more == 0 {
            let is_count = digits < LONGEST_COUNT && !(digits > 1 && rest[0] == b'0');
            return written.parse().ok().filter(|_| is_count).map(Value::Count);
        }
        // Python takes -0 for the whole number 0.
        (is_number(written) && written != "-0").then_some(Value::Number)
    }
}

/// Look for control characters; at all bytes, for it is faster to look at many at once than to stop at the first.
fn has_controls(json: &str) -> bool {
    json.bytes().fold(false, |found, byte| found | (byte < b' '))
}

/// Say whether something is a number by JSON's grammar.
fn is_number(written: &str) -> bool {
    let amount = written.strip_prefix('-').unwrap_or(written);
    let (amount, exponent) = amount.split_once(['e', 'E']).unwrap_or((amount, "0"));
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let fits = written.len() <= LONGEST_NUMBER && exponent.len() <= LONGEST_EXPONENT;
    let leads = whole.len() > 1 && whole.starts_with('0');
    fits && !leads && [whole, fraction, exponent].into_iter().all(is_digits)
}

fn is_digits(written: &str) -> bool {
    !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit())
}

/// Read the code of a character that is written as one; half of a pair is none.
fn code(written: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(written).ok().filter(|_| written.iter().all(u8::is_ascii_hexdigit))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

/// Give what a string that was read says.
pub fn spoken(written: &str) -> String {
    let mut said = String::with_capacity(written.len());
    let mut parts = written.split('\\');
    said.extend(parts.next());
    while let Some(part) = parts.next() {
        let Some(&kind) = part.as_bytes().first() else {
            // A backslash of its own, and what follows the one that ends it.
            said.push('\\');
            said.extend(parts.next());
            continue;
        };
        let size = if kind == b'u' { 5 } else { 1 };
        said.extend(match kind {
            b'u' => code(&part.as_bytes()[1..size]),
            b'b' => Some('\u{8}'),
            b'f' => Some('\u{c}'),
            b'n' => Some('\n'),
            b'r' => Some('\r'),
            b't' => Some('\t'),
            other => Some(char::from(other)),
        });
        said.push_str(&part[size..]);
    }
    said
}
