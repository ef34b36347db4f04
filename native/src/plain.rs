//! The texts of plain requests and answers: those that have texts only where nearly all have them.
//!
//! Does what `texts_of_request` of guard/openai/request.py and `texts_of_answer` of answer.py do for such; of anything
//! else it says that it cannot tell.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyInt, PyList, PyString};

/// The word that begins a file.
const SCHEME: &[u8] = b"data:";

/// What is known of fields, by their names.
#[pyclass(frozen, module = "fmops_native")]
pub struct Fields {
    request: Py<PyFrozenSet>,
    answer: Py<PyFrozenSet>,
    closed: Py<PyFrozenSet>,
    coded: Py<PyFrozenSet>,
    chances: String,
    longest_word: usize,
}

/// Texts in their order; none where there may be others than those that are found.
pub type Texts<'py> = Option<Vec<Bound<'py, PyString>>>;

#[pymethods]
impl Fields {
    /// Take the fields without text at the top of a request and of an answer, those of closed lists, those of a message
    /// whose texts are no language, the one with chances of tokens, and how many characters a word of a closed list has.
    #[new]
    fn new(
        request: Py<PyFrozenSet>,
        answer: Py<PyFrozenSet>,
        closed: Py<PyFrozenSet>,
        coded: Py<PyFrozenSet>,
        chances: String,
        longest_word: usize,
    ) -> Self {
        Fields { request, answer, closed, coded, chances, longest_word }
    }
}

impl Fields {
    /// Give the texts of a request.
    pub fn of_request<'py>(&self, parsed: &Bound<'py, PyDict>) -> Texts<'py> {
        let without_text = self.request.bind(parsed.py());
        let mut found = Vec::with_capacity(8);
        for (name, value) in parsed {
            if without_text.contains(&name).ok()? {
                continue;
            }
            if written(&name)? != "messages" {
                return None;
            }
            for message in value.cast::<PyList>().ok()? {
                found.extend(self.of_message(message.cast::<PyDict>().ok()?)?);
            }
        }
        Some(found)
    }

    /// Give the text of a message that is a role and a content, if it has one.
    fn of_message<'py>(&self, message: &Bound<'py, PyDict>) -> Option<Option<Bound<'py, PyString>>> {
        let py = message.py();
        let role = message.get_item(intern!(py, "role")).ok()??;
        if message.len() != 2 || role.cast::<PyString>().ok()?.len().ok()? > self.longest_word {
            return None;
        }
        let content = message.get_item(intern!(py, "content")).ok()??.cast_into::<PyString>().ok()?;
        let begins = content.to_str().ok()?.as_bytes().get(..SCHEME.len());
        if begins.is_some_and(|begins| begins.eq_ignore_ascii_case(SCHEME)) {
            return None;
        }
        Some(content.is_truthy().ok()?.then_some(content))
    }

    /// Give the texts of a whole answer.
    pub fn of_answer<'py>(&self, parsed: &Bound<'py, PyDict>) -> Texts<'py> {
        let without_text = self.answer.bind(parsed.py());
        let mut found = Vec::with_capacity(8);
        for (name, value) in parsed {
            if without_text.contains(&name).ok()? || !value.is_truthy().ok()? {
                continue;
            }
            if written(&name)? != "choices" {
                return None;
            }
            for choice in value.cast::<PyList>().ok()? {
                self.of_choice(choice.cast::<PyDict>().ok()?, &mut found)?;
            }
        }
        Some(found)
    }

    fn of_choice<'py>(&self, choice: &Bound<'py, PyDict>, found: &mut Vec<Bound<'py, PyString>>) -> Option<()> {
        for (name, value) in choice {
            if written(&name)? == "message" {
                self.of_spoken(value.cast::<PyDict>().ok()?, found)?;
            } else if !value.is_instance_of::<PyInt>()
                && value.is_truthy().ok()?
                && written(&name)? != self.chances
                && !self.is_word(&name, &value)?
            {
                return None;
            }
        }
        Some(())
    }

    /// Add the texts of a message that has texts alone.
    fn of_spoken<'py>(&self, message: &Bound<'py, PyDict>, found: &mut Vec<Bound<'py, PyString>>) -> Option<()> {
        let coded = self.coded.bind(message.py());
        for (name, value) in message {
            if !value.is_truthy().ok()? || self.is_word(&name, &value)? {
                continue;
            }
            if coded.contains(&name).ok()? {
                return None;
            }
            found.push(value.cast_into::<PyString>().ok()?);
        }
        Some(())
    }

    fn is_word(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Option<bool> {
        let closed = self.closed.bind(name.py()).contains(name).ok()?;
        Some(
            closed && value.cast::<PyString>().is_ok_and(|word| word.len().is_ok_and(|size| size <= self.longest_word)),
        )
    }
}

fn written<'name>(name: &'name Bound<'_, PyAny>) -> Option<&'name str> {
    name.cast::<PyString>().ok()?.to_str().ok()
}
