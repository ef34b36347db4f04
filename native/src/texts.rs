//! Texts that stand in JSON.

use std::borrow::Cow;
use std::ops::Range;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::json::{spoken, Text};

/// The word that begins a file.
const SCHEME: &str = "data:";

/// JSON, and where its texts are; nowhere, where there may be others than those that were found.
pub struct Texts {
    json: Py<PyBytes>,
    places: Option<Vec<(Range<usize>, bool)>>,
}

impl Texts {
    pub fn new(json: &Bound<'_, PyBytes>, texts: Option<Vec<Text<'_>>>) -> Self {
        let places = texts.map(|texts| texts.iter().map(|text| (text.range(), text.escaped)).collect());
        Texts { json: json.clone().unbind(), places }
    }

    pub fn bytes<'py>(&'py self, py: Python<'py>) -> &'py [u8] {
        self.json.as_bytes(py)
    }

    pub fn json<'py>(&'py self, py: Python<'py>) -> Option<&'py str> {
        std::str::from_utf8(self.bytes(py)).ok()
    }

    /// Give what the texts say, in their order; None where there may be others.
    pub fn said<'py>(&'py self, py: Python<'py>) -> Option<Vec<Cow<'py, str>>> {
        let (json, places) = (self.json(py)?, self.places.as_ref()?);
        let said = |(range, escaped): &(Range<usize>, bool)| {
            let written = json.get(range.clone())?;
            Some(if *escaped { Cow::Owned(spoken(written)) } else { Cow::Borrowed(written) })
        };
        places.iter().map(said).collect()
    }
}

/// Say whether a text begins as one that a file is written as.
pub fn begins_file(text: &Text<'_>) -> bool {
    let begins = |said: &str| said.get(..SCHEME.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(SCHEME));
    if text.written.bytes().take(SCHEME.len()).any(|byte| byte == b'\\') {
        begins(&spoken(text.written))
    } else {
        begins(text.written)
    }
}
