//! Whether a pattern is anywhere in a text.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use regex::{Regex, RegexBuilder};

/// Bytes that a pattern of a rail may take, and its automaton while it runs.
const MEMORY: usize = 8 << 20;

/// A pattern in the syntax of the crate `regex`.
#[pyclass(frozen, module = "fmops_native")]
pub struct Pattern {
    regex: Regex,
    ascii_only: bool,
}

#[pymethods]
impl Pattern {
    /// Compile; `ascii_only` says of which texts it can tell. Raises ValueError for what is no pattern or takes too much
    /// memory.
    #[new]
    fn new(source: &str, ascii_only: bool) -> PyResult<Self> {
        Ok(Pattern { regex: compiled(source, MEMORY)?, ascii_only })
    }

    /// Say whether it is certain that the pattern is nowhere in a text. It is not for half a surrogate pair, which UTF-8
    /// cannot write.
    fn absent(&self, text: &Bound<'_, PyString>) -> bool {
        text.to_str().is_ok_and(|text| self.is_absent(text))
    }
}

impl Pattern {
    pub fn is_absent(&self, text: &str) -> bool {
        (!self.ascii_only || text.is_ascii()) && !self.regex.is_match(text)
    }
}

/// Compile a pattern that may take so many bytes, and as many while it runs; an error is Python's ValueError.
pub fn compiled(source: &str, memory: usize) -> PyResult<Regex> {
    let built = RegexBuilder::new(source).size_limit(memory).dfa_size_limit(memory).build();
    built.map_err(|error| PyValueError::new_err(error.to_string()))
}
