//! What most texts are looked at by: whether a rail finds nothing in them, told without Python.
//!
//! Everything here answers "nothing is found" or "I cannot tell"; who finds something is always the Python of
//! `fmops_serving.guard`, which does the same for every text and is what this is tested against.

mod innocence;
mod linear;
mod pattern;
mod pieces;
mod plain;
mod sweep;
mod words;

use pyo3::prelude::*;

#[pymodule]
mod fmops_native {
    #[pymodule_export]
    use crate::innocence::Innocence;
    #[pymodule_export]
    use crate::pattern::Patterns;
    #[pymodule_export]
    use crate::plain::Fields;
    #[pymodule_export]
    use crate::sweep::Sweep;
}
