//! SHA-256.

use pyo3::prelude::*;
use sha2::{Digest, Sha256};

/// Give the digest of bytes, in hexadecimal.
#[pyfunction]
pub fn sha256(data: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    Sha256::digest(data).into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
