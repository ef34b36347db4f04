//! What keys are known by.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sha2::{Digest, Sha256};

const NAME: &[u8] = b"sha256:";
const DIGITS: &[u8; 16] = b"0123456789abcdef";
const SIZE: usize = NAME.len() + 64;

/// Give the digest of a key, as it is kept. Raises ValueError for one that no header can hold: its characters are bytes.
#[pyfunction]
pub fn digest_of(key: &str) -> PyResult<String> {
    let sum = if key.is_ascii() {
        Sha256::digest(key)
    } else {
        let bytes: Result<Vec<u8>, _> = key.chars().map(u8::try_from).collect();
        Sha256::digest(bytes.map_err(|_| PyValueError::new_err("a key has characters of one byte"))?)
    };
    let mut written = [0; SIZE];
    written[..NAME.len()].copy_from_slice(NAME);
    for (pair, byte) in written[NAME.len()..].chunks_exact_mut(2).zip(sum) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    Ok(String::from_utf8_lossy(&written).into_owned())
}
