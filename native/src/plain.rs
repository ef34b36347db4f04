//! Plain requests and answers: JSON of which what the gateway asks for is read where it stands, and no object made: the
//! model, what was counted, and the texts.
//!
//! Does what `parse` and `tokens_of` of the gateway do; of anything else it says that it cannot tell.

use std::ops::Range;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::answered::{self, Answered};
use crate::asked::{self, Asked};
use crate::json::{Reader, Text, Value};
use crate::names::Names;
use crate::texts::Texts;
use crate::usage::Usage;

/// What is known of fields, by their names.
#[pyclass(frozen, module = "fmops_native")]
pub struct Fields {
    asked: Asked,
    answered: Answered,
    closed: Names,
    longest_word: usize,
}

/// The names of fields, as Python knows them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Known {
    /// Fields of a request: without text, with numbers of tokens, read in a way of their own, and no texts themselves.
    no_text: Vec<String>,
    tokens: Vec<String>,
    marked: Vec<String>,
    known: Vec<String>,
    /// Fields of an answer: without text, those of a response that repeat the request, whose texts are no language, and
    /// the one with chances of tokens.
    no_answer: Vec<String>,
    repeated: Vec<String>,
    coded: Vec<String>,
    chances: String,
    /// Fields of closed lists of words.
    closed: Vec<String>,
    /// Characters of such a word.
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
    #[new]
    fn new(known: Known) -> Self {
        let [no_text, tokens, marked] = [known.no_text, known.tokens, known.marked].map(Names::new);
        let [no_answer, repeated, coded] = [known.no_answer, known.repeated, known.coded].map(Names::new);
        Fields {
            asked: Asked { no_text, tokens, marked, known: Names::new(known.known) },
            answered: Answered { no_text: no_answer, repeated, coded, chances: known.chances },
            closed: Names::new(known.closed),
            longest_word: known.longest_word,
        }
    }

    /// Read a request that names a model.
    fn request(&self, body: &Bound<'_, PyBytes>) -> Option<Request> {
        let is_word = |name: &str, text: &Text<'_>| self.is_word(name, text);
        let (mut model, mut stream, mut walk) = (None, false, Some(asked::Walk::new(&self.asked, &is_word)));
        let mut reader = Reader::new(std::str::from_utf8(body.as_bytes()).ok()?);
        reader.object(|reader, name| match name {
            "model" => {
                model = reader.text().filter(|model| !model.escaped && !model.written.is_empty());
                Some(())
            }
            "stream" => {
                stream = matches!(reader.value()?, Value::True);
                Some(())
            }
            _ => walked(&mut walk, reader, |walk, reader| walk.field(reader, name)),
        })?;
        reader.end()?;
        let found = walk.map(asked::Walk::found);
        Some(Request { model: model?.range(), stream, texts: Texts::new(body, found) })
    }

    /// Read a whole answer.
    fn answer(&self, body: &Bound<'_, PyBytes>) -> Option<Answer> {
        let is_word = |name: &str, text: &Text<'_>| self.is_word(name, text);
        let (mut usage, mut walk) = (Usage::default(), Some(answered::Walk::new(&self.answered, &is_word)));
        let mut reader = Reader::new(std::str::from_utf8(body.as_bytes()).ok()?);
        reader.object(|reader, name| match name {
            "usage" => {
                usage = Usage::read(reader)?;
                Some(())
            }
            _ => walked(&mut walk, reader, |walk, reader| walk.field(reader, name)),
        })?;
        reader.end()?;
        Some(Answer { usage, texts: Texts::new(body, walk.map(answered::Walk::found)) })
    }
}

impl Fields {
    /// Say whether a text is a word of a closed list; None for one that is written by escapes.
    fn is_word(&self, name: &str, text: &Text<'_>) -> Option<bool> {
        if !self.closed.contains(name) {
            return Some(false);
        }
        (!text.escaped).then(|| text.written.chars().count() <= self.longest_word)
    }
}

/// Read a value by a walk, or, once it cannot tell, without.
fn walked<'json, Walk>(
    walk: &mut Option<Walk>,
    reader: &mut Reader<'json>,
    read: impl FnOnce(&mut Walk, &mut Reader<'json>) -> Option<()>,
) -> Option<()> {
    if let Some(walking) = walk {
        if reader.attempt(|reader| read(walking, reader)).is_some() {
            return Some(());
        }
        *walk = None;
    }
    reader.value().map(drop)
}
