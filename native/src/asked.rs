//! The texts of a request: every text, whatever field it hides in.
//!
//! Does what `texts_of_request` and `joined_texts` of guard/openai/request.py do; of files and of what cannot be read, but
//! pictures and sounds, it says that it cannot tell.

use crate::json::{Reader, Text, Value};
use crate::names::Names;
use crate::texts::{begins_file, is_media, joined, Found};

/// Embeddings of a prompt, which nothing can read.
const EMBEDS: &str = "prompt_embeds";
/// Fields of messages, of which each may have several parts.
const CONVERSATIONS: [&str; 2] = ["messages", "input"];

/// What is known of a request's fields, by their names.
pub struct Asked {
    /// Those without text, at the top.
    pub no_text: Names,
    /// Those whose numbers are tokens.
    pub tokens: Names,
    /// Those whose texts are read in a way of their own.
    pub marked: Names,
    /// Those that are no texts themselves.
    pub known: Names,
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place<'json> {
    Top(&'json str),
    Field(&'json str),
    Item,
}

/// Reads the values of a request's fields.
pub struct Walk<'names, 'json> {
    asked: &'names Asked,
    /// Says whether a text is a word of a closed list, by its field.
    is_word: &'names dyn Fn(&str, &Text<'json>) -> Option<bool>,
    texts: Vec<Text<'json>>,
    unknown: Vec<&'json str>,
    more: Vec<String>,
    /// Whether numbers in lists are tokens.
    in_tokens: bool,
}

impl<'names, 'json> Walk<'names, 'json> {
    pub fn new(asked: &'names Asked, is_word: &'names dyn Fn(&str, &Text<'json>) -> Option<bool>) -> Self {
        let texts = Vec::with_capacity(8);
        Walk { asked, is_word, texts, unknown: Vec::new(), more: Vec::new(), in_tokens: false }
    }

    /// Read the value of a field at the top.
    pub fn field(&mut self, reader: &mut Reader<'json>, name: &'json str) -> Option<()> {
        if self.asked.no_text.contains(name) {
            return reader.value().map(drop);
        }
        self.in_tokens = self.asked.tokens.contains(name);
        self.name(name);
        match name {
            EMBEDS => None,
            _ if CONVERSATIONS.contains(&name) && reader.begins(b'[') => reader.array(|reader| self.message(reader)),
            _ => self.value(reader, Place::Top(name)),
        }
    }

    /// Give what was found: names that nobody knows are a text together.
    pub fn found(mut self) -> Found<'json> {
        if !self.unknown.is_empty() {
            self.unknown.sort_unstable();
            self.unknown.dedup();
            self.more.push(self.unknown.join("\n"));
        }
        Found { texts: self.texts, more: self.more }
    }

    fn name(&mut self, name: &'json str) {
        if !self.asked.known.contains(name) {
            self.unknown.push(name);
        }
    }

    fn value(&mut self, reader: &mut Reader<'json>, place: Place<'json>) -> Option<()> {
        if reader.begins(b'{') {
            return self.object(reader, |walk, reader, name| walk.value(reader, Place::Field(name)));
        }
        if reader.begins(b'[') {
            return reader.array(|reader| self.value(reader, Place::Item));
        }
        match reader.value()? {
            Value::Text(text) => self.text(place, text),
            Value::Count(_) | Value::Number => (!self.in_tokens || !matches!(place, Place::Item)).then_some(()),
            Value::True | Value::Other => Some(()),
        }
    }

    fn object(
        &mut self,
        reader: &mut Reader<'json>,
        mut field: impl FnMut(&mut Self, &mut Reader<'json>, &'json str) -> Option<()>,
    ) -> Option<()> {
        reader.object(|reader, name| {
            self.name(name);
            field(self, reader, name)
        })
    }

    /// Read a message; its parts are one text to the model.
    fn message(&mut self, reader: &mut Reader<'json>) -> Option<()> {
        if !reader.begins(b'{') {
            return self.value(reader, Place::Item);
        }
        self.object(reader, |walk, reader, name| match name {
            "content" if reader.begins(b'[') => walk.parts(reader),
            _ => walk.value(reader, Place::Field(name)),
        })
    }

    fn parts(&mut self, reader: &mut Reader<'json>) -> Option<()> {
        let mut parts = Vec::new();
        reader.array(|reader| {
            if !reader.begins(b'{') {
                return self.value(reader, Place::Item);
            }
            self.object(reader, |walk, reader, name| match name {
                "text" if reader.begins(b'"') => walk.part(reader, &mut parts),
                _ => walk.value(reader, Place::Field(name)),
            })
        })?;
        self.more.extend((parts.len() > 1).then(|| joined(&parts)));
        Some(())
    }

    /// Read a part, which has a text of its own.
    fn part(&mut self, reader: &mut Reader<'json>, parts: &mut Vec<Text<'json>>) -> Option<()> {
        let text = reader.text().filter(|text| !text.written.is_empty() && !begins_file(text))?;
        parts.push(text);
        self.texts.push(text);
        Some(())
    }

    fn text(&mut self, place: Place<'json>, text: Text<'json>) -> Option<()> {
        let no_text = match place {
            Place::Field(name) => text.written.is_empty() || (self.is_word)(name, &text)?,
            Place::Top(_) | Place::Item => text.written.is_empty(),
        };
        if no_text {
            return Some(());
        }
        if matches!(place, Place::Field(name) | Place::Top(name) if self.asked.marked.contains(name)) {
            return None;
        }
        if begins_file(&text) {
            return is_media(&text).then_some(());
        }
        self.texts.push(text);
        Some(())
    }
}
