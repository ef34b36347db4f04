//! Texts that stand in JSON.

use std::borrow::Cow;
use std::ops::Range;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::json::{spoken, Text};

/// The word that begins a file, and how pictures and sounds go on; a drawing is a text.
const SCHEME: &str = "data:";
const MEDIA: [&str; 3] = ["image/", "audio/", "video/"];
const DRAWING: &str = "image/svg";

/// Texts that were found, and more that stand nowhere as they are.
pub struct Found<'json> {
    pub texts: Vec<Text<'json>>,
    pub more: Vec<String>,
}

/// JSON, and where its texts are; nowhere, where there may be others than those that were found.
pub struct Texts {
    json: Py<PyBytes>,
    found: Option<Places>,
}

struct Places {
    places: Vec<(Range<usize>, bool)>,
    more: Vec<String>,
}

impl Texts {
    pub fn new(json: &Bound<'_, PyBytes>, found: Option<Found<'_>>) -> Self {
        let found = found.map(|found| Places {
            places: found.texts.iter().map(|text| (text.range(), text.escaped)).collect(),
            more: found.more,
        });
        Texts { json: json.clone().unbind(), found }
    }

    pub fn bytes<'py>(&'py self, py: Python<'py>) -> &'py [u8] {
        self.json.as_bytes(py)
    }

    pub fn json<'py>(&'py self, py: Python<'py>) -> Option<&'py str> {
        std::str::from_utf8(self.bytes(py)).ok()
    }

    /// Give what the texts say; None where there may be others.
    pub fn said<'py>(&'py self, py: Python<'py>) -> Option<Vec<Cow<'py, str>>> {
        let (json, found) = (self.json(py)?, self.found.as_ref()?);
        let here = found.places.iter().map(|(range, escaped)| Some(said(json.get(range.clone())?, *escaped)));
        here.chain(found.more.iter().map(|text| Some(Cow::Borrowed(text.as_str())))).collect()
    }
}

/// Give what a text says that is written so.
fn said(written: &str, escaped: bool) -> Cow<'_, str> {
    if escaped {
        Cow::Owned(spoken(written))
    } else {
        Cow::Borrowed(written)
    }
}

/// Give what texts say together.
pub fn joined(texts: &[Text<'_>]) -> String {
    texts.iter().map(|text| said(text.written, text.escaped)).collect()
}

/// Say whether a text begins as one that a file is written as.
pub fn begins_file(text: &Text<'_>) -> bool {
    if text.written.bytes().take(SCHEME.len()).any(|byte| byte == b'\\') {
        begins(&spoken(text.written), SCHEME)
    } else {
        begins(text.written, SCHEME)
    }
}

/// Say whether a file is a picture or a sound, in which no text can be read.
pub fn is_media(file: &Text<'_>) -> bool {
    let said = said(file.written, file.escaped);
    let kind = said.get(SCHEME.len()..).unwrap_or_default();
    MEDIA.iter().any(|media| begins(kind, media)) && !begins(kind, DRAWING)
}

fn begins(said: &str, word: &str) -> bool {
    said.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
}
