//! Plain messages of HTTP/1.1: requests and answers as nearly all are written. Anything else is for the parser.
//!
//! Reads what `Draft` of gateway/server and `UpstreamConnection` read by llhttp, and nothing that two readers could
//! read in two ways: one length or chunks, no header twice, no byte in a header but visible ASCII and spaces.

use memchr::memchr;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::chunks::Chunks;

/// Bytes of the name of a header that is read.
const LONGEST_NAME: usize = 64;

/// Headers of an answer that is read.
const MOST_HEADERS: usize = 100;

/// Headers that say more of a message than is read here.
const FOREIGN: [&[u8]; 4] = [b"content-encoding", b"expect", b"upgrade", b"proxy-connection"];

/// A target, the headers, the bytes of the body, and what of them came.
type Request<'py> = (Bound<'py, PyBytes>, Bound<'py, PyDict>, usize, Bound<'py, PyBytes>);

/// A status, the headers, what tells where the body ends, and what came after the head.
type Answer<'py> = (u16, Bound<'py, PyDict>, Framing, Bound<'py, PyBytes>);

/// What tells where a body ends.
#[derive(IntoPyObject)]
pub enum Framing {
    /// So many bytes.
    Length(usize),
    /// Of an answer alone.
    Chunks(Chunks),
}

/// The bounds of requests.
#[pyclass(frozen, module = "fmops_native")]
pub struct Requests {
    target: usize,
    head: usize,
    headers: usize,
    body: usize,
}

#[pymethods]
impl Requests {
    /// Take how many bytes a target, a head and a body may have, and how many headers may come.
    #[new]
    fn new(target: usize, head: usize, headers: usize, body: usize) -> Self {
        Requests { target, head, headers, body }
    }

    /// Read a POST of which the head is whole; None for anything else, and where more came than one request.
    fn read<'py>(&self, data: &Bound<'py, PyBytes>) -> Option<Request<'py>> {
        let (py, bytes) = (data.py(), data.as_bytes());
        let rest = bytes.strip_prefix(b"POST ")?;
        let target = &rest[..rest.iter().position(|&byte| !is_of_target(byte))?];
        let lines = rest[target.len()..].strip_prefix(b" HTTP/1.1\r\n")?;
        if target.len() > self.target || target.first() != Some(&b'/') {
            return None;
        }
        let head = read_head(py, lines, self.headers)?;
        let (size, Framing::Length(length)) = (bytes.len() - head.rest.len(), head.framing) else { return None };
        let fits = size <= self.head && length <= self.body;
        (fits && head.has_host && !head.is_stream && head.rest.len() <= length)
            .then(|| (PyBytes::new(py, target), head.headers, length, PyBytes::new(py, head.rest)))
    }
}

/// Read an answer of which the head is whole; None for anything else, and where more came than one answer.
///
/// A stream comes in chunks, and nothing else does.
#[pyfunction]
pub fn read_answer<'py>(data: &Bound<'py, PyBytes>) -> Option<Answer<'py>> {
    let py = data.py();
    let (status, rest) = data.as_bytes().strip_prefix(b"HTTP/1.1 ")?.split_at_checked(3)?;
    let status = digits(status).filter(|&status| status >= 200 && status != 204 && status != 304)?;
    let (phrase, rest) = rest.split_at(memchr(b'\r', rest)?);
    let head = read_head(py, rest.strip_prefix(b"\r\n")?, MOST_HEADERS)?;
    let fits = match head.framing {
        Framing::Length(length) => !head.is_stream && head.rest.len() <= length,
        Framing::Chunks(_) => head.is_stream && status == 200,
    };
    (fits && phrase.first() == Some(&b' ') && is_value(phrase))
        .then(|| (status as u16, head.headers, head.framing, PyBytes::new(py, head.rest)))
}

struct Head<'py, 'data> {
    headers: Bound<'py, PyDict>,
    framing: Framing,
    has_host: bool,
    is_stream: bool,
    /// What came after the head.
    rest: &'data [u8],
}

