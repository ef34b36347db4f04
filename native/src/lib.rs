//! What most requests, answers and texts are read by, without Python.
//!
//! Everything here gives what Python gives, or "I cannot tell": of a text, that a rail finds nothing in it; of a request or
//! an answer, what is asked of it, where it can be read in one way. For all else there is the Python of `fmops_serving`,
//! which does the same for everything and is what this is tested against.

mod answered;
mod asked;
mod buckets;
mod chunks;
mod digest;
mod http;
mod innocence;
mod json;
mod line;
mod linear;
mod names;
mod pass;
mod passing;
mod pattern;
mod pieces;
mod plain;
mod stems;
mod sweep;
mod texts;
mod usage;
mod words;

use pyo3::prelude::*;

#[pymodule]
mod fmops_native {
    #[pymodule_export]
    use crate::buckets::Buckets;
    #[pymodule_export]
    use crate::chunks::Chunks;
    #[pymodule_export]
    use crate::digest::digest_of;
    #[pymodule_export]
    use crate::http::{read_answer, Requests};
    #[pymodule_export]
    use crate::innocence::Innocence;
    #[pymodule_export]
    use crate::passing::Passing;
    #[pymodule_export]
    use crate::pattern::Patterns;
    #[pymodule_export]
    use crate::plain::{Answer, Fields, Request};
    #[pymodule_export]
    use crate::sweep::Sweep;
}
