//! Whether any of some patterns is in a text.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use regex::{Regex, RegexBuilder};

/// Bytes that a pattern of a rail may take, and its automaton while it runs.
const MEMORY: usize = 8 << 20;

/// Patterns in the syntax of the crate `regex`. Each has an automaton of its own: one of all would have a state for every
/// combination of theirs, which somebody's text could make the most of.
#[pyclass(frozen, module = "fmops_native")]
pub struct Patterns {
    regexes: Vec<Regex>,
    ascii_only: bool,
}

#[pymethods]
impl Patterns {
    /// Compile; `ascii_only` says of which texts it can tell. Raises ValueError for what is no pattern or takes too much
    /// memory.
    #[new]
    fn new(sources: Vec<String>, ascii_only: bool) -> PyResult<Self> {
        let regexes = sources.iter().map(|source| compiled(source, MEMORY)).collect::<PyResult<_>>()?;
        Ok(Patterns { regexes, ascii_only })
    }

    /// Say whether it is certain that no pattern is in a text. It is not of half a surrogate pair, which UTF-8 cannot
    /// write.
    fn absent(&self, text: &Bound<'_, PyString>) -> bool {
        text.to_str().is_ok_and(|text| self.is_absent(text))
    }
}

impl Patterns {
    pub fn is_absent(&self, text: &str) -> bool {
        (!self.ascii_only || text.is_ascii()) && !self.regexes.iter().any(|regex| regex.is_match(text))
    }
}

/// Compile a pattern that may take so many bytes, and as many while it runs; an error is Python's ValueError.
pub fn compiled(source: &str, memory: usize) -> PyResult<Regex> {
    let built = RegexBuilder::new(source).size_limit(memory).dfa_size_limit(memory).build();
    built.map_err(|error| PyValueError::new_err(error.to_string()))
}