/// Read so many headers at most, up to the empty line; one of them says where the body ends.
fn read_head<'py, 'data>(py: Python<'py>, mut data: &'data [u8], most: usize) -> Option<Head<'py, 'data>> {
    let headers = PyDict::new(py);
    let (mut framing, mut has_host, mut is_stream, mut count) = (None, false, false, 0);
    loop {
        if let Some(rest) = data.strip_prefix(b"\r\n") {
            let found = Head { headers, framing: framing?, has_host, is_stream, rest };
            // A header that came twice is there once.
            return (found.headers.len() == count).then_some(found);
        }
        if count == most {
            return None;
        }
        let mut name = [0; LONGEST_NAME];
        let written = &data[..data.iter().take(LONGEST_NAME + 1).position(|&byte| byte == b':')?];
        let name = lowered(written, &mut name)?;
        let (value, rest) = read_value(&data[written.len() + 1..])?;
        match name {
            b"content-length" | b"transfer-encoding" if framing.is_some() => return None,
            b"content-length" => framing = Some(Framing::Length(digits(value)?)),
            b"transfer-encoding" if !value.eq_ignore_ascii_case(b"chunked") => return None,
            b"transfer-encoding" => framing = Some(Framing::Chunks(Chunks::new())),
            b"connection" if !value.eq_ignore_ascii_case(b"keep-alive") => return None,
            b"host" => has_host = true,
            b"content-type" => is_stream = value.starts_with(b"text/event-stream"),
            _ if FOREIGN.contains(&name) => return None,
            _ => {}
        }
        headers.set_item(name_of(py, name)?, ascii(py, value)?).ok()?;
        (data, count) = (rest, count + 1);
    }
}

/// Write a name in small letters; None where it is no name.
fn lowered<'name>(written: &[u8], name: &'name mut [u8; LONGEST_NAME]) -> Option<&'name [u8]> {
    let name = name.get_mut(..written.len()).filter(|name| !name.is_empty())?;
    for (small, &byte) in name.iter_mut().zip(written) {
        if !byte.is_ascii_alphanumeric() && byte != b'-' && byte != b'_' {
            return None;
        }
        *small = byte.to_ascii_lowercase();
    }
    Some(name)
}

/// Read a value that begins and ends with a visible character, and its line's end; gives what comes after it, too.
fn read_value(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let data = data.strip_prefix(b" ").unwrap_or(data);
    let (value, rest) = data.split_at(memchr(b'\r', data)?);
    let rest = rest.strip_prefix(b"\r\n")?;
    (value.first()? != &b' ' && value.last()? != &b' ' && is_value(value)).then_some((value, rest))
}

fn is_of_target(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%?=&:+,@".contains(&byte)
}

/// Look at all bytes, for it is faster to look at many at once than to stop at the first that is none of a value.
fn is_value(value: &[u8]) -> bool {
    value.iter().fold(true, |good, byte| good & matches!(byte, b' '..=b'~'))
}

/// Read a number that has so few digits that it is one.
fn digits(written: &[u8]) -> Option<usize> {
    let written = Some(written).filter(|written| (1..=15).contains(&written.len()))?;
    written.iter().try_fold(0, |found, byte| byte.is_ascii_digit().then(|| found * 10 + usize::from(byte - b'0')))
}

/// Give the name of a header; those that nearly all messages have are made once.
fn name_of<'py>(py: Python<'py>, name: &[u8]) -> Option<Bound<'py, PyString>> {
    Some(match name {
        b"host" => intern!(py, "host").clone(),
        b"accept" => intern!(py, "accept").clone(),
        b"date" => intern!(py, "date").clone(),
        b"server" => intern!(py, "server").clone(),
        b"user-agent" => intern!(py, "user-agent").clone(),
        b"content-type" => intern!(py, "content-type").clone(),
        b"content-length" => intern!(py, "content-length").clone(),
        b"authorization" => intern!(py, "authorization").clone(),
        b"transfer-encoding" => intern!(py, "transfer-encoding").clone(),
        _ => return ascii(py, name),
    })
}

fn ascii<'py>(py: Python<'py>, written: &[u8]) -> Option<Bound<'py, PyString>> {
    Some(PyString::new(py, std::str::from_utf8(written).ok()?))
}
