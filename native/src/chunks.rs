//! The chunks of a body, as nearly all are written: a size in hexadecimal digits, the bytes, and line ends.
//!
//! What else a chunk may have is for the parser, which goes on from the beginning of the chunk that it stands in.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Digits of a size that is read: no number of so many is too large.
const MOST_DIGITS: usize = 15;

/// The end of a line after each chunk.
const CRLF: &[u8] = b"\r\n";

/// Where reading stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Before the line of a size.
    Size,
    /// Within a chunk: so many bytes are still to come, with the end of its line.
    Chunk(usize),
    /// After the last chunk.
    End,
    /// At an end of a chunk that is none.
    Broken,
}

/// What stands at the beginning of a chunk.
enum Line {
    /// A size, and how many bytes it takes to say it.
    Size(usize, usize),
    /// The end of the body, which takes so many.
    Last(usize),
    /// One of them, of which a part came.
    Part,
    Odd,
}

/// Reads a body in chunks as it comes.
#[pyclass(module = "fmops_native")]
pub struct Chunks {
    place: Place,
    /// A part of a line, of which the rest is still to come; a few bytes at most.
    part: Vec<u8>,
    /// Where reading ended here: the bytes of the body that came last, and what is left.
    #[pyo3(get)]
    stopped: Option<(Py<PyBytes>, Py<PyBytes>)>,
}

#[pymethods]
impl Chunks {
    #[new]
    pub fn new() -> Self {
        Chunks { place: Place::Size, part: Vec::new(), stopped: None }
    }

    /// Whether the body ended.
    #[getter]
    fn ended(&self) -> bool {
        self.place == Place::End
    }

    /// Whether a chunk did not end where its size said, so that nobody can read on.
    #[getter]
    fn broken(&self) -> bool {
        self.place == Place::Broken
    }

    /// Read what came: gives the bytes of the body in it; None where reading ends here, and `stopped` says how.
    fn read<'py>(&mut self, data: &Bound<'py, PyBytes>) -> Option<Bound<'py, PyBytes>> {
        let py = data.py();
        let mut data = Cow::Borrowed(data.as_bytes());
        if !self.part.is_empty() {
            self.part.extend_from_slice(&data);
            data = Cow::Owned(std::mem::take(&mut self.part));
        }
        let (body, left) = self.take(&data);
        let body = PyBytes::new(py, &body);
        let Some(left) = left else { return Some(body) };
        self.stopped = Some((body.unbind(), PyBytes::new(py, left).unbind()));
        None
    }
}

impl Chunks {
    fn take<'data>(&mut self, mut data: &'data [u8]) -> (Cow<'data, [u8]>, Option<&'data [u8]>) {
        let mut body = Cow::Borrowed(&data[..0]);
        while !data.is_empty() {
            data = match self.place {
                Place::Chunk(left) => self.take_chunk(left, data, &mut body),
                _ => match read_line(data) {
                    Line::Size(size, length) => {
                        self.place = Place::Chunk(size + CRLF.len());
                        &data[length..]
                    }
                    Line::Last(length) => {
                        self.place = Place::End;
                        return (body, Some(&data[length..]));
                    }
                    Line::Part => {
                        self.part.extend_from_slice(data);
                        break;
                    }
                    Line::Odd => return (body, Some(data)),
                },
            };
            if self.place == Place::Broken {
                return (body, Some(data));
            }
        }
        (body, None)
    }

    /// Take what came of a chunk and of the end of its line; gives what comes after it.
    fn take_chunk<'data>(&mut self, left: usize, data: &'data [u8], body: &mut Cow<'data, [u8]>) -> &'data [u8] {
        let (piece, rest) = data.split_at(data.len().min(left.saturating_sub(CRLF.len())));
        match body {
            Cow::Borrowed([]) => *body = Cow::Borrowed(piece),
            _ => body.to_mut().extend_from_slice(piece),
        }
        let left = left - piece.len();
        let end = &rest[..rest.len().min(left)];
        self.place = match left - end.len() {
            _ if !CRLF[CRLF.len().saturating_sub(left)..].starts_with(end) => Place::Broken,
            0 => Place::Size,
            left => Place::Chunk(left),
        };
        &rest[end.len()..]
    }
}

/// Read the line that a chunk begins with; the last one is followed by an empty line.
fn read_line(data: &[u8]) -> Line {
    let digits = data.iter().take(MOST_DIGITS + 1).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits == 0 || digits > MOST_DIGITS {
        return Line::Odd;
    }
    let size = data[..digits].iter().fold(0, |size, &digit| size << 4 | value(digit));
    let end: &[u8] = if size == 0 { b"\r\n\r\n" } else { CRLF };
    let came = &data[digits..data.len().min(digits + end.len())];
    match (end.starts_with(came), came.len() == end.len()) {
        (true, true) if size == 0 => Line::Last(digits + end.len()),
        (true, true) => Line::Size(size, digits + end.len()),
        (true, false) => Line::Part,
        (false, _) => Line::Odd,
    }
}

fn value(digit: u8) -> usize {
    (digit as char).to_digit(16).unwrap_or(0) as usize
}
