//! The texts of a whole answer: content, reasoning, tools' arguments, of every choice or item.
//!
//! Does what `texts_of_answer` of guard/openai/answer.py does.

use crate::json::{spoken, Reader, Text, Value};
use crate::names::Names;
use crate::texts::Found;

/// What a response says that it is.
const RESPONSE: &str = "response";

/// What is known of an answer's fields, by their names.
pub struct Answered {
    /// Those without text, at the top.
    pub no_text: Names,
    /// Those of a response that repeat the request.
    pub repeated: Names,
    /// Those whose texts are no language.
    pub coded: Names,
    /// The one with chances of tokens, below which nothing is.
    pub chances: String,
}

/// Reads the values of an answer's fields.
pub struct Walk<'names, 'json> {
    answered: &'names Answered,
    /// Says whether a text is a word of a closed list, by its field.
    is_word: &'names dyn Fn(&str, &Text<'json>) -> Option<bool>,
    texts: Vec<Text<'json>>,
    repeated: Vec<Text<'json>>,
    is_response: bool,
}

impl<'names, 'json> Walk<'names, 'json> {
    pub fn new(answered: &'names Answered, is_word: &'names dyn Fn(&str, &Text<'json>) -> Option<bool>) -> Self {
        Walk { answered, is_word, texts: Vec::with_capacity(4), repeated: Vec::new(), is_response: false }
    }

    /// Read the value of a field at the top.
    pub fn field(&mut self, reader: &mut Reader<'json>, name: &'json str) -> Option<()> {
        if self.answered.no_text.contains(name) {
            let value = reader.value()?;
            self.is_response |=
                name == "object" && matches!(value, Value::Text(text) if spoken(text.written) == RESPONSE);
            return Some(());
        }
        let before = self.texts.len();
        self.value(reader, name, true)?;
        if self.answered.repeated.contains(name) {
            self.repeated.extend(self.texts.drain(before..));
        }
        Some(())
    }

    /// Give what was found.
    pub fn found(mut self) -> Found<'json> {
        if !self.is_response {
            self.texts.append(&mut self.repeated);
        }
        Found { texts: self.texts, more: Vec::new() }
    }

    /// Read a value; a text at the top may be no word of a closed list.
    fn value(&mut self, reader: &mut Reader<'json>, name: &'json str, at_top: bool) -> Option<()> {
        if reader.begins(b'{') {
            return reader.object(|reader, name| {
                if name == self.answered.chances {
                    return reader.value().map(drop);
                }
                self.value(reader, name, false)
            });
        }
        if reader.begins(b'[') {
            return reader.array(|reader| self.value(reader, "", false));
        }
        if let Value::Text(text) = reader.value()? {
            let no_text = text.written.is_empty() || self.answered.coded.contains(name);
            if !no_text && (at_top || !(self.is_word)(name, &text)?) {
                self.texts.push(text);
            }
        }
        Some(())
    }
}
