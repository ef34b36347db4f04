//! Plain requests and answers: JSON of which what the gateway asks for is read where it stands, and no object made: the
//! model, what was counted, and the texts, where only those fields have texts that nearly all have.
//!
//! Does what `parse` and `tokens_of` of the gateway do, `texts_of_request` of guard/openai/request.py and
//! `texts_of_answer` of answer.py; of anything else it says that it cannot tell.

use std::ops::Range;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::json::{Reader, Text, Value};
use crate::names::Names;
use crate::texts::{begins_file, Texts};
use crate::usage::Usage;

/// What is known of fields, by their names.
#[pyclass(frozen, module = "fmops_native")]
pub struct Fields {
    request: Names,
    answer: Names,
    closed: Names,
    coded: Names,
    chances: String,
    longest_word: usize,
}

/// A request to a model.
#[pyclass(frozen, module = "fmops_native")]
pub struct Request {
    pub texts: Texts,
    model: Range<usize>,
    /// Whether the answer is asked for as it comes.
    #[pyo3(get)]
    stream: bool,
}

/// A whole answer of a model.
#[pyclass(frozen, module = "fmops_native")]
pub struct Answer {
    pub texts: Texts,
    usage: Usage,
}

#[pymethods]
impl Answer {
    /// Give what it counts of tokens, by kind.
    #[getter]
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.usage.counts(py)
    }
}

#[pymethods]
impl Request {
    /// Give the name of the model.
    #[getter]
    fn model<'py>(&'py self, py: Python<'py>) -> Option<&'py str> {
        self.texts.json(py)?.get(self.model.clone())
    }

    /// Give the request with another name of the model, as JSON writes it; all other bytes are as they came.
    fn renamed<'py>(&self, py: Python<'py>, model: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let json = self.texts.bytes(py);
        let (before, after) = (&json[..self.model.start - 1], &json[self.model.end + 1..]);
        PyBytes::new_with(py, before.len() + model.len() + after.len(), |bytes| {
            let (first, rest) = bytes.split_at_mut(before.len());
            let (name, last) = rest.split_at_mut(model.len());
            first.copy_from_slice(before);
            name.copy_from_slice(model);
            last.copy_from_slice(after);
            Ok(())
        })
    }
}

#[pymethods]
impl Fields {
    /// Take the fields without text at the top of a request and of an answer, those of closed lists, those of a message
    /// whose texts are no language, the one with chances of tokens, and how many characters a word of a closed list has.
    #[new]
    fn new(
        request: Vec<String>,
        answer: Vec<String>,
        closed: Vec<String>,
        coded: Vec<String>,
        chances: String,
        longest_word: usize,
    ) -> Self {
        let [request, answer, closed, coded] = [request, answer, closed, coded].map(Names::new);
        Fields { request, answer, closed, coded, chances, longest_word }
    }

    /// Read a request that names a model.
    fn request(&self, body: &Bound<'_, PyBytes>) -> Option<Request> {
        let (mut model, mut stream, mut texts) = (None, false, Some(Vec::new()));
        let mut reader = Reader::new(std::str::from_utf8(body.as_bytes()).ok()?);
        reader.object(|reader, name| {
            match name {
                "model" => model = reader.text().filter(|model| !model.escaped && !model.written.is_empty()),
                "messages" => match reader.attempt(|reader| self.messages(reader)) {
                    Some(found) => texts.iter_mut().for_each(|texts| texts.extend(&found)),
                    None => {
                        reader.value()?;
                        texts = None;
                    }
                },
                _ => {
                    let value = reader.value()?;
                    stream |= name == "stream" && matches!(value, Value::True);
                    texts = texts.take().filter(|_| self.request.contains(name));
                }
            }
            Some(())
        })?;
        reader.end()?;
        Some(Request { model: model?.range(), stream, texts: Texts::new(body, texts) })
    }

    /// Read a whole answer.
    fn answer(&self, body: &Bound<'_, PyBytes>) -> Option<Answer> {
        let (mut usage, mut texts) = (Usage::default(), Some(Vec::new()));
        let mut reader = Reader::new(std::str::from_utf8(body.as_bytes()).ok()?);
        reader.object(|reader, name| {
            let plain = if name == "choices" { reader.attempt(|reader| self.choices(reader)) } else { None };
            if let Some(found) = plain {
                texts.iter_mut().for_each(|texts| texts.extend(&found));
            } else if name == "usage" {
                usage = Usage::read(reader)?;
            } else if reader.value()?.is_something() && !self.answer.contains(name) {
                texts = None;
            }
            Some(())
        })?;
        reader.end()?;
        Some(Answer { usage, texts: Texts::new(body, texts) })
    }
}

impl Fields {
    /// Read messages that are a role and a content each.
    fn messages<'json>(&self, reader: &mut Reader<'json>) -> Option<Vec<Text<'json>>> {
        let mut found = Vec::with_capacity(8);
        reader.array(|reader| {
            let (mut role, mut content) = (None, None);
            reader.object(|reader, name| {
                match name {
                    "role" => role = Some(reader.text().filter(|role| self.is_short(role))?),
                    "content" => content = Some(reader.text()?),
                    _ => return None,
                }
                Some(())
            })?;
            role?;
            let content = content.filter(|content| !begins_file(content))?;
            found.extend((!content.written.is_empty()).then_some(content));
            Some(())
        })?;
        Some(found)
    }

    /// Read choices of which each is a message that has texts alone.
    fn choices<'json>(&self, reader: &mut Reader<'json>) -> Option<Vec<Text<'json>>> {
        let mut found = Vec::with_capacity(4);
        reader.array(|reader| {
            reader.object(|reader, name| {
                if name == "message" {
                    return self.spoken(reader, &mut found);
                }
                let value = reader.value()?;
                let is_count = matches!(value, Value::Count(_) | Value::True);
                (is_count || !value.is_something() || name == self.chances || self.is_word(name, &value)?).then_some(())
            })
        })?;
        Some(found)
    }

    /// Read a message that has texts alone.
    fn spoken<'json>(&self, reader: &mut Reader<'json>, found: &mut Vec<Text<'json>>) -> Option<()> {
        reader.object(|reader, name| match reader.value()? {
            value if !value.is_something() || self.is_word(name, &value)? => Some(()),
            Value::Text(text) if !self.coded.contains(name) => {
                found.push(text);
                Some(())
            }
            _ => None,
        })
    }

    /// Say whether a value is a word of a closed list.
    fn is_word(&self, name: &str, value: &Value<'_>) -> Option<bool> {
        match value {
            Value::Text(text) if self.closed.contains(name) => (!text.escaped).then(|| self.is_short(text)),
            _ => Some(false),
        }
    }

    fn is_short(&self, word: &Text<'_>) -> bool {
        word.written.chars().count() <= self.longest_word
    }
}
