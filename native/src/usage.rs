//! What an answer counts of tokens; does what `tokens_of` of gateway/tokens.py does.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::json::{Reader, Value};

/// Tokens by kind; where one is missing, nothing told it, or in no number.
#[derive(Default)]
pub struct Usage {
    input: Field,
    output: Field,
    cached: Field,
    reasoning: Field,
}

/// What a field says, where it came.
type Field = Option<Option<u64>>;

impl Usage {
    /// Read a usage; None where a kind has two fields.
    pub fn read(reader: &mut Reader<'_>) -> Option<Usage> {
        let mut found = Usage::default();
        object_or_other(reader, |reader, name| match name {
            "prompt_tokens" | "input_tokens" => once(&mut found.input, count(reader)?),
            "completion_tokens" | "output_tokens" => once(&mut found.output, count(reader)?),
            "prompt_tokens_details" | "input_tokens_details" => {
                once(&mut found.cached, detail(reader, "cached_tokens")?)
            }
            "completion_tokens_details" | "output_tokens_details" => {
                once(&mut found.reasoning, detail(reader, "reasoning_tokens")?)
            }
            _ => reader.value().map(drop),
        })?;
        Some(found)
    }

    pub fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        let fields: [(&Bound<'py, PyString>, Field); 4] = [
            (intern!(py, "input"), self.input),
            (intern!(py, "output"), self.output),
            (intern!(py, "cached"), self.cached),
            (intern!(py, "reasoning"), self.reasoning),
        ];
        for (kind, field) in fields {
            if let Some(Some(count)) = field {
                counts.set_item(kind, count)?;
            }
        }
        Ok(counts)
    }
}

fn once(field: &mut Field, said: Option<u64>) -> Option<()> {
    field.replace(said).is_none().then_some(())
}

fn count(reader: &mut Reader<'_>) -> Field {
    match reader.value()? {
        Value::Count(count) => Some(Some(count)),
        _ => Some(None),
    }
}

/// Read the one count of an object that is asked for.
fn detail(reader: &mut Reader<'_>, wanted: &str) -> Field {
    let mut found = None;
    object_or_other(reader, |reader, name| {
        let said = count(reader)?;
        found = if name == wanted { said } else { found };
        Some(())
    })?;
    Some(found)
}

fn object_or_other<'json>(
    reader: &mut Reader<'json>,
    field: impl FnMut(&mut Reader<'json>, &'json str) -> Option<()>,
) -> Option<()> {
    if reader.begins(b'{') {
        reader.object(field)
    } else {
        reader.value().map(drop)
    }
}
